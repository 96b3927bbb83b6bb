"""What an entry of the ledger means."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import and_, or_

from target_groove.ledger.entry import Thing
from target_groove.ledger.schema import entries
from target_groove.ledger.statements import UNSURE

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import ColumnElement

REPEATABLE: Final = "repeatable"
"""The evidence of a request that is simply sent again, as `in_doubt.py` writes it."""
IS_SENT: Final = entries.c.send_hash.is_not(None)
IS_HELD: Final = entries.c.held_because.is_not(None)
IS_IN_HAND: Final = entries.c.run_id.is_not(None) & IS_SENT
IS_LOOSE: Final = and_(
    entries.c.run_id.is_(None), IS_SENT, entries.c.left_at.is_not(None), ~IS_HELD
)
"""In doubt, until its record comes again."""
WAS_DELIVERED: Final = entries.c.content_hash.is_not(None)
IS_DELIVERED: Final = WAS_DELIVERED & (entries.c.content_hash != UNSURE)
_IS_UNSURE: Final = and_(entries.c.content_hash == UNSURE, ~IS_HELD, ~IS_SENT)
_IS_PARTIAL: Final = and_(
    ~IS_HELD, ~WAS_DELIVERED, ~IS_SENT | (entries.c.run_id.is_(None) & ~IS_LOOSE)
)


class State(StrEnum):
    """What an entry says of its thing."""

    DELIVERED = "delivered"
    UNSURE = "unsure"
    """It is in Groove, but nobody knows whether its last change was taken."""
    UNDER_WAY = "under way"
    NOT_SENT = "not sent"
    """Its run died before a request left."""
    REPEATED = "will be repeated"
    """Its run died, and its request may be sent twice."""
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


def state_of(row: Row, alive: Collection[int], *, marks_are_certain: bool) -> State:
    """Say what an entry means.

    Args:
        row: The entry.
        alive: The runs that were alive before it was read; whoever ended since is no dead run.
        marks_are_certain: Whether everything that its run wrote is there.
    """
    if row.held_because is not None:
        return State.HELD
    if row.send_hash is not None and row.run_id in alive:
        return State.UNDER_WAY
    if row.send_hash is not None and (row.run_id is not None or row.left_at is not None):
        if row.left_at is None and marks_are_certain:
            return State.PARTIAL if _is_begun(row) else State.NOT_SENT
        return State.REPEATED if row.evidence == REPEATABLE else State.IN_DOUBT
    if row.content_hash is not None:
        return State.UNSURE if row.content_hash == UNSURE else State.DELIVERED
    return State.PARTIAL if _is_begun(row) else State.NOT_DELIVERED


def _is_begun(row: Row) -> bool:
    return row.content_hash is None and row.calls not in {None, "[]"}


def is_not_sent(certain: Collection[int]) -> ColumnElement[bool]:
    """Write as a condition that a run died before the request left.

    Args:
        certain: Dead runs of which everything that they wrote is there.
    """
    return and_(IS_IN_HAND, entries.c.left_at.is_(None), entries.c.run_id.in_(certain))


def is_repeated(dead: ColumnElement[bool]) -> ColumnElement[bool]:
    """Write as a condition that the next run just sends it again.

    Args:
        dead: That its run is dead.
    """
    return and_(IS_IN_HAND, dead, entries.c.evidence.is_not_distinct_from(REPEATABLE))


def is_unfinished(
    not_sent: ColumnElement[bool], repeated: ColumnElement[bool]
) -> ColumnElement[bool]:
    """Write as a condition that something is left to do, and nobody has to find anything out."""
    return or_(_IS_PARTIAL, _IS_UNSURE, not_sent, repeated)
