"""What the tests of the Spark door share: one Spark, one ledger in PostgreSQL, the sandbox."""

from __future__ import annotations

import uuid
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from tests.conftest import TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from target_groove.sandbox import Sandbox
    from tests.postgres import Server
    from tests.spark.door import Door
    from tests.spark.session import Spark

# They have an environment of their own: make test-spark.
collect_ignore_glob = [] if find_spec("pyspark") else ["test_*.py"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is in this folder."""
    for each in items:
        if "/tests/spark/" in each.path.as_posix():
            each.add_marker(pytest.mark.spark)


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Spark]:
    """A Spark for the whole session."""
    from tests.spark.session import running_spark  # noqa: PLC0415 - needs pyspark

    with running_spark(tmp_path_factory.mktemp("spark")) as running:
        yield running


@pytest.fixture
def door(spark: Spark, sandbox: Sandbox, postgres: Server, tmp_path: Path) -> Door:
    """Writes frames into the sandbox, with a ledger that nothing else uses."""
    from tests.spark.door import Door  # noqa: PLC0415 - needs pyspark

    options = {
        "api_token": TOKEN,
        "api_url": sandbox.api_url,
        "requests_per_minute": "0",
        "ledger_url": postgres.url,
        "ledger_namespace": uuid.uuid4().hex,
        "dead_letter_path": str(tmp_path / "dead-letters.singer.jsonl"),
    }
    return Door(spark, sandbox, options, tmp_path)
