"""The delivery ledger: intents before requests leave, outcomes before STATE acknowledges them."""

from __future__ import annotations

import json
from collections import defaultdict, deque
from typing import TYPE_CHECKING, Any

from target_groove.ledger import statements
from target_groove.ledger.entry import Entry, Intent, LeftBehind, Thing
from target_groove.ledger.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from target_groove.ledger.opening import Database, Statement


class Ledger:
    """A run's hand on the ledger."""

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
        self._database = database
        self._owner = {"account": account, "namespace": namespace}
        self._now = now
        self._scopes: dict[tuple[str, str], int] = {}
        self._statements: dict[Any, Statement] = {}
        self._read = database.prepare(statements.read(database.dialect_name))
        self._claim = database.prepare(statements.claim(database.dialect_name))
        self._is_synced = True
        self._unacknowledged: deque[tuple[int, Thing]] = deque()
        self.run_id = database.liveness.begin()

    # What is known

    def scope(self, stream: str, endpoint: str) -> int:
        """Give the number under which a stream's things at an endpoint are told apart."""
        name = (stream, endpoint)
        if name not in self._scopes:
            owner = {**self._owner, "stream": stream, "endpoint": endpoint}
            with self._database.write(durable=False) as cursor:
                found = self._run(cursor, statements.FIND_SCOPE, owner).fetchone()
                if found is None:
                    self._run(cursor, statements.ADD_SCOPE, owner)
                    found = self._run(cursor, statements.FIND_SCOPE, owner).fetchone()
            self._scopes[name] = found[0]
        return self._scopes[name]

    def read(self, things: Iterable[Thing]) -> dict[Thing, Entry]:
        """Read what is known of some things; those of which nothing is known are left out."""
        found: dict[Thing, Entry] = {}
        wanted = _by_scope(things)
        if wanted:
            with self._database.read() as cursor:
                self._read_into(found, cursor, wanted)
        return found

    def is_recorded(self, endpoint: str, resource_id: str) -> bool:
        """Say whether the thing with an id of Groove's is one that was delivered by this ledger."""
        values = {
            "account": self._owner["account"],
            "endpoint": endpoint,
            "resource": resource_id,
        }
        with self._database.read() as cursor:
            return self._run(cursor, statements.IS_RECORDED, values).fetchone() is not None

    def newest_number(self, endpoint: str) -> int | None:
        """Give the highest number of what was delivered to an endpoint that numbers its things."""
        values = {"account": self._owner["account"], "endpoint": endpoint}
        with self._database.read() as cursor:
            found = self._run(cursor, statements.NEWEST_ID, values).fetchone()
        return int(found[0]) if found and found[0].isdecimal() else None

    def is_alive(self, run_id: int) -> bool:
        """Say whether another run still goes on."""
        return self._database.liveness.is_alive(run_id)

    def describe_run(self, run_id: int) -> str:
        """Name another run, for people."""
        with self._database.read() as cursor:
            found = self._run(cursor, statements.RUN, {"run": run_id}).fetchone()
        return f"process {found[1]} on {found[0]}" if found else f"run {run_id}"

    # A send, from its intent to its outcome

    def claim(self, intents: Sequence[Intent]) -> dict[Thing, Entry]:
        """Take things in hand before anything is sent; afterwards the intents are durable.

        Returns:
            The entries as they are now, see `is_mine`. What is not in this run's hand is in
            another's, is held, or exactly this was delivered meanwhile.
        """
        if not intents:
            return {}
        # In one order everywhere, so that two runs do not wait for each other in a circle.
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
        found: dict[Thing, Entry] = {}
        with self._database.write(durable=True) as cursor:
            self._claim.many(cursor, rows)
            self._read_into(found, cursor, _by_scope(each.thing for each in intents))
        self._is_synced = True
        return found

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
    ) -> None:
        """Note that a request which may not be repeated is about to leave.

        Args:
            things: What it is about.
            left_at: The time, seconds since 1970.
            newest_number: The highest ticket number that is known.
            evidence: What a look-up will need to know; None if there is no look-up.

        Raises:
            LedgerError: The things are not in this run's hand any more; nothing may be sent.
        """
        more = {"now": left_at, "newest": newest_number, "written": evidence}
        self._change(statements.LEAVES, ({**self._mine(each), **more} for each in things))

    def came_back(self, things: Iterable[Thing]) -> None:
        """Note that the request which left certainly did nothing."""
        self._change(statements.CAME_BACK, map(self._mine, things))

    def call_done(
        self, things: Iterable[Thing], *, calls: Sequence[str], resource_id: str | None
    ) -> None:
        """Note that one of several calls went through.

        Args:
            things: What the delivery is about.
            calls: The digests of all calls that went through.
            resource_id: The id that Groove gave, if it gave one.
        """
        more = {"done": json.dumps(calls), "resource": resource_id}
        self._change(statements.CALL_DONE, ({**self._mine(each), **more} for each in things))

    def delivered(
        self,
        intents: Iterable[Intent],
        *,
        resource_id: str | None,
        calls: Sequence[str] = (),
        positions: Sequence[int] | None = None,
    ) -> None:
        """Note that things were delivered.

        Args:
            intents: What was sent.
            resource_id: The id that Groove gave; None keeps the one that is known.
            calls: The digests of calls that are never to be made again, if there are such.
            positions: For records without a key: where each stands in the order of settling. Their
                entries go once that is acknowledged.
        """
        more = {
            "now": self._now(),
            "resource": resource_id,
            "done": json.dumps(calls) if calls else None,
        }
        rows = [{**self._mine(each.thing), "hash": each.content_hash, **more} for each in intents]
        if positions is None:
            self._change(statements.DELIVERED, rows)
        else:
            self._change(statements.DELIVERED_ONCE, rows)
            self._unacknowledged += zip(
                positions, (Thing(row["scope"], row["key"]) for row in rows), strict=True
            )

    def hold(self, things: Iterable[Thing], reason: str) -> None:
        """Note that only a person can tell what became of a send."""
        self._change(statements.HOLD, ({**self._mine(each), "reason": reason} for each in things))

    def release(self, things: Iterable[Thing]) -> None:
        """Give things out of hand, as nothing of what was begun is in Groove."""
        rows = [self._mine(each) for each in things]
        if rows:
            with self._database.write(durable=False) as cursor:
                for row in rows:
                    self._run(cursor, statements.RELEASE, row)
                    self._run(cursor, statements.FORGET_EMPTY, row)
            self._is_synced = False

    # Runs before this one

    def left_behind(self) -> list[LeftBehind]:
        """List the sends of runs that died, and take them in hand."""
        with self._database.read() as cursor:
            rows = self._run(
                cursor, statements.LEFT_BEHIND, {**self._owner, "run": self.run_id}
            ).fetchall()
        if not rows:
            return []
        found = [LeftBehind(Entry(*row[:-3]), *row[-3:]) for row in rows]
        dead = {
            run_id
            for run_id in {each.entry.run_id for each in found}
            if run_id is not None and not self.is_alive(run_id)
        }
        taken = []
        with self._database.write(durable=True) as cursor:
            for each in found:
                if each.entry.run_id in dead:
                    values = {**self._mine(each.entry.thing), "other": each.entry.run_id}
                    # Another run may have been faster.
                    if self._run(cursor, statements.TAKE_OVER, values).rowcount == 1:
                        taken.append(each)
        return taken

    def loosen(self, things: Iterable[Thing]) -> None:
        """Leave a send in doubt until its record comes again and can be looked up."""
        self._change(statements.LOOSEN, map(self._mine, things))

    def found_once(self, left: LeftBehind, resource_id: str | None) -> None:
        """Note that a record without a key, which a dead run sent, is in Groove.

        It stays that run's: whoever delivers its stream next meets the record again.
        """
        thing, content_hash = left.entry.thing, left.entry.send_hash or ""
        more = {"now": self._now(), "resource": resource_id, "done": None, "hash": content_hash}
        self._change(statements.DELIVERED_ONCE, [{**self._mine(thing), **more}])
        back = {**self._mine(thing), "other": self.run_id, "run": left.entry.run_id}
        self._change(statements.TAKE_OVER, [back])

    def unacknowledged(self, scope: int) -> list[Entry]:
        """Take in hand what dead runs delivered of records without a key, and list what is held.

        Whoever delivers the scope's stream meets these records again, as no STATE acknowledged
        them.
        """
        with self._database.read() as cursor:
            rows = self._run(cursor, statements.UNACKNOWLEDGED, {"scope": scope}).fetchall()
        found = []
        with self._database.write(durable=False) as cursor:
            for entry in map(Entry._make, rows):
                other = entry.run_id
                if other is None:
                    found.append(entry)
                elif other != self.run_id and not self.is_alive(other):
                    values = {**self._mine(entry.thing), "other": other}
                    if self._run(cursor, statements.TAKE_OVER, values).rowcount == 1:
                        found.append(entry)
        return found

    def settle_again(self, thing: Thing, position: int) -> None:
        """Note where a record stands now that was delivered before, see `unacknowledged`."""
        self._unacknowledged.append((position, thing))

    def marks_are_certain(self, run_id: int) -> bool:
        """Say whether a dead run's marks are all there: those of another boot may be lost."""
        return self._database.liveness.died_in_this_boot(run_id)

    # Acknowledgement

    def sync(self) -> None:
        """Make every outcome survive a loss of power; call it before a STATE is printed."""
        if not self._is_synced:
            with self._database.write(durable=True):
                pass
            self._is_synced = True

    def acknowledged(self, position: int) -> None:
        """Forget the records without a key that a printed STATE stands behind.

        Args:
            position: Every record before it is acknowledged.
        """
        done = []
        while self._unacknowledged and self._unacknowledged[0][0] < position:
            done.append(self._unacknowledged.popleft()[1])
        self._change(statements.FORGET, map(self._mine, done), needed=False)

    def close(self, *, at_the_end: bool) -> None:
        """End the run: what was begun and never left is out of hand again.

        Args:
            at_the_end: The input was delivered to its end, so all of it is acknowledged.
        """
        endings = [statements.FORGET_UNSENT, statements.RELEASE_UNSENT]
        if at_the_end:
            endings.append(statements.FORGET_ACKNOWLEDGED)
        try:
            with self._database.write(durable=True) as cursor:
                for statement in endings:
                    self._run(cursor, statement, {"run": self.run_id})
            self._database.liveness.end()
        except LedgerError:
            # Without these notes the next run sees a dead one, and finds out by itself. Whatever
            # stopped this run was said, and is not to be hidden by it.
            if at_the_end:
                raise
        finally:
            self._database.close()

    def _mine(self, thing: Thing) -> dict[str, Any]:
        return {"scope": thing.scope, "key": thing.key, "run": self.run_id}

    def _change(
        self, statement: Any, rows: Iterable[Mapping[str, Any]], *, needed: bool = True
    ) -> None:
        rows = list(rows)
        if not rows:
            return
        with self._database.write(durable=False) as cursor:
            for row in rows:
                changed = self._run(cursor, statement, row).rowcount
                if needed and changed != 1:
                    msg = (
                        "Another run has taken over what this one had in hand; it was taken for "
                        "dead. Nothing more is sent; run again when no other run uses the ledger."
                    )
                    raise LedgerError(msg)
        self._is_synced = False

    def _read_into(
        self, found: dict[Thing, Entry], cursor: Any, wanted: Mapping[int, Sequence[str]]
    ) -> None:
        for scope, keys in wanted.items():
            value = statements.keys_value(self._database.dialect_name, keys)
            for row in self._read(cursor, {"scope": scope, "keys": value}).fetchall():
                entry = Entry(*row)
                found[entry.thing] = entry

    def _run(self, cursor: Any, statement: Any, values: Mapping[str, Any]) -> Any:
        prepared = self._statements.get(statement)
        if prepared is None:
            prepared = self._statements[statement] = self._database.prepare(statement)
        return prepared(cursor, values)


def _by_scope(things: Iterable[Thing]) -> dict[int, list[str]]:
    keys: defaultdict[int, list[str]] = defaultdict(list)
    for each in things:
        keys[each.scope].append(each.key)
    return keys
