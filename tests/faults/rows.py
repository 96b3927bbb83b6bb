"""The input of a trial: rows, each with what it must become in Groove, and the tap that sends them.

Every row carries marks (`ticket-0007`) by which it is counted. Honest twins carry the same marks
under different keys, and must be there twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from tests.runs import record, schema, state

POSITION: Final = "position"
"""In a STATE's value: how many rows are behind it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One record of the input.

    Attributes:
        stream: Its stream.
        name: What names it in logs and lists: its key, or a mark where it has no key.
        record: What the tap sends.
        marks: What must be in Groove for it, each once; none for an update.
        sets: For an update: the value that it gives to each slot (`ticket 7 state`).
        about: The Groove object whose calls keep the order of the rows; empty if it has none.
        mended: What the row should have been, if it cannot be delivered as it is.
    """

    stream: str
    name: str
    record: Mapping[str, Any]
    marks: tuple[str, ...] = ()
    sets: Mapping[str, str] = field(default_factory=dict)
    about: str = ""
    mended: Mapping[str, Any] | None = None

    @property
    def key(self) -> str:
        """By what the loader tells it from others of its stream."""
        return str(self.record.get("id") or self.record.get("email") or self.name)

    def is_named_in(self, text: str) -> bool:
        """Whether a text has its name or its key."""
        return self.name in text or self.key in text


@dataclass(slots=True)
class Tap:
    """Gives the rows from a position on, as a tap does that resumes from a STATE.

    Attributes:
        rows: The rows as they are at the source now.
        keys: The key properties of each stream.
        rows_per_state: After so many rows comes a STATE.
        superseded: Marks of what rows were before they changed; each may be there or not.
    """

    rows: list[Row]
    keys: Mapping[str, Sequence[str]]
    rows_per_state: int = 1
    superseded: Counter[str] = field(default_factory=Counter)

    def messages(self, start: int = 0) -> list[dict[str, Any]]:
        """Give the messages of a run that resumes behind `start` rows."""
        said: list[dict[str, Any]] = []
        known: set[str] = set()
        for number, row in enumerate(self.rows[start:], start + 1):
            if row.stream not in known:
                known.add(row.stream)
                said.append(schema(row.stream, self.keys[row.stream]))
            said.append(record(row.stream, row.record))
            if number % self.rows_per_state == 0 or number == len(self.rows):
                said.append(state({POSITION: number}))
        return said

    def as_it_is(self) -> Tap:
        """Give the source without what its rows were before they changed."""
        newest = {(row.stream, row.key): row for row in self.rows}
        return replace(self, rows=[*newest.values()])

    def change(self, number: int, row: Row) -> None:
        """Let a row change at the source, before it is read again."""
        self.superseded.update(set(self.rows[number].marks) - set(row.marks))
        self.rows[number] = row

    def append_change(self, number: int, row: Row) -> None:
        """Let a row change at the source that is acknowledged already: it is read behind the rest.

        What it was before stays acknowledged.
        """
        self.superseded.update(set(self.rows[number].marks) - set(row.marks))
        self.rows[number] = replace(self.rows[number], marks=())
        self.rows.append(row)

    def mend(self) -> None:
        """Put right what cannot be delivered."""
        self.rows = [
            row if row.mended is None else replace(row, record=row.mended, mended=None)
            for row in self.rows
        ]


def marks_of(rows: Iterable[Row]) -> Counter[str]:
    """Count what must be there for some rows."""
    return Counter(mark for row in rows for mark in row.marks)
