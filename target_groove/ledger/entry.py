"""What the ledger tells apart, and what it knows of each."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

UNKEYED: Final = "+"
"""Begins the key of a record that has none; the others are JSON lists, or begin with `sha256:`."""


class Thing(NamedTuple):
    """One thing in Groove, as records name it.

    Attributes:
        scope: Number of its account, namespace, stream and endpoint.
        key: The record's key, see `record_key`.
    """

    scope: int
    key: str

    @property
    def is_keyed(self) -> bool:
        """Whether it will be known again."""
        return not self.key.startswith(UNKEYED)


class Entry(NamedTuple):
    """What the ledger knows of a thing; the columns are explained in `schema.py`."""

    scope_id: int
    record_key: str
    content_hash: str | None
    resource_id: str | None
    calls: str | None
    run_id: int | None
    send_hash: str | None
    left_at: float | None
    newest_number: int | None
    held_because: str | None
    delivered_at: float | None
    fields: str | None
    record_hash: str | None

    @property
    def thing(self) -> Thing:
        """What it is about."""
        return Thing(self.scope_id, self.record_key)

    @property
    def was_known(self) -> bool:
        """Whether it says something of times before the send that is under way."""
        return self.content_hash is not None or self.calls is not None

    @property
    def is_half_acknowledged(self) -> bool:
        """Whether its run died while it printed a STATE that stands behind it."""
        return self.send_hash is None and self.held_because is None and self.left_at is not None

    @property
    def calls_done(self) -> tuple[str, ...]:
        """The digests of the calls that went through."""
        return tuple(json.loads(self.calls)) if self.calls else ()

    @property
    def field_digests(self) -> dict[str, str]:
        """The digests of what Groove has for certain, by field; empty if nothing is known."""
        digests: dict[str, str] = json.loads(self.fields) if self.fields else {}
        return digests


class Intent(NamedTuple):
    """A send that is about to begin.

    Attributes:
        thing: What it is about.
        content_hash: Digest of what will be sent.
        record_hash: Digest of the record that asks for it, see `schema.py`; empty if the record is
            not to be known again.
    """

    thing: Thing
    content_hash: str
    record_hash: str = ""


class Known(NamedTuple):
    """A thing that is in Groove, with nothing of it under way, in doubt or held.

    Attributes:
        thing: The thing.
        content_hash: Digest of what was delivered.
        record_hash: Digest of the record that asked for it, see `schema.py`.
    """

    thing: Thing
    content_hash: str
    record_hash: str


def written_fields(digests: Mapping[str, str] | None) -> str | None:
    """Write digests by field; None stays None."""
    return None if digests is None else json.dumps(digests, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """A send that another run has in hand.

    Attributes:
        entry: The entry.
        evidence: What a look-up needs to know, JSON; None if no request left.
        stream: The stream of the record.
        endpoint: The id of its template.
    """

    entry: Entry
    evidence: str | None
    stream: str
    endpoint: str
