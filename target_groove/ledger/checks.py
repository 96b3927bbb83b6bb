"""Whether an SQLite file is a ledger, and whole."""

from __future__ import annotations

import errno
import sqlite3
import stat
from typing import TYPE_CHECKING, Final

from target_groove.ledger.errors import LedgerAddressError, LedgerError
from target_groove.ledger.known import ABOUT_TABLE

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from target_groove.ledger.write_count import Count

APPLICATION_ID: Final = int.from_bytes(b"GrvL", "big")
CHECKED_UP_TO_BYTES: Final = 64 << 20
"""Checking a larger file would take a second and more at each start."""

_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_REASONS: Final = {
    sqlite3.SQLITE_READONLY: "it, or its folder, may not be written",
    sqlite3.SQLITE_PERM: "it may not be opened",
    sqlite3.SQLITE_CANTOPEN: "it, or a file beside it, may not be opened or made",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_IOERR: "reading or writing failed; the disk may be full",
}
_FOR_RIGHTS: Final = frozenset(
    {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN}
)
_NO_RIGHTS: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_MAKE_ROOM: Final = "make room on it, then run again"
_NOISE: Final = "*** in database main ***"
_PRIMARY_CODE: Final = 0xFF
_SMALLEST_PAGE: Final = 512
_ELSEWHERE: Final = "set another ledger_url"
_RUN_AGAIN: Final = f"run again, or {_ELSEWHERE}"
_RESTORE: Final = "restore it from a backup"


def is_there(path: Path) -> bool:
    """Say whether there is a ledger, or something in its place.

    Raises:
        LedgerAddressError: It is no file.
        LedgerError: It is empty, or was removed while what belongs to it was not.
        OSError: It cannot be looked for.
    """
    # Looked for first: a ledger that is made right now is there before what belongs to it.
    left_over = [each for each in files_beside(path) if each.exists()]
    try:
        status = path.stat()
    except FileNotFoundError:
        if not left_over:
            return False
        *most, last = (str(each) for each in left_over)
        names = f"{', '.join(most)} and {last} are" if most else f"{last} is"
        these = "these files" if most else last
        msg = (
            f"The delivery ledger {path} was removed, but {names} still there; {_RESTORE}, or "
            f"remove {these} as well to begin a new ledger, which would send everything again."
        )
        raise LedgerError(msg) from None
    if not stat.S_ISREG(status.st_mode):
        kind = "a folder" if stat.S_ISDIR(status.st_mode) else "no file"
        msg = f"The delivery ledger cannot be {path}, which is {kind}; set another ledger_url."
        raise LedgerAddressError(msg)
    if status.st_size < _SMALLEST_PAGE:
        # SQLite would take it for a new one.
        raise damaged(path, f"it has {status.st_size} bytes")
    return True


def files_beside(path: Path) -> Iterable[Path]:
    """Name the files that are never there without a ledger."""
    return [path.with_name(path.name + end) for end in (".live", "-wal", "-shm", "-journal")]


def check_whole(connection: sqlite3.Connection, path: Path) -> None:
    """Find out whether a file is a ledger and whole; a read transaction is open.

    Raises:
        LedgerError: It is not.
        sqlite3.Error: It cannot be read.
    """
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    # The first table that is read begins the view of one moment, and makes the log.
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application_id != APPLICATION_ID:
        msg = f"{path} is a database of another program; set another ledger_url."
        raise LedgerError(msg)
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (page_bytes,) = connection.execute("PRAGMA page_size").fetchone()
    # With a log that is not empty, the file may be behind what is in the log.
    if not _size_of_log(path) and path.stat().st_size != pages * page_bytes:
        raise damaged(path, "it was cut off")
    if pages * page_bytes <= CHECKED_UP_TO_BYTES:
        (answer,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if answer != "ok":
            raise damaged(path, " ".join(answer.replace(_NOISE, "").split()))


def check_count(
    connection: sqlite3.Connection, path: Path, count: Count | None, companion: Path, boot: str
) -> None:
    """Find out whether a ledger still has all its writes.

    Raises:
        LedgerError: It lost some.
    """
    query = f"SELECT value FROM {ABOUT_TABLE} WHERE name = 'writes'"  # noqa: S608 - our own name
    row = connection.execute(query).fetchone()
    if row is None or not row[0].isdigit():
        raise damaged(path, "it does not say how often it was written")
    if count is not None and count.has_lost(int(row[0]), boot):
        msg = (
            f"The delivery ledger {path} lost its last writes: it was replaced by an older one, or "
            f"{path.name}-wal was removed or cut off; restore them, or remove {companion} to go on "
            "without, which may send again what was sent since."
        )
        raise LedgerError(msg)


def damaged(path: Path, reason: str) -> LedgerError:
    """Say that a file cannot be used as it is."""
    return LedgerError(
        f"The delivery ledger {path} is damaged or no ledger at all: {reason}; {_RESTORE}, or set "
        "another ledger_url, which would send everything again."
    )


def sentence_of(error: Exception, path: Path, seconds: float) -> LedgerError | None:
    """Say what an error of SQLite means; None if it is a mistake of ours, or another's."""
    if not isinstance(error, sqlite3.DatabaseError) or isinstance(error, sqlite3.ProgrammingError):
        return None
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & _PRIMARY_CODE
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return locked(path, seconds)
    if code in _DAMAGED:
        return damaged(path, str(error))
    reason = f"{_REASONS[code]} ({error})" if code in _REASONS else str(error)
    if code in _FOR_RIGHTS:
        return unusable(path, reason, _make_writable(path))
    return unusable(path, reason, _MAKE_ROOM if code in _REASONS else _RUN_AGAIN)


def sentence_of_system(error: OSError, path: Path) -> LedgerError:
    """Say what an error of the system means."""
    reason = error.strerror or str(error)
    if error.errno in _NO_RIGHTS:
        advice = _make_writable(path)
    else:
        advice = _MAKE_ROOM if error.errno in _NO_ROOM else _ELSEWHERE
    return unusable(path, f"{reason}: {error.filename}" if error.filename else reason, advice)


def unusable(path: Path, reason: str, advice: str = _ELSEWHERE) -> LedgerError:
    """Say what the system has against a file, and what to do."""
    return LedgerError(f"The delivery ledger {path} cannot be used: {reason}; {advice}.")


def locked(path: Path, seconds: float) -> LedgerError:
    """Say that another process did not let go."""
    return LedgerError(
        f"The delivery ledger {path} was locked by another process for more than {seconds:g} "
        "seconds; end that process, or try again later."
    )


def _make_writable(path: Path) -> str:
    return f"make the file and the folder {path.parent} writable, or {_ELSEWHERE}"


def _size_of_log(path: Path) -> int:
    try:
        return path.with_name(f"{path.name}-wal").stat().st_size
    except FileNotFoundError:
        return 0
