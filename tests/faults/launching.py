"""Starts the program as a process, fresh or forked, and watches it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from tests.processes import UNMEASURED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType
    from typing import Self

ROOT: Final = Path(__file__).parents[2]
PATIENCE: Final = 600.0
"""Seconds after which a run that does not end has failed, also on a machine with much to do."""

_AT_START: Final = dict(os.environ)
"""The environment; pytest changes it while threads of trials would read it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A run to be started.

    Attributes:
        folder: Its working directory.
        arguments: Its command line.
        stdin: The file that it reads.
        stdout: The file, or the named pipe, that it writes STATE to.
        stderr: The file of its log.
        environment: Variables beside those of this process.
    """

    folder: Path
    arguments: Sequence[str]
    stdin: Path
    stdout: Path
    stderr: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def whole_environment(self) -> dict[str, str]:
        """All its variables; no setting of this machine's gets in."""
        kept = {
            name: value
            for name, value in _AT_START.items()
            if not name.startswith("TARGET_GROOVE_") and not name.lower().endswith("_proxy")
        }
        return {**kept, **UNMEASURED, "PYTHONPATH": str(ROOT), **self.environment}


@dataclass(frozen=True, slots=True)
class Process:
    """A run that was started.

    Attributes:
        pid: Its number.
        exit_code: Comes with its end; minus the signal that killed it.
    """

    pid: int
    exit_code: Future[int]

    @property
    def has_ended(self) -> bool:
        """Whether it is over."""
        return self.exit_code.done()

    def signal(self, number: int) -> None:
        """Send a signal, if it is not over yet."""
        if not self.has_ended:
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                return


class Launcher(Protocol):
    """Whatever starts runs."""

    def start(self, order: Order) -> Process:
        """Start a run."""


class Fresh:
    """Starts an interpreter for each run, as a user's shell does."""

    def start(self, order: Order) -> Process:
        """Start a run."""
        with (
            order.stdin.open("rb") as stdin,
            order.stdout.open("ab") as stdout,
            order.stderr.open("ab") as stderr,
        ):
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.killed", *order.arguments],
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                cwd=order.folder,
                env=order.whole_environment,
            )
        exit_code: Future[int] = Future()
        threading.Thread(target=lambda: exit_code.set_result(process.wait()), daemon=True).start()
        return Process(process.pid, exit_code)


class Forked:
    """Starts runs by a process that has the program imported already; use it in a `with`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = 0
        self._began: dict[int, Future[int]] = {}
        self._ends: dict[int, Future[int]] = {}

    def __enter__(self) -> Self:
        self._nursery = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env={**_AT_START, "PYTHONPATH": str(ROOT)},
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._nursery.stdin is not None
        assert self._nursery.stdout is not None
        self._nursery.stdin.close()
        self._nursery.wait(PATIENCE)
        self._listener.join()
        self._nursery.stdout.close()

    def start(self, order: Order) -> Process:
        """Start a run."""
        began: Future[int] = Future()
        with self._lock:
            self._numbers += 1
            self._began[self._numbers] = began
            said: dict[str, Any] = {
                "order": self._numbers,
                "folder": str(order.folder),
                "arguments": list(order.arguments),
                "stdin": str(order.stdin),
                "stdout": str(order.stdout),
                "stderr": str(order.stderr),
                "environment": order.whole_environment,
            }
            assert self._nursery.stdin is not None
            self._nursery.stdin.write(json.dumps(said).encode() + b"\n")
            self._nursery.stdin.flush()
        pid = began.result(PATIENCE)
        with self._lock:
            return Process(pid, self._ends[pid])

    def _listen(self) -> None:
        assert self._nursery.stdout is not None
        for line in self._nursery.stdout:
            news = json.loads(line)
            with self._lock:
                if "began" in news:
                    # A number may be that of a process which is over.
                    self._ends[news["began"]] = Future()
                    self._began.pop(news["order"]).set_result(news["began"])
                else:
                    self._ends[news["ended"]].set_result(news["code"])
