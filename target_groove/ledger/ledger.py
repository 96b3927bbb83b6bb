"""The delivery ledger: intents before requests leave, outcomes before STATE acknowledges them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from target_groove.ledger import known as statements
from target_groove.ledger.earlier_runs import EarlierRuns
from target_groove.ledger.entry import Thing, written_fields
from target_groove.ledger.errors import LedgerError
from target_groove.ledger.outbox import Outbox
from target_groove.ledger.records import Records
from target_groove.ledger.table import EntryTable
from target_groove.ledger.unacknowledged import Unacknowledged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from target_groove.ledger.entry import Entry, Intent
    from target_groove.ledger.opening import Database


class Ledger:
    """A run's hand on the ledger.

    Attributes:
        remembers: Whether later runs know what this one does.
        run_id: Number of the run.
        records: Knows by which records things were delivered.
        unkeyed: Remembers records without a key until they are acknowledged.
        earlier: What dead runs left behind.
        outbox: Answers that are to be told elsewhere.
    """

    remembers = True

    def __init__(
        self, database: Database, *, account: str, namespace: str, now: Callable[[], float]
    ) -> None:
        """Begin a run.

        Args:
            database: The open ledger, from now on this object's to close.
            account: Whose things they are: the base URL of the API.
            namespace: The setting `ledger_namespace`.
            now: Gives the time, seconds since 1970.
        """
        self._table = EntryTable(database)
        self._owner = {"account": account, "namespace": namespace}
        self._now = now
        self._scopes: dict[tuple[str, str], int] = {}
        self._claim = database.prepare(statements.CLAIM)
        self.run_id = self._table.run_id
        self.records = Records(self._table)
        self.unkeyed = Unacknowledged(self._table, now)
        self.earlier = EarlierRuns(self._table, self._owner, now)
        self.outbox = Outbox(self._table, self._owner)

    def scope(self, stream: str, endpoint: str) -> int:
        """Give the number under which a stream's things at an endpoint are told apart."""
        name = (stream, endpoint)
        if name not in self._scopes:
            owner = {**self._owner, "stream": stream, "endpoint": endpoint}
            with self._table.database.write(durable=False) as cursor:
                found = self._table.run(cursor, statements.FIND_SCOPE, owner).fetchone()
                if found is None:
                    self._table.run(cursor, statements.ADD_SCOPE, owner)
                    found = self._table.run(cursor, statements.FIND_SCOPE, owner).fetchone()
            self._scopes[name] = found[0]
        return self._scopes[name]

    def read(self, things: Iterable[Thing]) -> dict[Thing, Entry]:
        """Read what is known of some things; those of which nothing is known are left out."""
        with self._table.database.read() as cursor:
            return self._table.read_entries(cursor, things)

    def is_recorded(self, endpoints: Iterable[str], resource_id: str) -> bool:
        """Say whether one of these endpoints delivered the thing with an id of Groove's."""
        values = {**self._owner, "resource": resource_id}
        return any(
            self._table.rows(statements.IS_RECORDED, {**values, "endpoint": each})
            for each in endpoints
        )

    def newest_number(self, endpoints: Iterable[str]) -> int | None:
        """Give the highest number of what was delivered to endpoints that share their numbers."""
        asked = ({**self._owner, "endpoint": each} for each in endpoints)
        rows = [row for each in asked for row in self._table.rows(statements.NEWEST_ID, each)]
        return max((int(each) for (each,) in rows if each and each.isdecimal()), default=None)

    def is_alive(self, run_id: int) -> bool:
        """Say whether another run still goes on."""
        return self._table.database.liveness.is_alive(run_id)

    def describe_run(self, run_id: int) -> str:
        """Name another run, for people."""
        found = self._table.rows(statements.RUN, {"run": run_id})
        return f"process {found[0][1]} on {found[0][0]}" if found else f"run {run_id}"

    # A send, from its intent to its outcome

    def claim(self, intents: Sequence[Intent]) -> dict[Thing, Entry]:
        """Take things in hand before anything is sent; afterwards the intents are durable.

        Returns:
            The entries as they are now, see `is_mine`. What is not in this run's hand is in
            another's, is held, or exactly this was delivered meanwhile.
        """
        if not intents:
            return {}
        rows = [
            {
                "scope": each.thing.scope,
                "key": each.thing.key,
                "hash": each.content_hash,
                "run": self.run_id,
                "now": self._now(),
            }
            for each in sorted(intents)
        ]
        with self._table.durable() as cursor:
            self._claim.many(cursor, rows)
            return self._table.read_entries(cursor, (each.thing for each in intents))

    def is_mine(self, entry: Entry) -> bool:
        """Say whether this run has a thing in hand."""
        return entry.run_id == self.run_id

    def leaves(
        self,
        things: Iterable[Thing],
        *,
        left_at: float,
        newest_number: int | None,
        evidence: str | None,
        fields: Mapping[str, str] | None = None,
    ) -> None:
        """Note that a request is about to leave.

        Args:
            things: What it is about.
            left_at: The time, seconds since 1970.
            newest_number: The highest ticket number that is known.
            evidence: What a look-up will need to know; None if there is no look-up.
            fields: Digests of what Groove has for certain while it is on its way, by field; None
                of things that are not compared by field.

        Raises:
            LedgerError: The things are not in this run's hand any more; nothing may be sent.
        """
        certain = written_fields(fields)
        more = {"now": left_at, "newest": newest_number, "written": evidence, "fields": certain}
        self._table.change(
            statements.LEAVES, ({**self._table.mine(each), **more} for each in things)
        )

    def came_back(
        self, things: Iterable[Thing], *, fields: Mapping[str, str] | None = None
    ) -> None:
        """Note that the request which left certainly did nothing.

        Args:
            things: What it was about.
            fields: As for `leaves`.
        """
        more = {"fields": written_fields(fields)}
        rows = ({**self._table.mine(each), **more} for each in things)
        self._table.change(statements.CAME_BACK, rows)

    def call_done(
        self,
        things: Iterable[Thing],
        *,
        calls: Sequence[str],
        resource_id: str | None,
        fields: Mapping[str, str] | None = None,
    ) -> None:
        """Note that one of several calls went through.

        Args:
            things: What the delivery is about.
            calls: The digests of all calls that went through.
            resource_id: The id that Groove gave, if it gave one.
            fields: As for `leaves`.
        """
        certain = written_fields(fields)
        more = {"done": json.dumps(calls), "resource": resource_id, "fields": certain}
        rows = ({**self._table.mine(each), **more} for each in things)
        self._table.change(statements.CALL_DONE, rows)

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
        """Note that things were delivered.

        Args:
            intents: What was sent.
            resource_id: The id that Groove gave; None keeps the one that is known.
            calls: The digests of calls that are never to be made again, if there are such.
            positions: For records without a key: where each stands in the order of settling. Their
                entries go once that is acknowledged.
            fields: As for `leaves`.
            own_ids: The id of each thing, where those of one request have ids of their own.
        """
        ids, done = own_ids or {}, json.dumps(calls) if calls else None
        more = {"now": self._now(), "done": done, "fields": written_fields(fields)}
        rows = [
            {
                **self._table.mine(thing),
                **more,
                "hash": newest.content_hash,
                "record": newest.record_hash or None,
                "resource": ids.get(thing, resource_id),
            }
            for thing, newest in {each.thing: each for each in intents}.items()
        ]
        if positions is None:
            self._table.change(statements.DELIVERED, rows)
        else:
            self._table.change(statements.DELIVERED_ONCE, rows)
            self.unkeyed.remember(positions, rows)

    def hold(
        self, things: Iterable[Thing], reason: str, *, positions: Sequence[int] | None = None
    ) -> None:
        """Note that only a person can tell what became of a send.

        Args:
            things: What it is about.
            reason: Why.
            positions: As for `delivered`.
        """
        rows = [{**self._table.mine(each), "reason": reason} for each in things]
        self._table.change(statements.HOLD, rows)
        if positions is not None:
            self.unkeyed.remember(positions, rows)

    def release(
        self,
        things: Iterable[Thing],
        *,
        may_be_done: bool = False,
        positions: Sequence[int] | None = None,
    ) -> None:
        """Give things out of hand, as what was begun is not in Groove, or may be done again.

        Args:
            things: What it is about.
            may_be_done: Whether Groove may have taken an update all the same.
            positions: As for `delivered`.
        """
        rows = [self._table.mine(each) for each in sorted(things)]
        if rows:
            statement = statements.RELEASE_UNSURE if may_be_done else statements.RELEASE
            with self._table.database.write(durable=False) as cursor:
                for row in rows:
                    self._table.run(cursor, statement, row)
                    self._table.run(cursor, statements.FORGET_EMPTY, row)
                self._table.is_synced = False
        if positions is not None:
            self.unkeyed.remember(positions, rows)

    def together(self) -> AbstractContextManager[object]:
        """Write all notes of a block at once, or none of them."""
        return self._table.database.write(durable=False)

    def sync(self) -> None:
        """Make every outcome survive a loss of power; call it before a STATE is printed."""
        self._table.sync()

    def close(self, *, at_the_end: bool) -> None:
        """End the run: what was begun and never left is out of hand again.

        Args:
            at_the_end: The input was delivered to its end, so all of it is acknowledged.
        """
        try:
            unsent = self._table.rows(statements.UNSENT, {"run": self.run_id})
            self.release(Thing(*row) for row in unsent)
            if at_the_end:
                self.unkeyed.acknowledge_all()
            self.sync()
            self._table.database.liveness.end()
        except LedgerError:
            # Without these notes the next run sees a dead one, and finds out by itself. Whatever
            # stopped this run was said, and is not to be hidden by it.
            if at_the_end:
                raise
        finally:
            self._table.database.close()
