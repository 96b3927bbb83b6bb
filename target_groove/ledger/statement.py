"""A statement in the words of one database, made ready once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from target_groove.ledger.written import Written

Parameters = Mapping[str, Any]


class Cursor(Protocol):
    """What cursors of sqlite3 and psycopg have in common."""

    @property
    def rowcount(self) -> int:
        """How many rows the last statement changed."""

    def execute(self, query: Any, params: Any = ..., /) -> Any:
        """Run a statement."""

    def executemany(self, query: Any, params_seq: Any, /) -> Any:
        """Run a statement for each of several parameters."""

    def fetchone(self) -> Any:
        """Give the next row, or None."""

    def fetchall(self) -> list[Any]:
        """Give all rows that are left."""

    def __iter__(self) -> Iterator[Any]:
        """Give row after row."""


class Statement:
    """A statement in the words of one database; call it with a cursor and its parameters.

    Attributes:
        text: The SQL.
    """

    def __init__(self, written: Written) -> None:
        """Work out once how parameters are handed over."""
        self.text, order, given = written
        self._hand_over = _named(given) if order is None else _in_order(order, given)

    def __call__(self, cursor: Cursor, parameters: Parameters) -> Cursor:
        """Run it."""
        cursor.execute(self.text, self._hand_over(parameters))
        return cursor

    def many(self, cursor: Cursor, parameters: Iterable[Parameters]) -> Cursor:
        """Run it for each of several parameters."""
        if rows := [self._hand_over(each) for each in parameters]:
            cursor.executemany(self.text, rows)
        return cursor


def _in_order(order: Sequence[str], given: Parameters) -> Any:
    if any(name in given for name in order):
        return lambda parameters: [{**given, **parameters}[name] for name in order]
    if len(order) == 1:
        (only,) = order
        return lambda parameters: (parameters[only],)
    return itemgetter(*order) if order else lambda _: ()


def _named(given: Parameters) -> Any:
    if given:
        return lambda parameters: {**given, **parameters}
    return lambda parameters: parameters
