"""`make bench`: what a record costs beside a bare loop, with a ledger and without, and in memory.

Every figure is of whole processes, start-up included; compared runs take turns, so that a machine
that changes its speed changes both.
"""

from __future__ import annotations

import platform
import statistics
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.loader import Loader, write_input
from benchmarks.measure import Measured, bare_server, measure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROUNDS = 3
RECORDS = 5_000
SLOW_RECORDS = 400
SLOW_MILLISECONDS = 50
UNCHANGED_RECORDS = 100_000
MEMORY_SIZES = (1_000, 10_000, 100_000)
DOCUMENT = Path(__file__).parents[1] / "docs" / "performance.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"

Runs = dict[str, list[Measured]]


def tables(folder: Path) -> Iterator[str]:
    """Measure, and give the lines of the tables."""
    source = folder / "in.jsonl"
    with bare_server() as url:
        loader = Loader(folder, f"{url}/v1")
        write_input(source, RECORDS)
        bare = ["-m", "benchmarks.bare_session", f"{url}/v1/tickets", str(source)]
        kinds: dict[str, Callable[[], Measured]] = {
            "bare `requests.Session` loop": lambda: measure(bare),
            "target-groove, `ledger_url: none`": lambda: loader.without_ledger(source),
            "target-groove, new SQLite ledger": lambda: loader.with_new_ledger(source),
        }
        yield from _table(f"{RECORDS:,} records, 0 ms, one connection", _in_turns(kinds))
    with bare_server(SLOW_MILLISECONDS) as url:
        slow = Loader(folder, f"{url}/v1")
        write_input(source, SLOW_RECORDS)
        kinds = {
            "target-groove, `ledger_url: none`": lambda: slow.without_ledger(source),
            "target-groove, new SQLite ledger": lambda: slow.with_new_ledger(source),
        }
        name = f"{SLOW_RECORDS:,} records, {SLOW_MILLISECONDS} ms, one connection"
        yield from _table(name, _in_turns(kinds))
    with bare_server() as url:
        loader = Loader(folder, f"{url}/v1")
        write_input(source, UNCHANGED_RECORDS)
        full = loader.fill_ledger(source)
        no_op = ["-m", "benchmarks.no_op_target", "--input", str(source)]
        kinds = {
            "the SDK's sink that does nothing": lambda: measure(no_op),
            "target-groove, everything in the ledger": lambda: full(source),
        }
        yield from _table(f"{UNCHANGED_RECORDS:,} unchanged records", _in_turns(kinds, rounds=3))
        yield "| records, new ledger | peak memory, MiB |"
        yield "| --- | --- |"
        for count in MEMORY_SIZES:
            write_input(source, count)
            yield f"| {count:,} | {loader.with_new_ledger(source).peak_mib:.0f} |"


def _in_turns(kinds: dict[str, Callable[[], Measured]], *, rounds: int = ROUNDS) -> Runs:
    measured: Runs = {name: [] for name in kinds}
    for _ in range(rounds):
        for name, run in kinds.items():
            measured[name].append(run())
    return measured


def _table(title: str, runs: Runs) -> Iterator[str]:
    """Compare each kind with the first."""
    rounds = len(next(iter(runs.values())))
    yield f"| {title} | seconds, median of {rounds} | ratio |"
    yield "| --- | --- | --- |"
    first = next(iter(runs.values()))
    for name, measured in runs.items():
        seconds = statistics.median(each.seconds for each in measured)
        pairs = zip(measured, first, strict=True)
        ratio = statistics.median(own.seconds / other.seconds for own, other in pairs)
        yield f"| {name} | {seconds:.2f} | {ratio:.2f} |"
    yield ""


def main() -> None:
    """Print the tables and put them into the document."""
    with tempfile.TemporaryDirectory() as folder:
        lines = list(tables(Path(folder)))
    machine = f"Python {platform.python_version()}, {platform.system()} on {platform.machine()}"
    measured = "\n".join([f"Measured with {machine}:", "", *lines])
    sys.stdout.write(measured + "\n")
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    DOCUMENT.write_text(f"{before}{BEGIN}\n{measured}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
