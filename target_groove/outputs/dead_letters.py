"""Records that were set aside, in a file that is itself valid Singer input."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from target_groove.delivery.encoding import to_json
from target_groove.errors import DeliveryError
from target_groove.outputs.shared_file import appending, write_all

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from target_groove.delivery.request import Source
    from target_groove.lines import Line

UNREADABLE_STREAM: Final = "target_groove_unreadable_lines"
"""The stream under which input lines are kept that are no Singer message."""
UNREADABLE_SCHEMA: Final[dict[str, Any]] = {
    "type": "SCHEMA",
    "stream": UNREADABLE_STREAM,
    "schema": {
        "type": "object",
        "properties": {
            "line": {"type": "integer"},
            "reason": {"type": "string"},
            "text": {"type": "string"},
        },
    },
    "key_properties": [],
}
_STAYS_TRUE: Final = ("delivered", "resource_id", "in_doubt")


def unreadable_record(line: Line, reason: str) -> dict[str, Any]:
    """Make a RECORD of a line that is no message, so that it can be set aside as well."""
    text = line.data.decode(errors="backslashreplace")
    return {
        "type": "RECORD",
        "stream": UNREADABLE_STREAM,
        "record": {"line": line.number, "reason": reason, "text": text},
    }


class DeadLetters:
    """Appends to the dead-letter file.

    Each entry is on the disk before it is acknowledged. The file may be shared by processes: every
    write takes a lock and finds the file by its name, so that a replay may put a new one there.

    Attributes:
        path: Where records that are set aside can be found after the run.
        real_path: The same, without symbolic links: a replay replaces the file, not a link to it.
    """

    def __init__(self, path: str) -> None:
        """Take the path; nothing is opened yet."""
        self._given = path
        self.path = Path(path)
        self.real_path = Path(path if "\0" in path else os.path.realpath(path))
        self._diverted: int | None = None
        self._schemas_written: dict[str, bytes] = {}
        self._end_of_ours = (0, 0)

    def check(self) -> None:
        """Find out before the first rejection whether the file can be written; it is not created.

        Raises:
            DeliveryError: It cannot.
        """
        if not self._given or "\0" in self._given:
            what = "contains a NUL character" if self._given else "is empty"
            msg = f"dead_letter_path {what}; it must name a file."
            raise DeliveryError(msg)
        with self.sentences():
            place = self.real_path
            while True:
                try:
                    place.stat()
                    break
                except FileNotFoundError:
                    place = place.parent
            is_folder = place.is_dir()
            if is_folder and place == self.real_path:
                raise _problem(errno.EISDIR)
            if not is_folder and place != self.real_path:
                raise _problem(errno.ENOTDIR)
            if not os.access(place, os.W_OK | (os.X_OK if is_folder else os.R_OK)):
                raise _problem(errno.EACCES)

    def add(self, sources: Iterable[Source], about: Mapping[str, Any]) -> None:
        """Set records aside.

        Args:
            sources: The records.
            about: What `dead_letter` says of each. What it said of a record before stays where it
                is not said anew: calls that were delivered are not undone by another rejection.

        Raises:
            DeliveryError: The file cannot be written.
        """
        with self.sentences(), self._opened() as descriptor:
            if _end_of(descriptor) != self._end_of_ours:
                # The file is new, or another process wrote to it, perhaps with other schemas.
                self._schemas_written.clear()
            lines: list[bytes] = []
            schemas = dict(self._schemas_written)
            for source in sources:
                schema_line = to_json(source.schema) + b"\n"
                if schemas.get(source.stream) != schema_line:
                    schemas[source.stream] = schema_line
                    lines.append(schema_line)
                known = _with_what_stays(source.message.get("dead_letter"), about)
                lines.append(to_json({**source.message, "dead_letter": known}) + b"\n")
            write_all(descriptor, b"".join(lines))
            end = _end_of(descriptor)
        self._schemas_written, self._end_of_ours = schemas, end

    def divert(self, descriptor: int | None) -> None:
        """Write to another file from now on, or to the own one again.

        Args:
            descriptor: The other file, which nobody else writes to; None for the own one.
        """
        self._diverted = descriptor

    @contextmanager
    def _opened(self) -> Iterator[int]:
        if self._diverted is None:
            with appending(self.real_path) as descriptor:
                yield descriptor
        else:
            yield self._diverted
            os.fsync(self._diverted)

    @contextmanager
    def sentences(self) -> Iterator[None]:
        """Turn what the file system refuses into a sentence.

        Raises:
            DeliveryError: The file system refused something.
        """
        try:
            yield
        except OSError as error:
            msg = (
                f"The dead-letter file {self.path} cannot be written ({error.strerror}); "
                "mend that or set dead_letter_path."
            )
            raise DeliveryError(msg) from error


def _problem(number: int) -> OSError:
    return OSError(number, os.strerror(number))


def _with_what_stays(before: Any, about: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(before, dict):
        return dict(about)
    known = {name: before[name] for name in _STAYS_TRUE if name in before} | dict(about)
    old, new = before.get("delivered"), about.get("delivered")
    if isinstance(old, list) and new:
        known["delivered"] = [*old, *(each for each in new if each not in old)]
    return {**about, **known}


def _end_of(descriptor: int) -> tuple[int, int]:
    """Tell a file and its length, to see whether anybody else wrote to it."""
    status = os.fstat(descriptor)
    return status.st_ino, status.st_size
