"""What the records of a window do to the profile store."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from target_groove.lines import parse_object

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Thing = tuple[str, str]
"""What a record is about: its stream and its key."""


class Stored(NamedTuple):
    """What the store has of a record.

    Attributes:
        stream: Its stream, after stream maps.
        record_key: What identifies it there.
        email: The customer, in the form of `comparable`.
        version: The version of its table; None if it has none.
        attributes: A flat JSON object.
        changed_at: When it last changed, in seconds since 1970.
    """

    stream: str
    record_key: str
    email: str
    version: int | None
    attributes: str
    changed_at: float

    @property
    def thing(self) -> Thing:
        """What it is about."""
        return self.stream, self.record_key


class Change(NamedTuple):
    """What a record asks for.

    Attributes:
        stream: Its stream, after stream maps.
        record_key: What identifies it there.
        email: The customer, in the form of `comparable`; empty if it is to be removed.
        version: The version of its table; None if it has none.
        attributes: A flat JSON object; None to remove what is there.
        set_aside_at: When it was put into the dead letters that it comes from; None if it does not.
    """

    stream: str
    record_key: str
    email: str
    version: int | None
    attributes: str | None
    set_aside_at: float | None = None

    @property
    def thing(self) -> Thing:
        """What it is about."""
        return self.stream, self.record_key

    @property
    def body(self) -> dict[str, Any] | None:
        """What would be kept, as data; None if something would be removed."""
        if self.attributes is None:
            return None
        return {"email": self.email, "attributes": parse_object(self.attributes.encode())}


class Became(StrEnum):
    """What became of a change."""

    CREATED = "create"
    CHANGED = "update"
    REMOVED = "delete"
    UNCHANGED = "unchanged"
    MERGED = "merged"
    """A later one of its window is about the same."""
    SUPERSEDED = "superseded"
    """A dead letter, and a later version was written since."""


class Decided(NamedTuple):
    """What is to be done.

    Attributes:
        became: What becomes of each change, in their order.
        put: The rows to write, in the order of their things, so that two runs never wait for each
            other.
        removed: What to remove.
    """

    became: list[Became]
    put: list[Stored]
    removed: list[Thing]


def decide(changes: Sequence[Change], stored: Mapping[Thing, Stored], *, now: float) -> Decided:
    """Decide what is to be written for the records of a window.

    Args:
        changes: The records, in input order.
        stored: What the store has of them.
        now: The time, in seconds since 1970.
    """
    last = {each.thing: place for place, each in enumerate(changes)}
    decided = Decided([], [], [])
    for place, each in enumerate(changes):
        if last[each.thing] != place:
            became = Became.MERGED
        else:
            # A later record counts for more than one before it in the same window.
            became = _decide(each, stored.get(each.thing), decided, now=now + place / 1e6)
        decided.became.append(became)
    decided.put.sort(key=lambda row: row.thing)
    decided.removed.sort()
    return decided


def _decide(change: Change, before: Stored | None, decided: Decided, *, now: float) -> Became:
    if before and change.set_aside_at is not None and change.set_aside_at < before.changed_at:
        return Became.SUPERSEDED
    if change.attributes is None:
        if before is None:
            return Became.UNCHANGED
        decided.removed.append(change.thing)
        return Became.REMOVED
    row = Stored(
        change.stream, change.record_key, change.email, change.version, change.attributes, now
    )
    if before is None:
        decided.put.append(row)
        return Became.CREATED
    if (before.email, before.attributes) == (change.email, change.attributes):
        if change.version not in {None, before.version}:
            decided.put.append(row._replace(changed_at=before.changed_at))
        return Became.UNCHANGED
    decided.put.append(row)
    return Became.CHANGED
