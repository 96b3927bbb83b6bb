"""What the ledger is told of a delivery that has come to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from target_groove.delivery.outcome import Verdict
from target_groove.endpoints import makers_of
from target_groove.ledger.identity import call_digest

if TYPE_CHECKING:
    from target_groove.delivery.outcome import Outcome
    from target_groove.endpoints.template import Template
    from target_groove.ledger.ledger import Ledger
    from target_groove.ledger.without import WithoutLedger
    from target_groove.notes import Notes
    from target_groove.send import Send

_DELIVERED: Final = Verdict.DELIVERED


class WritingDown:
    """Writes outcomes into the ledger, and knows the newest number that Groove gave."""

    def __init__(self, ledger: Ledger | WithoutLedger) -> None:
        """Take the ledger."""
        self._ledger = ledger
        self._newest: dict[str, int | None] = {}

    def newest_number(self, template: Template) -> int | None:
        """Give the highest number known of things that Groove numbers one after the other."""
        if template.find is None or template.answer.id_attributes != ("number",):
            return None
        kind = template.answer.resource
        if kind not in self._newest:
            self._newest[kind] = self._ledger.newest_number(makers_of(template))
        return self._newest[kind]

    def write_down(self, send: Send, notes: Notes, outcome: Outcome) -> None:
        """Write an outcome down.

        Raises:
            LedgerError: The ledger cannot be written, or another run took over.
        """
        with notes.keeping_answers(outcome):
            self._write_down(send, notes, outcome)

    def _write_down(self, send: Send, notes: Notes, outcome: Outcome) -> None:
        if outcome.verdict is _DELIVERED:
            self._delivered(send, notes, outcome)
        elif outcome.verdict is Verdict.IN_DOUBT:
            # In input order, as the positions are.
            things = dict.fromkeys(each.thing for each in (*send.intents, *send.intents_voided))
            self._ledger.hold(things, outcome.reason, positions=send.positions)
        else:
            may_be_done = notes.has_begun or notes.is_out
            self._ledger.release(send.things, may_be_done=may_be_done, positions=send.positions)

    def _delivered(self, send: Send, notes: Notes, outcome: Outcome) -> None:
        template = send.route.template
        kind = template.answer.resource
        if kind in self._newest and (outcome.resource_id or "").isdecimal():
            self._newest[kind] = max(int(outcome.resource_id or 0), self._newest[kind] or 0)
        reasons = outcome.item_reasons or (None,) * len(send.intents)
        done = [number for number, reason in enumerate(reasons) if reason is None]
        calls: tuple[str, ...] = ()
        if template.creates_once and len(send.delivery.sources) == 1:
            calls = (*notes.calls, call_digest(send.delivery.requests[-1]))
        # Of two versions of a thing in one request the later one counts.
        delivered = {send.intents[number].thing: send.intents[number] for number in done}
        delivered |= {each.thing: each for each in send.intents_voided}
        self._ledger.delivered(
            delivered.values(),
            resource_id=outcome.resource_id,
            calls=calls,
            positions=send.positions and [send.positions[number] for number in done],
            fields=send.fields,
            own_ids={send.intents[number].thing: outcome.item_ids[number] for number in done}
            if outcome.item_ids
            else None,
        )
        if refused := send.things - delivered.keys():
            # Of a file Groove says that it did not take it; of a contact parts may be done.
            may_be_done = send.carry_out is not None
            if not may_be_done:
                self._ledger.came_back(refused)
            self._ledger.release(refused, may_be_done=may_be_done)
