"""Runs a command as a whole process and says how long it took and how much memory it had."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@dataclass(frozen=True)
class Measured:
    """Figures of one process.

    Attributes:
        seconds: Wall time from start to end.
        peak_mib: The most memory that it held.
    """

    seconds: float
    peak_mib: float


def measure(arguments: Sequence[str]) -> Measured:
    """Run Python with these arguments.

    Raises:
        RuntimeError: The process failed.
    """
    started = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        msg = f"{arguments} ended with {process.returncode}"
        raise RuntimeError(msg)
    return Measured(seconds, usage.ru_maxrss / 1024)


@contextmanager
def bare_server(milliseconds: int = 0) -> Iterator[str]:
    """Run the server that answers at once, or after some milliseconds.

    Yields:
        Its URL.
    """
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.bare_server", str(milliseconds)],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        port = process.stdout.readline().strip() if process.stdout else ""
        yield f"http://127.0.0.1:{port}"
        process.terminate()
