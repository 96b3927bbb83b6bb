"""Writes tickets with Spark and prints what each write came to, as a JSON object a line.

It delivers the first rows, fills the ledger with the entries of the others, and writes all rows, a
few of them changed, once for each number of partitions.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import psycopg
import pyarrow as pa
from pyspark.sql import SparkSession

from benchmarks.spark.entries import Entries
from benchmarks.spark.frames import changed, make_tickets, tickets
from target_groove.spark import GrooveDataSource
from target_groove.spark.data_source import GrooveWriter
from target_groove.spark.ending import end_write
from target_groove.spark.job import read_job

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pyspark.sql import DataFrame
    from pyspark.sql.types import StructType

_TOLD: Final = "BENCHMARK_TOLD"
"""Names the file for the counts of a write, whose end is in a process of its own."""
_DELIVERED: Final = 1_000
"""Rows that are delivered by the way that is measured, for the others to be compared with."""


class CountingWriter(GrooveWriter):
    """Writes a frame, and the counts into a file."""

    def commit(self, messages: list[Any]) -> None:
        """End the write."""
        told = end_write(self._job, messages)
        counts = {
            "rows": told.rows,
            "requests": told.requests,
            "ledger_reads": told.ledger_reads,
            **told.counts,
        }
        Path(os.environ[_TOLD]).write_text(json.dumps(counts), encoding="utf-8")


class CountingSource(GrooveDataSource):
    """The sink, but for the file."""

    @classmethod
    def name(cls) -> str:
        """Give the name of the format."""
        return "groove_counted"

    def writer(self, schema: StructType, overwrite: bool) -> CountingWriter:  # noqa: ARG002, FBT001 - Spark's
        """Check a write."""
        return CountingWriter(self._job(schema))


@dataclass(frozen=True)
class Task:
    """What is to be done; given as a JSON object.

    Attributes:
        files: The folder of Parquet files.
        count: Tickets.
        options: Those of the write.
        partitions: In how many the rows are, for each write.
        fill: Whether the ledger is to be filled before.
        version: The number of the first write; each changes rows in its own way.
        of_records: Whether entries are those of the pipe, which delivered the first rows itself.
    """

    files: str
    count: int
    options: dict[str, str]
    partitions: tuple[int, ...] = ()
    version: int = 0
    fill: bool = True
    of_records: bool = False


def main(task: Task) -> None:
    """Do it, in two threads of this machine."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ[_TOLD] = str(Path(folder, "told.json"))
        os.environ["PYSPARK_PYTHON"] = sys.executable
        session = (
            SparkSession.builder.master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.memory", "2g")
            .config("spark.sql.files.maxPartitionBytes", "1g")
            .getOrCreate()
        )
        session.dataSource.register(CountingSource)
        path = Path(task.files, f"tickets-{task.count}")
        make_tickets(session, path, task.count)
        if task.fill:
            _fill(task, tickets(session, path, 2))
        for number, partitions in enumerate(task.partitions):
            frame = changed(tickets(session, path, partitions), task.version + number)
            _tell({"partitions": partitions, **_written(frame, task.options)})
        session.stop()


def _fill(task: Task, frame: DataFrame) -> None:
    first = frame.where(f"cast(id as long) < {_DELIVERED}")
    if not task.of_records:
        _written(first, task.options)
    job = read_job(task.options, frame.schema.jsonValue()["fields"])
    of_records, began = task.of_records, time.perf_counter()

    def check(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        count = Entries(job, of_records=of_records).check(batches)
        yield pa.record_batch({"count": [count]})

    def fill(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        count = Entries(job, of_records=of_records).write(batches)
        yield pa.record_batch({"count": [count]})

    checked = _sum(first.coalesce(1).mapInArrow(check, "count long"))
    others = frame.where(f"cast(id as long) >= {_DELIVERED}")
    filled = _sum(others.mapInArrow(fill, "count long"))
    seconds = time.perf_counter() - began
    with psycopg.connect(job.ledger_url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE target_groove_entries")
        size = "SELECT pg_total_relation_size('target_groove_entries')"
        found = connection.execute(size).fetchone()
    _tell({"checked": checked, "filled": filled, "seconds": seconds, "bytes": found and found[0]})


def _sum(frame: DataFrame) -> int:
    return int(frame.groupBy().sum().collect()[0][0])


def _written(frame: DataFrame, options: dict[str, str]) -> dict[str, Any]:
    began = time.perf_counter()
    frame.write.format("groove_counted").options(**options).mode("append").save()
    seconds = time.perf_counter() - began
    counts = json.loads(Path(os.environ[_TOLD]).read_text(encoding="utf-8"))
    return {"seconds": seconds, **counts}


def _tell(found: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Task(**json.loads(sys.argv[1])))
