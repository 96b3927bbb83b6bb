"""How near to `N / latency` the loader comes with N requests in flight."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from benchmarks.ideal import at_latency
from benchmarks.served import Rule
from benchmarks.tables import Section, Table, seconds

if TYPE_CHECKING:
    from benchmarks.bare_server import Counts
    from benchmarks.lab import Lab
    from benchmarks.measure import Measured

RECORDS = 1_000
MILLISECONDS = 50
ROUNDS = {1: 1, 4: 3, 16: 5, 64: 5}
"""By the number in flight; the longer a run, the less it varies."""
JUDGED = 16


def measure(lab: Lab) -> Section:
    """Deliver to a server that lets every request wait.

    Raises:
        NotMeasuredError: The loader failed.
    """
    count = lab.sized(RECORDS)
    source = lab.tickets(count)
    rows, figures = [], {}
    for in_flight, rounds in ROUNDS.items():
        if in_flight > 1 and not lab.loader.sends_several_at_once:
            continue
        chosen = in_flight if lab.loader.sends_several_at_once else None
        rule = Rule(milliseconds=MILLISECONDS)
        runs = [lab.deliver(source, rule, max_in_flight=chosen) for _ in range(rounds)]
        between = statistics.median(_share(counts, in_flight) for _, counts in runs)
        whole = statistics.median(_whole(run, counts, in_flight) for run, counts in runs)
        rows.append(
            (
                str(in_flight),
                seconds(statistics.median(run.seconds for run, _ in runs)),
                seconds(at_latency(count, latency=MILLISECONDS / 1000, in_flight=in_flight)),
                str(max(counts.most_at_once for _, counts in runs)),
                f"{between:.3f}",
                f"{whole:.3f}",
                str(rounds),
            )
        )
        if in_flight == JUDGED:
            figures["share"] = between
    columns = (
        "seconds, whole run",
        "ideal",
        "most at once",
        "share of N / latency, first request to last answer",
        "share, whole run",
        "runs",
    )
    title = f"{count:,} records, {MILLISECONDS} ms, new ledger; N in flight"
    sentences: tuple[str, ...] = ()
    if not lab.loader.sends_several_at_once:
        sentences = ("This version has one request under way at a time.",)
    return Section((Table(title, columns, tuple(rows)),), figures, sentences)


def _share(counts: Counts, in_flight: int) -> float:
    return _ideal(counts, in_flight) / (counts.last - counts.first)


def _whole(run: Measured, counts: Counts, in_flight: int) -> float:
    return _ideal(counts, in_flight) / run.seconds


def _ideal(counts: Counts, in_flight: int) -> float:
    """With the latency that the server really had, which is up to a millisecond more."""
    held = counts.held_seconds / counts.requests
    return at_latency(counts.requests, latency=held, in_flight=in_flight)
