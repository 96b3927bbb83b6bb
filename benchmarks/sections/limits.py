"""How near to the ideal the loader comes under a request limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.ideal import at_bucket, at_real_clock, at_window
from benchmarks.served import Rule
from benchmarks.tables import Section, Table, seconds

if TYPE_CHECKING:
    from benchmarks.lab import Lab

REAL_WINDOW = 60.0
"""Seconds, as in the loader."""
MILLISECONDS = 50
PER_SECOND = 50
UNKNOWN_SECONDS = 30


@dataclass(frozen=True)
class Documented:
    """A limit that the loader is told.

    Attributes:
        name: How people say it.
        per_minute: The setting.
        window: Seconds that stand for the minute.
        windows: How many of them a run is to need after the first.
    """

    name: str
    per_minute: int
    window: float
    windows: int


DOCUMENTED = (Documented("30 a minute", 30, 3.0, 4), Documented("50 a second", 3_000, 12.0, 2))


def measure(lab: Lab) -> Section:
    """Deliver to servers that refuse what is above their limit.

    Raises:
        NotMeasuredError: The loader failed.
    """
    told, unknown = _documented(lab), _unknown(lab)
    return Section((told[0], unknown[0]), {**told[1], **unknown[1]})


def _documented(lab: Lab) -> tuple[Table, dict[str, float]]:
    rows = []
    worst, refused = 0.0, 0
    for each in DOCUMENTED:
        windows = lab.sized(each.windows)
        # One more than fills these windows, so that the last request has to wait for the next one.
        count = windows * each.per_minute + 1
        rule = Rule(kind="sliding", limit=each.per_minute, window_seconds=each.window)
        run, counts = lab.deliver(
            lab.tickets(count),
            rule,
            window_seconds=each.window,
            requests_per_minute=each.per_minute,
        )
        factor = REAL_WINDOW / each.window
        ideal = at_window(count, limit=each.per_minute, window=REAL_WINDOW)
        real = at_real_clock(run.seconds, between=counts.last - counts.first, factor=factor)
        worst, refused = max(worst, real / ideal), refused + counts.refused
        rows.append(
            (
                f"{each.name}, {count:,} records",
                seconds(run.seconds),
                f"{factor:.0f} times",
                seconds(real),
                seconds(ideal),
                f"{real / ideal:.3f}",
                str(counts.refused),
            )
        )
    columns = (
        "seconds, whole run",
        "clock",
        "at the real clock",
        "ideal",
        "ratio",
        "answers 429",
    )
    title = "Documented limit, `requests_per_minute` set, sliding window"
    figures = {"documented": worst, "documented_refused": float(refused)}
    return Table(title, columns, tuple(rows)), figures


def _unknown(lab: Lab) -> tuple[Table, dict[str, float]]:
    rows = []
    worst, most_refused = 0.0, 0.0
    count = PER_SECOND * lab.sized(UNKNOWN_SECONDS, at_least=2)
    for kind, name, ideal in (
        ("fixed", "fixed window of a second", at_window(count, limit=PER_SECOND, window=1.0)),
        ("bucket", "token bucket of 50", at_bucket(count, limit=PER_SECOND, window=1.0)),
    ):
        rule = Rule(MILLISECONDS, kind, PER_SECOND, 1.0)
        run, counts = lab.deliver(lab.tickets(count), rule)
        ratio = run.seconds / ideal
        share = counts.refused / counts.requests
        worst, most_refused = max(worst, ratio), max(most_refused, share)
        rows.append(
            (
                f"{name}, {count:,} records",
                seconds(run.seconds),
                seconds(ideal),
                f"{ratio:.2f}",
                str(counts.refused),
                f"{share:.1%}",
            )
        )
    columns = ("seconds, whole run", "ideal", "ratio", "answers 429", "of all requests")
    title = f"Unknown limit of {PER_SECOND} a second, `requests_per_minute: 0`, {MILLISECONDS} ms"
    figures = {"unknown": worst, "unknown_refused": most_refused}
    return Table(title, columns, tuple(rows)), figures
