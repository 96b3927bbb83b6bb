"""Records that were set aside, in a file that is itself valid Singer input."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from target_groove.delivery.encoding import to_json
from target_groove.errors import DeliveryError
from target_groove.lines import parse_object

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from target_groove.delivery.request import Source

UNREADABLE_STREAM: Final = "target_groove_unreadable_lines"
"""The stream under which input lines are kept that are no Singer message."""
UNREADABLE_SCHEMA: Final = {
    "type": "object",
    "properties": {
        "line": {"type": "integer"},
        "reason": {"type": "string"},
        "text": {"type": "string"},
    },
}
_CHUNK_BYTES: Final = 1 << 20


class DeadLetters:
    """Appends to the dead-letter file.

    Each entry is on the disk before it is acknowledged. The file may be shared by processes: every
    write takes a lock and finds the file by its name, so that a replay may put a new one there.
    """

    def __init__(self, path: str) -> None:
        """Take the path; nothing is opened yet."""
        self._path = self._target = Path(path)
        self._schemas_written: dict[str, bytes] = {}
        self._end_of_ours = (0, 0)

    @property
    def path(self) -> Path:
        """Where records that are set aside can be found after the run."""
        return self._path

    def add(
        self,
        source: Source,
        *,
        reason: str,
        request: Mapping[str, Any] | None,
    ) -> None:
        """Set a record aside.

        Args:
            source: The record.
            reason: Why, as one sentence.
            request: The request, without the token; None if none was made.

        Raises:
            DeliveryError: The file cannot be written.
        """
        about = {"reason": reason, "request": request}
        self._append(source, to_json({**source.message, "dead_letter": about}) + b"\n")

    def keep(self, source: Source) -> None:
        """Let a record of a replayed file stay in it, as it is.

        Raises:
            DeliveryError: The file cannot be written.
        """
        self._append(source, to_json(source.message) + b"\n")

    def _append(self, source: Source, line: bytes) -> None:
        schema_line = to_json(source.schema) + b"\n"
        with self._sentences(), _appending(self._target) as descriptor:
            if _end_of(descriptor) != self._end_of_ours:
                # The file is new, or another process wrote to it, perhaps with other schemas.
                self._schemas_written.clear()
            if self._schemas_written.get(source.stream) != schema_line:
                line = schema_line + line
            _write_all(descriptor, line)
            self._end_of_ours = _end_of(descriptor)
        self._schemas_written[source.stream] = schema_line

    @property
    def is_replay(self) -> bool:
        """Whether the file itself is the input."""
        return self._target is not self._path

    def begin_replay(self) -> None:
        """The file itself is the input now: what is rejected again goes to a new one beside it.

        Raises:
            DeliveryError: The file cannot be written.
        """
        with self._sentences(), _appending(self._path):
            self._target = self._path.with_name(f"{self._path.name}.new")
            self._target.unlink(missing_ok=True)

    def finish_replay(self, read_bytes: int) -> None:
        """End a replay that went through: the new file takes the place of the old one.

        Args:
            read_bytes: How much of the old file was read; what others added since is kept.

        Raises:
            DeliveryError: The file cannot be written.
        """
        with self._sentences(), _appending(self._path) as old:
            added_meanwhile = os.pread(old, os.fstat(old).st_size, read_bytes)
            if added_meanwhile:
                with _appending(self._target) as new:
                    _write_all(new, _schemas_in(os.pread(old, read_bytes, 0)) + added_meanwhile)
            if self._target.exists():
                self._target.replace(self._path)
            else:
                self._path.unlink()

    @contextmanager
    def _sentences(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            msg = (
                f"The dead-letter file {self._path} cannot be written ({error.strerror}); "
                "mend that or set dead_letter_path."
            )
            raise DeliveryError(msg) from error


@contextmanager
def _appending(path: Path) -> Iterator[int]:
    """Open a file for appending, locked, and free of a line that a crash cut off."""
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if not path.exists() or not os.path.samestat(os.fstat(descriptor), path.stat()):
                continue
            _drop_torn_line(descriptor)
            yield descriptor
            os.fsync(descriptor)
            return
        finally:
            os.close(descriptor)


def _end_of(descriptor: int) -> tuple[int, int]:
    """Tell a file and its length, to see whether anybody else wrote to it."""
    status = os.fstat(descriptor)
    return status.st_ino, status.st_size


def _schemas_in(content: bytes) -> bytes:
    """Gather the SCHEMA that was in force at the end for each stream, a line each."""
    schemas: dict[str, bytes] = {}
    for line in content.splitlines(keepends=True):
        try:
            message = parse_object(line)
        except ValueError:
            continue
        if message.get("type") == "SCHEMA":
            schemas[str(message.get("stream"))] = line
    return b"".join(schemas.values())


def _drop_torn_line(descriptor: int) -> None:
    """Cut off a last line without its end; its record was never acknowledged."""
    end = os.fstat(descriptor).st_size
    if not end or os.pread(descriptor, 1, end - 1) == b"\n":
        return
    while end:
        start = max(0, end - _CHUNK_BYTES)
        newline = os.pread(descriptor, end - start, start).rfind(b"\n")
        if newline >= 0:
            os.ftruncate(descriptor, start + newline + 1)
            return
        end = start
    os.ftruncate(descriptor, 0)


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
