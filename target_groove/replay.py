"""The dead-letter file as the input: what is delivered leaves it, all else stays."""

from __future__ import annotations

import os
import stat
from array import array
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, Self

from target_groove.errors import DeliveryError
from target_groove.lines import parse_object
from target_groove.outputs.shared_file import appending, claim, sync_folder, write_all

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from target_groove.checkpoints import Checkpoints
    from target_groove.outputs.dead_letters import DeadLetters

_CHUNK_BYTES: Final = 1 << 20
_HOLDS_NO_RECORD: Final = ("STATE", "ACTIVATE_VERSION")


class Replay:
    """Brings the dead-letter file up to date at the end of a run that read it.

    What is rejected again goes to a new file beside it. At the end, whatever it is, the new file
    gets all lines of the old one whose records are not settled, byte for byte, what others added
    meanwhile among them, and takes its place. Only `kill -9` leaves the old file as it was: the
    next replay then delivers again what this one delivered.

    Holding the new file's lock is the right to replay, so that there is one replay at a time; other
    runs may go on to set records aside.
    """

    def __init__(
        self, descriptor: int, dead_letters: DeadLetters, checkpoints: Checkpoints
    ) -> None:
        """Take the parts; nothing is opened yet.

        Args:
            descriptor: The input, which is the dead-letter file.
            dead_letters: The file.
            checkpoints: Knows which records are settled.
        """
        self._input = descriptor
        self._dead_letters = dead_letters
        self._checkpoints = checkpoints
        self._path = dead_letters.real_path
        self._new_path = self._path.with_name(f"{self._path.name}.new")
        self._line_of = array("q")
        self._staying: set[int] = set()
        self._new = -1
        self._lines_before = 0

    @classmethod
    def of(
        cls, source: IO[Any] | None, dead_letters: DeadLetters, checkpoints: Checkpoints
    ) -> Replay | None:
        """Make a replay if a source is the dead-letter file itself, by whatever name.

        Args:
            source: What the run reads.
            dead_letters: The file.
            checkpoints: Knows which records are settled.

        Raises:
            DeliveryError: It was the file, until another replay replaced it.
        """
        descriptor = _descriptor(source)
        if descriptor is None:
            return None
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return None
        try:
            is_it = os.path.samestat(status, dead_letters.real_path.stat())
        except (OSError, ValueError):
            is_it = False
        if not is_it and _was_replaced(descriptor, dead_letters):
            raise _outdated(dead_letters)
        return cls(descriptor, dead_letters, checkpoints) if is_it else None

    def __enter__(self) -> Self:
        """Begin.

        Raises:
            DeliveryError: Another process replays the file, or nothing can be written beside it.
        """
        with self._dead_letters.sentences():
            new = claim(self._new_path)
            if new is None:
                msg = (
                    f"Another run replays the dead-letter file {self._dead_letters.path}; "
                    "run again when it has ended."
                )
                raise DeliveryError(msg)
            try:
                self._prepare()
            except BaseException:
                self._new_path.unlink()
                os.close(new)
                raise
        self._new = new
        self._lines_before = self._count_lines_before()
        self._dead_letters.divert(new)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Put the new file in the old one's place, however the run ended.

        Raises:
            DeliveryError: It cannot be written.
        """
        self._dead_letters.divert(None)
        try:
            with self._dead_letters.sentences():
                self._finish()
        finally:
            os.close(self._new)

    def opened(self, line_number: int) -> None:
        """Note in which line of the input the record with the next position stands.

        Args:
            line_number: As the reader counts.
        """
        self._line_of.append(line_number)

    def let_stay(self, line_number: int) -> None:
        """Keep a line in the file though its record is done with in this run.

        Args:
            line_number: As the reader counts.
        """
        self._staying.add(line_number)

    def _prepare(self) -> None:
        if not self._is_in_place():
            raise _outdated(self._dead_letters)
        with appending(self._path):
            pass  # Opening it made a last line without its end whole, or took it away.

    def _finish(self) -> None:
        done = self._lines_that_are_done()
        with appending(self._path) as current:
            # Whoever moved the file away during the replay has all of it there.
            is_in_place = os.path.samestat(os.fstat(current), os.fstat(self._input))
            if is_in_place and not done and not os.fstat(self._new).st_size:
                self._new_path.unlink()
                return
            os.fchmod(self._new, stat.S_IMODE(os.fstat(current).st_mode))
            with os.fdopen(os.dup(self._new), "ab") as new:
                new.writelines(self._what_stays(done))
            os.fsync(self._new)
            is_empty = not os.fstat(self._new).st_size
            if not is_in_place:
                self._append_new_to(current)
            if is_empty or not is_in_place:
                self._new_path.unlink()
            if is_empty and (is_in_place or not os.fstat(current).st_size):
                self._path.unlink()
            elif is_in_place:
                self._new_path.replace(self._path)
        sync_folder(self._path.parent)

    def _lines_that_are_done(self) -> set[int]:
        not_settled = {self._line_of[position] for position in self._checkpoints.open_positions}
        return set(self._line_of) - not_settled - self._staying

    def _what_stays(self, done: set[int]) -> Iterator[bytes]:
        """Read the lines of the old file that are not done, with the SCHEMAs that they need."""
        schemas: dict[str, bytes] = {}
        given: dict[str, bytes] = {}
        with os.fdopen(os.dup(self._input), "rb") as old:
            old.seek(0)
            for number, line in enumerate(old, start=1 - self._lines_before):
                if number in done or not line.strip():
                    continue
                try:
                    message = parse_object(line)
                except ValueError:
                    yield line
                    continue
                stream = str(message.get("stream"))
                if message.get("type") == "SCHEMA":
                    schemas[stream] = line
                elif message.get("type") not in _HOLDS_NO_RECORD:
                    if stream in schemas and given.get(stream) != schemas[stream]:
                        given[stream] = schemas[stream]
                        yield schemas[stream]
                    yield line

    def _append_new_to(self, current: int) -> None:
        place = 0
        while chunk := os.pread(self._new, _CHUNK_BYTES, place):
            write_all(current, chunk)
            place += len(chunk)

    def _is_in_place(self) -> bool:
        try:
            return os.path.samestat(os.fstat(self._input), self._path.stat())
        except FileNotFoundError:
            return False

    def _count_lines_before(self) -> int:
        """Count the lines that somebody read from the input before it was given to this run."""
        place, end, count = 0, os.lseek(self._input, 0, os.SEEK_CUR), 0
        while place < end:
            chunk = os.pread(self._input, min(_CHUNK_BYTES, end - place), place)
            if not chunk:
                break
            count += chunk.count(b"\n")
            place += len(chunk)
        return count


def _descriptor(source: IO[Any] | None) -> int | None:
    try:
        return None if source is None else source.fileno()
    except (AttributeError, OSError, ValueError):
        # An object that only reads like a file, or standard input that is closed.
        return None


def _was_replaced(descriptor: int, dead_letters: DeadLetters) -> bool:
    """Tell whether a descriptor is the dead-letter file of before; only Linux says so."""
    try:
        name = Path(f"/proc/self/fd/{descriptor}").readlink()
    except OSError:
        return False
    return str(name) == f"{dead_letters.real_path} (deleted)"


def _outdated(dead_letters: DeadLetters) -> DeliveryError:
    return DeliveryError(
        f"The dead-letter file {dead_letters.path} was replaced by another replay; run again."
    )
