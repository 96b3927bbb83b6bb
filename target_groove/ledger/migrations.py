"""Tables that are made, recognised, and brought from older versions to this one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from target_groove.ledger.errors import LedgerError
from target_groove.ledger.known import ABOUT_TABLE, VERSION
from target_groove.ledger.written import table_columns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from target_groove.ledger.statement import Cursor


def _remember_fields(cursor: Cursor) -> None:
    cursor.execute("ALTER TABLE target_groove_entries ADD COLUMN fields TEXT")
    cursor.execute(
        "CREATE INDEX target_groove_entries_resource ON target_groove_entries (resource_id)"
        " WHERE resource_id IS NOT NULL"
    )
    cursor.execute(
        "CREATE INDEX target_groove_requests_ended ON target_groove_requests (account, ended_at)"
    )


def _keep_answers_and_records(cursor: Cursor) -> None:
    cursor.execute(
        "CREATE TABLE target_groove_answers (answer_id VARCHAR(40) NOT NULL,"
        " destination VARCHAR(100) NOT NULL, account VARCHAR(400) NOT NULL,"
        " namespace VARCHAR(200) NOT NULL, run_id INTEGER NOT NULL, place BIGINT NOT NULL,"
        " written TEXT NOT NULL, PRIMARY KEY (answer_id, destination))"
    )
    cursor.execute("ALTER TABLE target_groove_entries ADD COLUMN record_hash VARCHAR(32)")


def _find_the_newest(cursor: Cursor) -> None:
    cursor.execute(
        "CREATE INDEX target_groove_entries_newest ON target_groove_entries"
        " (scope_id, length(resource_id) DESC, resource_id DESC) WHERE resource_id IS NOT NULL"
    )


def _find_answers_in_order(cursor: Cursor) -> None:
    cursor.execute(
        "CREATE INDEX target_groove_answers_waiting ON target_groove_answers"
        " (destination, run_id, place, answer_id)"
    )


# The statements stand there as they were when a version was new: later tables may be others.
STEPS: Final[Mapping[int, Callable[[Cursor], None]]] = {
    1: _remember_fields,
    2: _keep_answers_and_records,
    3: _find_the_newest,
    4: _find_answers_in_order,
}
"""By the version they start from; each brings the tables to the next one."""

_COLUMNS: Final = {
    "sqlite": "SELECT name FROM pragma_table_info(?)",
    "postgresql": (
        "SELECT attname FROM pg_attribute"
        " WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped"
    ),
}
_READ_VERSION: Final = f"SELECT value FROM {ABOUT_TABLE} WHERE name = 'version'"  # noqa: S608 - our own name


def make_tables(cursor: Cursor, making: Iterable[str]) -> None:
    """Make a new ledger's tables, in the transaction that is open.

    Args:
        cursor: Executes.
        making: What makes them in the words of the database, see `definitions.making`.
    """
    for statement in making:
        cursor.execute(statement)
    for name, value in (("version", VERSION), ("writes", 0)):
        cursor.execute(f"INSERT INTO {ABOUT_TABLE} (name, value) VALUES ('{name}', '{value}')")  # noqa: S608 - our own values


def found_version(cursor: Cursor, dialect_name: str, where: str) -> int | None:
    """Read the version of the tables that are there.

    Returns:
        The version; None if there are no tables of these names.

    Raises:
        LedgerError: They are another program's, or a newer target-groove's.
    """
    columns = _COLUMNS[dialect_name]
    found: dict[str, set[str]] = {}
    for name in table_columns():
        cursor.execute(columns, (name,))
        found[name] = {column for (column,) in cursor.fetchall()}
    if not any(found.values()):
        return None
    if not found[ABOUT_TABLE] >= set(table_columns()[ABOUT_TABLE]):
        raise _not_ours(where, f"its table {ABOUT_TABLE} is missing or different")
    cursor.execute(_READ_VERSION)
    row = cursor.fetchone()
    if row is None or not str(row[0]).isdigit():
        raise _not_ours(where, "it does not say its version")
    version = int(row[0])
    if version > VERSION:
        msg = (
            f"The delivery ledger {where} was made by a newer target-groove (its version is "
            f"{version}, this program knows {VERSION}); install that one, or set another "
            "ledger_url."
        )
        raise LedgerError(msg)
    if version == VERSION:
        for name, wanted in table_columns().items():
            if lacking := sorted(set(wanted) - found[name]):
                raise _not_ours(where, f"{name}.{lacking[0]} is missing")
    return version


def bring_up_to_date(cursor: Cursor, version: int) -> None:
    """Take every step from an older version to this one, in the transaction that is open."""
    for start in range(version, VERSION):
        STEPS[start](cursor)
    cursor.execute(f"UPDATE {ABOUT_TABLE} SET value = '{VERSION}' WHERE name = 'version'")  # noqa: S608 - our own values


def is_older(version: int) -> bool:
    """Say whether there are steps to take."""
    return version < VERSION


def too_old(where: str) -> LedgerError:
    """Say that steps would have to be taken, where nothing may be written."""
    return LedgerError(
        f"The delivery ledger {where} is of an older version; a run brings it up to date."
    )


def _not_ours(where: str, reason: str) -> LedgerError:
    return LedgerError(
        f"{where} holds tables of these names that are no delivery ledger ({reason}); set another "
        "ledger_url, or restore the ledger from a backup."
    )
