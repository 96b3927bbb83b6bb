"""What is noted of one delivery while it is under way."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from target_groove.in_doubt import REPEATABLE, Left, evidence
from target_groove.ledger.identity import call_digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from target_groove.delivery.outcome import Outcome
    from target_groove.delivery.request import Request
    from target_groove.ledger.ledger import Ledger
    from target_groove.ledger.outbox import Written
    from target_groove.ledger.without import WithoutLedger
    from target_groove.responses.answers import Answers
    from target_groove.send import Send


class Notes:
    """Notes of one delivery: in the ledger, and what this run itself needs of them.

    Attributes:
        calls: The digests of the calls that went through.
        has_begun: Whether a call of several went through.
        is_out: Whether a request left of which it is not known that it did nothing.
        survives: Whether a later run can go on from the notes.
        answers: What came of the calls; None if that is told nowhere.
        kept: The answers that the ledger has for certain, in their order.
    """

    def __init__(
        self,
        ledger: Ledger | WithoutLedger,
        send: Send,
        newest_number: int | None,
        now: Callable[[], float],
        answers: Answers | None = None,
    ) -> None:
        """Note nothing yet.

        Args:
            ledger: Takes the notes.
            send: What is delivered.
            newest_number: The highest ticket number that is known.
            now: Gives the time, seconds since 1970.
            answers: Takes what comes of the calls, if that is to be told elsewhere.
        """
        self.answers = answers
        self._last: list[Written] = []
        self.kept: list[Written] = []
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
        """A request is about to leave; its look-ups are resolved."""
        self.left_before(request, self._now(), self._newest_number)
        self._ledger.leaves(
            self._send.things,
            left_at=self._left_at,
            newest_number=self._newest_number,
            evidence=self._written,
            fields=self._fields
            and {name: each for name, each in self._fields.items() if name not in request.fields},
        )
        self.is_out = True

    def came_back(self) -> None:
        """The request that left certainly did nothing."""
        self.is_out = False
        self._ledger.came_back(self._send.things, fields=self._fields)

    def call_done(self, request: Request, resource_id: str | None) -> None:
        """A call went through, and another follows."""
        self.has_begun = True
        self._calls_made += 1
        if not request.repeatable:
            self.calls.append(call_digest(request))
        if self._fields is not None:
            self._fields |= self._brought_by(request) or {}
        with self.keeping_answers():
            self._ledger.call_done(
                self._send.things, calls=self.calls, resource_id=resource_id, fields=self._fields
            )

    def answered(self, request: Request, outcome: Outcome) -> None:
        """Something came of a request after all attempts."""
        if self.answers is not None:
            self.answers.take(request, outcome)

    def found(self, request: Request, resource_id: str | None) -> None:
        """A request in doubt was found to have gone through."""
        if self.answers is not None:
            self.answers.found(request, resource_id)

    def take_kept(self) -> list[Written]:
        """Give the answers that are kept, once what came of the delivery is written down."""
        return [*self.kept, *self._last]

    @contextmanager
    def keeping_answers(self, outcome: Outcome | None = None) -> Iterator[None]:
        """Keep the answers that are final in one transaction with what is noted in the block.

        Args:
            outcome: What came of the whole delivery, if it has ended.
        """
        final = self.answers.give(outcome) if self.answers else []
        # What was to be written down together with others is written alone if that failed.
        self._last += [each.written() for each in final]
        with self._ledger.outbox.with_answers(self._last):
            yield
        if outcome is None:
            self.kept += self._last
            self._last = []

    @property
    def left(self) -> Left | None:
        """What a look-up needs to know of the request that left last."""
        if self._written is None or self._written == REPEATABLE:
            return None
        return Left.read(self._written, left_at=self._left_at, newest_number=self._newest_then)

    def _brought_by(self, request: Request) -> dict[str, str] | None:
        """Give the digests of the fields that a request brings."""
        known = self._send.fields
        if known is None:
            return None
        return {name: known[name] for name in request.fields if name in known}
