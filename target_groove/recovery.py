"""Sends that runs before this one began and did not end, because they died."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Final

from target_groove.delivery.look_up import LookUpFailed
from target_groove.delivery.outcome import Verdict
from target_groove.endpoints import TEMPLATES
from target_groove.endpoints.finding import Absent, Found
from target_groove.errors import DeliveryError
from target_groove.in_doubt import REPEATABLE, Doubt, Left
from target_groove.ledger.entry import Intent
from target_groove.ledger.readable import readable_key
from target_groove.responses.answers import answer_of_dead_run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from target_groove.endpoints.finding import Finding
    from target_groove.in_doubt import Doubts
    from target_groove.ledger.entry import LeftBehind
    from target_groove.ledger.ledger import Ledger
    from target_groove.ledger.outbox import Written
    from target_groove.ledger.without import WithoutLedger
    from target_groove.responses.forwarding import Forwarding

_LOGGER: Final = logging.getLogger("target-groove")


def recover(ledger: Ledger | WithoutLedger, doubts: Doubts, forwarding: Forwarding) -> None:
    """Find out what became of the sends of dead runs.

    What never left is out of hand again; what may have arrived is looked up, and what is found is
    told as the answer that the dead run did not get.

    Raises:
        DeliveryError: Groove cannot be asked now.
        Interrupted: A signal came.
    """
    in_doubt = []
    for left in ledger.earlier.left_behind():
        entry = left.entry
        if entry.fields and not ledger.earlier.marks_are_certain(entry.run_id or 0):
            ledger.earlier.distrust([entry.thing])
        if entry.left_at is None and ledger.earlier.marks_are_certain(entry.run_id or 0):
            ledger.release([entry.thing])
        elif left.evidence == REPEATABLE:
            ledger.release([entry.thing], may_be_done=True)
        elif left.evidence is None and (entry.left_at is None or _can_be_found(left.endpoint)):
            # A loss of power took the note of what was sent; the record itself will tell.
            ledger.earlier.loosen([entry.thing])
        else:
            in_doubt.append((left, _known(left)))
    if in_doubt:
        _look_up(ledger, doubts, forwarding, in_doubt)


def _known(left: LeftBehind) -> Left | None:
    entry = left.entry
    if left.evidence is None:
        return None
    return Left.read(left.evidence, left_at=entry.left_at or 0.0, newest_number=entry.newest_number)


def _look_up(
    ledger: Ledger | WithoutLedger,
    doubts: Doubts,
    forwarding: Forwarding,
    in_doubt: Sequence[tuple[LeftBehind, Left | None]],
) -> None:
    wanted = [Doubt(TEMPLATES.get(left.endpoint), known) for left, known in in_doubt]
    try:
        findings = doubts.decide(wanted)
    except LookUpFailed as error:
        refused = error.outcome.verdict is Verdict.UNAUTHORIZED
        then = "check api_token" if refused else "run again when Groove can be reached"
        left, count = in_doubt[0][0], len(in_doubt)
        more = f" (and {count - 1} more)" if count > 1 else ""
        msg = (
            f"A send of stream {left.stream} to {left.endpoint}{more} is in doubt since a run "
            f"before this one died, and {error.outcome.reason}; {then}."
        )
        raise DeliveryError(msg) from error
    for (left, known), finding in zip(in_doubt, findings, strict=True):
        answers = _answers(forwarding, left, finding)
        with ledger.outbox.with_answers(answers):
            _note(ledger, left, known, finding)
        forwarding.tell(answers)


def _answers(forwarding: Forwarding, left: LeftBehind, finding: Finding) -> list[Written]:
    """Make the answer that a look-up gives, if it gives one and answers are told anywhere."""
    if isinstance(finding, Absent) or not forwarding.is_wanted:
        return []
    answer = answer_of_dead_run(
        left,
        run_id=forwarding.run_id,
        resource_id=(finding.resource_id or None) if isinstance(finding, Found) else None,
        reason="" if isinstance(finding, Found) else finding.reason,
        now=time.time(),
    )
    return [answer.written()]


def _note(
    ledger: Ledger | WithoutLedger, left: LeftBehind, known: Left | None, finding: Finding
) -> None:
    entry = left.entry
    where = f"stream {left.stream}, {left.endpoint}, record {readable_key(entry.record_key)}"
    if isinstance(finding, Found):
        found = finding.resource_id or None
        _LOGGER.info("In Groove, though the run that sent it died: %s (%s).", where, found)
        _note_found(ledger, left, known, found)
    elif isinstance(finding, Absent):
        ledger.came_back([entry.thing])
        ledger.release([entry.thing])
    else:
        ledger.hold([entry.thing], finding.reason)
        _LOGGER.warning(
            "Held, as nobody knows whether it was delivered before a run died: %s (%s); look in "
            "Groove, then say `target-groove ledger resolve`.",
            where,
            finding.reason,
        )


def _note_found(
    ledger: Ledger | WithoutLedger, left: LeftBehind, known: Left | None, resource_id: str | None
) -> None:
    entry, fields = left.entry, known.fields if known else None
    if known is not None and not known.is_last:
        # The record comes again, and with it the calls that are left.
        calls = [*entry.calls_done, known.call]
        ledger.call_done([entry.thing], calls=calls, resource_id=resource_id, fields=fields)
        ledger.release([entry.thing])
    elif entry.thing.is_keyed:
        intent = Intent(entry.thing, entry.send_hash or "")
        template = TEMPLATES.get(left.endpoint)
        keeps_calls = known is not None and template is not None and template.creates_once
        calls = [*entry.calls_done, known.call] if known and keeps_calls else []
        ledger.delivered([intent], resource_id=resource_id, calls=calls, fields=fields)
    else:
        ledger.earlier.found_once(left, resource_id)


def _can_be_found(endpoint: str) -> bool:
    template = TEMPLATES.get(endpoint)
    return template is not None and template.find is not None
