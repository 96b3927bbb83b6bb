"""Records without a key, from their delivery until a STATE acknowledges them."""

from __future__ import annotations

import heapq
import sys
from typing import TYPE_CHECKING, Any, Final

from target_groove.ledger import known as statements
from target_groove.ledger.entry import Thing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from target_groove.ledger.table import EntryTable


_SECONDS_KEPT: Final = 3_600.0
"""A look-up must not take one for another that was sent just before or after it."""
_ACKNOWLEDGEMENTS: Final = (
    statements.ACKNOWLEDGE,
    statements.ACKNOWLEDGE_NOT_DELIVERED,
    statements.ACKNOWLEDGE_HELD,
)


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
        self._unacknowledged: list[tuple[int, Thing]] = []
        self._scopes: set[int] = set()

    def remember(self, positions: Sequence[int], rows: Sequence[Mapping[str, Any]]) -> None:
        """Note where records stand that are delivered or held now."""
        for position, row in zip(positions, rows, strict=True):
            self.settle_again(Thing(row["scope"], row["key"]), position)

    def settle_again(self, thing: Thing, position: int) -> None:
        """Note where a record stands now that was delivered before, see `unacknowledged`."""
        heapq.heappush(self._unacknowledged, (position, thing))
        self._scopes.add(thing.scope)

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
        """Note that a STATE was printed that stands behind records without a key.

        Args:
            position: Every record before it is acknowledged.
        """
        done = []
        while self._unacknowledged and self._unacknowledged[0][0] < position:
            thing = heapq.heappop(self._unacknowledged)[1]
            done.append({**self._table.mine(thing), "now": self._now()})
        for statement in _ACKNOWLEDGEMENTS:
            self._table.change(statement, done, needed=False)

    def forget(self, things: Iterable[Thing]) -> None:
        """Forget records without a key that are acknowledged after all."""
        self._table.change(statements.ACKNOWLEDGE, map(self._table.mine, things), needed=False)

    def acknowledge_all(self) -> None:
        """Note that the input was delivered to its end, and remove what no look-up needs."""
        self.acknowledged(sys.maxsize)
        long_ago = self._now() - _SECONDS_KEPT
        for scope in self._scopes:
            values = {"scope": scope, "run": self._table.run_id, "long_ago": long_ago}
            with self._table.database.write(durable=False) as cursor:
                self._table.run(cursor, statements.ACKNOWLEDGE_ALL, values)
                self._table.run(cursor, statements.FORGET_OLD, values)
        self._table.is_synced = False
