"""Answers into a file, `responses_path`: a Singer file that grows by whole lines."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from target_groove.errors import DeliveryError
from target_groove.outputs.shared_file import appending, write_all
from target_groove.responses.response import record_line, schema_line
from target_groove.standard_output import is_standard_output

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from target_groove.ledger.outbox import Written

_ID: Final = re.compile(rb'"record":\{"response_id":"([^"]+)"')

_LONGEST_IN_NAME: Final = 80
"""Characters of a path; the ledger has room for a hundred with what stands before them."""


class _Named(msgspec.Struct):
    """What a file's name may hold of an answer."""

    run_id: str
    completed_at: str


class ResponsesFile:
    """Appends to the file, or the files, of a name.

    A crash leaves whole lines, and the next run takes away a torn one. The file may be shared by
    processes.

    Attributes:
        name: `responses_path` with its value; of a long one its end and a digest.
        confirms: True: what is on the disk has arrived.
        path: The setting.
    """

    confirms = True

    def __init__(self, path: str, *, stream: str) -> None:
        """Take the name; nothing is opened yet.

        Args:
            path: The setting; `{date}` is the day of an answer in UTC, `{run_id}` its run.
            stream: Name of the stream.
        """
        self.name = f"responses_path {_short(path)}"
        self.path = path
        self._stream = stream
        self._has_schema: set[Path] = set()
        self._there: dict[Path, frozenset[str]] = {}
        self._arrived: list[str] = []
        self.taken = 0

    def begin(self) -> None:
        """See `Destination`."""
        self.check()

    def check(self) -> None:
        """See `Destination`; makes the folder."""
        with self._sentences():
            if not self.path or "\0" in self.path:
                raise OSError(errno.EINVAL, "this is no name of a file")
            _refuse_what_is_no_file(Path(self.path))
            folder = Path(self.path).parent
            if "{" in str(folder):
                return
            folder.mkdir(parents=True, exist_ok=True)
            if not os.access(folder, os.W_OK | os.X_OK):
                raise OSError(errno.EACCES, os.strerror(errno.EACCES))

    def send(self, answers: Sequence[Written], *, again: bool = False) -> None:
        """See `Destination`."""
        if not again:
            self._there.clear()
        self._append_all(answers, again=again)
        self.taken += len(answers)
        self._arrived += [each.answer_id for each in answers]

    def set_aside(self, answers: Sequence[Written]) -> None:
        """Append answers of which somebody else says what became of them.

        Raises:
            DeliveryError: They cannot be written.
        """
        self._append_all(answers, again=False)

    def _append_all(self, answers: Sequence[Written], *, again: bool) -> None:
        files: dict[Path, list[Written]] = {}
        for each in answers:
            files.setdefault(self._file_of(each), []).append(each)
        with self._sentences():
            for path, its_answers in files.items():
                self._append(path, its_answers, again=again)

    def arrived(self) -> list[str]:
        """See `Destination`."""
        given, self._arrived = self._arrived, []
        return given

    def finish(self) -> str:
        """See `Destination`."""
        return ""

    def close(self) -> None:
        """See `Destination`."""

    def _append(self, path: Path, answers: Sequence[Written], *, again: bool) -> None:
        with appending(path) as descriptor:
            there = self._ids_before(path) if again else frozenset()
            lines = [
                record_line(self._stream, each) for each in answers if each.answer_id not in there
            ]
            is_empty = not os.fstat(descriptor).st_size
            if lines and (is_empty or path not in self._has_schema):
                lines.insert(0, schema_line(self._stream))
                self._has_schema.add(path)
            write_all(descriptor, b"".join(lines))

    def _ids_before(self, path: Path) -> frozenset[str]:
        """Give the answers that a file had before this run: nobody else tells the same ones."""
        if path not in self._there:
            self._there[path] = _ids_in(path)
        return self._there[path]

    def _file_of(self, answer: Written) -> Path:
        if "{" not in self.path:
            return Path(self.path)
        named = msgspec.json.decode(answer.text, type=_Named)
        day = named.completed_at.partition("T")[0]
        return Path(self.path.replace("{date}", day).replace("{run_id}", named.run_id))

    @contextmanager
    def _sentences(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            msg = (
                f"The file of responses {self.path!r} cannot be written ({error.strerror}); mend "
                "that or set responses_path."
            )
            raise DeliveryError(msg) from error


def _short(path: str) -> str:
    if len(path) <= _LONGEST_IN_NAME:
        return path
    digest = hashlib.blake2b(path.encode(errors="replace"), digest_size=6).hexdigest()
    return f"…{path[-_LONGEST_IN_NAME // 2 :]} {digest}"


def _refuse_what_is_no_file(path: Path) -> None:
    """Refuse what lines cannot be appended to, and where they would be taken for STATE.

    Raises:
        OSError: It is such a thing.
    """
    try:
        found = path.stat()
    except FileNotFoundError:
        return
    if stat.S_ISDIR(found.st_mode):
        raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "it is no file")
    if not os.access(path, os.R_OK | os.W_OK):
        raise OSError(errno.EACCES, os.strerror(errno.EACCES))
    if is_standard_output(found):
        raise OSError(errno.EINVAL, "it is standard output, which is for STATE")


def _ids_in(path: Path) -> frozenset[str]:
    """Read which answers a file has: a run may have died between writing and noting it."""
    with path.open("rb") as lines:
        return frozenset(found[1].decode() for line in lines if (found := _ID.search(line)))
