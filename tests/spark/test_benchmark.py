"""The benchmark of Spark, in small: the entries that it works out are those of deliveries."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.lab import Lab
from benchmarks.sections import spark
from benchmarks.served import bare_server

if TYPE_CHECKING:
    import pytest

    from tests.postgres import Server

_ROWS = 4_000


def test_a_small_run_sends_what_changed(
    postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spark, "PYTHON", Path(sys.executable))
    monkeypatch.setattr(spark, "PARTITIONS", (2,))
    with bare_server() as server:
        lab = Lab(tmp_path, server)
        (written,), bytes_a_row = spark.spark_writes(lab, postgres, _ROWS)
        pipe = spark.piped(lab, postgres, _ROWS)

    assert (written.rows, written.requests, written.reads) == (_ROWS, 4, 2)
    assert (pipe.rows, pipe.requests) == (_ROWS, 4)
    assert bytes_a_row > 0
