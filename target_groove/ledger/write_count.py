"""The file beside an SQLite ledger: how many writes it has had, and which runs are alive.

SQLite does not notice that its write-ahead log is gone or cut off: it opens the ledger as it was
before. The number of writes is kept here as well, so that this can be told.
"""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from target_groove.ledger import byte_locks
from target_groove.ledger.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_COUNT_LOCK: Final = 0
_FIRST_RUN: Final = 4096
_DIGITS: Final = 20
_BOOT_CHARACTERS: Final = 36
_WRITES: Final = slice(_BOOT_CHARACTERS + 1, _BOOT_CHARACTERS + 1 + _DIGITS)
_DURABLE: Final = slice(_WRITES.stop + 1, _WRITES.stop + 1 + _DIGITS)
_LENGTH: Final = _DURABLE.stop + 1
_NONE: Final = -1
_PATIENCE_SECONDS: Final = 0.1


@dataclass(frozen=True)
class Count:
    """What the file says.

    Attributes:
        boot: When it was written: the time since the machine was started.
        writes: How many had been committed.
        durable: How many of them were safe from a power loss.
    """

    boot: str
    writes: int
    durable: int

    def has_lost(self, writes: int, boot: str) -> bool:
        """Say whether a ledger with so many writes must have had more."""
        if self.boot and self.boot == boot:
            return writes < self.writes
        return writes < self.durable


class Companion:
    """The open file beside a ledger, which also holds the locks of runs.

    Attributes:
        path: The ledger's path, and `.live`.
    """

    every_commit_is_durable = False

    def __init__(self, ledger: Path, boot: str, *, read_only: bool) -> None:
        """Open the file.

        Args:
            ledger: The ledger's path, free of links.
            boot: The time since this machine was started.
            read_only: Whether it may be made and written.

        Raises:
            OSError: It cannot be opened or made.
        """
        self.path = companion_path(ledger)
        self._ledger = str(ledger)
        self._ledger_file = _identity(self._ledger)
        how = os.O_RDONLY if read_only else os.O_RDWR | os.O_CREAT
        try:
            self._descriptor = os.open(self.path, how | os.O_CLOEXEC, 0o600)
        except FileNotFoundError:
            if not read_only:
                raise
            # Nobody has written yet, so there is no run either.
            self._descriptor = _NONE
        self._boot = boot[:_BOOT_CHARACTERS]
        self._prefix = f"{self._boot:<{_BOOT_CHARACTERS}} ".encode("ascii", "replace")
        self._durable = b"0" * _DIGITS

    def close(self) -> None:
        """Release all locks."""
        if self._descriptor != _NONE:
            os.close(self._descriptor)
            self._descriptor = _NONE

    def check_files(self) -> None:
        """Find out whether the files are still those that others will open.

        Raises:
            LedgerError: They were removed or replaced.
        """
        if not os.fstat(self._descriptor).st_nlink:
            gone = str(self.path)
        elif _identity(self._ledger) != self._ledger_file:
            gone = self._ledger
        else:
            return
        msg = (
            f"The delivery ledger {self._ledger} cannot be used any more: {gone} was removed or "
            "replaced while this run used it."
        )
        raise LedgerError(msg)

    def read(self, seconds: float) -> Count | None:
        """Read the count; None if there is no sense in it.

        Raises:
            TimeoutError: Another process is at it all the time.
        """
        if self._descriptor == _NONE:
            return None
        if not byte_locks.lock(self._descriptor, _COUNT_LOCK, seconds=seconds, shared=True):
            raise TimeoutError
        try:
            line = os.pread(self._descriptor, _LENGTH, 0)
        finally:
            byte_locks.unlock(self._descriptor, _COUNT_LOCK)
        return _parsed(line)

    def note(self, writes: int, *, durable: bool) -> None:
        """Note that a write has been committed; it was the one of this number.

        Another process may have committed and noted a later one already, so the number only
        grows. If a process that was stopped holds the lock, the next write makes up for it.
        """
        number = b"%020d" % writes
        if durable:
            self._durable = number
        # The write is there whether it is noted or not: a full disk does not undo it.
        with suppress(OSError):
            self._note(number)

    def _note(self, number: bytes) -> None:
        descriptor = self._descriptor
        if not byte_locks.lock(descriptor, _COUNT_LOCK, seconds=_PATIENCE_SECONDS):
            return
        try:
            found = os.pread(descriptor, _LENGTH, 0)
            # A count of another boot may be higher: what it counted was lost.
            if found.startswith(self._prefix) and found[_WRITES].isdigit():
                number = max(number, found[_WRITES])
            if found[_DURABLE].isdigit():
                self._durable = max(self._durable, found[_DURABLE])
            os.pwrite(descriptor, b"%b%b %b\n" % (self._prefix, number, self._durable), 0)
        finally:
            byte_locks.unlock(descriptor, _COUNT_LOCK)

    def take(self, run_id: int) -> None:
        """Lock a run's byte.

        Raises:
            LedgerError: It cannot be locked.
        """
        with self._sentences():
            if not byte_locks.try_lock(self._descriptor, _FIRST_RUN + run_id):
                raise BlockingIOError(errno.EWOULDBLOCK, f"another has the lock of run {run_id}")

    def is_taken(self, run_id: int) -> bool:
        """Say whether another has a run's byte.

        Raises:
            LedgerError: It cannot be asked for.
        """
        if self._descriptor == _NONE:
            return False
        with self._sentences():
            return byte_locks.is_locked(self._descriptor, _FIRST_RUN + run_id)

    def release(self, run_id: int) -> None:
        """Release a run's byte."""
        byte_locks.unlock(self._descriptor, _FIRST_RUN + run_id)

    @contextmanager
    def _sentences(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            msg = f"The delivery ledger {self._ledger} cannot be used: {self.path}: {error}."
            raise LedgerError(msg) from error


def companion_path(ledger: Path) -> Path:
    """Name the file beside a ledger."""
    return ledger.with_name(f"{ledger.name}.live")


def _parsed(line: bytes) -> Count | None:
    writes, durable = line[_WRITES], line[_DURABLE]
    if len(line) != _LENGTH or not (writes.isdigit() and durable.isdigit()):
        return None
    return Count(
        line[:_BOOT_CHARACTERS].decode("ascii", "replace").strip(), int(writes), int(durable)
    )


def _identity(path: str) -> tuple[int, int]:
    try:
        status = os.stat(path)  # noqa: PTH116 - at every write, and a Path takes twice as long.
    except FileNotFoundError:
        return 0, 0
    return status.st_dev, status.st_ino
