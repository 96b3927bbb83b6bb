"""The statements of the ledger that SQLite and PostgreSQL write differently."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, and_, any_, bindparam, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from target_groove.ledger.schema import entries, scopes
from target_groove.ledger.statements import ENTRY_COLUMNS

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Table


def add_scope(dialect_name: str) -> Any:
    """Make the statement that numbers a scope, unless another run has just done it.

    Args:
        dialect_name: `sqlite` or `postgresql`.
    """
    return (
        _insert(dialect_name, scopes)
        .values(
            account=bindparam("account"),
            namespace=bindparam("namespace"),
            stream=bindparam("stream"),
            endpoint=bindparam("endpoint"),
        )
        .on_conflict_do_nothing()
        .inline()
    )


def read(dialect_name: str) -> Any:
    """Make the statement that reads the entries of some keys of a scope.

    The keys are one value: a JSON list for SQLite, lines for PostgreSQL.

    Args:
        dialect_name: `sqlite` or `postgresql`.
    """
    return select(*ENTRY_COLUMNS).where(_is_among(dialect_name))


def known_records(dialect_name: str) -> Any:
    """Make the statement that reads by which records things of a scope were delivered.

    Those of which something is under way, in doubt or held are left out. The keys are one value, as
    for `read`.

    Args:
        dialect_name: `sqlite` or `postgresql`.
    """
    of_a_send = (entries.c.run_id, entries.c.send_hash, entries.c.left_at, entries.c.held_because)
    return select(entries.c.record_key, entries.c.content_hash, entries.c.record_hash).where(
        _is_among(dialect_name),
        entries.c.content_hash.is_not(None),
        entries.c.record_hash.is_not(None),
        *(each.is_(None) for each in of_a_send),
    )


def claim(dialect_name: str) -> Any:
    """Make the statement that takes a thing in hand, unless that is not to be.

    It changes nothing where another run has the thing in hand, where it is held, and where exactly
    this was delivered already; who reads the entry afterwards sees which. What is loose in doubt
    stays marked so: `left_at` is kept.

    Args:
        dialect_name: `sqlite` or `postgresql`.
    """
    inserting = _insert(dialect_name, entries)
    send: dict[str, Any] = {
        "run_id": bindparam("run"),
        "send_hash": bindparam("hash"),
        "begun_at": bindparam("now"),
    }
    return inserting.values(
        scope_id=bindparam("scope"), record_key=bindparam("key"), **send
    ).on_conflict_do_update(
        index_elements=[entries.c.scope_id, entries.c.record_key],
        set_={name: inserting.excluded[name] for name in send},
        where=entries.c.run_id.is_(None)
        & entries.c.held_because.is_(None)
        & or_(
            entries.c.content_hash.is_(None),
            entries.c.content_hash != inserting.excluded.send_hash,
            entries.c.send_hash.is_not(None),
        ),
    )


def _is_among(dialect_name: str) -> ColumnElement[bool]:
    keys = bindparam("keys", type_=Text)
    if dialect_name == "postgresql":
        # No key has a line end in it: JSON writes that with a backslash.
        lines = func.string_to_array(keys, func.chr(10), type_=postgresql.ARRAY(Text))
        among: Any = entries.c.record_key == any_(lines)
    else:
        among = entries.c.record_key.in_(select(func.json_each(keys).table_valued("value").c.value))
    return and_(entries.c.scope_id == bindparam("scope"), among)


def _insert(dialect_name: str, table: Table) -> Any:
    return (postgresql if dialect_name == "postgresql" else sqlite).insert(table)
