"""What people change in a ledger: sends they looked up, deliveries that are to be made again.

Each change is a short transaction that finds the entry as it was read, or leaves it alone: a run
may go on meanwhile.
"""

from __future__ import annotations

import json
import os
import platform
import time
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, delete, func, or_, select, update

from target_groove.ledger.errors import LedgerError
from target_groove.ledger.liveness import boot_id
from target_groove.ledger.readable import plain, readable_key
from target_groove.ledger.schema import entries, request_slots, runs, scopes
from target_groove.ledger.states import (
    IS_HELD,
    IS_SENT,
    REPEATABLE,
    WAS_DELIVERED,
    State,
    is_not_sent,
    is_repeated,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from sqlalchemy import ColumnElement

    from target_groove.ledger.inspection import Inspection, Wanted
    from target_groove.ledger.statement import Cursor
    from target_groove.ledger.states import Row

_AT_ONCE: Final = 1000
"""Entries that a transaction removes; a run that goes on waits for it."""
_SLOT_SECONDS: Final = 86_400.0
"""After which nobody counts a request any more, however long its answer took."""
_NO_SEND: Final[dict[str, Any]] = dict.fromkeys(
    ("run_id", "send_hash", "begun_at", "left_at", "newest_number", "held_because", "evidence")
)
_NOT_IN_DOUBT: Final = {
    State.NOT_SENT: "its run died before a request left, so it is not in Groove",
    State.PARTIAL: "its run died between two of its calls",
    State.REPEATED: "its request may be sent twice, and is sent again with its record",
}
_AS_IT_WAS: Final = ("run_id", "send_hash", "left_at", "held_because")


class Mending:
    """Changes a ledger."""

    def __init__(self, inspection: Inspection) -> None:
        """Take what reads the ledger; it must have been opened for writing."""
        self._inspection = inspection
        self._database = inspection.database

    # Sends that somebody looked up

    def resolve(
        self, rows: Sequence[Row], *, delivered: bool, resource_id: str | None = None
    ) -> list[State]:
        """Write down what became of sends that are held, or were left by dead runs.

        Args:
            rows: Their entries, as they were read.
            delivered: Whether they are in Groove.
            resource_id: The id that Groove gave; None keeps the one that is known.

        Returns:
            What each entry is now.

        Raises:
            LedgerError: One of them is another run's, or was changed meanwhile; none is changed.
        """
        states = []
        with self._database.write(durable=True) as cursor:
            owner = None
            for row in rows:
                self._check_open(row, delivered=delivered)
                if not delivered:
                    values, state = _not_delivered(row), State.NOT_DELIVERED
                    if row.content_hash is not None:
                        state = State.DELIVERED
                    elif json.loads(row.calls or "[]"):
                        state = State.PARTIAL
                else:
                    values, state = self._delivered(row, resource_id)
                    if state is State.DELIVERED and not row.thing.is_keyed:
                        owner = owner or self._dead_run(cursor)
                        values["run_id"] = owner
                states.append(state)
                change = update(entries).where(_is_as_it_was(row)).values(values)
                if self._inspection.run(cursor, change).rowcount != 1:
                    msg = f"{_named(row)} was changed by a run meanwhile; look at it again."
                    raise LedgerError(msg)
        return states

    def _check_open(self, row: Row, *, delivered: bool) -> None:
        if row.send_hash is None:
            msg = f"{_named(row)} is not in doubt; there is nothing to resolve."
            raise LedgerError(msg)
        if row.run_id is not None and self._database.liveness.is_alive(row.run_id):
            msg = f"{_named(row)} is in the hand of a run that goes on; wait for its end."
            raise LedgerError(msg)
        reason = _NOT_IN_DOUBT.get(self._inspection.state(row, ()))
        if delivered and reason and row.run_id is not None:
            msg = f"{_named(row)} is not in doubt: {reason}; the next run sees to it."
            raise LedgerError(msg)

    def _delivered(self, row: Row, resource_id: str | None) -> tuple[dict[str, Any], State]:
        known = json.loads(row.evidence) if row.evidence not in {None, REPEATABLE} else {}
        calls = json.loads(row.calls or "[]")
        if known:
            calls.append(known["call"])
        is_there: dict[str, Any] = {"resource_id": resource_id or row.resource_id}
        if "fields" in known:
            is_there["fields"] = json.dumps(known["fields"])
        if not known.get("is_last", True):
            return {**_without_doubt(row), **is_there, "calls": json.dumps(calls)}, State.PARTIAL
        keeps_calls = row.endpoint in self._inspection.keeps_calls
        done = {
            **_NO_SEND,
            **is_there,
            "content_hash": row.send_hash,
            "delivered_at": row.left_at or row.begun_at or time.time(),
            "calls": json.dumps(calls) if calls and keeps_calls else None,
        }
        return done, State.DELIVERED

    def _dead_run(self, cursor: Cursor) -> int:
        """Enter a run that is dead from its first moment, as nobody locks its number.

        Records without a key are known again only while a dead run has them in hand.
        """
        values = (platform.node()[:400], os.getpid(), boot_id(), time.time())
        return self._database.insert_run(cursor, values)

    # Deliveries that are to be made again

    def is_forgettable(self, wanted: Wanted) -> ColumnElement[bool]:
        """Write as a condition which entries may go: no send of theirs is open or in doubt."""
        is_no_runs = entries.c.run_id.is_(None) & (~IS_SENT | entries.c.left_at.is_(None))
        is_dead = entries.c.run_id.in_(self._dead_runs())
        alive = {each.id for each in self._inspection.alive_runs()}
        is_certain = is_not_sent(self._inspection.certain_runs(alive)) | is_repeated(is_dead)
        is_a_dead_runs = is_dead & (~IS_SENT | is_certain)
        is_free = and_(~IS_HELD, or_(is_no_runs, is_a_dead_runs))
        return and_(self._inspection.condition(wanted), is_free)

    def in_the_hand_of_runs(self, wanted: Wanted) -> int:
        """Count entries that runs which go on have in hand."""
        alive = [each.id for each in self._inspection.alive_runs()]
        query = (
            select(func.count())
            .select_from(entries.join(scopes))
            .where(self._inspection.condition(wanted), entries.c.run_id.in_(alive))
        )
        with self._database.read() as cursor:
            return int(self._inspection.run(cursor, query).fetchone()[0])

    def count_forgettable(self, wanted: Wanted, before: float | None = None) -> int:
        """Count what `forget` would remove."""
        query = (
            select(func.count())
            .select_from(entries.join(scopes))
            .where(self.is_forgettable(wanted), _is_older(before))
        )
        with self._database.read() as cursor:
            return int(self._inspection.run(cursor, query).fetchone()[0])

    def forget(self, wanted: Wanted, before: float | None = None) -> int:
        """Remove entries, so that their records are sent again; those with an open send stay.

        Args:
            wanted: Which entries.
            before: Only what was delivered before then, seconds since 1970.

        Returns:
            How many are gone.
        """
        condition = and_(self.is_forgettable(wanted), _is_older(before))
        gone = 0
        for scope in self._inspection.streams(wanted.stream):
            some = (
                select(entries.c.record_key)
                .select_from(entries.join(scopes))
                .where(entries.c.scope_id == scope, condition)
                .limit(_AT_ONCE)
            )
            gone += sum(self._removed_bit_by_bit(scope, some))
        return gone

    def _removed_bit_by_bit(self, scope: int, some: Any) -> Iterator[int]:
        removed = 1
        while removed:
            with self._database.write(durable=False) as cursor:
                keys = [key for (key,) in self._inspection.run(cursor, some).fetchall()]
                these = delete(entries).where(
                    entries.c.scope_id == scope,
                    entries.c.record_key.in_(keys),
                    # Whatever a run took in hand since stays.
                    or_(entries.c.run_id.is_(None), entries.c.run_id.in_(self._dead_runs())),
                    ~IS_HELD,
                    or_(~IS_SENT, entries.c.left_at.is_(None), entries.c.evidence == REPEATABLE),
                )
                removed = self._inspection.run(cursor, these).rowcount if keys else 0
            yield removed

    # What is of no use

    def clear_away(self) -> tuple[int, int]:
        """Remove dead runs that left nothing, and requests that nobody counts any more.

        Returns:
            How many of each.
        """
        before = self._number_of_runs()
        # A run that begins clears away dead ones.
        self._database.liveness.begin()
        self._database.liveness.end()
        with self._database.write(durable=True) as cursor:
            old = delete(request_slots).where(
                request_slots.c.begun_at < time.time() - _SLOT_SECONDS
            )
            slots = self._inspection.run(cursor, old).rowcount
        return max(0, before - self._number_of_runs()), slots

    def shrink(self) -> bool:
        """Make the file of an SQLite ledger as small as it can be.

        Returns:
            Whether it was tried: not beside a run, which would wait for the file too long, and not
            in PostgreSQL, which looks after itself.
        """
        if self._database.dialect_name == "postgresql" or self._inspection.alive_runs():
            return False
        with self._database.translated():
            cursor = self._database.cursor()
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return True

    def _number_of_runs(self) -> int:
        with self._database.read() as cursor:
            query = select(func.count()).select_from(runs)
            return int(self._inspection.run(cursor, query).fetchone()[0])

    def _dead_runs(self) -> Collection[int]:
        with self._database.translated():
            found = self._inspection.run(self._database.cursor(), select(runs.c.id)).fetchall()
        is_alive = self._database.liveness.is_alive
        return [run_id for (run_id,) in found if not is_alive(run_id)]


def _not_delivered(row: Row) -> dict[str, Any]:
    # A list of calls, even an empty one, says that the thing was known: so a dead letter that is
    # marked in doubt may be sent again.
    calls = row.calls if row.content_hash is not None else row.calls or "[]"
    return {**_without_doubt(row), "calls": calls, "delivered_at": row.last_delivered_at}


def _without_doubt(row: Row) -> dict[str, Any]:
    """Write that nothing is under way.

    A record without a key keeps the digest of what was to be sent, by which it is known again.
    """
    if row.thing.is_keyed:
        return dict(_NO_SEND)
    return {name: None for name in _NO_SEND if name not in {"send_hash", "begun_at"}}


def _is_as_it_was(row: Row) -> ColumnElement[bool]:
    return and_(
        entries.c.scope_id == row.scope_id,
        entries.c.record_key == row.record_key,
        *(entries.c[name].is_not_distinct_from(getattr(row, name)) for name in _AS_IT_WAS),
    )


def _is_older(before: float | None) -> ColumnElement[bool]:
    if before is None:
        return entries.c.scope_id.is_not(None)
    return WAS_DELIVERED & (entries.c.delivered_at < before)


def _named(row: Row) -> str:
    key = readable_key(row.record_key)
    return f"Record {key} of stream {plain(row.stream)} ({row.endpoint})"
