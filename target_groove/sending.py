"""One delivery, from its intent in the ledger to its outcome there."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import backoff

from target_groove.delivery.look_up import LookUpFailed
from target_groove.delivery.outcome import Outcome, Verdict
from target_groove.delivery.request import Delivery, Request
from target_groove.delivery.sender import LONGEST_BACKOFF
from target_groove.endpoints import makers_of
from target_groove.endpoints.finding import Absent, Found
from target_groove.in_doubt import REPEATABLE, Left, evidence
from target_groove.ledger.identity import call_digest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from target_groove.delivery.engine import Engine
    from target_groove.endpoints.template import Template
    from target_groove.in_doubt import Doubts
    from target_groove.ledger.entry import Entry, Intent, Thing
    from target_groove.ledger.ledger import Ledger
    from target_groove.ledger.without import WithoutLedger
    from target_groove.outputs.summary import Summary
    from target_groove.routes import Route
    from target_groove.settling import Settling

_LOGGER: Final = logging.getLogger("target-groove")


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """A delivery that is claimed.

    Attributes:
        route: The route.
        delivery: The calls that are left to be made.
        params: Values of the path parameters.
        intents: What the ledger knows it as: one thing, or one for each record of a batch.
        calls_done: The digests of calls that went through before.
        new_id: The id that one of those gave.
        positions: For records without a key: their places in the order of settling.
        in_doubt: The entry, if the first of them may have left in a run that died.
        fields: For templates that compare by field: the digests to be remembered when all of it is
            delivered, by field; None for all others.
        fields_before: What of that Groove has for certain before.
    """

    route: Route
    delivery: Delivery
    params: Mapping[str, str]
    intents: tuple[Intent, ...]
    calls_done: tuple[str, ...] = ()
    new_id: str | None = None
    positions: tuple[int, ...] | None = None
    in_doubt: Entry | None = None
    fields: Mapping[str, str] | None = None
    fields_before: Mapping[str, str] = field(default_factory=dict)


class Sending:
    """Carries deliveries out, with notes in the ledger."""

    def __init__(
        self,
        *,
        engine: Engine,
        ledger: Ledger | WithoutLedger,
        doubts: Doubts,
        settling: Settling,
        summary: Summary,
        max_attempts: int,
    ) -> None:
        """Take the parts."""
        self._engine = engine
        self._ledger = ledger
        self._doubts = doubts
        self._settling = settling
        self._summary = summary
        self._max_attempts = max_attempts
        self._newest: dict[str, int | None] = {}

    def send(self, send: Send) -> None:
        """Send what is claimed, and settle its records.

        Raises:
            DeliveryError: The run is to stop.
            Interrupted: A signal came before it was sent.
        """
        template = send.route.template
        notes = _Notes(self._ledger, send, self._newest_number(template), self._engine.now)
        try:
            outcome = self._until_it_is_known(send, notes)
        except LookUpFailed as error:
            # It stays in the ledger as it is: the next run looks it up.
            outcome = error.outcome
        else:
            self._write_down(send, notes, outcome)
        finally:
            self._summary.requests = self._engine.requests_sent
        self._settling.settle(send.route, send.delivery, outcome)

    def _until_it_is_known(self, send: Send, notes: _Notes) -> Outcome:
        left, new_id = send.delivery.requests, send.new_id
        waits = backoff.expo(factor=1, max_value=LONGEST_BACKOFF)
        next(waits)
        in_doubt = None if left[0].repeatable else send.in_doubt
        attempt = 1
        while attempt <= self._max_attempts:
            if in_doubt is not None:
                notes.left_before(left[0], in_doubt.left_at or 0.0, in_doubt.newest_number)
                outcome = Outcome(verdict=Verdict.IN_DOUBT, reason="the run that sent it died")
                in_doubt = None
            else:
                outcome = self._engine.deliver(Delivery(left), new_id=new_id, journal=notes)
            new_id = new_id or outcome.resource_id
            left = left[outcome.calls_delivered :]
            outcome = replace(
                outcome,
                resource_id=new_id,
                calls_delivered=len(send.delivery.requests) - len(left),
            )
            if outcome.verdict is not Verdict.IN_DOUBT:
                return outcome
            finding = self._doubts.decide(send.route.template, notes.left)
            if isinstance(finding, Found):
                _LOGGER.info(
                    "%s: no answer came (%s), but it is in Groove%s.",
                    send.delivery.sources[0],
                    outcome.reason,
                    f" ({finding.resource_id})" if finding.resource_id else "",
                )
                new_id = new_id or finding.resource_id or None
                call, *rest = left
                left = tuple(rest)
                if not left:
                    return replace(
                        outcome, verdict=Verdict.DELIVERED, reason="", resource_id=new_id
                    )
                notes.call_done(call, new_id)
            elif isinstance(finding, Absent):
                notes.came_back()
                attempt += 1
                if attempt <= self._max_attempts:
                    self._engine.pause(next(waits))
            else:
                return replace(outcome, reason=f"{outcome.reason}; {finding.reason}")
        # Each time it certainly was not there. A 500 at every attempt is about this record.
        is_refusal = outcome.status_code == HTTPStatus.INTERNAL_SERVER_ERROR
        verdict = Verdict.REJECTED if is_refusal else Verdict.UNAVAILABLE
        return replace(outcome, verdict=verdict, attempts=self._max_attempts)

    def _write_down(self, send: Send, notes: _Notes, outcome: Outcome) -> None:
        things = list(dict.fromkeys(each.thing for each in send.intents))
        if outcome.verdict is Verdict.IN_DOUBT:
            self._ledger.hold(things, outcome.reason, positions=send.positions)
        elif outcome.verdict is not Verdict.DELIVERED:
            may_be_done = notes.has_begun or notes.is_out
            self._ledger.release(things, may_be_done=may_be_done, positions=send.positions)
        else:
            self._write_down_delivered(send, notes, outcome)

    def _write_down_delivered(self, send: Send, notes: _Notes, outcome: Outcome) -> None:
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
        self._ledger.delivered(
            delivered.values(),
            resource_id=outcome.resource_id,
            calls=calls,
            positions=send.positions and [send.positions[number] for number in done],
            fields=send.fields,
        )
        self._ledger.release({each.thing for each in send.intents} - delivered.keys())

    def _newest_number(self, template: Template) -> int | None:
        """Give the highest number known of things that Groove numbers one after the other."""
        if template.find is None or template.answer.id_attributes != ("number",):
            return None
        kind = template.answer.resource
        if kind not in self._newest:
            self._newest[kind] = self._ledger.newest_number(makers_of(template))
        return self._newest[kind]


class _Notes:
    """Notes of one delivery: in the ledger, and what this run itself needs of them."""

    def __init__(
        self,
        ledger: Ledger | WithoutLedger,
        send: Send,
        newest_number: int | None,
        now: Callable[[], float],
    ) -> None:
        self.calls = list(send.calls_done)
        self._ledger = ledger
        self._send = send
        self._newest_number = newest_number
        self._newest_then = newest_number
        self._now = now
        self._left_at = 0.0
        self._calls_made = 0
        self._written: str | None = None
        self._fields = None if send.fields is None else dict(send.fields_before)
        self.has_begun = False
        self.is_out = False
        self.survives = ledger.remembers

    def left_before(self, request: Request, left_at: float, newest_number: int | None) -> None:
        """Take a request for one that a run before this one sent; look-ups are not resolved."""
        self._left_at = left_at
        self._newest_then = newest_number
        self._written = None
        if request.repeatable:
            self._written = REPEATABLE
        else:
            calls = self._send.delivery.requests
            can_be_found = self._send.route.template.find is not None
            self._written = evidence(
                request,
                call=call_digest(calls[self._calls_made]),
                is_last=self._calls_made + 1 == len(calls),
                params=self._send.params if can_be_found else None,
                fields=self._brought_by(request),
            )

    def leaves(self, request: Request) -> None:
        self.left_before(request, self._now(), self._newest_number)
        self._ledger.leaves(
            self._things,
            left_at=self._left_at,
            newest_number=self._newest_number,
            evidence=self._written,
            fields=self._fields
            and {name: each for name, each in self._fields.items() if name not in request.fields},
        )
        self.is_out = True

    def came_back(self) -> None:
        self.is_out = False
        self._ledger.came_back(self._things, fields=self._fields)

    def call_done(self, request: Request, resource_id: str | None) -> None:
        self.has_begun = True
        self._calls_made += 1
        if not request.repeatable:
            self.calls.append(call_digest(request))
        if self._fields is not None:
            self._fields |= self._brought_by(request) or {}
        self._ledger.call_done(
            self._things, calls=self.calls, resource_id=resource_id, fields=self._fields
        )

    @property
    def left(self) -> Left | None:
        """What a look-up needs to know of the request that left last."""
        if self._written is None or self._written == REPEATABLE:
            return None
        return Left.read(self._written, left_at=self._left_at, newest_number=self._newest_then)

    def _brought_by(self, request: Request) -> dict[str, str] | None:
        known = self._send.fields
        if known is None:
            return None
        return {name: known[name] for name in request.fields if name in known}

    @property
    def _things(self) -> set[Thing]:
        return {each.thing for each in self._send.intents}
