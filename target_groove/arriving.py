"""Into the window: records that the ledger knows as they are, and payloads of all others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from target_groove.batching import Item
from target_groove.ledger.entry import Intent, Thing
from target_groove.ledger.identity import record_key
from target_groove.merging import Judged, Waiting
from target_groove.preparing import Preparing, Unusable
from target_groove.window import Decided, Decision

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from target_groove.delivery.request import Source
    from target_groove.ledger.ledger import Ledger
    from target_groove.ledger.without import WithoutLedger
    from target_groove.streams import Stream

_UNCHANGED: Final = Decision.UNCHANGED
_NO_PARAMS: Final[Mapping[str, str]] = {}


class Arrived(NamedTuple):
    """A record of which nothing is known yet.

    Attributes:
        stream: Its stream.
        source: The record as it came.
        record: The record after stream maps.
        key: What identifies it, by attribute; empty if nothing does.
    """

    stream: Stream
    source: Source
    record: Mapping[str, Any]
    key: Mapping[str, Any]


class Refused(NamedTuple):
    """A record of which nothing can be sent.

    Attributes:
        stream: Its stream.
        source: The record as it came.
        error: Why.
    """

    stream: Stream
    source: Source
    error: Unusable


class Arriving:
    """Makes ready what the window decides about.

    A record that the ledger remembers, with the settings of its route, was delivered as it is:
    its payload need not be made to know that it is unchanged. What the ledger does not remember so
    may be unchanged all the same; that shows when its payload is there.
    """

    def __init__(self, *, ledger: Ledger | WithoutLedger, preparing: Preparing) -> None:
        """Take the parts."""
        self._records = ledger.records
        self._preparing = preparing

    def ready(self, arrived: Sequence[Arrived]) -> Iterator[Waiting | Refused]:
        """Prepare records, each when it is asked for, in their order.

        Args:
            arrived: The records; nothing else may be between them and what is in the ledger or on
                its way there.
        """
        known = self._known(arrived) if self._preparing.follows_the_record else {}
        for place, each in enumerate(arrived):
            if (waiting := known.get(place)) is not None:
                yield waiting
                continue
            stream, source, record, key = each
            try:
                item = self._preparing.prepare(stream, source, record, key)
            except Unusable as error:
                yield Refused(stream, source, error)
            else:
                yield Waiting(stream, item)

    def remember(self, judged: Sequence[Judged]) -> None:
        """Have unchanged records known by themselves the next time, if they were not so this time.

        Their route, this program or an attribute that is not sent was another before.
        """
        unchanged = [
            its.intent
            for _, its in judged
            if its.decision is _UNCHANGED
            and its.entry is not None
            and its.intent.record_hash
            and its.intent.record_hash != its.entry.record_hash
        ]
        if unchanged:
            self._records.remember(unchanged)

    def _known(self, arrived: Sequence[Arrived]) -> dict[int, Waiting]:
        """Find what is unchanged by the record alone, by its place among those that arrived."""
        places: dict[Thing, int] = {}
        repeated: set[Thing] = set()
        for place, (stream, _, _, key) in enumerate(arrived):
            if stream.recognises and key:
                thing = Thing(stream.scope, record_key(key.values()))
                if thing in places:
                    repeated.add(thing)
                places[thing] = place
        # What becomes of its first version decides what a second one is.
        asked = [each for each in places if each not in repeated]
        known: dict[int, Waiting] = {}
        # What is in flight, or in a batch that waits, is not settled and therefore not found.
        for thing, content_hash, record_hash in self._records.find(asked) if asked else ():
            place = places[thing]
            stream, source, record, _ = arrived[place]
            # Attributes that come for the first time in a run may be worth a warning.
            if stream.has_seen(record) and stream.record_hash(content_hash, record) == record_hash:
                intent = Intent(thing, content_hash, record_hash)
                item = Item(source, record, _NO_PARAMS, {}, intent)
                known[place] = Waiting(stream, item, (), Decided(_UNCHANGED, intent, None))
        return known
