"""The sink: what Spark calls, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pyspark.sql.datasource import (
    DataSource,
    DataSourceArrowWriter,
    DataSourceStreamArrowWriter,
    WriterCommitMessage,
)

from target_groove.errors import ConfigurationError
from target_groove.spark.answers import check_ways
from target_groove.spark.ending import end_write, give_up, named_by_tasks
from target_groove.spark.job import read_job
from target_groove.spark.staging import make_staging
from target_groove.spark.task import write_partition

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa
    from pyspark.sql.types import StructType

    from target_groove.spark.job import Job

_OF_SPARK: Final = frozenset({"checkpointlocation", "queryname"})
"""Options of a streaming query that Spark hands to its sink, too."""


class GrooveDataSource(DataSource):
    """Groove as a sink: `spark.dataSource.register(GrooveDataSource)`, then format `groove`."""

    @classmethod
    def name(cls) -> str:
        """Give the name of the format."""
        return "groove"

    def writer(self, schema: StructType, overwrite: bool) -> GrooveWriter:  # noqa: FBT001 - Spark's
        """Check a write, at the driver, before any task starts.

        Raises:
            ConfigurationError: Something is wrong; it names everything at once.
            LedgerError: The ledger cannot be used.
        """
        if overwrite:
            msg = "Mode overwrite would delete what Groove has, which nothing here can; use append."
            raise ConfigurationError([msg])
        return GrooveWriter(self._job(schema))

    def streamWriter(self, schema: StructType, overwrite: bool) -> GrooveStreamWriter:  # noqa: FBT001, N802 - Spark's
        """Check a streaming write, at the driver; see `writer`."""
        if overwrite:
            msg = "Output mode complete sends every row in each batch; use append or update."
            raise ConfigurationError([msg])
        return GrooveStreamWriter(self._job(schema))

    def _job(self, schema: StructType) -> Job:
        ours = {name: each for name, each in self.options.items() if name.lower() not in _OF_SPARK}
        job = read_job(ours, schema.jsonValue()["fields"])
        make_staging(job.ledger_url)
        check_ways(job)
        return job


class GrooveWriter(DataSourceArrowWriter):
    """Writes a frame."""

    def __init__(self, job: Job) -> None:
        """Take what is to be done."""
        self._job = job

    def write(self, iterator: Iterator[pa.RecordBatch]) -> WriterCommitMessage:
        """Deliver or stage the rows of a partition; see `write_partition`."""
        return write_partition(self._job, iterator)

    def commit(self, messages: list[Any]) -> None:
        """Deliver what the tasks left; see `end_write`."""
        end_write(self._job, messages)

    def abort(self, messages: list[Any]) -> None:
        """Say how far it came; see `give_up`."""
        give_up(self._job, messages)


class GrooveStreamWriter(DataSourceStreamArrowWriter):
    """Writes the micro-batches of a stream; one that is repeated finds everything unchanged."""

    def __init__(self, job: Job) -> None:
        """Take what is to be done."""
        self._job = job

    def write(self, iterator: Iterator[pa.RecordBatch]) -> WriterCommitMessage:
        """Deliver or stage the rows of a partition; see `write_partition`."""
        return write_partition(self._job, iterator)

    def commit(self, messages: list[Any], batchId: int) -> None:  # noqa: N803 - Spark's
        """Deliver what the tasks left; see `end_write`."""
        del batchId
        end_write(named_by_tasks(self._job, messages), messages)

    def abort(self, messages: list[Any], batchId: int) -> None:  # noqa: N803 - Spark's
        """Say how far it came; see `give_up`."""
        del batchId
        give_up(named_by_tasks(self._job, messages), messages)
