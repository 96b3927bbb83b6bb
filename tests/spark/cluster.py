"""A Spark of two hosts, as far as it knows: both are this machine.

Spark starts a copy of a slow task only on a host that has no attempt of it, and all executors of
`local-cluster` are on one.
"""

from __future__ import annotations

import contextlib
import re
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import pyspark

from tests.processes import patiently
from tests.spark.processes import kill_all, started_by

HOSTS: Final = ("127.0.0.1", "127.0.0.2")
_PROGRAM: Final = Path(pyspark.__file__).parent / "bin" / "spark-class"
_DEPLOY: Final = "org.apache.spark.deploy"
_MASTER: Final = re.compile(r"spark://[\d.]+:\d+")
_ENDS_WITHIN: Final = 60.0


@contextlib.contextmanager
def running_cluster(folder: Path) -> Iterator[str]:
    """Run a master, and a worker for one executor with one processor on each host.

    Args:
        folder: For logs and what executors leave; is made.

    Yields:
        The master's URL.
    """
    folder.mkdir()
    log = folder / "master.log"
    with contextlib.ExitStack() as running:
        running.enter_context(_daemon(log, ["master.Master", "--host", HOSTS[0]]))
        patiently(lambda: _master(log) is not None)
        master = _master(log)
        assert master is not None
        for host in HOSTS:
            size = ("--cores", "1", "--memory", "1g", "--work-dir", str(folder / host))
            command = ["worker.Worker", "--host", host, *size, master]
            running.enter_context(_daemon(folder / f"{host}.log", command))
        patiently(lambda: log.read_text().count("Registering worker ") == len(HOSTS))
        yield master


def _master(log: Path) -> str | None:
    found = _MASTER.search(log.read_text())
    return found and found[0]


@contextlib.contextmanager
def _daemon(log: Path, command: Sequence[str]) -> Iterator[None]:
    name, *rest = command
    with log.open("wb") as output:
        process = subprocess.Popen(
            [_PROGRAM, f"{_DEPLOY}.{name}", "--port", "0", "--webui-port", "0", *rest],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        yield
    finally:
        below = started_by(process.pid)
        process.terminate()
        process.wait(_ENDS_WITHIN)
        kill_all(below)
