"""The statements of the ledger, each once."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import bindparam, case, delete, exists, func, insert, or_, select, update

from target_groove.ledger.entry import UNKEYED
from target_groove.ledger.known import LONGEST_REQUEST
from target_groove.ledger.schema import about, entries, request_slots, runs, scopes

_NO_SEND: Final[dict[Any, Any]] = dict.fromkeys(
    ("run_id", "send_hash", "begun_at", "left_at", "newest_number", "held_because", "evidence")
)
_THIS: Final = (entries.c.scope_id == bindparam("scope")) & (
    entries.c.record_key == bindparam("key")
)
_MINE: Final = _THIS & (entries.c.run_id == bindparam("run"))

UNSURE: Final = "?"
"""The content of a thing of which it is not known whether its last update was taken."""

ENTRY_COLUMNS: Final = (
    entries.c.scope_id,
    entries.c.record_key,
    entries.c.content_hash,
    entries.c.resource_id,
    entries.c.calls,
    entries.c.run_id,
    entries.c.send_hash,
    entries.c.left_at,
    entries.c.newest_number,
    entries.c.held_because,
    entries.c.delivered_at,
    entries.c.fields,
    entries.c.record_hash,
)

FIND_SCOPE: Final = select(scopes.c.id).where(
    scopes.c.account == bindparam("account"),
    scopes.c.namespace == bindparam("namespace"),
    scopes.c.stream == bindparam("stream"),
    scopes.c.endpoint == bindparam("endpoint"),
)

LEAVES: Final = (
    update(entries)
    .where(_MINE)
    .values(
        left_at=bindparam("now"),
        newest_number=bindparam("newest"),
        evidence=bindparam("written"),
        fields=bindparam("fields"),
    )
)
CAME_BACK: Final = (
    update(entries).where(_MINE).values(left_at=None, evidence=None, fields=bindparam("fields"))
)
CALL_DONE: Final = (
    update(entries)
    .where(_MINE)
    .values(
        calls=bindparam("done"),
        resource_id=func.coalesce(bindparam("resource"), entries.c.resource_id),
        left_at=None,
        evidence=None,
        fields=bindparam("fields"),
        content_hash=case((entries.c.content_hash.is_not(None), UNSURE)),
    )
)
"""Groove has neither all of what was delivered before nor all of the new: neither is unchanged."""

_DELIVERED: Final = {
    **_NO_SEND,
    "content_hash": bindparam("hash"),
    "resource_id": func.coalesce(bindparam("resource"), entries.c.resource_id),
    "delivered_at": bindparam("now"),
    "calls": bindparam("done"),
    "fields": bindparam("fields"),
    "record_hash": bindparam("record"),
}
DELIVERED: Final = update(entries).where(_MINE).values(**_DELIVERED)
DELIVERED_ONCE: Final = (
    update(entries)
    .where(_MINE)
    .values(**{name: each for name, each in _DELIVERED.items() if name != "run_id"})
)
"""For a record without a key: it stays in the run's hand until a STATE acknowledges it."""

REMEMBER_RECORD: Final = (
    update(entries)
    .where(_THIS, entries.c.content_hash == bindparam("hash"))
    .values(record_hash=bindparam("record"))
)
"""The same content came of a record that is not the one of before."""

HOLD: Final = update(entries).where(_MINE).values(run_id=None, held_because=bindparam("reason"))
_IS_HALF_UNKEYED: Final = entries.c.record_key.like(f"{UNKEYED}%") & entries.c.calls.is_not(None)
_OUT_OF_HAND: Final = {
    **_NO_SEND,
    # Half delivered without a key: only its content will tell when it comes again.
    "send_hash": case((_IS_HALF_UNKEYED, entries.c.send_hash)),
}
_IS_LOOSE: Final = entries.c.left_at.is_not(None)
RELEASE: Final = (
    update(entries)
    .where(_MINE)
    .values(
        **{
            **_OUT_OF_HAND,
            # What was loose in doubt when it was claimed, and was not sent, is so again.
            "send_hash": case((_IS_LOOSE | _IS_HALF_UNKEYED, entries.c.send_hash)),
            "begun_at": case((_IS_LOOSE, entries.c.begun_at)),
            "left_at": entries.c.left_at,
        }
    )
)
RELEASE_UNSURE: Final = (
    update(entries)
    .where(_MINE)
    .values(
        **_OUT_OF_HAND,
        content_hash=case((entries.c.content_hash.is_not(None), UNSURE)),
    )
)
"""What Groove has now is either the old or the new, so that neither counts as unchanged."""
_IS_DELIVERED: Final = (
    entries.c.held_because.is_(None)
    & entries.c.send_hash.is_(None)
    & entries.c.content_hash.is_not(None)
)
ACKNOWLEDGE: Final = update(entries).where(_THIS, _IS_DELIVERED).values(run_id=None, left_at=None)
"""A record without a key that does not come again; a look-up has to know its id for a while."""

ACKNOWLEDGE_NOT_DELIVERED: Final = delete(entries).where(
    _THIS, entries.c.held_because.is_(None), entries.c.content_hash.is_(None)
)
FORGET_OLD: Final = delete(entries).where(
    entries.c.scope_id == bindparam("scope"),
    entries.c.record_key.like(f"{UNKEYED}%"),
    _IS_DELIVERED,
    entries.c.run_id.is_(None),
    entries.c.delivered_at < bindparam("long_ago"),
)
ACKNOWLEDGE_HELD: Final = (
    update(entries)
    .where(_THIS, entries.c.held_because.is_not(None))
    .values(delivered_at=bindparam("now"))
)
"""A record without a key that was set aside: it does not come again by itself."""

FORGET_EMPTY: Final = delete(entries).where(
    _THIS,
    entries.c.run_id.is_(None),
    entries.c.held_because.is_(None),
    entries.c.content_hash.is_(None),
    entries.c.calls.is_(None),
    entries.c.send_hash.is_(None),
)
"""An entry that says nothing any more."""

UNSENT: Final = select(entries.c.scope_id, entries.c.record_key).where(
    entries.c.run_id == bindparam("run"),
    entries.c.left_at.is_(None),
    entries.c.send_hash.is_not(None),
)
ACKNOWLEDGE_ALL: Final = (
    update(entries)
    .where(
        entries.c.scope_id == bindparam("scope"),
        entries.c.run_id == bindparam("run"),
        entries.c.send_hash.is_(None),
    )
    .values(run_id=None, left_at=None)
)
"""Records without a key, when the input is at its end."""

DISTRUST: Final = update(entries).where(_MINE).values(fields=None)
"""A loss of power took the notes of what left and what went through."""

LOOSEN: Final = (
    update(entries)
    .where(_MINE)
    .values(run_id=None, left_at=func.coalesce(entries.c.left_at, entries.c.begun_at))
)
"""In doubt, in nobody's hand, and nothing known for a look-up."""

UNACKNOWLEDGED: Final = select(*ENTRY_COLUMNS).where(
    entries.c.scope_id == bindparam("scope"),
    entries.c.record_key.like(f"{UNKEYED}%"),
    or_(
        entries.c.held_because.is_not(None) & entries.c.delivered_at.is_(None),
        entries.c.run_id.is_not(None) & entries.c.send_hash.is_(None),
        entries.c.run_id.is_(None)
        & entries.c.held_because.is_(None)
        & entries.c.send_hash.is_not(None),
    ),
)
"""Records without a key that were delivered, are held or loose, and that no STATE stands behind."""

ACKNOWLEDGING: Final = update(entries).where(_MINE).values(left_at=bindparam("now"))
"""A STATE is about to be printed that stands behind a record without a key."""

TAKE_OVER: Final = (
    update(entries)
    .where(_THIS, entries.c.run_id == bindparam("other"))
    .values(run_id=bindparam("run"))
)

LEFT_BEHIND: Final = (
    select(*ENTRY_COLUMNS, entries.c.evidence, scopes.c.stream, scopes.c.endpoint)
    .join(scopes, entries.c.scope_id == scopes.c.id)
    .where(
        scopes.c.account == bindparam("account"),
        scopes.c.namespace == bindparam("namespace"),
        entries.c.run_id.is_not(None),
        entries.c.run_id != bindparam("run"),
        entries.c.send_hash.is_not(None),
    )
    .order_by(entries.c.left_at, entries.c.scope_id, entries.c.record_key)
)
"""Sends that other runs have in hand, living or dead."""

IS_RECORDED: Final = (
    select(entries.c.record_key)
    .join(scopes, entries.c.scope_id == scopes.c.id)
    .where(
        scopes.c.account == bindparam("account"),
        scopes.c.namespace == bindparam("namespace"),
        scopes.c.endpoint == bindparam("endpoint"),
        entries.c.resource_id == bindparam("resource"),
    )
    .limit(1)
)
_of_scope: Final = (
    select(entries.c.resource_id)
    .where(entries.c.scope_id == scopes.c.id, entries.c.resource_id.is_not(None))
    .order_by(func.length(entries.c.resource_id).desc(), entries.c.resource_id.desc())
    .limit(1)
)
NEWEST_ID: Final = select(_of_scope.scalar_subquery()).where(
    scopes.c.account == bindparam("account"),
    scopes.c.namespace == bindparam("namespace"),
    scopes.c.endpoint == bindparam("endpoint"),
)
"""The highest id of an endpoint's things in each of its scopes, if ids are numbers; null of a scope
without ids."""
RUN: Final = select(runs.c.host, runs.c.pid, runs.c.began_at).where(runs.c.id == bindparam("run"))
_is_in_use: Final = exists().where(entries.c.run_id == runs.c.id)
UNUSED_RUNS: Final = select(runs.c.id).where(~_is_in_use).order_by(runs.c.id)
REMOVE_RUN: Final = delete(runs).where(runs.c.id == bindparam("run_id"), ~_is_in_use)
BOOT_OF_RUN: Final = select(runs.c.boot).where(runs.c.id == bindparam("run_id"))

_columns: Final = request_slots.c
_OURS: Final = _columns.account == bindparam("owner")
# Whoever reads this row to change it makes the others wait; SQLite has one writer anyway.
TAKE_TURNS: Final = select(about.c.value).where(about.c.name == "version").with_for_update()
FORGET_SLOTS: Final = delete(request_slots).where(
    _OURS, _columns.ended_at <= bindparam("window_began")
)
UNDER_WAY: Final = select(_columns.run_id).distinct().where(_OURS, _columns.ended_at.is_(None))
END_OF_RUN: Final = (
    update(request_slots)
    .where(_OURS, _columns.run_id == bindparam("run"), _columns.ended_at.is_(None))
    .values(
        ended_at=case(
            (_columns.begun_at < bindparam("long_ago"), _columns.begun_at + LONGEST_REQUEST),
            else_=bindparam("now"),
        )
    )
)
"""A run that died: its last requests ended when it did, which was before now."""
COUNT_SLOTS: Final = select(func.count()).select_from(request_slots).where(_OURS)
DECIDING_SLOT: Final = (
    select(_columns.ended_at)
    .where(_OURS, _columns.ended_at.is_not(None))
    .order_by(_columns.ended_at)
    .limit(1)
    .offset(bindparam("ended_before"))
)
"""The request after whose end one more may leave; none if it is under way."""
BEGIN_SLOT: Final = insert(request_slots).values(
    id=bindparam("slot"),
    account=bindparam("owner"),
    run_id=bindparam("run"),
    begun_at=bindparam("now"),
)
END_SLOT: Final = (
    update(request_slots).where(_columns.id == bindparam("slot")).values(ended_at=bindparam("now"))
)
