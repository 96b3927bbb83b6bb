"""A Spark of this machine, for as long as tests need one."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from target_groove.spark import GrooveDataSource
from tests.processes import eventually

ROOT = Path(__file__).parents[2]
TASKS_AT_ONCE = 2
ATTEMPTS = 3
MEASURED = "tests.spark.measured_daemon"


@dataclass(frozen=True)
class Spark:
    """A running Spark.

    Attributes:
        session: Its session; format `groove` is registered.
        events: The folder with its event log.
        log_path: All that its JVM and its Python processes say.
    """

    session: SparkSession
    events: Path
    log_path: Path

    def frame(self, rows: Any, schema: str, partitions: int = 1) -> DataFrame:
        """Make a frame whose partitions hold the rows one after the other."""
        rdd = self.session.sparkContext.parallelize(rows, partitions)
        return self.session.createDataFrame(rdd, schema)

    @property
    def log(self) -> str:
        """What was said so far."""
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    def said(self, since: int, words: str) -> str:
        """Wait for a line with these words, and return it; it comes through pipes."""
        return eventually(lambda: _line(self.log[since:], words))  # type: ignore[no-any-return]


def tickets(
    session: SparkSession, first: int, end: int, partitions: int = 2, body: str = "hello"
) -> DataFrame:
    """Make a frame of tickets, each by a customer of its own."""
    return session.range(first, end, 1, partitions).selectExpr(
        "id order_id",
        "concat('c', id, '@example.org') `from`",
        "'help@example.com' `to`",
        f"concat('{body} ', id) body",
        "concat('order ', id) subject",
    )


def _line(text: str, words: str) -> str | None:
    return next((each for each in text.splitlines() if words in each), None)


@contextlib.contextmanager
def running_spark(folder: Path, master: str = "", **settings: str) -> Iterator[Spark]:
    """Run a Spark with two tasks at once, each of which may be tried several times.

    Args:
        folder: Takes its logs.
        master: Where its tasks run; in this machine's JVM of the driver if it is empty.
        settings: More of Spark's settings, `__` in place of dots.
    """
    events, log_path = folder / "events", folder / "spark.log"
    events.mkdir()
    with log_path.open("wb") as log, _spoken_into(log.fileno()), _environment():
        session = _session(events, master, settings)
    try:
        session.dataSource.register(GrooveDataSource)
        yield Spark(session, events, log_path)
    finally:
        session.stop()
        _end_gateway()


def _session(events: Path, master: str, settings: Mapping[str, str]) -> SparkSession:
    master = master or f"local[{TASKS_AT_ONCE},{ATTEMPTS}]"
    builder = SparkSession.builder.master(master).appName("tests")
    fixed = {
        "spark.ui.port": "0",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": "1g",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": events.as_uri(),
        "spark.eventLog.compress": "false",
        "spark.eventLog.rolling.enabled": "false",
        "spark.sql.shuffle.partitions": "4",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.warehouse.dir": str(events.parent / "warehouse"),
        "spark.executorEnv.PYTHONPATH": str(ROOT),
        **({"spark.python.daemon.module": MEASURED} if _is_measured() else {}),
        **{name.replace("__", "."): value for name, value in settings.items()},
    }
    for name, value in fixed.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def _is_measured() -> bool:
    return bool(os.environ.get("COVERAGE_PROCESS_CONFIG"))


@contextlib.contextmanager
def _environment() -> Iterator[None]:
    """Have Spark's Python processes find this package and its tests."""
    ours = {
        "PYSPARK_PYTHON": sys.executable,
        "PYTHONPATH": str(ROOT),
        "SPARK_LOCAL_IP": "127.0.0.1",
    }
    kept = {name: os.environ.get(name) for name in ours}
    os.environ.update(ours)
    try:
        yield
    finally:
        for name, value in kept.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextlib.contextmanager
def _spoken_into(descriptor: int) -> Iterator[None]:
    """Have processes that start now say everything there."""
    kept = [(number, os.dup(number)) for number in (1, 2)]
    try:
        for number, _ in kept:
            os.dup2(descriptor, number)
        yield
    finally:
        for number, saved in kept:
            os.dup2(saved, number)
            os.close(saved)


def _end_gateway() -> None:
    """End the JVM, so that another Spark starts with settings of its own."""
    from pyspark import SparkContext  # noqa: PLC0415

    gateway = SparkContext._gateway
    if gateway is not None:
        gateway.shutdown()
        gateway.proc.stdin.close()
        gateway.proc.wait(timeout=60)
    SparkContext._gateway = SparkContext._jvm = None
