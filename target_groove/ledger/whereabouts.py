"""Where a ledger is, if there is one, and how large."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from target_groove.ledger.errors import LedgerError
from target_groove.ledger.opening import file_named, open_database
from target_groove.ledger.schema import metadata
from target_groove.ledger.without import NO_LEDGER

if TYPE_CHECKING:
    from target_groove.ledger.opening import Database
    from target_groove.ledger.statement import Cursor

_ELSEWHERE: Final = "set another ledger_url"
_NOT_THERE: Final = "There is no delivery ledger at "


class NoLedgerError(LedgerError):
    """There is none yet."""


def open_existing(url: str, *, read_only: bool) -> Database:
    """Open a ledger, and make none.

    Raises:
        NoLedgerError: There is none.
        LedgerError: It cannot be used.
    """
    try:
        return open_database(url, create=False, read_only=read_only)
    except LedgerError as error:
        if str(error).startswith(_NOT_THERE):
            raise NoLedgerError(str(error)) from None
        raise


def problem_with(url: str) -> str | None:
    """Say what would keep a run from using a ledger, or from making it; nothing is changed.

    Returns:
        A sentence; None if nothing is wrong.
    """
    if url == NO_LEDGER:
        return None
    try:
        open_existing(url, read_only=True).close()
        is_there = True
    except NoLedgerError:
        is_there = False
    except LedgerError as error:
        return str(error)
    path = file_named(url)
    return None if path is None else _not_writable(path, is_there=is_there)


def size_of(database: Database, cursor: Cursor) -> int:
    """Measure a ledger on the disk, in bytes, in a transaction."""
    path = file_of(database)
    if path is None:
        query = "SELECT coalesce(sum(pg_total_relation_size(to_regclass(name))), 0)::bigint FROM "
        row = cursor.execute(f"{query} unnest(%s::text[]) AS name", [list(metadata.tables)])
        return int(row.fetchone()[0])
    log = path.with_name(f"{path.name}-wal")
    return path.stat().st_size + (log.stat().st_size if log.exists() else 0)


def file_of(database: Database) -> Path | None:
    """Name the file of a ledger; None if it is in PostgreSQL."""
    if database.dialect_name == "postgresql":
        return None
    return Path(database.cursor().execute("PRAGMA database_list").fetchone()[2])


def _not_writable(path: Path, *, is_there: bool) -> str | None:
    if is_there and not os.access(path, os.R_OK | os.W_OK):
        return f"The delivery ledger {path} may not be written; make it writable, or {_ELSEWHERE}."
    folder = next(each for each in path.parents if each.exists())
    if not os.access(folder, os.W_OK | os.X_OK):
        return (
            f"The delivery ledger {path} cannot be used: the folder {folder} may not be written; "
            f"make that folder writable, or {_ELSEWHERE}."
        )
    return None
