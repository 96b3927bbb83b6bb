"""The processes of a Spark, found by who started them, and a job in processes of its own."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from tests.processes import LONG_PATIENCE

ROOT: Final = Path(__file__).parents[2]
PYTHON_WORKER: Final = " pyspark.worker"
EXECUTOR: Final = "CoarseGrainedExecutorBackend"


def started_by(pid: int) -> dict[int, str]:
    """Find the processes that a process started, and those that they started.

    Returns:
        Their command lines, by their ids.
    """
    parents: dict[int, int] = {}
    for each in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            after_name = (each / "stat").read_text().rpartition(")")[2].split()
            parents[int(each.name)] = int(after_name[1])
    found, new = set[int](), {pid}
    while new:
        new = {child for child, parent in parents.items() if parent in new} - found
        found |= new
    return {each: line for each in found if (line := _command_line(each))}


def _command_line(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    return ""


def kill(pid: int, words: str, *, only_first: bool = False) -> int:
    """Kill processes below another one whose command lines have these words, unwarned.

    Returns:
        How many.
    """
    found = sorted(each for each, line in started_by(pid).items() if words in line)
    killed = found[:1] if only_first else found
    kill_all(killed)
    return len(killed)


def kill_all(pids: Iterable[int]) -> None:
    """Kill processes, as far as they are still there."""
    for each in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)


@dataclass(frozen=True)
class Job:
    """A driver in a process of its own; see `tests/spark/job.py`.

    Attributes:
        process: The process.
        folder: Has its log.
    """

    process: subprocess.Popen[str]
    folder: Path

    @classmethod
    @contextlib.contextmanager
    def started(
        cls,
        folder: Path,
        writes: Sequence[Mapping[str, str]],
        orders: range,
        *,
        master: str,
        settings: Mapping[str, str] | None = None,
        partitions: int = 2,
    ) -> Iterator[Self]:
        """Start to write tickets; what is left of its processes at the end is killed.

        Args:
            folder: For its logs; is made.
            writes: The options of each write.
            orders: Which tickets.
            master: Where its tasks run.
            settings: More settings of Spark.
            partitions: Of the frame.
        """
        folder.mkdir()
        wanted = {
            "folder": str(folder),
            "master": master,
            "settings": dict(settings or {}),
            "writes": [dict(each) for each in writes],
            "first": orders.start,
            "end": orders.stop,
            "partitions": partitions,
        }
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.spark.job"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(wanted))
        process.stdin.close()
        try:
            yield cls(process, folder)
        finally:
            left = started_by(process.pid)
            process.kill()
            kill_all(left)
            process.wait()
            process.stdout.close()

    def result(self) -> list[dict[str, Any]]:
        """Wait for its end, and give what came of each write: `error`, empty if there was none."""
        assert self.process.stdout is not None
        text = self.process.stdout.read()
        assert self.process.wait(LONG_PATIENCE) == 0, self.log[-3000:]
        return [json.loads(line) for line in text.splitlines()]

    def kill(self) -> None:
        """Kill the driver and its JVM; what they started is left to itself."""
        below = started_by(self.process.pid)
        java = [each for each, line in below.items() if "SparkSubmit" in line]
        for each in (*java, self.process.pid):
            os.kill(each, signal.SIGKILL)

    def tasks_begun(self) -> list[dict[str, Any]]:
        """Give what Spark's event log says of each attempt of a task as it began."""
        (events,) = (self.folder / "events").iterdir()
        lines = events.read_text(encoding="utf-8").splitlines()
        found = (json.loads(each) for each in lines)
        return [each["Task Info"] for each in found if each["Event"] == "SparkListenerTaskStart"]

    @property
    def log(self) -> str:
        """What Spark said so far."""
        path = self.folder / "spark.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
