"""What is in a ledger, for people: counts, and entries with what they mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import and_, case, func, or_, select

from target_groove.ledger.schema import about, entries, runs, scopes
from target_groove.ledger.states import (
    IS_DELIVERED,
    IS_HELD,
    IS_IN_HAND,
    IS_LOOSE,
    WAS_DELIVERED,
    Row,
    is_not_sent,
    is_repeated,
    is_unfinished,
    state_of,
)
from target_groove.ledger.whereabouts import size_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import ColumnElement

    from target_groove.ledger.opening import Database
    from target_groove.ledger.statement import Cursor
    from target_groove.ledger.states import State

_JOINED: Final = entries.join(scopes)


class Run(NamedTuple):
    """A process that uses the ledger, or died while it did."""

    id: int
    host: str
    pid: int
    began_at: float


class Counts(NamedTuple):
    """A stream's things at an endpoint."""

    stream: str
    endpoint: str
    delivered: int
    last_delivered_at: float | None
    under_way: int
    in_doubt: int
    held: int
    unfinished: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What a ledger holds.

    Attributes:
        version: Of its tables.
        size_bytes: On the disk.
        counts: A row for each stream and endpoint.
        alive: The runs that go on now.
        elsewhere: Entries of other accounts and namespaces.
        other_owners: How many of those there are.
    """

    version: str
    size_bytes: int
    counts: list[Counts]
    alive: list[Run]
    elsewhere: int
    other_owners: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which entries.

    Attributes:
        stream: Of this stream only.
        endpoint: Of this endpoint only.
        keys: With one of these keys only.
        held: Those that are held.
        open: Those whose send has begun and not ended, and is not held.
    """

    stream: str | None = None
    endpoint: str | None = None
    keys: tuple[str, ...] | None = None
    held: bool = False
    open: bool = False


class Inspection:
    """Reads a ledger, and keeps nobody from writing.

    Attributes:
        database: The open ledger.
        keeps_calls: Endpoints that keep the calls of what was delivered whole.
    """

    def __init__(
        self, database: Database, *, account: str, namespace: str, keeps_calls: Collection[str] = ()
    ) -> None:
        """Take an open ledger, which stays its owner's to close."""
        self.database = database
        self.keeps_calls = frozenset(keeps_calls)
        self._is_ours = (scopes.c.account == account) & (scopes.c.namespace == namespace)

    def status(self) -> Status:
        """Count everything."""
        alive = self.alive_runs()
        ids = frozenset(each.id for each in alive)
        certain = self.certain_runs(ids)
        with self.database.read() as cursor:
            ours = self._counts(cursor, ids, certain)
            others = select(func.count()).select_from(_JOINED).where(~self._is_ours)
            owners = select(scopes.c.account, scopes.c.namespace).where(~self._is_ours).distinct()
            version = select(about.c.value).where(about.c.name == "version")
            return Status(
                version=self.run(cursor, version).fetchone()[0],
                size_bytes=size_of(self.database, cursor),
                counts=ours,
                alive=alive,
                elsewhere=self.run(cursor, others).fetchone()[0],
                other_owners=len(self.run(cursor, owners).fetchall()),
            )

    def rows(self, wanted: Wanted, *, limit: int | None = None) -> list[Row]:
        """Read entries, by stream and endpoint, what moved last first."""
        query = (
            select(
                scopes.c.stream, scopes.c.endpoint, *(entries.c[name] for name in Row._fields[2:])
            )
            .join(scopes, entries.c.scope_id == scopes.c.id)
            .where(self.condition(wanted))
            .order_by(
                scopes.c.stream,
                scopes.c.endpoint,
                func.coalesce(
                    entries.c.left_at, entries.c.begun_at, entries.c.delivered_at, 0.0
                ).desc(),
                entries.c.record_key,
            )
            .limit(limit)
        )
        with self.database.read() as cursor:
            return [Row._make(each) for each in self.run(cursor, query).fetchall()]

    def count(self, wanted: Wanted) -> int:
        """Count entries."""
        query = select(func.count()).select_from(_JOINED).where(self.condition(wanted))
        with self.database.read() as cursor:
            return int(self.run(cursor, query).fetchone()[0])

    def streams(self, stream: str | None = None) -> dict[int, tuple[str, str]]:
        """Give stream and endpoint by the number under which their things are told apart."""
        query = select(scopes.c.id, scopes.c.stream, scopes.c.endpoint).where(
            self.condition(Wanted(stream=stream))
        )
        with self.database.read() as cursor:
            rows = self.run(cursor, query.order_by(scopes.c.stream, scopes.c.endpoint)).fetchall()
        return {scope: (stream, endpoint) for scope, stream, endpoint in rows}

    def condition(self, wanted: Wanted) -> ColumnElement[bool]:
        """Write what is wanted as a condition on entries and scopes."""
        conditions: list[ColumnElement[bool]] = [self._is_ours]
        if wanted.stream is not None:
            conditions.append(scopes.c.stream == wanted.stream)
        if wanted.endpoint is not None:
            conditions.append(scopes.c.endpoint == wanted.endpoint)
        if wanted.keys is not None:
            conditions.append(entries.c.record_key.in_(wanted.keys))
        states = [IS_HELD] * wanted.held + [IS_IN_HAND | IS_LOOSE] * wanted.open
        if states:
            conditions.append(or_(*states))
        return and_(*conditions)

    def alive_runs(self) -> list[Run]:
        """List the runs whose processes are there."""
        query = select(runs.c.id, runs.c.host, runs.c.pid, runs.c.began_at).order_by(runs.c.id)
        with self.database.read() as cursor:
            found = [Run._make(each) for each in self.run(cursor, query).fetchall()]
        return [each for each in found if self.database.liveness.is_alive(each.id)]

    def state(self, row: Row, alive: Collection[int]) -> State:
        """Say what an entry means.

        Args:
            row: The entry.
            alive: The runs that were alive before it was read; whoever ended since is no dead run.
        """
        may_be_unsent = row.run_id is not None and row.send_hash is not None and row.left_at is None
        certain = may_be_unsent and self._died_in_this_boot(row.run_id or 0)
        return state_of(row, alive, marks_are_certain=certain)

    def certain_runs(self, alive: Collection[int]) -> list[int]:
        """List the dead runs of which everything that they wrote is there, and a send is open."""
        query = select(entries.c.run_id).distinct().where(IS_IN_HAND)
        with self.database.read() as cursor:
            found = [run_id for (run_id,) in self.run(cursor, query).fetchall()]
        is_alive = self.database.liveness.is_alive
        dead = [each for each in found if each not in alive and not is_alive(each)]
        return [each for each in dead if self._died_in_this_boot(each)]

    def _died_in_this_boot(self, run_id: int) -> bool:
        return self.database.liveness.died_in_this_boot(run_id)

    def run(self, cursor: Cursor, statement: Any) -> Any:
        """Run a statement whose values stand in it."""
        return self.database.expanding(cursor, statement, {})

    def _counts(
        self, cursor: Cursor, alive: Collection[int], certain: Collection[int]
    ) -> list[Counts]:
        is_alive = entries.c.run_id.in_(alive)
        not_sent, repeated = is_not_sent(certain), is_repeated(~is_alive)
        is_in_doubt = (IS_IN_HAND & ~is_alive & ~not_sent & ~repeated) | IS_LOOSE
        query = (
            select(
                scopes.c.stream,
                scopes.c.endpoint,
                _how_many(IS_DELIVERED),
                func.max(case((WAS_DELIVERED, entries.c.delivered_at))),
                _how_many(IS_IN_HAND & is_alive),
                _how_many(is_in_doubt),
                _how_many(IS_HELD),
                _how_many(is_unfinished(not_sent, repeated)),
            )
            .select_from(_JOINED)
            .where(self._is_ours)
            .group_by(scopes.c.stream, scopes.c.endpoint)
            .order_by(scopes.c.stream, scopes.c.endpoint)
        )
        return [Counts._make(each) for each in self.run(cursor, query).fetchall()]


def _how_many(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(case((condition, 1)))
