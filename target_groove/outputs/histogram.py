"""How long things took, in so many classes that each is about a tenth wider than the one before."""

from __future__ import annotations

import math
from itertools import accumulate
from typing import Final

SHORTEST: Final = 0.0001
"""Seconds; what is quicker counts in the first class."""
PER_DECADE: Final = 20
DECADES: Final = 7
_CLASSES: Final = PER_DECADE * DECADES


class Histogram:
    """Counts durations; its size does not grow with their number.

    Attributes:
        counts: How many fell into each class; class `n` begins at `begin_of(n)` seconds.
        longest: The longest, in seconds.
        total: All together, in seconds.
    """

    __slots__ = ("counts", "longest", "total")

    def __init__(self) -> None:
        """Count nothing yet."""
        self.counts = [0] * _CLASSES
        self.longest = 0.0
        self.total = 0.0

    def add(self, seconds: float) -> None:
        """Count a duration."""
        self.total += seconds
        self.longest = max(self.longest, seconds)
        which = 0
        if seconds > SHORTEST:
            which = min(int(math.log10(seconds / SHORTEST) * PER_DECADE), _CLASSES - 1)
        self.counts[which] += 1

    def add_all(self, other: Histogram) -> None:
        """Count what another has counted."""
        self.counts = [
            ours + theirs for ours, theirs in zip(self.counts, other.counts, strict=True)
        ]
        self.longest = max(self.longest, other.longest)
        self.total += other.total

    @property
    def count(self) -> int:
        """How many there are."""
        return sum(self.counts)

    def quantile(self, share: float) -> float:
        """Say how long a share of them took at most.

        Args:
            share: Between 0 and 1; 0.5 asks for the median.

        Returns:
            Seconds, at most a tenth too long; 0 if there are none.
        """
        wanted = share * self.count
        if not wanted:
            return 0.0
        below = accumulate(self.counts)
        which = next(number for number, each in enumerate(below) if each >= wanted)
        return min(begin_of(which + 1), self.longest)


def begin_of(which: int) -> float:
    """Say where a class begins, in seconds."""
    return float(SHORTEST * 10 ** (which / PER_DECADE))
