"""Sends in flight: each begins when it may, and is settled when it has come to its end."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Final, Self

from target_groove.carrying import Carried, write_down_together
from target_groove.delivery.in_flight import InFlight
from target_groove.delivery.look_up import LookUpFailed
from target_groove.errors import DeliveryError, Halted, TargetGrooveError
from target_groove.notes import Notes
from target_groove.responses.answers import Answers
from target_groove.under_way import UnderWay
from target_groove.writing_down import WritingDown

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from target_groove.delivery.engine import Engine
    from target_groove.delivery.outcome import Outcome
    from target_groove.in_doubt import Doubts
    from target_groove.ledger.ledger import Ledger
    from target_groove.ledger.without import WithoutLedger
    from target_groove.outputs.summary import Summary
    from target_groove.responses.forwarding import Forwarding
    from target_groove.send import Send
    from target_groove.settings import Settings
    from target_groove.settling import Settling
    from target_groove.stopping import StopRequest

_MOST_UNSETTLED: Final = 16
"""So many that have ended, but no more than may be in flight, wait to be written down at once."""
_SECONDS_BETWEEN_WORDS: Final = 1.0
"""While everything is in flight, STATE and progress are looked after so often."""
_LOGGER: Final = logging.getLogger("target-groove")


class Sending:
    """Carries sends out, several at once, and settles them in the thread that reads the input.

    An exception that leaves its `with` block stops everything; what is on the wire is settled.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        engine: Engine,
        ledger: Ledger | WithoutLedger,
        doubts: Doubts,
        settling: Settling,
        forwarding: Forwarding,
        summary: Summary,
        stop: StopRequest,
        on_progress: Callable[[], None],
        clock: Callable[[], float],
    ) -> None:
        """Take the parts; nothing is in flight.

        Args:
            settings: The settings.
            engine: Makes calls.
            ledger: Takes notes.
            doubts: Decides about what is in doubt.
            settling: Settles records.
            forwarding: Tells Groove's answers elsewhere.
            summary: Counts.
            stop: What signals ask for; told when the run ends early.
            on_progress: Called whenever something was settled, and about once a second in between.
            clock: Gives seconds that only grow.
        """
        self._max_attempts = settings.max_attempts
        self._most_waiting = max(settings.batch_size_rows, settings.max_in_flight)
        self._thread = threading.get_ident()
        self._most_unsettled = min(_MOST_UNSETTLED, settings.max_in_flight)
        self._engine = engine
        self._ledger = ledger
        self._doubts = doubts
        self._settling = settling
        self._forwarding = forwarding
        self._summary = summary
        self._stop = stop
        self._on_progress = on_progress
        self._writing = WritingDown(ledger)
        self._under_way = UnderWay()
        self._flow: Hashable = None
        self._said: set[str] = set()
        self._in_flight = InFlight[Carried](
            self._carry_out,
            most=settings.max_in_flight,
            may_begin=lambda: stop.may_send,
            clock=clock,
        )
        engine.rest_in(self._in_flight.resting)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is not None:
            self._stop_all(error)

    def fileno(self) -> int:
        """The descriptor that becomes readable when there is something to `collect`."""
        return self._in_flight.fileno()

    def begin(self, send: Send) -> None:
        """Have something sent when its turn comes; wait only while too much is under way.

        See `collect` for what it raises.
        """
        if send.flow != self._flow:
            self.drain()
            self._flow = send.flow
        newest = self._writing.newest_number(send.route.template)
        now, name = self._engine.now, self._forwarding.run_id
        answers = Answers(send, run_id=name, now=now) if self._forwarding.is_wanted else None
        carried = Carried(send, Notes(self._ledger, send, newest, now, answers))
        self._under_way.add(send)
        if carried.doubt_from_before():
            self.drain()
            self._resolve([carried])
        else:
            if any(each.send.lanes & send.lanes for each in self._in_flight.unsettled()):
                self.collect()
            self._in_flight.add(carried, send.lanes)
            ended = self._in_flight.unsettled()
            is_full = not self._in_flight.is_quick or len(ended) >= self._most_unsettled
            if is_full or not all(each.is_delivered for each in ended):
                self.collect()
        while self._in_flight.waiting >= self._most_waiting:
            self._wait()

    def has(self, about: Hashable) -> bool:
        """Whether something about a thing or in a lane is in flight, or waits to be."""
        return self._under_way.has(about)

    def wait_for(self, *about: Hashable) -> None:
        """Wait until nothing about these things or in these lanes is in flight; see `collect`."""
        while any(map(self.has, about)):
            self._wait()

    def drain(self) -> None:
        """Wait until nothing is in flight.

        Raises:
            DeliveryError, Interrupted: As `collect`.
        """
        self.collect()
        while self._in_flight.is_busy:
            self._wait()

    def collect(self) -> None:
        """Settle what has come to its end; never wait, unless something is in doubt.

        Raises:
            DeliveryError: The run is to stop.
            Interrupted: A signal came.
        """
        try:
            if doubtful := self._settle_ended():
                self._settle_alone(doubtful)
        except BaseException:
            self._stop.halt()
            raise

    def collect_before_a_pause(self) -> None:
        """Settle what has ended, if it is the thread that settles which is about to pause."""
        if threading.get_ident() == self._thread:
            self.collect()

    def close(self) -> None:
        """Let the threads go."""
        self._in_flight.close()

    # In any thread

    def _carry_out(self, carried: Carried) -> bool:
        try:
            carried.go_on(self._engine)
        except BaseException as error:  # noqa: BLE001 - told to the thread that settles
            carried.error = error
            self._stop.halt()
            return False
        if carried.stops_the_run:
            self._stop.halt()
        return carried.frees_its_lanes

    # In the thread that reads the input

    def _wait(self) -> None:
        self._wait_for_one()
        self.collect()
        self._on_progress()

    def _wait_for_one(self) -> None:
        self._in_flight.wait(_SECONDS_BETWEEN_WORDS, self._stop.fileno())
        self._stop.check()

    def _settle_ended(self) -> list[Carried]:
        """Settle what has ended, but for what has to be looked up, which it gives."""
        ended = self._in_flight.ended()
        if len(ended) > 1:
            write_down_together(ended, self._ledger, self._writing.write_down)
        doubtful, first_error = list[Carried](), None
        for each in ended:
            if each.needs_look_up:
                doubtful.append(each)
                continue
            try:
                self._settle(each)
            except TargetGrooveError as error:
                if first_error:
                    self._say_too(error)
                else:
                    first_error = error
                    self._said.add(str(error))
                continue
            if each.send.can_be_looked_up:
                self._in_flight.leave(each)
        if first_error:
            raise first_error
        if ended:
            self._on_progress()
        return doubtful

    def _settle_alone(self, doubtful: list[Carried]) -> None:
        """Look up what is in doubt while nothing else is in flight."""
        with self._in_flight.held():
            try:
                while self._in_flight.running:
                    self._wait_for_one()
                    doubtful += self._settle_ended()
                # The last may have ended just after the others were settled.
                doubtful += self._settle_ended()
                self._resolve(doubtful)
            except BaseException:
                # Before the block ends: what waits would begin then.
                self._stop.halt()
                raise
            for each in doubtful:
                self._in_flight.leave(each)
        self._on_progress()

    def _stop_all(self, error: BaseException) -> None:
        """Let nothing more begin, settle what is in flight, and log what else keeps it from it."""
        self._stop.halt()
        self._said.add(str(error))
        while self._in_flight.running:
            self._in_flight.wait(_SECONDS_BETWEEN_WORDS)
            self._settle_the_rest()
        self._settle_the_rest()
        self._summary.requests = self._engine.requests_sent

    def _settle_the_rest(self) -> None:
        for each in self._in_flight.ended():
            try:
                if not each.needs_look_up:
                    self._settle(each)
            except TargetGrooveError as error:
                self._say_too(error)

    def _say_too(self, error: TargetGrooveError) -> None:
        """Log what is not said as the reason of the end, once."""
        if isinstance(error, DeliveryError) and str(error) not in self._said:
            self._said.add(str(error))
            _LOGGER.warning("%s", error)

    def _settle(self, carried: Carried) -> None:
        self._summary.requests = self._engine.requests_sent
        self._under_way.take_away(carried.send)
        if carried.error is not None:
            self._forwarding.tell(carried.notes.kept)
            if isinstance(carried.error, Halted):
                return  # Whatever halted it is told by the send that met it.
            raise carried.error
        if carried.outcome is not None:
            carried.write_down(self._writing.write_down)
            self._forwarding.tell(carried.notes.take_kept())
            self._tell(carried, carried.outcome)

    def _tell(self, carried: Carried, outcome: Outcome) -> None:
        send = carried.send
        things = [each.thing for each in send.intents]
        self._settling.settle(send.route, send.delivery, outcome, voided=send.voided, things=things)

    def _resolve(self, doubtful: Sequence[Carried]) -> None:
        carried = doubtful[0]
        try:
            findings = self._doubts.decide([each.doubt for each in doubtful])
            for carried, finding in zip(doubtful, findings, strict=True):
                carried.resolve(finding, self._engine, self._doubts, self._max_attempts)
                self._settle(carried)
        except LookUpFailed as error:
            # It stays in the ledger as it is: the next run looks it up.
            self._tell(carried, error.outcome)
        finally:
            self._summary.requests = self._engine.requests_sent
