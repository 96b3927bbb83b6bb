"""What runs before this one left in the ledger, because they died."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_groove.ledger import known as statements
from target_groove.ledger.entry import Entry, LeftBehind, Thing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from target_groove.ledger.table import EntryTable


class EarlierRuns:
    """Takes over from dead runs."""

    def __init__(
        self, table: EntryTable, owner: Mapping[str, str], now: Callable[[], float]
    ) -> None:
        """Take the parts.

        Args:
            table: The entries.
            owner: Account and namespace.
            now: Gives the time, seconds since 1970.
        """
        self._table = table
        self._owner = owner
        self._now = now
        self._is_alive = table.database.liveness.is_alive

    def left_behind(self) -> list[LeftBehind]:
        """List the sends of runs that died, and take them in hand."""
        rows = self._table.rows(statements.LEFT_BEHIND, {**self._owner, "run": self._table.run_id})
        if not rows:
            return []
        found = [LeftBehind(Entry(*row[:-3]), *row[-3:]) for row in rows]
        dead = {
            run_id
            for run_id in {each.entry.run_id for each in found}
            if run_id is not None and not self._is_alive(run_id)
        }
        taken = []
        with self._table.database.write(durable=True) as cursor:
            for each in sorted(found, key=lambda left: left.entry.thing):
                if each.entry.run_id in dead:
                    values = {**self._table.mine(each.entry.thing), "other": each.entry.run_id}
                    # Another run may have been faster.
                    if self._table.run(cursor, statements.TAKE_OVER, values).rowcount == 1:
                        taken.append(each)
        return taken

    def loosen(self, things: Iterable[Thing]) -> None:
        """Leave a send in doubt until its record comes again and can be looked up."""
        self._table.change(statements.LOOSEN, map(self._table.mine, things))

    def distrust(self, things: Iterable[Thing]) -> None:
        """Forget which fields Groove has for certain, as notes of them may be lost."""
        self._table.change(statements.DISTRUST, map(self._table.mine, things))

    def found_once(self, left: LeftBehind, resource_id: str | None) -> None:
        """Note that a record without a key, which a dead run sent, is in Groove.

        It stays in hand without a send: whoever delivers its stream next meets the record again.
        """
        thing, content_hash = left.entry.thing, left.entry.send_hash or ""
        row = {
            **self._table.mine(thing),
            "hash": content_hash,
            "now": self._now(),
            "resource": resource_id,
            "done": None,
            "fields": None,
            "record": None,
        }
        self._table.change(statements.DELIVERED_ONCE, [row])

    def unacknowledged(self, scope: int) -> list[Entry]:
        """Take in hand what dead runs delivered of records without a key, and list what is held.

        Whoever delivers the scope's stream meets these records again, as no STATE acknowledged
        them.
        """
        rows = self._table.rows(statements.UNACKNOWLEDGED, {"scope": scope})
        found = []
        with self._table.database.write(durable=False) as cursor:
            for entry in sorted(map(Entry._make, rows)):
                other = entry.run_id
                if other is None or other == self._table.run_id:
                    found.append(entry)
                elif not self._is_alive(other):
                    values = {**self._table.mine(entry.thing), "other": other}
                    if self._table.run(cursor, statements.TAKE_OVER, values).rowcount == 1:
                        found.append(entry)
        return sorted(found, key=as_they_came)

    def marks_are_certain(self, run_id: int) -> bool:
        """Say whether a dead run's marks are all there: those of another boot may be lost."""
        return self._table.database.liveness.died_in_this_boot(run_id)


def as_they_came(entry: Entry) -> tuple[int, ...]:
    """Sort records without a key as their runs read them; the key is `+RUN.NUMBER`."""
    return tuple(int(each) for each in entry.record_key[1:].split("."))
