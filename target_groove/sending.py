"""Sends in flight: each begins when it may, and is settled when it has come to its end."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final, Self

from target_groove.carrying import Carried
from target_groove.delivery.in_flight import InFlight
from target_groove.delivery.look_up import LookUpFailed
from target_groove.delivery.outcome import Verdict
from target_groove.errors import DeliveryError, Halted, TargetGrooveError
from target_groove.notes import Notes
from target_groove.responses.answers import Answers
from target_groove.writing_down import WritingDown

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from target_groove.delivery.engine import Engine
    from target_groove.delivery.outcome import Outcome
    from target_groove.in_doubt import Doubts
    from target_groove.ledger.entry import Thing
    from target_groove.ledger.ledger import Ledger
    from target_groove.ledger.without import WithoutLedger
    from target_groove.outputs.summary import Summary
    from target_groove.responses.forwarding import Forwarding
    from target_groove.send import Send
    from target_groove.settings import Settings
    from target_groove.settling import Settling
    from target_groove.stopping import StopRequest

_SECONDS_BETWEEN_WORDS: Final = 1.0
"""While everything is in flight, STATE and progress are looked after so often."""
_LOGGER: Final = logging.getLogger("target-groove")
_GOES_ON: Final = frozenset({Verdict.DELIVERED, Verdict.REJECTED})
_STOPS: Final = frozenset({Verdict.UNAUTHORIZED, Verdict.UNAVAILABLE, Verdict.NOT_OFFERED})


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
        self._engine = engine
        self._ledger = ledger
        self._doubts = doubts
        self._settling = settling
        self._forwarding = forwarding
        self._summary = summary
        self._stop = stop
        self._on_progress = on_progress
        self._writing = WritingDown(ledger)
        self._things: set[Thing] = set()
        self._flow: Hashable = None
        self._said: set[str] = set()
        self._in_flight = InFlight[Carried](
            self._carry_out,
            most=settings.max_in_flight,
            may_begin=lambda: stop.may_send,
            clock=clock,
        )

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

        Raises:
            DeliveryError: The run is to stop.
            Interrupted: A signal came.
        """
        if send.flow != self._flow:
            self.drain()
            self._flow = send.flow
        newest = self._writing.newest_number(send.route.template)
        now, name = self._engine.now, self._forwarding.run_id
        answers = Answers(send, run_id=name, now=now) if self._forwarding.is_wanted else None
        carried = Carried(send, Notes(self._ledger, send, newest, now, answers))
        self._things |= send.things
        if carried.doubt_from_before():
            self.drain()
            self._resolve([carried])
        else:
            self._in_flight.add(carried, send.lanes)
            self.collect()
        while self._in_flight.waiting >= self._most_waiting:
            self._wait()

    def has(self, thing: Thing) -> bool:
        """Whether a thing is in flight, or waits to be."""
        return thing in self._things

    def wait_for(self, thing: Thing) -> None:
        """Wait until a thing is no longer in flight; raises what `drain` does."""
        while thing in self._things:
            self._wait()

    def drain(self) -> None:
        """Wait until nothing is in flight.

        Raises:
            DeliveryError: The run is to stop.
            Interrupted: A signal came.
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
        verdict = carried.outcome.verdict if carried.outcome else None
        stops = verdict is Verdict.REJECTED and not carried.send.route.dead_letters
        if stops or verdict in _STOPS:
            self._stop.halt()
        return verdict in _GOES_ON

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
        """Let nothing more begin, wait for what is in flight, and settle it.

        What keeps a record from being settled is logged, unless it is what has ended the run.
        """
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
        self._things -= carried.send.things
        try:
            self._settle_carried(carried)
        finally:
            self._forwarding.tell(carried.notes.kept)

    def _settle_carried(self, carried: Carried) -> None:
        if isinstance(carried.error, Halted):
            return  # Whatever halted it is told by the send that met it.
        if carried.error is not None:
            raise carried.error
        if carried.outcome is not None:
            self._writing.write_down(carried.send, carried.notes, carried.outcome)
            self._tell(carried, carried.outcome)

    def _tell(self, carried: Carried, outcome: Outcome) -> None:
        send = carried.send
        self._settling.settle(send.route, send.delivery, outcome, voided=send.voided)

    def _resolve(self, doubtful: Sequence[Carried]) -> None:
        carried = doubtful[0]
        try:
            findings = self._doubts.decide([each.doubt for each in doubtful])
            for carried, finding in zip(doubtful, findings, strict=True):
                carried.resolve(
                    finding, self._engine, self._doubts, max_attempts=self._max_attempts
                )
                self._settle(carried)
        except LookUpFailed as error:
            # It stays in the ledger as it is: the next run looks it up.
            self._tell(carried, error.outcome)
        finally:
            self._summary.requests = self._engine.requests_sent
