"""Runs a command as a whole process and says how long it took and how much memory it had."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).parents[1]
_LAST_WORDS = 300
_LONGEST = 3600.0
"""Seconds, after which a process is taken for stuck, and killed."""
_UNUSUAL = ("PYTHONDONTWRITEBYTECODE", "PYTHONDEVMODE", "PYTHONWARNINGS")


class NotMeasuredError(Exception):
    """Why something could not be measured, as a sentence."""


@dataclass(frozen=True)
class Measured:
    """Figures of one process.

    Attributes:
        seconds: Wall time from start to end.
        peak_mib: The most memory that it held. No less than this process held when it started it,
            so this one has to stay small.
        cpu_seconds: What it used of the processors.
    """

    seconds: float
    peak_mib: float
    cpu_seconds: float


def environment() -> dict[str, str]:
    """The variables of measured processes: as at users', where compiled modules are kept."""
    kept = {name: value for name, value in os.environ.items() if name not in _UNUSUAL}
    return {**kept, "PYTHONPATH": str(ROOT)}


def measure(
    arguments: Sequence[str | Path],
    *,
    python: Path | str = sys.executable,
    source: Path | None = None,
    variables: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Measured:
    """Run Python with these arguments.

    Args:
        arguments: What stands behind `python`.
        python: Which one.
        source: A file to be its standard input.
        variables: For its environment, in addition.
        folder: Where it runs.

    Raises:
        NotMeasuredError: The process failed; with its last words.
    """
    with Path(source or os.devnull).open("rb") as given:
        started = time.perf_counter()
        with subprocess.Popen(
            [python, *arguments],
            stdin=given,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={**environment(), **(variables or {})},
            cwd=folder,
        ) as process:
            end = threading.Timer(_LONGEST, process.kill)
            end.start()
            said = process.stderr.read() if process.stderr else b""
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - started
            process.returncode = os.waitstatus_to_exitcode(status)
            end.cancel()
    if process.returncode:
        program = Path(arguments[1] if arguments[0] == "-m" else arguments[0]).name
        lines = said.decode(errors="replace").strip().splitlines() or ["nothing was said"]
        words = lines[-1].replace(str(ROOT), ".")[:_LAST_WORDS]
        msg = f"{program} ended with {process.returncode}: {words}"
        raise NotMeasuredError(msg)
    return Measured(seconds, usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime)
