"""What is in a ledger, for people: counts, and entries with what they mean."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import and_, case, func, or_, select

from target_groove.ledger.entry import Thing
from target_groove.ledger.schema import about, entries, runs, scopes
from target_groove.ledger.whereabouts import size_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import ColumnElement

    from target_groove.ledger.opening import Cursor, Database

IS_SENT: Final = entries.c.send_hash.is_not(None)
IS_HELD: Final = entries.c.held_because.is_not(None)
IS_IN_HAND: Final = entries.c.run_id.is_not(None) & IS_SENT
IS_LOOSE: Final = and_(
    entries.c.run_id.is_(None), IS_SENT, entries.c.left_at.is_not(None), ~IS_HELD
)
"""In doubt, until its record comes again."""
WAS_DELIVERED: Final = entries.c.content_hash.is_not(None)
_IS_UNFINISHED: Final = and_(
    ~IS_HELD, ~WAS_DELIVERED, ~IS_SENT | (entries.c.run_id.is_(None) & ~IS_LOOSE)
)
_JOINED: Final = entries.join(scopes)


class State(StrEnum):
    """What an entry says of its thing."""

    DELIVERED = "delivered"
    UNDER_WAY = "under way"
    IN_DOUBT = "in doubt"
    """Its run died; the next one finds out."""
    HELD = "held"
    """Nobody but a person can find out."""
    PARTIAL = "partial"
    """Some of its calls went through; the others are made when its record comes again."""
    NOT_DELIVERED = "not delivered"
    """A person said so; it is sent when its record comes again."""


class Row(NamedTuple):
    """An entry, with the stream and the endpoint that it belongs to; see `schema.py`."""

    stream: str
    endpoint: str
    scope_id: int
    record_key: str
    content_hash: str | None
    resource_id: str | None
    delivered_at: float | None
    calls: str | None
    run_id: int | None
    send_hash: str | None
    begun_at: float | None
    left_at: float | None
    held_because: str | None
    evidence: str | None

    @property
    def thing(self) -> Thing:
        """What it is about."""
        return Thing(self.scope_id, self.record_key)

    @property
    def last_delivered_at(self) -> float | None:
        """When it was delivered; of what never was, the column says when it was set aside."""
        return self.delivered_at if self.content_hash is not None else None


_ROW_COLUMNS: Final = (
    scopes.c.stream,
    scopes.c.endpoint,
    *(entries.c[name] for name in Row._fields[2:]),
)


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
        with self.database.read() as cursor:
            ours = self._counts(cursor, frozenset(each.id for each in alive))
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
        calls = json.loads(row.calls) if row.calls else []
        keeps_them = row.content_hash is not None and row.endpoint in self.keeps_calls
        if row.held_because is not None:
            return State.HELD
        if row.send_hash is not None and row.run_id is not None:
            return State.UNDER_WAY if row.run_id in alive else State.IN_DOUBT
        if row.send_hash is not None and row.left_at is not None:
            return State.IN_DOUBT
        if calls and not keeps_them:
            return State.PARTIAL
        return State.NOT_DELIVERED if row.content_hash is None else State.DELIVERED

    def run(self, cursor: Cursor, statement: Any) -> Any:
        """Run a statement whose values stand in it."""
        return self.database.expanding(cursor, statement, {})

    def _counts(self, cursor: Cursor, alive: frozenset[int]) -> list[Counts]:
        is_alive = entries.c.run_id.in_(alive)
        query = (
            select(
                scopes.c.stream,
                scopes.c.endpoint,
                _how_many(WAS_DELIVERED),
                func.max(case((WAS_DELIVERED, entries.c.delivered_at))),
                _how_many(IS_IN_HAND & is_alive),
                _how_many((IS_IN_HAND & ~is_alive) | IS_LOOSE),
                _how_many(IS_HELD),
                _how_many(_IS_UNFINISHED),
            )
            .select_from(_JOINED)
            .where(self._is_ours)
            .group_by(scopes.c.stream, scopes.c.endpoint)
            .order_by(scopes.c.stream, scopes.c.endpoint)
        )
        return [Counts._make(each) for each in self.run(cursor, query).fetchall()]


def _how_many(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(case((condition, 1)))
