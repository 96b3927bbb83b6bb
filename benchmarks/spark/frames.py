"""The frames that are written: tickets, as the other sections have them, in Parquet files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pyspark.sql import functions as f

from benchmarks.inputs import TEXT

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import DataFrame, SparkSession

FILES: Final = 4
EVERY: Final = 1_000
"""One row of so many is changed."""


def make_tickets(session: SparkSession, path: Path, count: int) -> None:
    """Write so many tickets into files of equal size, unless they are there."""
    if path.exists():
        return
    number = f.col("id").cast("string")
    session.range(0, count, 1, FILES).select(
        number.alias("id"),
        f.concat(f.lit("Ticket "), number).alias("subject"),
        f.lit(TEXT).alias("body"),
        f.concat(f.lit("customer"), number, f.lit("@example.org")).alias("from"),
        f.lit("support@example.org").alias("to"),
    ).write.parquet(str(path))


def tickets(session: SparkSession, path: Path, partitions: int) -> DataFrame:
    """Read them into so many partitions, at most one a file."""
    return session.read.parquet(str(path)).coalesce(partitions)


def changed(frame: DataFrame, version: int) -> DataFrame:
    """Change the subject of one ticket in `EVERY`, for each version to another."""
    is_one = f.pmod(f.col("id").cast("long"), f.lit(EVERY)) == 0
    other = f.concat(f.col("subject"), f.lit(f", again {version}"))
    return frame.withColumn("subject", f.when(is_one, other).otherwise(f.col("subject")))
