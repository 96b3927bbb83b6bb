"""Ledgers as version 1 had them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_groove.ledger.migrations import _COLUMNS

if TYPE_CHECKING:
    from target_groove.ledger.database import Database
    from target_groove.ledger.statement import Cursor

INDEXES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'index'",
    "postgresql": (
        "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
        " WHERE i.indrelid = to_regclass('target_groove_entries')"
    ),
}


def make_version_1(cursor: Cursor) -> None:
    """Take away what later versions brought."""
    cursor.execute("DROP TABLE target_groove_answers")
    cursor.execute("DROP INDEX target_groove_entries_newest")
    cursor.execute("DROP INDEX target_groove_entries_resource")
    cursor.execute("DROP INDEX target_groove_requests_ended")
    for column in ("fields", "record_hash"):
        cursor.execute(f"ALTER TABLE target_groove_entries DROP COLUMN {column}")
    cursor.execute("UPDATE target_groove_ledger SET value = '1' WHERE name = 'version'")


def entry_columns(cursor: Cursor, database: Database) -> set[str]:
    """Name the columns of the entries."""
    cursor.execute(_COLUMNS[database.dialect_name], ("target_groove_entries",))
    return {name for (name,) in cursor.fetchall()}
