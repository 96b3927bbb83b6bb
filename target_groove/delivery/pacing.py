"""When a request may leave: a sliding window, used to the last request and never exceeded."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from target_groove.delivery.line import Line

if TYPE_CHECKING:
    from collections.abc import Callable

WINDOW_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Permit:
    """One request may leave.

    Attributes:
        begun_at: When, by the clock of the pacer.
        under_way: How many requests are under way with this one, as far as the pacer counts them.
        slot: What the ledger calls it, where the ledger counts.
        behind: The permit of the pacer behind this one.
    """

    begun_at: float = 0.0
    under_way: int = 1
    slot: str = ""
    behind: Permit | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of a request that has ended.

    Attributes:
        status: The status of the answer; None if there was no answer.
        seconds: How long the answer took; None if there was none.
        retry_after: Seconds that the answer asks to wait; None if it asks for nothing sensible.
        attempt: How often the same has been sent, with this time.
    """

    status: int | None = None
    seconds: float | None = None
    retry_after: float | None = None
    attempt: int = 1


NOTHING_SEEN: Final = Seen()


class PacesRequests(Protocol):
    """Says when a request may leave; many threads may ask at the same time."""

    def wait(self, *, sleep: Callable[[float], None] | None = None) -> Permit:
        """Return when one more request may leave."""

    def count(self, permit: Permit, seen: Seen) -> None:
        """Count a request that has just ended, whether it was sent or not."""


class Pacer:
    """Counts requests in a sliding window of 60 seconds.

    A request is counted from its beginning until 60 seconds after its end: it reached Groove at
    some time between, so wherever it was counted there, no window of Groove's holds more than the
    limit.
    """

    def __init__(
        self, limit: int, *, clock: Callable[[], float], sleep: Callable[[float], None]
    ) -> None:
        """Start with an empty window.

        Args:
            limit: Requests in a window; 0 for no limit.
            clock: Gives seconds that only grow.
            sleep: Lets seconds pass.
        """
        self._limit = limit
        self._clock = clock
        self._sleep = sleep
        self._line = Line()
        self._lock = threading.Lock()
        self._under_way = 0
        self._ends: deque[float] = deque()

    def wait(self, *, sleep: Callable[[float], None] | None = None) -> Permit:
        """Return when one more request may leave.

        Args:
            sleep: Lets seconds pass, in place of the usual one.
        """
        if not self._limit:
            return _ANY_TIME
        sleep = sleep or self._sleep
        self._line.enter(sleep)
        try:
            while (seconds := self._take()) > 0:
                sleep(seconds)
        finally:
            self._line.leave()
        return _ANY_TIME

    def count(self, permit: Permit, seen: Seen) -> None:  # noqa: ARG002 - All count alike.
        """Count a request that has just ended."""
        if self._limit:
            with self._lock:
                self._under_way -= 1
                self._ends.append(self._clock())

    def _take(self) -> float:
        """Count one more as under way, and return 0; or say in how many seconds there is room."""
        with self._lock:
            now = self._clock()
            while self._ends and self._ends[0] + WINDOW_SECONDS <= now:
                self._ends.popleft()
            too_many = self._under_way + len(self._ends) - self._limit
            if too_many < 0:
                self._under_way += 1
                return 0.0
            if too_many >= len(self._ends):
                # What decides is under way and ends now at the earliest: no need to look sooner.
                return WINDOW_SECONDS
            return self._ends[too_many] + WINDOW_SECONDS - now


_ANY_TIME: Final = Permit()
