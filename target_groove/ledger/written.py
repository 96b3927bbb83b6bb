"""Statements as text, and those that were compiled for SQLite beforehand."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FILE: Final = Path(__file__).with_name("sqlite.json")


class Written(NamedTuple):
    """A statement in the words of one database.

    Attributes:
        text: The SQL.
        order: The names of its parameters in their order; None if they are handed over by name.
        given: The values of those that are always the same.
    """

    text: str
    order: Sequence[str] | None
    given: Mapping[str, Any]


def for_sqlite(name: str) -> Written:
    """Give a statement by its name in `known.py`."""
    return Written(**_content()["statements"][name])


def table_columns() -> Mapping[str, Sequence[str]]:
    """Name the tables of a ledger, and the columns of each."""
    tables: Mapping[str, Sequence[str]] = _content()["tables"]
    return tables


def making_for_sqlite() -> Sequence[str]:
    """Give what makes the tables of a new ledger, statement after statement."""
    statements: Sequence[str] = _content()["making"]
    return statements


@cache
def _content() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return content
