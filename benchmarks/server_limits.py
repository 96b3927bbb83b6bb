"""How a server may limit its clients."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class Limits(Protocol):
    """Says whether one more request is let through."""

    def take(self, now: float) -> float:
        """Count a request, or say in how many seconds there is room for it.

        Args:
            now: Seconds that only grow.
        """


class NoLimit:
    """Lets everything through."""

    def take(self, now: float) -> float:  # noqa: ARG002 - as the others
        """Count nothing."""
        return 0.0


class FixedWindow:
    """So many requests in each stretch of time; the first stretch begins with the first request."""

    def __init__(self, limit: int, seconds: float) -> None:
        """Start before the first window."""
        self._limit = limit
        self._seconds = seconds
        self._began: float | None = None
        self._count = 0

    def take(self, now: float) -> float:
        """Count a request, or say when the next window begins."""
        if self._began is None:
            self._began = now
        if now - self._began >= self._seconds:
            self._began += (now - self._began) // self._seconds * self._seconds
            self._count = 0
        if self._count < self._limit:
            self._count += 1
            return 0.0
        return self._began + self._seconds - now


class SlidingWindow:
    """So many requests in every stretch of time, wherever it begins."""

    def __init__(self, limit: int, seconds: float) -> None:
        """Start with an empty window."""
        self._limit = limit
        self._seconds = seconds
        self._arrived: deque[float] = deque()

    def take(self, now: float) -> float:
        """Count a request, or say when the oldest one leaves the window."""
        while self._arrived and self._arrived[0] + self._seconds <= now:
            self._arrived.popleft()
        if len(self._arrived) < self._limit:
            self._arrived.append(now)
            return 0.0
        return self._arrived[0] + self._seconds - now


class TokenBucket:
    """A bucket that is filled evenly, and full at the beginning."""

    def __init__(self, limit: int, seconds: float) -> None:
        """Start full.

        Args:
            limit: How much goes in.
            seconds: In how long it would fill.
        """
        self._limit = limit
        self._per_second = limit / seconds
        self._tokens = float(limit)
        self._filled_at: float | None = None

    def take(self, now: float) -> float:
        """Take a token, or say when there is one."""
        passed = 0.0 if self._filled_at is None else now - self._filled_at
        self._tokens = min(self._limit, self._tokens + passed * self._per_second)
        self._filled_at = now
        if self._tokens >= 1:
            self._tokens -= 1
            return 0.0
        return (1 - self._tokens) / self._per_second


RULES: dict[str, Callable[[int, float], Limits]] = {
    "fixed": FixedWindow,
    "sliding": SlidingWindow,
    "bucket": TokenBucket,
}


def limits(rule: str, limit: int, seconds: float) -> Limits:
    """Make a rule.

    Args:
        rule: One of `RULES`.
        limit: Requests in a window; 0 for no limit.
        seconds: The window.
    """
    return RULES[rule](limit, seconds) if limit else NoLimit()
