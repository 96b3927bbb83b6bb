"""What happened when, in so few steps of time that a picture can show them."""

from __future__ import annotations

from collections import Counter
from typing import Final

MOST_STEPS: Final = 240
_WIDTHS: Final = (0.25, 0.5, 1.0, 2.0, 10.0, 20.0, 60.0, 120.0, 600.0, 1200.0, 3600.0)
"""Seconds, each a multiple of the one before; from the last on they double."""


class Timeline:
    """Counts what happens in steps of equal width; when they become too many, they become wider.

    Attributes:
        width: Seconds of a step.
        steps: What happened in each, by kind.
    """

    def __init__(self) -> None:
        """Begin with steps of a quarter of a second."""
        self.width = _WIDTHS[0]
        self.steps: list[Counter[str]] = []

    def add(self, at: float, kind: str, amount: float = 1) -> None:
        """Count something.

        Args:
            at: Seconds since the beginning.
            kind: What it is.
            amount: How much of it.
        """
        while at >= self.width * MOST_STEPS:
            self._widen()
        which = int(at / self.width)
        while len(self.steps) <= which:
            self.steps.append(Counter())
        # A Counter takes any number.
        self.steps[which][kind] += amount  # type: ignore[assignment]

    def add_span(self, begin: float, end: float, kind: str) -> None:
        """Count seconds, each in the step in which it passed.

        Args:
            begin: Seconds since the beginning.
            end: Seconds since the beginning.
            kind: What lasted so long.
        """
        while end >= self.width * MOST_STEPS:
            self._widen()
        while begin < end:
            step_ends = (int(begin / self.width) + 1) * self.width
            self.add(begin, kind, min(end, step_ends) - begin)
            begin = step_ends

    def _widen(self) -> None:
        wider = next((each for each in _WIDTHS if each > self.width), self.width * 2)
        together = round(wider / self.width)
        self.width = wider
        self.steps = [
            sum(self.steps[at : at + together], Counter())
            for at in range(0, len(self.steps), together)
        ]
