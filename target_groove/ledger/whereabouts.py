"""Where a ledger is, if there is one, and how large."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from target_groove.ledger.errors import LedgerError
from target_groove.ledger.opening import open_database
from target_groove.ledger.schema import metadata

if TYPE_CHECKING:
    from target_groove.ledger.opening import Cursor, Database

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
