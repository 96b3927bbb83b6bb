"""After "too many requests" nobody sends until the time is over, and then one goes first."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 60.0
"""Seconds, doubling, where Groove does not say how long."""


class Gate:
    """Open, closed until a time, or ajar: one request is on its way to see whether all may go."""

    def __init__(self, jitter: Callable[[float], float]) -> None:
        """Open it.

        Args:
            jitter: Turns the longest pause into the one that is taken.
        """
        self._jitter = jitter
        self._is_open = True
        self._closed_until = 0.0
        self._one_is_under_way = False
        self._pause = _FIRST_PAUSE

    def seconds_to_wait(self, now: float) -> float:
        """Say how long it stays closed; infinite while the one that goes first is under way."""
        if self._is_open:
            return 0.0
        if self._closed_until > now:
            return self._closed_until - now
        return math.inf if self._one_is_under_way else 0.0

    def begin(self) -> None:
        """Learn that a request leaves."""
        self._one_is_under_way = not self._is_open

    def close(self, now: float, retry_after: float | None) -> None:
        """Close for as long as Groove says, or for a pause that doubles each time.

        Args:
            now: The present time.
            retry_after: Seconds; None if Groove did not say.
        """
        seconds = retry_after
        if seconds is None:
            seconds = self._jitter(self._pause)
            self._pause = min(self._pause * 2, _LONGEST_PAUSE)
        self._closed_until = max(self._closed_until, now + seconds)
        self._is_open = False
        self._one_is_under_way = False

    def ended(self, begun_at: float) -> bool:
        """Learn that a request has ended, whatever came of it.

        Args:
            begun_at: When it left.

        Returns:
            Whether it is one that went first, while the others wait.
        """
        if self._is_open or begun_at < self._closed_until:
            return False
        self._one_is_under_way = False
        return True

    def passed(self, begun_at: float) -> None:
        """Let all go, if the request that went through left after the time was over."""
        if not self._is_open and begun_at >= self._closed_until:
            self._is_open = True
            self._pause = _FIRST_PAUSE
