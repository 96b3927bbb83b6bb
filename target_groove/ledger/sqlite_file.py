"""A ledger in an SQLite file."""

from __future__ import annotations

import os
import sqlite3
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from target_groove.ledger import checks, migrations
from target_groove.ledger.database import Database
from target_groove.ledger.errors import LedgerError
from target_groove.ledger.known import ABOUT_TABLE, RUNS_TABLE
from target_groove.ledger.liveness import boot_id
from target_groove.ledger.sqlite_making import connect, make
from target_groove.ledger.write_count import Companion, Count, companion_path
from target_groove.ledger.written import for_sqlite

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.engine import Dialect

    from target_groove.ledger.statement import Cursor
    from target_groove.ledger.written import Written

_PAUSE_SECONDS: Final = 0.01
_READ_WRITES: Final = f"SELECT value FROM {ABOUT_TABLE} WHERE name = 'writes'"  # noqa: S608 - our own name
_SET_WRITES: Final = f"UPDATE {ABOUT_TABLE} SET value = ? WHERE name = 'writes' AND value = ?"  # noqa: S608 - our own name
_TRY_WRITING: Final = f"UPDATE {ABOUT_TABLE} SET value = value WHERE name = 'writes'"  # noqa: S608 - our own name
_INSERT_RUN: Final = f"INSERT INTO {RUNS_TABLE} (host, pid, boot, began_at) VALUES (?, ?, ?, ?)"  # noqa: S608 - our own name


class SqliteDatabase(Database):
    """A ledger in an SQLite file, open."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        companion: Companion,
        path: Path,
        *,
        busy_timeout: float,
        shown_url: str,
        was_created: bool,
    ) -> None:
        """Take over a connection that has been found usable."""
        self._path = path
        self._companion = companion
        self._busy_timeout = busy_timeout
        self._raw = connection
        self._is_full = True
        self._writes = 0
        super().__init__(
            connection,
            "sqlite",
            run_locks=companion,
            shown_url=shown_url,
            was_created=was_created,
        )

    def close(self) -> None:
        """Let go of the ledger, and of the run's lock."""
        with self.translated():
            self._raw.close()
        self._companion.close()

    def insert_run(self, cursor: Cursor, values: Sequence[Any]) -> int:
        """Add a row to the runs: host, pid, boot, began_at."""
        return int(cursor.execute(_INSERT_RUN, values).lastrowid)

    def _written(self, name: str) -> Written:
        return for_sqlite(name)

    def _make_dialect(self) -> Dialect:
        # No run needs it: see `known.py`.
        from sqlalchemy.dialects import sqlite  # noqa: PLC0415

        return sqlite.dialect()

    def _begin_reading(self, cursor: Cursor) -> None:
        cursor.execute("BEGIN")

    def _end_reading(self, cursor: Cursor) -> None:
        cursor.execute("COMMIT")

    def _begin_writing(self, cursor: Cursor, *, durable: bool) -> None:
        self._companion.check_files()
        if durable is not self._is_full:
            cursor.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            self._is_full = durable
        cursor.execute("BEGIN IMMEDIATE")

    def _commit(self, cursor: Cursor, *, durable: bool) -> None:
        before = self._writes
        if not cursor.execute(_SET_WRITES, (str(before + 1), str(before))).rowcount:
            # Another process has written meanwhile.
            before = int(cursor.execute(_READ_WRITES).fetchone()[0])
            cursor.execute(_SET_WRITES, (str(before + 1), str(before)))
        cursor.execute("COMMIT")
        self._writes = before + 1
        self._companion.note(before + 1, durable=durable)

    def _roll_back(self) -> None:
        if self._raw.in_transaction:
            with suppress(sqlite3.Error):
                self._raw.execute("ROLLBACK")

    def _translate(self, error: Exception) -> LedgerError | None:
        return checks.sentence_of(error, self._path, self._busy_timeout)


def open_file(
    name: str, *, shown_url: str, create: bool, read_only: bool, busy_timeout: float
) -> SqliteDatabase:
    """Open a ledger in a file, or make it.

    Raises:
        LedgerError: It cannot be used.
    """
    # Links are followed, as SQLite does, so that whoever opens it finds the same files beside it.
    path = Path(os.path.realpath(name))
    with _sentences(path, busy_timeout):
        was_created = False
        if not checks.is_there(path):
            if read_only or not create:
                msg = f"There is no delivery ledger at {path}."
                raise LedgerError(msg)
            was_created = make(path, busy_timeout)
        boot = boot_id()
        # Read before the ledger is: others go on writing, first there and then here.
        count = _read_count(path, boot, busy_timeout)
        connection = connect(path, busy_timeout, read_only=read_only)
        try:
            _check(connection, path, count, boot, read_only=read_only)
            if not read_only:
                _make_writable(connection, path)
            companion = Companion(path, boot, read_only=read_only)
        except BaseException:
            connection.close()
            raise
        try:
            return SqliteDatabase(
                connection,
                companion,
                path,
                busy_timeout=busy_timeout,
                shown_url=shown_url,
                was_created=was_created,
            )
        except BaseException:
            connection.close()
            companion.close()
            raise


@contextmanager
def _sentences(path: Path, seconds: float) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise checks.sentence_of_system(error, path) from error
    except sqlite3.Error as error:
        if (sentence := checks.sentence_of(error, path, seconds)) is None:
            raise
        raise sentence from error


def _read_count(path: Path, boot: str, busy_timeout: float) -> Count | None:
    companion = Companion(path, boot, read_only=True)
    try:
        return companion.read(busy_timeout)
    except TimeoutError:
        raise checks.locked(path, busy_timeout) from None
    finally:
        companion.close()


def _check(
    connection: sqlite3.Connection, path: Path, count: Count | None, boot: str, *, read_only: bool
) -> None:
    connection.execute("BEGIN")
    checks.check_whole(connection, path)
    version = migrations.found_version(connection.cursor(), "sqlite", str(path))
    if version is None:
        raise checks.damaged(path, "it has no tables")
    checks.check_count(connection, path, count, companion_path(path), boot)
    connection.execute("COMMIT")
    if read_only and migrations.is_older(version):
        raise migrations.too_old(str(path))


def _make_writable(connection: sqlite3.Connection, path: Path) -> None:
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise checks.unusable(path, f"SQLite cannot keep a write-ahead log there, only {mode!r}")
    connection.execute("BEGIN IMMEDIATE")
    # A file that may not be written is not found out before.
    connection.execute(_TRY_WRITING)
    cursor = connection.cursor()
    version = migrations.found_version(cursor, "sqlite", str(path))
    if version is not None and migrations.is_older(version):
        migrations.bring_up_to_date(cursor, version)
        connection.execute("COMMIT")
    else:
        connection.execute("ROLLBACK")
