"""What it costs to find that nothing has changed."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from benchmarks.measure import Measured, NotMeasuredError
from benchmarks.measure import measure as run
from benchmarks.pairing import in_turns, ratio
from benchmarks.tables import Section, Table, seconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.lab import Lab

RECORDS = 100_000
ROUNDS = 5
_NO_OP = "the SDK's default sink, doing nothing"
_READ = "a bare loop of `json.loads`"
_OURS = "target-groove, everything in the ledger"


def measure(lab: Lab) -> Section:
    """Deliver again what was delivered before.

    Raises:
        NotMeasuredError: A process failed, or something was sent.
    """
    count = lab.sized(RECORDS)
    source = lab.tickets(count)
    _, ledger = lab.delivered(count)
    sent_before = lab.server.counts().requests
    url = f"{lab.server.url}/v1"
    kinds: dict[str, Callable[[], Measured]] = {
        _NO_OP: lambda: run(["-m", "benchmarks.no_op_target", "--input", source]),
        _READ: lambda: run(["-m", "benchmarks.bare_loops", "read", source]),
        _OURS: lambda: lab.loader.deliver(source, url, ledger_url=ledger),
    }
    runs = in_turns(kinds, ROUNDS)
    if (sent := lab.server.counts().requests - sent_before) > 0:
        msg = f"{sent:,} requests were sent for records that had not changed"
        raise NotMeasuredError(msg)
    no_op = [each.seconds for each in runs[_NO_OP]]
    ratios = {name: ratio([each.seconds for each in own], no_op) for name, own in runs.items()}
    rows = tuple(
        (
            name,
            seconds(statistics.median(each.seconds for each in own)),
            f"{ratios[name]:.2f}",
            f"{statistics.median(each.cpu_seconds for each in own) / count * 1e6:.1f}",
            f"{max(each.peak_mib for each in own):.0f}",
        )
        for name, own in runs.items()
    )
    columns = (
        "seconds, whole run",
        "beside the SDK's sink",
        "CPU, µs a record",
        "peak memory, MiB",
    )
    title = f"{count:,} unchanged records, no request; medians of {ROUNDS}"
    return Section((Table(title, columns, rows),), {"unchanged": ratios[_OURS]})
