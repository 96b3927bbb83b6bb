"""A delivery that is claimed, on its way to be sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    from target_groove.batching import Item
    from target_groove.delivery.journal import Journal
    from target_groove.delivery.outcome import Outcome
    from target_groove.delivery.request import Delivery
    from target_groove.ledger.entry import Entry, Intent, Thing
    from target_groove.routes import Route


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """A delivery that is claimed.

    Attributes:
        route: The route.
        delivery: The calls that are left to be made.
        params: Values of the path parameters.
        intents: What the ledger knows it as: one thing, or one for each record of a batch.
        flow: What it may be in flight with: sends of another flow wait until this one's are done.
        lanes: What it must not share with another send in flight.
        calls_done: The digests of calls that went through before.
        new_id: The id that one of those gave.
        positions: For records without a key: their places in the order of settling.
        in_doubt: The entry, if the first of them may have left in a run that died.
        voided: Earlier records that this one makes void.
        fields: For templates that compare by field: the digests to be remembered when all of it is
            delivered, by field; None for all others.
        fields_before: What of that Groove has for certain before.
        carry_out: How it is carried out, if not call after call.
    """

    route: Route
    delivery: Delivery
    params: Mapping[str, str]
    intents: tuple[Intent, ...]
    flow: Hashable
    lanes: frozenset[Hashable]
    calls_done: tuple[str, ...] = ()
    new_id: str | None = None
    positions: tuple[int, ...] | None = None
    in_doubt: Entry | None = None
    voided: tuple[Item, ...] = ()
    fields: Mapping[str, str] | None = None
    fields_before: Mapping[str, str] = field(default_factory=dict)
    carry_out: Callable[[Journal], Outcome] | None = None

    @property
    def intents_voided(self) -> list[Intent]:
        """What the ledger knows the void ones as, where they are other things."""
        if not self.voided:
            return []
        own = {each.thing for each in self.intents}
        intents = (each.intent for each in self.voided)
        return [each for each in intents if each is not None and each.thing not in own]

    @property
    def can_be_looked_up(self) -> bool:
        """Whether it makes something that a look-up may have to tell from others of ours."""
        is_create = not self.delivery.requests[0].repeatable
        return is_create and self.route.template.find is not None

    @property
    def things(self) -> set[Thing]:
        """What the ledger knows it as, the void ones among them."""
        return {each.thing for each in (*self.intents, *self.intents_voided)}
