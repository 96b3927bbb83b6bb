"""What a measurement gives, and how it is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Table:
    """One table.

    Attributes:
        title: What was done; the heading of the first column.
        columns: The headings of the others.
        rows: A name, and a text for each column.
        notes: Sentences to stand below it.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()

    def lines(self) -> Iterator[str]:
        """Give the lines of it in Markdown, an empty one at the end."""
        heads = (self.title, *self.columns)
        yield f"| {' | '.join(heads)} |"
        yield f"| {' | '.join(['---', *('---:' for _ in self.columns)])} |"
        for row in self.rows:
            yield f"| {' | '.join(row)} |"
        yield ""
        for note in self.notes:
            yield from (note, "")


@dataclass(frozen=True)
class Section:
    """What one section measured.

    Attributes:
        tables: In their order.
        figures: By name, those that goals are about.
        sentences: What is to be said besides.
    """

    tables: tuple[Table, ...] = ()
    figures: dict[str, float] = field(default_factory=dict)
    sentences: tuple[str, ...] = ()

    def lines(self) -> Iterator[str]:
        """Give the lines of all of it in Markdown."""
        for table in self.tables:
            yield from table.lines()
        for sentence in self.sentences:
            yield from (sentence, "")


def seconds(value: float) -> str:
    """A time to be read by people."""
    return f"{value:.2f}" if value < 100 else f"{value:.0f}"  # noqa: PLR2004 - three digits
