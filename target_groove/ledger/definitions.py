"""What the statements of `known.py` say, for who has no compiled ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy.schema import CreateIndex, CreateTable

from target_groove.ledger import answer_statements, dialects, known, statements
from target_groove.ledger.schema import metadata
from target_groove.ledger.written import Written

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import ClauseElement
    from sqlalchemy.engine import Dialect

_BY_DIALECT: Final[Mapping[str, Callable[[str], Any]]] = {
    known.ADD_SCOPE: dialects.add_scope,
    known.CLAIM: dialects.claim,
    known.READ: dialects.read,
    known.KNOWN_RECORDS: dialects.known_records,
}


def write(name: str, dialect: Dialect) -> Written:
    """Compile a statement by its name."""
    if name in _BY_DIALECT:
        return compiled(_BY_DIALECT[name](dialect.name), dialect)
    where = statements if hasattr(statements, name) else answer_statements
    return compiled(getattr(where, name), dialect)


def compiled(statement: ClauseElement, dialect: Dialect) -> Written:
    """Compile a statement; its parameters are `bindparam`s, never expanding ones."""
    found: Any = statement.compile(dialect=dialect)
    wanted = {name for name, bind in found.binds.items() if bind.required}
    given = {name: value for name, value in found.params.items() if name not in wanted}
    return Written(str(found), found.positiontup if found.positional else None, given)


def making(dialect: Dialect) -> list[str]:
    """Write what makes the tables and their indexes, in order."""
    tables = metadata.sorted_tables
    made: list[CreateTable | CreateIndex] = []
    for table in tables:
        made.append(CreateTable(table))
        made += map(CreateIndex, sorted(table.indexes, key=lambda each: str(each.name)))
    return [str(each.compile(dialect=dialect)).strip() for each in made]


def everything(dialect: Dialect) -> dict[str, Any]:
    """Write down all that a run needs to know of statements and tables, for `sqlite.json`."""
    return {
        "statements": {name: write(name, dialect)._asdict() for name in known.STATEMENTS},
        "tables": {name: list(table.c.keys()) for name, table in metadata.tables.items()},
        "making": making(dialect),
    }
