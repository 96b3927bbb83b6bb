"""`make bench`: what a record costs beside a bare loop, and whether memory grows.

Every figure is of whole processes, start-up included; compared runs take turns, so that a machine
that changes its speed changes both.
"""

from __future__ import annotations

import json
import platform
import statistics
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import Measured, bare_server, measure

if TYPE_CHECKING:
    from collections.abc import Iterator

RECORDS = 5_000
ROUNDS = 5
MEMORY_SIZES = (1_000, 10_000, 100_000)
DOCUMENT = Path(__file__).parents[1] / "docs" / "performance.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def write_input(path: Path, count: int) -> None:
    """Write a Singer file of tickets, about 420 bytes each."""
    text = "The lid does not fit the pot. " * 10
    properties = {name: {"type": "string"} for name in ("body", "from", "to", "subject")}
    schema = {"type": "object", "properties": properties}
    with path.open("w", encoding="utf-8") as file:
        message = {
            "type": "SCHEMA",
            "stream": "create_ticket",
            "schema": schema,
            "key_properties": [],
        }
        file.write(json.dumps(message) + "\n")
        for number in range(count):
            record = {
                "subject": f"Ticket {number}",
                "body": text,
                "from": f"customer{number}@example.org",
                "to": "support@example.org",
            }
            line = {"type": "RECORD", "stream": "create_ticket", "record": record}
            file.write(json.dumps(line) + "\n")


def tables(folder: Path) -> Iterator[str]:
    """Measure, and give the lines of the tables."""
    source, config = folder / "in.jsonl", folder / "config.json"
    with bare_server() as url:
        settings = {"api_token": "token", "api_url": f"{url}/v1", "requests_per_minute": 0}
        config.write_text(json.dumps(settings))
        ours = ["-m", "target_groove", "--config", str(config), "--input", str(source)]
        bare = ["-m", "benchmarks.bare_session", f"{url}/v1/tickets", str(source)]
        write_input(source, RECORDS)
        pairs = [(measure(ours), measure(bare)) for _ in range(ROUNDS)]
        yield from _throughput(pairs)
        yield ""
        yield "| records | peak memory, MiB |"
        yield "| --- | --- |"
        for count in MEMORY_SIZES:
            write_input(source, count)
            yield f"| {count:,} | {measure(ours).peak_mib:.0f} |"


def _throughput(pairs: list[tuple[Measured, Measured]]) -> Iterator[str]:
    yield f"| {RECORDS:,} records, 0 ms, one connection | seconds, median of {ROUNDS} | ratio |"
    yield "| --- | --- | --- |"
    ours = statistics.median(pair[0].seconds for pair in pairs)
    bare = statistics.median(pair[1].seconds for pair in pairs)
    ratio = statistics.median(pair[0].seconds / pair[1].seconds for pair in pairs)
    yield f"| bare `requests.Session` loop | {bare:.2f} | 1 |"
    yield f"| target-groove | {ours:.2f} | {ratio:.2f} |"


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
