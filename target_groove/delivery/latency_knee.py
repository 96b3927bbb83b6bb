"""Where more requests at once only make each of them slower."""

from __future__ import annotations

import math
from typing import Final

_SLOW: Final = 1.5
"""Times the quickest answer: then fewer at once are tried."""
_QUICK: Final = 1.2
_FEWER: Final = 0.75
_SAME_FLOW: Final = 0.93
_MORE_FLOW: Final = 1.1
_LEAST_ANSWERS: Final = 64
_FIRST_REST: Final = 10.0
_LONGEST_REST: Final = 600.0
"""Seconds between two tries, doubling as long as they change nothing."""


class LatencyKnee:
    """Tries with fewer at once when answers are slow, and keeps to it if as many get through.

    Slow alone says nothing: a create takes longer than a look-up. Only if a quarter fewer at once
    make answers quicker by as much, those were waiting in a line of Groove's. The cost of a try
    that changes nothing is a few round trips at three quarters of the flow.

    Attributes:
        limit: How many may be under way at once.
    """

    def __init__(self, most: int) -> None:
        """Let all go.

        Args:
            most: How many are under way at most.
        """
        self.limit = most
        self._most = most
        self._quickest = math.inf
        self._changed_at = 0.0
        self._seconds = 0.0
        self._under_way = 0
        self._answers = 0
        self._limit_before: int | None = None
        self._flow_before = 0.0
        self._rest = _FIRST_REST
        self._next_try = 0.0
        self._goes_up = False

    def answered(self, begun_at: float, under_way: int, seconds: float, now: float) -> bool:
        """Learn how long an answer took.

        Args:
            begun_at: When its request began.
            under_way: How many were under way with it.
            seconds: How long it took.
            now: The present time.

        Returns:
            Whether fewer at once were tried, and turned out to be enough.
        """
        self._quickest = min(self._quickest, seconds)
        if begun_at < self._changed_at:
            return False
        self._answers += 1
        self._seconds += seconds
        self._under_way += under_way
        if self._answers < _LEAST_ANSWERS or self._answers < 4 * self.limit:
            return False
        mean, at_once = self._seconds / self._answers, self._under_way / self._answers
        before = self._limit_before
        self._begin(now)
        if before is not None:
            return self._judge(before, at_once / mean, now)
        if mean <= _QUICK * self._quickest:
            self.limit = min(self.limit + 1, self._most)
        elif now >= self._next_try:
            self._try(mean, at_once)
        return False

    def _begin(self, now: float) -> None:
        self._changed_at = now
        self._seconds = 0.0
        self._under_way = self._answers = 0
        self._limit_before = None

    def _try(self, mean: float, at_once: float) -> None:
        is_slow = mean > _SLOW * self._quickest
        if self.limit < self._most and (self._goes_up or not is_slow):
            tried = min(math.ceil(self.limit / _FEWER), self._most)
        elif is_slow:
            tried = max(int(min(at_once, self.limit) * _FEWER), 1)
        else:
            tried = self.limit
        if tried != self.limit:
            self._limit_before, self._flow_before = self.limit, at_once / mean
            self.limit = tried

    def _judge(self, before: int, flow: float, now: float) -> bool:
        is_fewer = self.limit < before
        if flow >= self._flow_before * (_SAME_FLOW if is_fewer else _MORE_FLOW):
            self._rest = _FIRST_REST
            return is_fewer
        self.limit = before
        # A try that was misled by chance is made good by the next in the other direction.
        self._goes_up = is_fewer
        self._next_try = now + self._rest
        self._rest = min(self._rest * 2, _LONGEST_REST)
        return False
