"""When a request may leave: a sliding window, used to the last request and never exceeded."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

WINDOW_SECONDS: Final = 60.0


class PacesRequests(Protocol):
    """Says when a request may leave."""

    def wait(self, *, sleep: Callable[[float], None] | None = None) -> None:
        """Return when one more request may leave."""

    def count(self) -> None:
        """Count a request that has just ended."""


class Pacer:
    """Counts requests in a sliding window of 60 seconds.

    A request is counted from its end: it reached Groove at some time before that, so wherever it
    was counted there, no window of Groove's holds more than the limit.
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
        self._ends: deque[float] = deque()

    def wait(self, *, sleep: Callable[[float], None] | None = None) -> None:
        """Return when one more request may leave.

        Args:
            sleep: Lets seconds pass, in place of the usual one.
        """
        if not self._limit:
            return
        while (seconds := self._seconds_to_wait()) > 0:
            (sleep or self._sleep)(seconds)

    def count(self) -> None:
        """Count a request that has just ended."""
        if self._limit:
            self._ends.append(self._clock())

    def _seconds_to_wait(self) -> float:
        now = self._clock()
        while self._ends and self._ends[0] + WINDOW_SECONDS <= now:
            self._ends.popleft()
        if len(self._ends) < self._limit:
            return 0.0
        return self._ends[0] + WINDOW_SECONDS - now
