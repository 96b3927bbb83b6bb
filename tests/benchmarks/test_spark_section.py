"""What is written of Spark's figures, and where there is no Spark."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.lab import Lab
from benchmarks.measure import NotMeasuredError
from benchmarks.sections import spark
from benchmarks.sections.spark import Written
from benchmarks.served import Server


def test_a_write_is_a_row_and_its_growth_a_figure() -> None:
    writes = [
        Written("Spark, 2 partitions", 1_000, 2.0, 1, 1),
        Written("the pipe", 1_000, 3.0, 1),
        Written("Spark, 2 partitions", 10_000, 22.0, 10, 2),
    ]

    section = spark.section(writes, {1_000: 204.6}, full=True)

    (table,) = section.tables
    assert table.rows[0] == ("1,000, Spark, 2 partitions", "2.00", "500", "2000.0", "1", "1")
    assert table.rows[1][-1] == "-"
    assert section.figures == {"spark_linear": pytest.approx(1.1)}
    assert section.sentences == (
        "1,000 entries take 205 bytes each in PostgreSQL, with their indexes.",
    )


def test_one_size_says_nothing_about_growth_and_what_is_left_out() -> None:
    section = spark.section([Written("Spark, 2 partitions", 10, 1.0, 1, 1)], {}, full=False)
    assert section.figures == {}
    assert section.sentences[-1].startswith("Ten million rows are written only by")


def test_without_spark_it_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spark, "PYTHON", tmp_path / "python")
    with pytest.raises(NotMeasuredError, match="make test-spark"):
        spark.measure(Lab(tmp_path, Server("http://127.0.0.1:1")))
