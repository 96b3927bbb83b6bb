"""Singer messages for tests, and whole runs of the target in this process."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import signal
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from singer_sdk.exceptions import ConfigValidationError

from target_groove.errors import EXIT_STOPPED, EXIT_UNUSABLE, TargetGrooveError
from target_groove.target import GrooveTarget

Message = Mapping[str, Any] | bytes


def schema(
    stream: str, keys: Iterable[str] = (), properties: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """A SCHEMA message; without properties every record fits it."""
    return {
        "type": "SCHEMA",
        "stream": stream,
        "schema": {"type": "object", "properties": dict(properties or {})},
        "key_properties": list(keys),
    }


def record(stream: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """A RECORD message."""
    return {"type": "RECORD", "stream": stream, "record": dict(values)}


def state(value: Any) -> dict[str, Any]:
    """A STATE message."""
    return {"type": "STATE", "value": value}


def records(
    stream: str, *rows: Mapping[str, Any], keys: Iterable[str] = ()
) -> list[dict[str, Any]]:
    """A SCHEMA message and a RECORD message for each row."""
    return [schema(stream, keys), *(record(stream, row) for row in rows)]


@dataclass(frozen=True)
class Result:
    """What a run left behind.

    Attributes:
        error: What ended the run; None if it went through.
        stdout: The lines on standard output.
        logged: What was logged, by the target and by the SDK.
        target: The target; None if its configuration was unusable.
    """

    error: BaseException | None
    stdout: list[str]
    logged: list[logging.LogRecord]
    target: GrooveTarget | None

    @property
    def exit_code(self) -> int:
        """The exit code that the command line would end with."""
        if self.error is None:
            return 0
        if isinstance(self.error, ConfigValidationError):
            return EXIT_UNUSABLE
        return self.error.exit_code if isinstance(self.error, TargetGrooveError) else EXIT_STOPPED

    @property
    def problems(self) -> list[str]:
        """The sentences of the error; empty if the run went through."""
        if isinstance(self.error, ConfigValidationError):
            return list(self.error.errors)
        return [] if self.error is None else str(self.error).splitlines()

    @property
    def states(self) -> list[Any]:
        """The STATEs on standard output."""
        return [json.loads(line) for line in self.stdout]

    @property
    def log(self) -> str:
        """What was logged, a line each, without level and time."""
        return "\n".join(each.getMessage() for each in self.logged)

    @property
    def warnings(self) -> list[str]:
        """What was logged as a warning or worse."""
        return [each.getMessage() for each in self.logged if each.levelno >= logging.WARNING]


def run_target(
    config: Mapping[str, Any], messages: Iterable[Message] = (), *, parse_env: bool = False
) -> Result:
    """Run the target on messages; nothing it raises comes through.

    Args:
        config: The whole configuration.
        messages: Messages, or bytes for lines as they are.
        parse_env: Whether `TARGET_GROOVE_*` variables are read too.
    """
    lines = b"".join(
        each + b"\n" if isinstance(each, bytes) else json.dumps(each).encode() + b"\n"
        for each in messages
    )
    stdout = io.StringIO()
    target = None
    error: BaseException | None = None
    with _logged() as logged, _signals_kept(), contextlib.redirect_stdout(stdout):
        try:
            target = GrooveTarget(config=dict(config), parse_env_config=parse_env)
            target.run(io.BytesIO(lines))
        except (Exception, SystemExit) as raised:  # noqa: BLE001 - the test judges it
            error = raised
        finally:
            if target is not None:
                target.close()
    return Result(error, stdout.getvalue().splitlines(), logged, target)


class _Collector(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.collected: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.collected.append(record)


@contextlib.contextmanager
def _logged() -> Iterator[list[logging.LogRecord]]:
    collector = _Collector()
    root, own = logging.getLogger(), logging.getLogger(GrooveTarget.name)
    level = own.level
    root.addHandler(collector)
    own.setLevel(logging.INFO)
    try:
        yield collector.collected
    finally:
        root.removeHandler(collector)
        own.setLevel(level)


@contextlib.contextmanager
def _signals_kept() -> Iterator[None]:
    """Put back pytest's own handlers, which the target replaces."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
