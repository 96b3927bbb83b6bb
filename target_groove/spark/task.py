"""What a task does with the rows of its partition."""

from __future__ import annotations

import time
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

import pyarrow.compute as pc
from pyspark import TaskContext

from target_groove.errors import ConfigurationError
from target_groove.spark.arranged_by import MARK, READS, UNCHANGED
from target_groove.spark.columns import UnusableValueError
from target_groove.spark.comparison import Comparison
from target_groove.spark.delivering import Delivering
from target_groove.spark.rows import pieces_of
from target_groove.spark.staging import Staging
from target_groove.spark.stops import Stops
from target_groove.spark.told import Told

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa

    from target_groove.spark.job import Job
    from target_groove.spark.rows import Row


def write_partition(job: Job, batches: Iterable[pa.RecordBatch]) -> Told:
    """Find out which rows are not as Groove has them, and deliver these or stage them.

    Args:
        job: The write.
        batches: The rows of the partition.

    Returns:
        What the driver needs to know.

    Raises:
        LedgerError: The ledger cannot be used now; Spark tries again.
    """
    context = TaskContext.get()
    if context is None:
        msg = "There is no task."
        raise RuntimeError(msg)
    try:
        job.check_place(context.getLocalProperty("spark.master") or "")
    except ConfigurationError as error:
        return Told(stopped=str(error))
    partition = context.partitionId()
    token = f"{job.name}/{partition:08d}/{context.taskAttemptId()}"
    told = Told(token=token)
    with ExitStack() as stack:
        staging = stack.enter_context(closing(Staging(job.ledger_url)))
        comparison = stack.enter_context(closing(Comparison(job, partition)))
        taker: _Stager | Delivering
        if job.delivers_in_tasks:

            def keep(lines: list[bytes]) -> None:
                staging.add_dead_letters(token, lines, now=time.time())

            stops = Stops(job, staging, attempt=context.taskAttemptId())
            taker = Delivering(job, keep_dead_letters=keep, stops=stops, told=told)
            stack.callback(taker.close)
        else:
            taker = _Stager(staging, token, told)
        read = 0
        try:
            for batch in batches:
                for piece in pieces_of(_counted(batch, told), job, read + 1):
                    rows = comparison.remaining(piece)
                    told.rows += len(piece.numbers)
                    told.counts["unchanged"] += len(piece.numbers) - len(rows)
                    if rows and taker.take(piece.account, rows):
                        comparison.forget()
                read += batch.num_rows
                if told.stopped and not job.account_column:
                    break
        except UnusableValueError as error:
            told.stopped = told.stopped or f"Partition {partition}: {error}"
        taker.finish()
        told.ledger_reads += comparison.reads
    return told


class _Stager:
    """Leaves rows to the driver."""

    def __init__(self, staging: Staging, token: str, told: Told) -> None:
        self._staging = staging
        self._token = token
        self._told = told

    def take(self, account: str, rows: list[Row]) -> bool:
        self._staging.add_rows(self._token, account, rows, now=time.time())
        self._told.staged += len(rows)
        return False

    def finish(self) -> None:
        """Do nothing: every row was left as it came."""


def _counted(batch: pa.RecordBatch, told: Told) -> pa.RecordBatch:
    """Take out the rows of an arranged frame that only count those it left out."""
    if MARK not in batch.schema.names:
        return batch
    counts = batch.filter(pc.is_null(batch.column(MARK)))
    for each in counts.select([UNCHANGED, READS]).to_pylist():
        left_out, reads = each[UNCHANGED] or 0, each[READS] or 0
        told.rows += left_out
        told.counts["unchanged"] += left_out
        told.ledger_reads += reads
    return batch.filter(pc.is_valid(batch.column(MARK)))
