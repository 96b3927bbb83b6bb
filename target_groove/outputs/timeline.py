"""What happened when, in so few steps of time that a picture can show them."""

from __future__ import annotations

from collections import Counter
from typing import Final

MOST_STEPS: Final = 240
_FIRST_WIDTH: Final = 1.0


class Timeline:
    """Counts what happens in steps of equal width; when they become too many, they become wider.

    Attributes:
        width: Seconds of a step.
        steps: What happened in each, by kind.
    """

    def __init__(self) -> None:
        """Begin with steps of a second."""
        self.width = _FIRST_WIDTH
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
        self.width *= 2
        pairs = [self.steps[at : at + 2] for at in range(0, len(self.steps), 2)]
        self.steps = [sum(pair, Counter()) for pair in pairs]
