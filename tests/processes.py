"""The loader as a real process: its pipes, its signals, its exit code."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.runs import Message, record, schema, state

if TYPE_CHECKING:
    import signal
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path
    from types import TracebackType
    from typing import Self

PATIENCE = 20.0
"""Seconds after which a test that waits for something fails."""

LONG_PATIENCE = 300.0
"""The same for what takes long."""

UNMEASURED = {"COVERAGE_PROCESS_CONFIG": ""}
"""For processes of which coverage is not measured, which costs them half of their time."""

ECHO = {"stream": "*", "endpoint": "custom", "method": "POST", "url": "/echo/x"}
"""A route that sends every stream, one request a record, where anything is taken."""


def rows(*ids: int, stream: str = "s") -> list[Message]:
    """A SCHEMA, then for each id a RECORD and a STATE that names it."""
    messages: list[Message] = [schema(stream, ["id"])]
    for each in ids:
        messages += [record(stream, {"id": each}), state({"seen": each})]
    return messages


def lines_of(messages: Iterable[Message]) -> bytes:
    """Write messages as a tap would; bytes are lines as they are."""
    return b"".join(
        (each if isinstance(each, bytes) else json.dumps(each).encode()) + b"\n"
        for each in messages
    )


def eventually(condition: Callable[[], Any]) -> Any:
    """Wait until something is true, and return it; fail after `PATIENCE`."""
    end, tick = time.monotonic() + PATIENCE, threading.Event()
    while not (found := condition()):
        assert time.monotonic() < end, "it did not happen"
        tick.wait(0.005)
    return found


def patiently(condition: Callable[[], bool]) -> None:
    """Wait until something is true of much work, without keeping others from it by asking."""
    end, tick = time.monotonic() + LONG_PATIENCE, threading.Event()
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        tick.wait(0.1)


@dataclass(frozen=True)
class Finished:
    """What a process left behind."""

    exit_code: int
    stdout: bytes
    stderr: str

    @property
    def states(self) -> list[Any]:
        """What is on stdout; every line must be JSON."""
        return [json.loads(line) for line in self.stdout.splitlines()]

    @property
    def last_line(self) -> str:
        """The last line of the log."""
        return self.stderr.splitlines()[-1]


@dataclass
class Loader:
    """`target-groove` with a configuration; call it with messages, or `start` it.

    Attributes:
        folder: Its working directory, where its configuration and its log are.
        config: The settings of every run.
        environment: Variables beside those of this process.
    """

    folder: Path
    config: Mapping[str, Any]
    environment: Mapping[str, str] = field(default_factory=dict)

    def __call__(
        self,
        messages: Iterable[Message] = (),
        *,
        config: Mapping[str, Any] | None = None,
        arguments: Iterable[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> Finished:
        """Run on messages to the end."""
        done = subprocess.run(
            self.command(config, arguments),
            input=lines_of(messages),
            capture_output=True,
            cwd=self.folder,
            env=self._environment(environment),
            timeout=PATIENCE,
            check=False,
        )
        return Finished(done.returncode, done.stdout, done.stderr.decode())

    def start(
        self,
        *,
        config: Mapping[str, Any] | None = None,
        arguments: Iterable[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> Live:
        """Start a run that the test talks to; use it in a `with`."""
        log = (self.folder / "stderr.log").open("wb")
        with log:
            process = subprocess.Popen(
                self.command(config, arguments),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=self.folder,
                env=self._environment(environment),
            )
        return Live(process, self.folder / "stderr.log")

    def command(
        self, config: Mapping[str, Any] | None = None, arguments: Iterable[str] = ()
    ) -> list[str]:
        """The command line, with the configuration in a file."""
        path = self.folder / "config.json"
        path.write_text(json.dumps({**self.config, **(config or {})}))
        return [sys.executable, "-m", "target_groove", "--config", str(path), *arguments]

    def _environment(self, more: Mapping[str, str] | None) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("TARGET_GROOVE_") and not name.lower().endswith("_proxy")
        }
        return {**kept, **self.environment, **(more or {})}


@dataclass
class Live:
    """A process that runs."""

    process: subprocess.Popen[bytes]
    log_path: Path
    _stdout: bytes = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()

    def send(self, *messages: Message) -> None:
        """Write messages to its stdin, which stays open."""
        assert self.process.stdin is not None
        self.process.stdin.write(lines_of(messages))
        self.process.stdin.flush()

    def next_line(self) -> bytes:
        """Wait for a line on its stdout."""
        assert self.process.stdout is not None
        descriptor = self.process.stdout.fileno()
        while b"\n" not in self._stdout:
            ready, _, _ = select.select([descriptor], [], [], PATIENCE)
            assert ready, "nothing was printed"
            chunk = os.read(descriptor, 65_536)
            assert chunk, "stdout ended"
            self._stdout += chunk
        line, _, self._stdout = self._stdout.partition(b"\n")
        return line

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        self.process.send_signal(number)

    def finish(self) -> Finished:
        """Close its stdin unless it ended before, and wait for its end."""
        return self._finished(self.process.communicate(timeout=PATIENCE)[0])

    def ended(self) -> Finished:
        """Wait for its end, with stdin open."""
        assert self.process.stdout is not None
        self.process.wait(PATIENCE)
        return self._finished(self.process.stdout.read())

    @property
    def log(self) -> str:
        """Its stderr so far."""
        return self.log_path.read_text()

    def _finished(self, rest: bytes) -> Finished:
        return Finished(self.process.returncode, self._stdout + rest, self.log)
