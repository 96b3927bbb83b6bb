"""Files that several processes append to, and that must survive a crash."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from target_groove.lines import parse_object

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CHUNK_BYTES: Final = 1 << 20


@contextmanager
def appending(path: Path) -> Iterator[int]:
    """Open a file for appending, locked, and free of a line that a crash cut off."""
    while True:
        _make_folder(path.parent)
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if not _is_there(descriptor, path):
                continue
            was_empty = not os.fstat(descriptor).st_size
            _mend_last_line(descriptor)
            with _whole_or_not_at_all(descriptor):
                yield descriptor
            os.fsync(descriptor)
            if was_empty:
                sync_folder(path.parent)
            return
        finally:
            os.close(descriptor)


@contextmanager
def _whole_or_not_at_all(descriptor: int) -> Iterator[None]:
    """Take away what was appended of something that does not fit on the disk."""
    length = os.fstat(descriptor).st_size
    try:
        yield
    except OSError:
        with suppress(OSError):
            os.ftruncate(descriptor, length)
        raise


def claim(path: Path) -> int | None:
    """Open a file for appending, empty, and keep others from claiming it as well.

    Returns:
        Its descriptor, which holds the claim until it is closed; None if another process has it.
    """
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        if _is_there(descriptor, path):
            os.ftruncate(descriptor, 0)
            return descriptor
        # Who had it gave it another name in between.
        os.close(descriptor)


def write_all(descriptor: int, data: bytes) -> None:
    """Write, however many calls it takes."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable, where the file system knows of such a thing."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _make_folder(folder: Path) -> None:
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def _is_there(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _mend_last_line(descriptor: int) -> None:
    """End a last line that has no end: a torn one is cut off, its record was not acknowledged.

    A whole one gets its end: an editor left it without.
    """
    end = os.fstat(descriptor).st_size
    if not end or os.pread(descriptor, 1, end - 1) == b"\n":
        return
    start = _start_of_line(descriptor, end)
    try:
        parse_object(os.pread(descriptor, end - start, start))
    except ValueError:
        os.ftruncate(descriptor, start)
    else:
        write_all(descriptor, b"\n")


def _start_of_line(descriptor: int, end: int) -> int:
    while end:
        start = max(0, end - _CHUNK_BYTES)
        newline = os.pread(descriptor, end - start, start).rfind(b"\n")
        if newline >= 0:
            return start + newline + 1
        end = start
    return 0
