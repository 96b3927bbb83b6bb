"""What Spark needs to find the rows that changed, beside the pipe."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.measure import ROOT, NotMeasuredError, environment
from benchmarks.tables import Section, Table, seconds
from tests.postgres import running_server, server_programs

if TYPE_CHECKING:
    from benchmarks.lab import Lab
    from tests.postgres import Server

SIZES = (100_000, 1_000_000)
MOST = 10_000_000
"""Its ledgers are filled for half an hour; only with `--full`."""
PARTITIONS = (1, 2, 4)
_LEAST = 10_000
_DELIVERED = 1_000
PYTHON = ROOT / ".cache" / "spark" / "bin" / "python"
_LONGEST = 7200.0
"""Seconds."""
_PER_MILLION = 1e6


@dataclass(frozen=True)
class Written:
    """What a write, or a run of the pipe, came to.

    Attributes:
        way: Which way, for people.
        rows: How many there were.
        seconds: From its begin to its end; of the pipe the whole process.
        requests: As the server counted them.
        reads: Look-ups in the ledger for the comparison; None if nobody counted.
    """

    way: str
    rows: int
    seconds: float
    requests: int
    reads: int | None = None

    def cells(self) -> tuple[str, ...]:
        """Write it as a row of a table."""
        return (
            f"{self.rows:,}, {self.way}",
            seconds(self.seconds),
            f"{self.rows / self.seconds:,.0f}",
            f"{self.seconds / self.rows * _PER_MILLION:.1f}",
            f"{self.requests:,}",
            "-" if self.reads is None else f"{self.reads:,}",
        )


def measure(lab: Lab) -> Section:
    """Write frames of which one row in a thousand has changed, and the same rows as a file.

    Raises:
        NotMeasuredError: There is no Spark or no PostgreSQL here, a process failed, or more was
            sent than had changed.
    """
    programs = server_programs()
    if not PYTHON.exists():
        msg = "there is no Spark below .cache/spark (`make test-spark` installs it)"
        raise NotMeasuredError(msg)
    if programs is None:
        msg = "there is no PostgreSQL server here"
        raise NotMeasuredError(msg)
    rows, sizes = list[Written](), dict[int, float]()
    with running_server(programs) as server:
        for size in (*SIZES, MOST) if lab.full else SIZES:
            count = lab.sized(size, at_least=_LEAST)
            found, bytes_a_row = spark_writes(lab, server, count)
            rows += found
            sizes[count] = bytes_a_row
            rows.append(piped(lab, server, count))
    return section(rows, sizes, full=lab.full)


def section(rows: list[Written], sizes: dict[int, float], *, full: bool) -> Section:
    """Write down what was found.

    Args:
        rows: The writes.
        sizes: Bytes of the ledger's entries for each, by their number.
        full: Whether the largest frame was written.
    """
    columns = ("seconds", "rows a second", "µs a row", "requests", "look-ups in the ledger")
    title = "rows, 1 in 1,000 changed; PostgreSQL ledger that knows all of them"
    table = Table(title, columns, tuple(each.cells() for each in rows))
    by_two = sorted((each.rows, each.seconds) for each in rows if each.way == _way(2))
    said = [
        f"{count:,} entries take {size:.0f} bytes each in PostgreSQL, with their indexes."
        for count, size in sizes.items()
    ]
    figures = {}
    if len(by_two) > 1:
        (fewer, before), (more, then) = by_two[-2:]
        figures["spark_linear"] = (then / more) / (before / fewer)
    if not full:
        said.append("Ten million rows are written only by `make bench ARGS=--full`.")
    return Section((table,), figures, tuple(said))


def spark_writes(lab: Lab, server: Server, count: int) -> tuple[list[Written], float]:
    """Fill a ledger of its own, and write with each number of partitions.

    Returns:
        The writes, and the bytes an entry takes.

    Raises:
        NotMeasuredError: See `measure`.
    """
    options = _options(lab, server, f"frames_{count}")
    task = {"files": str(lab.folder), "count": count, "options": options}
    before = lab.server.counts().requests
    filled, *found = run_spark({**task, "partitions": PARTITIONS})
    told = sum(each["requests"] for each in found)
    _check(lab.server.counts().requests - before, told + _DELIVERED)
    for each in found:
        _check(each["requests"], count // _DELIVERED)
    writes = [
        Written(
            _way(each["partitions"]),
            count,
            each["seconds"],
            each["requests"],
            each["ledger_reads"],
        )
        for each in found
    ]
    return writes, filled["bytes"] / count


def piped(lab: Lab, server: Server, count: int) -> Written:
    """Deliver the same rows as a Singer file, on a ledger that knows them as records.

    Raises:
        NotMeasuredError: See `measure`.
    """
    options = _options(lab, server, f"pipe_{count}")
    url, ledger = f"{lab.server.url}/v1", options["ledger_url"]
    first = lab.tickets(_DELIVERED)
    lab.loader.deliver(first, url, ledger_url=ledger)
    task = {"files": str(lab.folder), "count": count, "options": options}
    run_spark({**task, "of_records": True})
    before = lab.server.counts().requests
    changed = count // _DELIVERED
    measured = lab.loader.deliver(lab.tickets(count, changed=changed), url, ledger_url=ledger)
    requests = lab.server.counts().requests - before
    _check(requests, changed)
    return Written("the pipe", count, measured.seconds, requests)


def run_spark(task: dict[str, Any]) -> list[dict[str, Any]]:
    """Run the program that has Spark; give what it tells.

    Args:
        task: See `Task` in `benchmarks/spark`.

    Raises:
        NotMeasuredError: It failed; with its last words.
    """
    done = subprocess.run(
        [PYTHON, "-m", "benchmarks.spark", json.dumps(task)],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=_LONGEST,
        check=False,
    )
    if done.returncode:
        words = (done.stderr.strip().splitlines() or ["nothing was said"])[-1]
        msg = f"Spark ended with {done.returncode}: {words[:300]}"
        raise NotMeasuredError(msg)
    return [json.loads(line) for line in done.stdout.splitlines()]


def _options(lab: Lab, server: Server, database: str) -> dict[str, str]:
    server.sql(f"CREATE DATABASE {database}")
    return {
        "api_token": "token",
        "api_url": f"{lab.server.url}/v1",
        "requests_per_minute": "0",
        "ledger_url": server.url.removesuffix(server.database) + database,
        "dead_letter_path": str(lab.folder / "dead-letters.singer.jsonl"),
        "endpoint": "create_ticket",
        "key": "id",
    }


def _check(requests: int, wanted: int) -> None:
    if requests != wanted:
        msg = f"{requests:,} requests were sent where {wanted:,} were expected"
        raise NotMeasuredError(msg)


def _way(partitions: int) -> str:
    return f"Spark, {partitions} partition{'s' if partitions > 1 else ''}"
