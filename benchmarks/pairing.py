"""Compared runs take turns, so that a machine that changes its speed changes all of them."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

T = TypeVar("T")


def in_turns(kinds: Mapping[str, Callable[[], T]], rounds: int) -> dict[str, list[T]]:
    """Run each kind once a round, every second round backwards."""
    results: dict[str, list[T]] = {name: [] for name in kinds}
    for number in range(rounds):
        for name in list(kinds) if number % 2 == 0 else reversed(list(kinds)):
            results[name].append(kinds[name]())
    return results


def ratio(own: Iterable[float], others: Iterable[float]) -> float:
    """The median of the ratios of runs of the same round."""
    return statistics.median(one / other for one, other in zip(own, others, strict=True))
