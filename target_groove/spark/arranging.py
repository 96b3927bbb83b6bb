"""Brings the rows of one object into one partition, in their order, and leaves out the unchanged.

Spark asks no Python sink how it wants its rows distributed, so this is done to the frame.
"""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyspark import TaskContext
from pyspark.errors import PySparkException
from pyspark.sql.functions import monotonically_increasing_id
from pyspark.sql.types import LongType, StringType, StructField, StructType

from target_groove.errors import ConfigurationError
from target_groove.spark.arranged_by import MARK, NOTE, PLACE, READS, UNCHANGED
from target_groove.spark.comparison import Comparison
from target_groove.spark.job import read_job
from target_groove.spark.objects import Objects
from target_groove.spark.rows import pieces_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from pyspark.sql import DataFrame, SparkSession

    from target_groove.spark.job import Job


def arrange(frame: DataFrame, *, partitions: int | None = None, **options: Any) -> DataFrame:
    """Make a frame ready for `write.format("groove")`, so that its tasks deliver, not the driver.

    Rows that the ledger knows as they are stay behind where they are read; only what is left is
    moved. With `order_by` or several accounts all rows are moved once before, as only then it can
    be told which row of a key is the last.

    Args:
        frame: The rows.
        partitions: Into how many; None for as many as tasks run at once.
        options: Those of the write.

    Returns:
        The rows that are to be delivered, with columns of ours (they begin with `_groove`). Write
        it with the same options.

    Raises:
        ConfigurationError: Something is wrong; it names everything at once.
        LedgerError: The ledger cannot be used.
    """
    if frame.isStreaming:
        msg = "A stream cannot be arranged; arrange each of its micro-batches in foreachBatch."
        raise ConfigurationError([msg])
    given = {name: _text(each) for name, each in options.items()}
    job = read_job(given, frame.schema.jsonValue()["fields"], is_for_arranging=True)
    session = frame.sparkSession
    job.check_place(session.conf.get("spark.master", "") or "")
    partitions = partitions or _tasks_at_once(session)
    accounts = [_column(job.account_column)] if job.account_column else []
    order = [*accounts, *map(_column, job.order_by), PLACE]
    frame = frame.withColumn(PLACE, monotonically_increasing_id())
    if accounts or job.order_by:
        key = map(_column, job.key)
        frame = frame.repartition(partitions, *accounts, *key).sortWithinPartitions(*order)
    # PySpark cannot hand on columns with a dot in their names.
    numbered = frame.toDF(*(f"column_{number}" for number in range(len(frame.columns))))
    with_own = _with_own(frame.schema, job)
    remaining = numbered.mapInArrow(_comparing(job, frame.columns), with_own)
    return remaining.repartition(partitions, *accounts, MARK).sortWithinPartitions(*order)


def _tasks_at_once(session: SparkSession) -> int:
    try:
        return int(session.sparkContext.defaultParallelism)
    except PySparkException:  # Spark Connect has no such thing
        return int(session.conf.get("spark.sql.shuffle.partitions") or 1)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return str(value)
    return json.dumps(value)


def _column(name: str) -> str:
    """Write the name of a column for Spark, which takes a dot for the way into a struct."""
    quoted = name.replace("`", "``")
    return f"`{quoted}`"


def _with_own(schema: StructType, job: Job) -> StructType:
    note = {NOTE: json.dumps(job.arranged_by)}
    fields = [StructField(each.name, each.dataType, nullable=True) for each in schema.fields]
    mark = StructField(MARK, StringType(), nullable=True, metadata=note)
    counts = [StructField(name, LongType(), nullable=True) for name in (UNCHANGED, READS)]
    return StructType([*fields, mark, *counts])


def _comparing(
    job: Job, names: Sequence[str]
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def compare(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        context = TaskContext.get()
        partition = context.partitionId() if context else 0
        objects = Objects(job)
        with closing(Comparison(job, partition)) as comparison:
            read = 0
            for numbered in batches:
                batch = numbered.rename_columns(list(names))
                yield _remaining(batch, job, comparison, objects, first=read)
                read += batch.num_rows

    return compare


def _remaining(
    batch: pa.RecordBatch,
    job: Job,
    comparison: Comparison,
    objects: Objects,
    *,
    first: int,
) -> pa.RecordBatch:
    """Give the rows that are not known as they are, and one that counts the others."""
    before = comparison.reads
    kept: list[int] = []
    marks: list[str] = []
    for piece in pieces_of(batch, job, first + 1):
        for index, row in comparison.remaining_at(piece):
            kept.append(piece.numbers[index] - first - 1)
            marks.append(objects.of(row))
    nothing = [None] * len(kept)
    left_out, reads = batch.num_rows - len(kept), comparison.reads - before
    rows = batch.take(pa.array(kept, pa.int64()))
    columns = [pa.concat_arrays([each, pa.nulls(1, each.type)]) for each in rows.columns]
    columns += [
        pa.array([*marks, None], pa.string()),
        pa.array([*nothing, left_out], pa.int64()),
        pa.array([*nothing, reads], pa.int64()),
    ]
    return pa.record_batch(columns, names=[*batch.schema.names, MARK, UNCHANGED, READS])
