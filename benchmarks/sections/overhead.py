"""What a record costs beside bare loops, when the server answers at once."""

from __future__ import annotations

import statistics
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.loader import WITHOUT_LEDGER
from benchmarks.measure import Measured
from benchmarks.measure import measure as run
from benchmarks.pairing import in_turns, ratio
from benchmarks.tables import Section, Table, seconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.lab import Lab

RECORDS = 5_000
ROUNDS = 5
_SESSION = "one `requests.Session`"
_POOL = "8 threads, a `requests.Session` each"
_URLLIB3 = "8 threads on one urllib3 pool"
_LEDGER = "target-groove, new SQLite ledger"
_NO_LEDGER = "target-groove, `ledger_url: none`"


def measure(lab: Lab) -> Section:
    """Deliver to a server that answers at once.

    Raises:
        NotMeasuredError: A process failed.
    """
    count = lab.sized(RECORDS)
    source = lab.tickets(count)
    url = f"{lab.server.url}/v1/tickets"

    def loop(kind: str) -> Measured:
        return run(["-m", "benchmarks.bare_loops", kind, url, source])

    def deliver(ledger_url: str | None) -> Measured:
        return lab.deliver(source, ledger_url=ledger_url)[0]

    kinds: dict[str, Callable[[], Measured]] = {
        _SESSION: partial(loop, "session"),
        _POOL: partial(loop, "pool"),
        _URLLIB3: partial(loop, "urllib3"),
        _LEDGER: partial(deliver, None),
        _NO_LEDGER: partial(deliver, WITHOUT_LEDGER),
    }
    if lab.loader.sends_several_at_once:
        kinds["target-groove, new SQLite ledger, `max_in_flight: 1`"] = lambda: lab.deliver(
            source, max_in_flight=1
        )[0]
    runs = in_turns(kinds, ROUNDS)
    fastest = [
        min(one.seconds, other.seconds)
        for one, other in zip(runs[_SESSION], runs[_POOL], strict=True)
    ]
    ratios = {name: ratio([each.seconds for each in own], fastest) for name, own in runs.items()}
    rows = tuple(
        (
            name,
            seconds(statistics.median(each.seconds for each in own)),
            f"{ratios[name]:.2f}",
            f"{statistics.median(each.cpu_seconds for each in own) / count * 1e6:.0f}",
            f"{max(each.peak_mib for each in own):.0f}",
        )
        for name, own in runs.items()
    )
    columns = (
        "seconds, whole run",
        "beside the fastest `requests` loop",
        "CPU, µs a record",
        "peak memory, MiB",
    )
    table = Table(f"{count:,} records, 0 ms; medians of {ROUNDS}", columns, rows)
    figures = {"overhead": ratios[_LEDGER], "overhead_no_ledger": ratios[_NO_LEDGER]}
    return Section((table,), figures)
