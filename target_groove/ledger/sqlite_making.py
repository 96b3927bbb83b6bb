"""Making an SQLite file, so that there is none or a whole one at any moment."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from target_groove.ledger import checks, migrations
from target_groove.ledger.written import making_for_sqlite

if TYPE_CHECKING:
    from pathlib import Path

_PAUSE_SECONDS: Final = 0.01


def connect(
    path: Path, busy_timeout: float, *, read_only: bool, is_new: bool = False
) -> sqlite3.Connection:
    """Open a file that is there; transactions are begun and ended by statements only."""
    mode = "ro" if read_only else "rw"
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?mode={mode}",
        uri=True,
        timeout=busy_timeout,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
    )
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA fullfsync = ON")
        connection.execute("PRAGMA synchronous = FULL")
        if is_new:
            connection.execute(f"PRAGMA application_id = {checks.APPLICATION_ID}")
    except BaseException:
        connection.close()
        raise
    return connection


def make(path: Path, busy_timeout: float) -> bool:
    """Make a ledger under another name, and give it its own when it is whole and durable.

    Returns:
        Whether it was this process that made it, and not another.

    Raises:
        LedgerError: There is something else in its place, or another process takes for ever.
        OSError: It cannot be made.
        sqlite3.Error: It cannot be made.
    """
    _make_folder(path.parent)
    new = path.with_name(f"{path.name}.new")
    end = time.monotonic() + busy_timeout
    while True:
        descriptor = os.open(new, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > end:
                    raise checks.locked(path, busy_timeout) from None
                time.sleep(_PAUSE_SECONDS)
                continue
            if not _is_still(descriptor, new):
                continue
            if checks.is_there(path):
                new.unlink()
                return False
            os.ftruncate(descriptor, 0)
            _fill(new, busy_timeout)
            os.fsync(descriptor)
            new.rename(path)
            _sync_folder(path.parent)
            return True
        finally:
            os.close(descriptor)


def _fill(new: Path, busy_timeout: float) -> None:
    for each in checks.files_beside(new):
        each.unlink(missing_ok=True)
    connection = connect(new, busy_timeout, read_only=False, is_new=True)
    try:
        connection.execute("BEGIN IMMEDIATE")
        migrations.make_tables(connection.cursor(), making_for_sqlite())
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode = WAL")
    finally:
        connection.close()


def _is_still(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _make_folder(folder: Path) -> None:
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        with suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
