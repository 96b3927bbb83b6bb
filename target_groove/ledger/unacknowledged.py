"""Records without a key, from their delivery until a STATE acknowledges them."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from target_groove.ledger import statements
from target_groove.ledger.entry import Thing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from target_groove.ledger.table import EntryTable


class Unacknowledged:
    """Remembers what a run that dies now would deliver again."""

    def __init__(self, table: EntryTable, now: Callable[[], float]) -> None:
        """Start with nothing.

        Args:
            table: The entries.
            now: Gives the time, seconds since 1970.
        """
        self._table = table
        self._now = now
        self._unacknowledged: deque[tuple[int, Thing]] = deque()

    def remember(self, positions: Sequence[int], rows: Sequence[Mapping[str, Any]]) -> None:
        """Note where records stand that are delivered or held now."""
        things = (Thing(row["scope"], row["key"]) for row in rows)
        self._unacknowledged += zip(positions, things, strict=True)

    def settle_again(self, thing: Thing, position: int) -> None:
        """Note where a record stands now that was delivered before, see `unacknowledged`."""
        self._unacknowledged.append((position, thing))

    def acknowledging(self, position: int) -> None:
        """Note that a STATE is about to be printed.

        Args:
            position: Every record before it is acknowledged.
        """
        now = self._now()
        self._table.change(
            statements.ACKNOWLEDGING,
            (
                {**self._table.mine(thing), "now": now}
                for before, thing in self._unacknowledged
                if before < position
            ),
            needed=False,
        )

    def acknowledged(self, position: int) -> None:
        """Forget the records without a key that a printed STATE stands behind.

        Args:
            position: Every record before it is acknowledged.
        """
        done = []
        while self._unacknowledged and self._unacknowledged[0][0] < position:
            thing = self._unacknowledged.popleft()[1]
            done.append({**self._table.mine(thing), "now": self._now()})
        for statement in (statements.ACKNOWLEDGE, statements.ACKNOWLEDGE_HELD):
            self._table.change(statement, done, needed=False)

    def forget(self, things: Iterable[Thing]) -> None:
        """Forget records without a key that are acknowledged after all."""
        rows = [{**self._table.mine(each), "now": self._now()} for each in things]
        self._table.change(statements.ACKNOWLEDGE, rows, needed=False)
