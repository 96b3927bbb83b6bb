"""Tells answers wherever they are to be told, each once and in their order."""

from __future__ import annotations

import logging
from contextlib import contextmanager, suppress
from itertools import chain
from typing import TYPE_CHECKING, Final

from target_groove.errors import ConfigurationError, DeliveryError, Interrupted
from target_groove.ledger.errors import LedgerError
from target_groove.wording import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from target_groove.ledger.outbox import Outbox, Written
    from target_groove.ledger.without import NothingKept
    from target_groove.responses.destination import Destination

MOST_AT_ONCE: Final = 100
"""Answers that wait to be told together."""
_SECONDS_BETWEEN: Final = 0.5
"""After this they are told, however few there are."""
_LOGGER: Final = logging.getLogger("target-groove")


class Forwarding:
    """The one place from which answers go out.

    They are in the ledger when they come here, and leave it when they arrived. Without a ledger
    they are handed on at once.

    Attributes:
        run_id: The name of the run.
    """

    def __init__(
        self,
        destinations: Sequence[Destination],
        *,
        outbox: Outbox | NothingKept,
        remembers: bool,
        run_id: str,
        clock: Callable[[], float],
    ) -> None:
        """Take the parts; nothing is opened yet.

        Args:
            destinations: Where answers are told; none if they are told nowhere.
            outbox: Keeps answers until they arrived.
            remembers: Whether it keeps them for later runs.
            run_id: The name of the run.
            clock: Gives seconds that only grow.
        """
        self.run_id = run_id
        self._destinations = list(destinations)
        self._left_alone: set[str] = set()
        self._outbox = outbox
        self._remembers = remembers
        self._clock = clock
        self._last_time = clock()
        self._waiting: list[Written] = []
        outbox.destinations = [each.name for each in destinations]

    @property
    def is_wanted(self) -> bool:
        """Whether answers are told anywhere."""
        return bool(self._outbox.destinations)

    @property
    def waits(self) -> bool:
        """Whether answers wait to be told."""
        return bool(self._waiting)

    @contextmanager
    def telling(self, *, tell_again: bool = False) -> Iterator[None]:
        """Tell the answers of what is delivered in the block, to their end if nothing stops it.

        Args:
            tell_again: As for `begin`.

        Raises:
            ConfigurationError: A way cannot be used.
            DeliveryError: A way cannot be used now, or some answers did not arrive.
            Interrupted: A signal came.
        """
        try:
            self.begin(tell_again=tell_again)
            yield
        except Interrupted:
            raise
        except BaseException:
            self.end_early()
            raise
        self.finish()

    def begin(self, *, tell_again: bool = False) -> None:
        """Open all ways, and tell what runs before this one could not bring to its end.

        Args:
            tell_again: Whether those are told once more that the last run told to one who cannot
                confirm them.

        Raises:
            ConfigurationError: A way cannot be used.
            DeliveryError: A way cannot be used now.
        """
        for each in self._destinations:
            each.begin()
        for each in self._destinations:
            count = self._send_all(each, self._outbox.left_behind(each.name))
            if tell_again and not each.confirms:
                count += self._send_all(each, self._outbox.tell_again(each.name))
            if count:
                what = counted(count, "answer")
                _LOGGER.info("%s of earlier runs go to %s first.", what, each.name)

    def tell_for_others(self) -> None:
        """Tell the answers that other runs left to this one; one way's failure is not the others'.

        A way on which nothing waits is not opened.

        Raises:
            DeliveryError: A way cannot be used now, or some answers did not arrive.
            Interrupted: A signal came while waiting.
            LedgerError: The ledger cannot be used.
        """
        sentences = []
        for each in self._destinations:
            try:
                self._tell_left(each)
            except LedgerError:
                raise
            except (ConfigurationError, DeliveryError) as error:
                sentences.append(str(error))
        try:
            self.finish()
        except LedgerError:
            raise
        except DeliveryError as error:
            sentences.append(str(error))
        if sentences:
            raise DeliveryError(" ".join(sentences))

    def tell(self, answers: Iterable[Written]) -> None:
        """Take answers that are final, and kept; they are told a little later, together."""
        self._waiting += answers

    def flush_if_due(self) -> None:
        """Tell what waits, if it is enough or has waited long enough; see `flush`."""
        if not self._waiting:
            return
        is_due = self._clock() >= self._last_time + _SECONDS_BETWEEN
        if is_due or len(self._waiting) >= MOST_AT_ONCE or not self._remembers:
            self.flush()

    def flush(self) -> None:
        """Tell what waits; a signal ends the waiting for a way that is not free.

        Raises:
            DeliveryError: The run is to stop.
        """
        self._last_time = self._clock()
        while self._waiting:
            some, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
            for each in self._destinations:
                self._send(each, some)
        for each in self._destinations:
            self._note_arrived(each)

    def finish(self) -> None:
        """Bring all answers to their end: nothing more will come.

        Raises:
            DeliveryError: Some did not arrive.
            Interrupted: A signal came while waiting.
        """
        self.flush()
        problems = []
        for each in self._destinations:
            problem = each.finish()
            self._note_arrived(each)
            self._say_told(each)
            if not each.confirms and each.name not in self._left_alone:
                self._outbox.told(each.name)
            if problem:
                problems.append(problem)
        if problems:
            then = (
                "what did not arrive is told by the next run"
                if self._remembers
                else "what did not arrive is lost, as there is no ledger"
            )
            msg = f"{'; '.join(problems)}; {then}."
            raise DeliveryError(msg)

    def end_early(self) -> None:
        """Do the same for a run that stops; what goes wrong is only logged."""
        try:
            self.flush()
        except DeliveryError as error:
            _LOGGER.warning("%s", error)
        for each in self._destinations:
            if problem := each.finish():
                _LOGGER.warning("%s.", problem)
            self._note_arrived(each)
            self._say_told(each)

    def close(self) -> None:
        """Let go of all ways, within seconds."""
        for each in self._destinations:
            each.close()
            # Whatever is wrong with the ledger was said, or is said when it is closed.
            with suppress(LedgerError):
                self._note_arrived(each)
        self._destinations.clear()

    def _tell_left(self, destination: Destination) -> None:
        answers = self._outbox.left_behind(destination.name)
        for first in answers:
            destination.begin()
            self._send_all(destination, chain([first], answers))

    def _send_all(self, destination: Destination, answers: Iterable[Written]) -> int:
        count = 0
        some: list[Written] = []
        for each in answers:
            some.append(each)
            if len(some) == MOST_AT_ONCE:
                self._send_again(destination, some)
                some = []
            count += 1
        if some:
            self._send_again(destination, some)
        return count

    def _send_again(self, destination: Destination, answers: Sequence[Written]) -> None:
        destination.send(answers, again=True)
        # There may be very many: what a kill has told again is no more than what is on its way.
        self._note_arrived(destination)

    def _send(self, destination: Destination, answers: Sequence[Written]) -> None:
        if destination.name in self._left_alone:
            return
        try:
            destination.send(answers)
        except Interrupted:
            # What is not told stays in the ledger, and a STATE may still be printed.
            self._left_alone.add(destination.name)
        except DeliveryError:
            # It is said once, and what comes after must not hide why the run stops.
            self._left_alone.add(destination.name)
            raise

    def _say_told(self, destination: Destination) -> None:
        if count := destination.taken:
            _LOGGER.info("%s went to %s.", counted(count, "answer"), destination.name)

    def _note_arrived(self, destination: Destination) -> None:
        if arrived := destination.arrived():
            self._outbox.arrived(destination.name, arrived)
