"""One send on its way: its calls, and what becomes of one whose outcome is unknown."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import backoff

from target_groove.delivery.outcome import Outcome, Verdict
from target_groove.delivery.request import Delivery
from target_groove.delivery.sender import LONGEST_BACKOFF
from target_groove.endpoints.finding import Absent, Found
from target_groove.in_doubt import Doubt
from target_groove.ledger.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from target_groove.delivery.engine import Engine
    from target_groove.endpoints.finding import Finding
    from target_groove.in_doubt import Doubts
    from target_groove.ledger.ledger import Ledger
    from target_groove.ledger.without import WithoutLedger
    from target_groove.notes import Notes
    from target_groove.send import Send

    WritesDown = Callable[[Send, Notes, Outcome], None]

_DELIVERED: Final = Verdict.DELIVERED
_LOGGER: Final = logging.getLogger("target-groove")
_GOES_ON: Final = frozenset({Verdict.DELIVERED, Verdict.REJECTED})
_STOPS: Final = frozenset({Verdict.UNAUTHORIZED, Verdict.UNAVAILABLE, Verdict.NOT_OFFERED})


class Carried:
    """A send, as far as it has come.

    Attributes:
        send: What is sent.
        notes: What is noted of it.
        outcome: What came of the calls so far; None before the first.
        error: What ended it before there was an outcome.
        is_written: Whether the outcome is written down.
    """

    def __init__(self, send: Send, notes: Notes) -> None:
        """Start before the first call."""
        self.send = send
        self.notes = notes
        self.outcome: Outcome | None = None
        self.error: BaseException | None = None
        self.is_written = False
        self._left = send.delivery.requests
        self._new_id = send.new_id

    @property
    def is_delivered(self) -> bool:
        """Whether it went as it should."""
        return self.outcome is not None and self.outcome.verdict is _DELIVERED

    @property
    def needs_look_up(self) -> bool:
        """Whether Groove has to be asked what became of it."""
        return self.outcome is not None and self.outcome.verdict is Verdict.IN_DOUBT

    @property
    def stops_the_run(self) -> bool:
        """Whether nothing else may begin after it."""
        verdict = self.outcome.verdict if self.outcome else None
        if verdict is Verdict.REJECTED:
            return not self.send.route.dead_letters
        return verdict in _STOPS

    @property
    def frees_its_lanes(self) -> bool:
        """Whether the next one of its lanes may begin before it is settled.

        An equal create may not: if the run died before the outcome was written down, a look-up
        could not tell the two apart.
        """
        verdict = self.outcome.verdict if self.outcome else None
        return verdict in _GOES_ON and not self.send.can_be_looked_up

    def doubt_from_before(self) -> bool:
        """Take up what a dead run left in doubt of it; gives whether there is such."""
        first, entry = self._left[0], self.send.in_doubt
        if entry is None or first.repeatable:
            return False
        self.notes.left_before(first, entry.left_at or 0.0, entry.newest_number)
        if self.notes.answers is not None:
            self.notes.answers.sent_before(first, entry.left_at or 0.0)
        self._take(Outcome(verdict=Verdict.IN_DOUBT, reason="the run that sent it died"))
        return True

    def go_on(self, engine: Engine) -> None:
        """Make the calls that are left, up to the first that is not delivered.

        Raises:
            Interrupted: A signal came while waiting to send.
            Halted: The run ends for another reason.
        """
        if self.send.carry_out is not None:
            self._take(self.send.carry_out(self.notes))
        else:
            left = Delivery(self._left)
            self._take(engine.deliver(left, new_id=self._new_id, journal=self.notes))

    def write_down(self, write: WritesDown) -> None:
        """Have the outcome written down, unless it is already."""
        if self.outcome is not None and not self.is_written:
            write(self.send, self.notes, self.outcome)

    @property
    def doubt(self) -> Doubt:
        """What is to be looked up."""
        return Doubt(self.send.route.template, self.notes.left)

    def resolve(self, finding: Finding, engine: Engine, doubts: Doubts, max_attempts: int) -> None:
        """Take what was found of the call in doubt, and make those that are left.

        Nothing else may be in flight: a look-up would take it for this one.

        Raises:
            LookUpFailed: Groove cannot be asked now.
            Interrupted: A signal came.
        """
        waits = backoff.expo(factor=1, max_value=LONGEST_BACKOFF)
        next(waits)
        attempt = 1
        while (outcome := self.outcome) is not None and self.needs_look_up:
            if isinstance(finding, Absent):
                self.notes.came_back()
                attempt += 1
                if attempt > max_attempts:
                    self.outcome = _given_up(outcome, max_attempts)
                    return
                engine.pause(next(waits))
                self.go_on(engine)
            elif isinstance(finding, Found):
                self._found(finding, outcome)
                if self.needs_look_up:
                    self.go_on(engine)
            else:
                self.outcome = replace(outcome, reason=f"{outcome.reason}; {finding.reason}")
                return
            if self.needs_look_up:
                (finding,) = doubts.decide([self.doubt])

    def _take(self, outcome: Outcome) -> None:
        self._new_id = self._new_id or outcome.resource_id
        self._left = self._left[outcome.calls_delivered :]
        done = len(self.send.delivery.requests) - len(self._left)
        if (outcome.resource_id, outcome.calls_delivered) != (self._new_id, done):
            outcome = replace(outcome, resource_id=self._new_id, calls_delivered=done)
        self.outcome = outcome

    def _found(self, finding: Found, outcome: Outcome) -> None:
        _LOGGER.info(
            "%s: no answer came (%s), but it is in Groove%s.",
            self.send.delivery.sources[0],
            outcome.reason,
            f" ({finding.resource_id})" if finding.resource_id else "",
        )
        self._new_id = self._new_id or finding.resource_id or None
        call, *rest = self._left
        self._left = tuple(rest)
        self.notes.found(call, self._new_id)
        if self._left:
            self.notes.call_done(call, self._new_id)
        else:
            self.outcome = replace(
                outcome, verdict=Verdict.DELIVERED, reason="", resource_id=self._new_id
            )


def write_down_together(
    ended: Sequence[Carried], ledger: Ledger | WithoutLedger, write: WritesDown
) -> None:
    """Have what was delivered written down at once, which costs little more than one.

    If the ledger fails, nothing is: what is wrong is said when each is written down by itself.

    Args:
        ended: Sends that have come to their end.
        ledger: The ledger.
        write: Writes an outcome down.
    """
    delivered = [each for each in ended if each.is_delivered]
    with suppress(LedgerError):
        with ledger.together():
            for each in delivered:
                each.write_down(write)
        for each in delivered:
            each.is_written = True


def _given_up(outcome: Outcome, attempts: int) -> Outcome:
    """Judge a create that certainly was not there each time.

    A 500 at every attempt is about this record.
    """
    is_refusal = outcome.status_code == HTTPStatus.INTERNAL_SERVER_ERROR
    verdict = Verdict.REJECTED if is_refusal else Verdict.UNAVAILABLE
    return replace(outcome, verdict=verdict, attempts=attempts)
