"""The ledger as it would be after deliveries that are only imagined: read, and never written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from target_groove.ledger import known
from target_groove.ledger.earlier_runs import as_they_came
from target_groove.ledger.entry import Entry, Thing
from target_groove.ledger.reading import EntryReader
from target_groove.ledger.without import NothingOfEarlierRuns, WithoutLedger

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from target_groove.ledger.entry import Intent
    from target_groove.ledger.opening import Database

_IN_HAND: Final = "another run is sending it at this moment; what is left to send depends on that"
_DIED: Final = "a run died while it sent this; Groove is asked first whether it is there"
_LOOSE: Final = (
    "it is in doubt since a run died; Groove is asked first whether it is there, and it is held if "
    "that cannot be asked"
)


class ImaginedLedger(WithoutLedger):
    """A ledger that grants everything and remembers in memory what would be delivered.

    What is imagined lies over what the real ledger says; nobody who sends at the same time is
    disturbed, and there need be no ledger at all.
    """

    def __init__(self, database: Database | None, *, account: str, namespace: str) -> None:
        """Begin to imagine.

        Args:
            database: The ledger, open for reading, from now on this object's to close; None if
                there is none.
            account: Whose things they are: the base URL of the API.
            namespace: The setting `ledger_namespace`.
        """
        super().__init__()
        self._database = database
        self._owner = {"account": account, "namespace": namespace}
        self._imagined: dict[Thing, Entry] = {}
        self._remarks: dict[Thing, str] = {}
        self._numbers: dict[tuple[str, str], int] = {}
        if database is not None:
            self._reader = EntryReader(database)
            self._find_scope = database.prepare(known.FIND_SCOPE)
            self.earlier = _EarlierRuns(database)

    def scope(self, stream: str, endpoint: str) -> int:
        """Give the number of a stream's things at an endpoint; a negative one if it has none."""
        name = (stream, endpoint)
        if name not in self._numbers:
            found = self._found_scope(stream, endpoint)
            self._numbers[name] = -1 - len(self._numbers) if found is None else found
        return self._numbers[name]

    def read(self, things: Iterable[Thing]) -> dict[Thing, Entry]:
        """Read what would be known of some things."""
        wanted = list(things)
        entries = {each: self._imagined[each] for each in wanted if each in self._imagined}
        asked = [each for each in wanted if each not in entries and each.scope >= 0]
        if self._database is not None and asked:
            with self._database.read() as cursor:
                found = self._reader.read(cursor, asked)
            entries |= {thing: self._out_of_hand(entry) for thing, entry in found.items()}
        return entries

    def claim(self, intents: Sequence[Intent]) -> dict[Thing, Entry]:
        """Grant everything that is not held."""
        return self.read(each.thing for each in intents)

    def remarks(self, things: Iterable[Thing]) -> list[str]:
        """Say what else about some things decides whether they are sent."""
        return list(dict.fromkeys(self._remarks[each] for each in things if each in self._remarks))

    def delivered(
        self,
        intents: Iterable[Intent],
        *,
        resource_id: str | None,
        calls: Sequence[str] = (),
        positions: Sequence[int] | None = None,
        fields: Mapping[str, str] | None = None,
        own_ids: Mapping[Thing, str | None] | None = None,
    ) -> None:
        """Remember things as delivered, as `Ledger.delivered` does; those without a key are not."""
        if positions is not None:
            return
        now = [each for each in intents if each.thing.is_keyed]
        before = self.read(each.thing for each in now)
        ids = own_ids or {}
        for thing, content_hash, _ in now:
            known_id = before[thing].resource_id if thing in before else None
            self._imagined[thing] = Entry(
                scope_id=thing.scope,
                record_key=thing.key,
                content_hash=content_hash,
                resource_id=ids.get(thing, resource_id) or known_id,
                calls=json.dumps(calls) if calls else None,
                run_id=None,
                send_hash=None,
                left_at=None,
                newest_number=None,
                held_because=None,
                delivered_at=None,
                fields=None if fields is None else json.dumps(fields),
                record_hash=None,
            )

    def close(self, *, at_the_end: bool) -> None:
        """Let go of the real ledger."""
        del at_the_end
        if self._database is not None:
            self._database.close()

    def _found_scope(self, stream: str, endpoint: str) -> int | None:
        if self._database is None:
            return None
        asked = {**self._owner, "stream": stream, "endpoint": endpoint}
        with self._database.read() as cursor:
            found = self._find_scope(cursor, asked).fetchone()
        return None if found is None else int(found[0])

    def _out_of_hand(self, entry: Entry) -> Entry:
        """Take a send that another run has begun for one that never was, with a remark."""
        if entry.run_id is None or entry.send_hash is None:
            if entry.send_hash is not None and entry.held_because is None:
                self._remarks[entry.thing] = _LOOSE
            return entry
        is_alive = self._database is not None and self._database.liveness.is_alive(entry.run_id)
        if is_alive or entry.left_at is not None:
            self._remarks[entry.thing] = _IN_HAND if is_alive else _DIED
        return entry._replace(run_id=None, send_hash=None, left_at=None)


class _EarlierRuns(NothingOfEarlierRuns):
    """What dead runs delivered of records without a key, left where it is."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._unacknowledged = database.prepare(known.UNACKNOWLEDGED)

    def unacknowledged(self, scope: int) -> list[Entry]:
        """List what dead runs delivered of records without a key, and what is held of them."""
        if scope < 0:
            return []
        with self._database.read() as cursor:
            rows = self._unacknowledged(cursor, {"scope": scope}).fetchall()
        is_alive = self._database.liveness.is_alive
        found = [Entry._make(row) for row in rows]
        ours = [each for each in found if each.run_id is None or not is_alive(each.run_id)]
        return sorted(ours, key=as_they_came)
