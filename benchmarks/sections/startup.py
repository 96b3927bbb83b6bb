"""How long a run takes that has next to nothing to do."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from benchmarks.measure import Measured
from benchmarks.measure import measure as run
from benchmarks.pairing import in_turns
from benchmarks.tables import Section, Table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from benchmarks.lab import Lab

ROUNDS = 9
_OURS = "target-groove, one record, new ledger"


def measure(lab: Lab) -> Section:
    """Deliver a single record.

    Raises:
        NotMeasuredError: A process failed.
    """
    source = lab.tickets(1)
    _, ledger = lab.delivered(1)
    url = f"{lab.server.url}/v1"
    loop: list[str | Path] = ["-m", "benchmarks.bare_loops", "session", f"{url}/tickets", source]
    kinds: dict[str, Callable[[], Measured]] = {
        "Python itself, `pass`": lambda: run(["-c", "pass"]),
        "one `requests.Session`, one record": lambda: run(loop),
        "the SDK's default sink, doing nothing": lambda: run(
            ["-m", "benchmarks.no_op_target", "--input", source]
        ),
        "`target-groove --version`": lambda: run(["-m", "target_groove", "--version"]),
        "target-groove, one record, unchanged": lambda: lab.loader.deliver(
            source, url, ledger_url=ledger
        ),
        _OURS: lambda: lab.loader.deliver(source, url),
    }
    runs = in_turns(kinds, ROUNDS)
    medians = {name: statistics.median(each.seconds for each in own) for name, own in runs.items()}
    rows = tuple(
        (
            name,
            f"{medians[name]:.2f}",
            f"{statistics.median(each.cpu_seconds for each in own):.2f}",
        )
        for name, own in runs.items()
    )
    columns = ("seconds, whole run", "CPU seconds")
    table = Table(f"Start and end; medians of {ROUNDS}", columns, rows)
    return Section((table,), {"startup": medians[_OURS]})
