"""What was aimed at, and whether the figures reach it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.tables import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True)
class Goal:
    """One bound.

    Attributes:
        name: What is bounded.
        figure: The figure's name in the sections.
        bound: What it must not exceed; or fall below, if it is a share.
        at_least: Whether more is better.
        written: How the figure is written.
    """

    name: str
    figure: str
    bound: float
    at_least: bool = False
    written: Callable[[float], str] = "{:.2f}".format

    def reached(self, value: float) -> bool:
        """Whether a figure is good enough."""
        return value >= self.bound if self.at_least else value <= self.bound


GOALS = (
    Goal("share of N / latency at 50 ms, N = 16", "share", 0.95, True, "{:.3f}".format),  # noqa: FBT003 - as in the table
    Goal("5,000 records at 0 ms, new ledger, beside the fastest `requests` loop", "overhead", 1.1),
    Goal("the same without a ledger", "overhead_no_ledger", 1.1),
    Goal("documented limit, beside the ideal", "documented", 1.02, written="{:.3f}".format),
    Goal("answers 429 at it", "documented_refused", 0, written="{:.0f}".format),
    Goal("unknown limit of 50 a second, beside the ideal", "unknown", 1.15),
    Goal("share of answers 429 at it", "unknown_refused", 0.01, written="{:.1%}".format),
    Goal("100,000 unchanged records, beside the SDK's default sink", "unchanged", 0.5),
    Goal("requests for 10,000 contacts, 1 % changed", "contacts", 10, written="{:.0f}".format),
    Goal("peak memory, 10⁶ records beside 10⁴", "memory_full", 1.1),
    Goal("peak memory, 10⁵ records beside 10⁴", "memory", 1.1),
    Goal("Spark, time a row of ten times as many rows", "spark_linear", 1.1),
    Goal("99 % of answers about profiles, 200 a second of 10⁶, ms", "profile_p99", 10),
    Goal("questions about profiles that failed", "profile_failed", 0, written="{:.0f}".format),
    Goal("start and end with one record, seconds", "startup", 0.5),
)


def table(figures: Mapping[str, float], *, full_size: bool) -> Table:
    """Hold figures against the goals.

    Args:
        figures: By name.
        full_size: Whether as many records were delivered as the goals are about.
    """
    rows = tuple(_row(each, figures, full_size=full_size) for each in GOALS)
    return Table("Goal", ("bound", "measured", ""), rows)


def _row(goal: Goal, figures: Mapping[str, float], *, full_size: bool) -> tuple[str, ...]:
    bound = f"{'≥' if goal.at_least else '≤'} {goal.written(goal.bound)}"
    value = figures.get(goal.figure)
    if value is None:
        return goal.name, bound, "-", "not measured"
    verdict = "reached" if goal.reached(value) else "**not reached**"
    if not full_size:
        verdict = "too few records to say"
    return goal.name, bound, goal.written(value), verdict
