"""Records that are settled without being sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from target_groove.settling import IN_DOUBT_AGAIN, held, is_dead_letter, is_in_doubt, is_superseded
from target_groove.window import Decided, Decision

if TYPE_CHECKING:
    from collections.abc import Sequence

    from target_groove.batching import Item
    from target_groove.delivery.request import Source
    from target_groove.ledger.entry import Thing
    from target_groove.ledger.ledger import Ledger
    from target_groove.ledger.without import WithoutLedger
    from target_groove.outputs.notices import Notices
    from target_groove.settling import Settling
    from target_groove.streams import Stream


_UNCHANGED: Final = Decision.UNCHANGED
_AS_BEFORE: Final = frozenset({Decision.UNCHANGED, Decision.HELD})


class NotSent:
    """Settles what is unchanged, held, or done with."""

    def __init__(
        self, *, ledger: Ledger | WithoutLedger, settling: Settling, notices: Notices
    ) -> None:
        """Take the parts."""
        self._ledger = ledger
        self._settling = settling
        self._notices = notices
        self._let_through: set[Thing] = set()

    def settle(
        self,
        stream: Stream,
        items: Sequence[Item],
        decided: Decided,
        *,
        voided: Sequence[Item] = (),
    ) -> bool:
        """Settle records that are not to be sent.

        Args:
            stream: Their stream.
            items: The records: one, or those of a list that is one thing.
            decided: What was decided about them.
            voided: Earlier versions of the record, which it makes void.

        Returns:
            Whether they are settled; otherwise they are to be sent.

        Raises:
            DeliveryError: The run is to stop.
        """
        if decided.decision in _AS_BEFORE and not decided.intent.thing.is_keyed:
            position = items[-1].source.position
            self._ledger.unkeyed.settle_again(decided.intent.thing, position)
        if decided.decision is _UNCHANGED:
            self._settling.all_merged(stream.route, voided)
            for item in items:
                self._settling.unchanged(stream.route, item.source)
            return True
        sources = tuple(each.source for each in items)
        if decided.decision is Decision.HELD and decided.entry:
            earlier = tuple(each.source for each in voided)
            reason = held(decided.intent.thing, decided.entry.held_because)
            self._settling.hold(stream.route, (*earlier, *sources), reason)
            return True
        if decided.intent.thing.is_keyed and self._is_superseded(sources[-1], decided):
            self._ledger.release([decided.intent.thing])
            for each in sources:
                self._notices.superseded(each)
                self._settling.unchanged(stream.route, each)
            return True
        if any(map(is_in_doubt, sources)) and not (decided.entry and decided.entry.was_known):
            self._ledger.release([decided.intent.thing])
            self._settling.hold(stream.route, sources, IN_DOUBT_AGAIN)
            return True
        is_loose = stream.batcher is not None and decided.is_loose
        if is_loose and not stream.sends_lists and not stream.route.template.repeatable:
            reason = "a run before this one died, and Groove offers no way to look it up"
            self._ledger.hold([decided.intent.thing], reason)
            self._settling.hold(stream.route, sources, held(decided.intent.thing, reason))
            return True
        return False

    def _is_superseded(self, source: Source, decided: Decided) -> bool:
        """Whether a dead letter is older than what another run delivered of its record.

        What this run itself delivered came before it in the input.
        """
        thing = decided.intent.thing
        if thing in self._let_through or not is_dead_letter(source):
            return False
        if is_superseded(source, decided.entry):
            return True
        self._let_through.add(thing)
        return False
