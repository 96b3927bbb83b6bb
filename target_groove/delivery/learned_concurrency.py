"""How many requests Groove takes at once, learned from those that were one too many."""

from __future__ import annotations

import math
from typing import Final

_SHORTEST: Final = 1.0
_FEWER: Final = 0.75
_LONGEST: Final = 60.0
"""Seconds after which one more is tried, first and after many that were refused."""


class LearnedConcurrency:
    """One less than was refused; and one more from time to time, each time later if it is refused.

    Attributes:
        limit: How many may be under way at once.
        passed_with: How many were under way, at most, when all of them went through.
    """

    def __init__(self, most: int) -> None:
        """Let all go.

        Args:
            most: How many are under way at most, whatever Groove takes.
        """
        self.limit = most
        self.passed_with = 0
        self._most = most
        self._pause = _SHORTEST
        self._refused_pause = _SHORTEST / 2
        self._next_try = 0.0
        self._is_trying = False
        self._cut_at = -math.inf
        self._passed_since_cut = 0
        # A round trip in which nothing was refused; what is refused makes room for the others.
        self._round_began_at = 0.0
        self._most_of_round = 0

    def may_help(self, begun_at: float) -> bool:
        """Say whether fewer at once may be the remedy; not if they were refused at once again.

        Args:
            begun_at: When the request began that was refused.
        """
        return begun_at <= self._cut_at or self._passed_since_cut >= 2 * self.limit

    def refused(self, under_way: int, begun_at: float, now: float) -> bool:
        """Learn that a request was one too many.

        Args:
            under_way: How many were under way with it.
            begun_at: When it began.
            now: The present time.

        Returns:
            Whether that is news, and not what a try for more has come to.
        """
        is_news = not self._is_trying and under_way <= self.limit
        if under_way > self.passed_with:
            self.limit = min(self.limit, max(under_way - 1, 1))
        elif begun_at > self._cut_at:
            self.limit = min(self.limit, max(math.ceil(under_way * _FEWER), 1))
        if begun_at > self._cut_at:
            self._cut_at = now
            self._passed_since_cut = 0
        if self._is_trying:
            self._is_trying = False
            self._refused_pause = min(self._refused_pause * 2, _LONGEST)
        self._pause = max(_SHORTEST, self._refused_pause)
        self._next_try = now + self._pause
        self.spoil_round(now)
        return is_news

    def spoil_round(self, now: float) -> None:
        """Begin a new round trip: something was refused in this one."""
        self._round_began_at = now
        self._most_of_round = 0

    def forget(self, now: float) -> None:
        """Take back what is known to go through."""
        self.passed_with = 0
        self.spoil_round(now)

    def passed(self, begun_at: float, under_way: int, now: float) -> None:
        """Learn that a request went through.

        Args:
            begun_at: When it began.
            under_way: How many were under way with it.
            now: The present time.
        """
        self._passed_since_cut += 1
        self._most_of_round = max(self._most_of_round, under_way)
        if begun_at < self._round_began_at:
            return
        self.passed_with = max(self.passed_with, self._most_of_round)
        self.spoil_round(now)
        if self.limit < self._most and self.passed_with >= self.limit and now >= self._next_try:
            if self._is_trying:
                self._pause /= 2
                self._refused_pause = _SHORTEST / 2
            self._is_trying = True
            self.limit += 1
            self._next_try = now + self._pause
