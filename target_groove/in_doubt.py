"""What becomes of a create whose outcome is unknown: it is looked up, held, or sent again."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from target_groove.delivery.encoding import to_json
from target_groove.delivery.look_up import LookUpFailed
from target_groove.delivery.outcome import Verdict
from target_groove.delivery.request import LookUp, Upload
from target_groove.endpoints import makers_of
from target_groove.endpoints.finding import Absent, Ambiguous, Evidence, Fetched, Finding, Found

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from target_groove.delivery.engine import Engine
    from target_groove.delivery.request import Request
    from target_groove.endpoints.template import Template
    from target_groove.ledger.ledger import Ledger
    from target_groove.ledger.without import WithoutLedger

SECONDS_BEFORE_IT_IS_ABSENT: Final = 2.0
"""Between two look-ups that must both find nothing: Groove, or a proxy before it, may still be at
work on a request that it has not answered."""
_SECONDS_AT_WORK: Final = 120.0
"""After this nobody works on a request any more."""
REPEATABLE: Final = "repeatable"
"""The evidence of a request that is simply sent again."""
NO_LOOK_UP: Final = "Groove offers no way to look it up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A create that left, and of which no answer came.

    Attributes:
        params: Values of the path parameters.
        payload: The body as it was sent.
        call: The digest of the call.
        is_last: Whether no other call follows.
        left_at: When, seconds since 1970.
        newest_number: The highest ticket number that was known then.
        fields: The digests of the fields that it brought, for templates that compare by field.
    """

    params: Mapping[str, str]
    payload: Any
    call: str
    is_last: bool
    left_at: float
    newest_number: int | None
    fields: Mapping[str, str] | None = None

    @classmethod
    def read(cls, written: str, *, left_at: float, newest_number: int | None) -> Left:
        """Read what `evidence` wrote."""
        return cls(**json.loads(written), left_at=left_at, newest_number=newest_number)


def evidence(
    request: Request,
    *,
    call: str,
    is_last: bool,
    params: Mapping[str, str] | None,
    fields: Mapping[str, str] | None = None,
) -> str:
    """Write down what is to be known of a request that may not be repeated.

    Files are not kept, only their names and sizes.

    Args:
        request: The request, with its look-ups resolved.
        call: The digest of the call.
        is_last: Whether no other call of the delivery follows.
        params: Values of the path parameters; None if there is no look-up, which needs to know
            them and the payload.
        fields: The digests of the fields that it brings; None if its template does not compare by
            field.
    """
    known: dict[str, Any] = {"call": call, "is_last": is_last, "params": {}, "payload": None}
    if params is not None:
        known |= {"params": params, "payload": _described(request.payload)}
    if fields is not None:
        known["fields"] = fields
    return to_json(known).decode()


def _described(payload: Any) -> Any:
    if isinstance(payload, dict):
        return {
            name: str(each) if isinstance(each, LookUp) else each for name, each in payload.items()
        }
    files = payload if isinstance(payload, list) else [payload]
    return {
        "files": [
            {"filename": each.filename, "size": len(each.content)}
            for each in files
            if isinstance(each, Upload)
        ]
    }


class Doubt(NamedTuple):
    """A create of which it is not known what became of it.

    Attributes:
        template: Its endpoint; None for one that only its route knows.
        left: What is known of it; None if nothing is.
    """

    template: Template | None
    left: Left | None


class Doubts:
    """Decides about creates in doubt, by the setting `on_in_doubt`."""

    def __init__(self, rule: str, *, engine: Engine, ledger: Ledger | WithoutLedger) -> None:
        """Take the parts.

        Args:
            rule: `look_up`, `hold` or `resend`.
            engine: Asks Groove.
            ledger: Knows which of Groove's things are other deliveries of ours.
        """
        self._rule = rule
        self._engine = engine
        self._ledger = ledger

    def decide(self, doubts: Sequence[Doubt]) -> list[Finding]:
        """Find out what became of creates; nothing else may be in flight.

        Args:
            doubts: The creates, in the order in which they are to find their things.

        Returns:
            For each `Found` if it is in Groove, `Absent` if it is to be sent again, `Ambiguous` if
            only a person can tell.

        Raises:
            LookUpFailed: Groove cannot be asked now.
            Interrupted: A signal came.
        """
        if self._rule == "resend":
            return [Absent() for _ in doubts]
        if self._rule == "hold":
            return [Ambiguous("on_in_doubt is hold") for _ in doubts]
        taken: set[tuple[str, str]] = set()
        findings = [self._look_up(each, taken) for each in doubts]
        again = [
            number
            for number, (doubt, finding) in enumerate(zip(doubts, findings, strict=True))
            if isinstance(finding, Absent) and self._is_at_work(doubt)
        ]
        if again:
            self._engine.pause(SECONDS_BEFORE_IT_IS_ABSENT)
            for number in again:
                findings[number] = self._look_up(doubts[number], taken)
        return findings

    def _look_up(self, doubt: Doubt, taken: set[tuple[str, str]]) -> Finding:
        template, left = doubt
        if template is None or template.find is None or left is None:
            return Ambiguous(NO_LOOK_UP)
        kind = template.answer.resource
        known = Evidence(
            url="",
            params=left.params,
            payload=left.payload,
            left_at=left.left_at,
            newest_number=left.newest_number,
            is_recorded=lambda found: (
                (kind, found) in taken or self._ledger.is_recorded(makers_of(template), found)
            ),
        )
        finding = template.find(known, self._fetch)
        if isinstance(finding, Found):
            taken.add((kind, finding.resource_id))
        return finding

    def _is_at_work(self, doubt: Doubt) -> bool:
        """Whether Groove, or a proxy, may still be at work on it."""
        left = doubt.left
        return left is not None and self._engine.now() - left.left_at < _SECONDS_AT_WORK

    def _fetch(self, path: str) -> Fetched:
        outcome = self._engine.fetch(path)
        is_down = (outcome.status_code or 0) >= HTTPStatus.INTERNAL_SERVER_ERROR
        if is_down or outcome.verdict not in {Verdict.DELIVERED, Verdict.REJECTED}:
            reason = f"the look-up of {path.partition('?')[0]} failed: {outcome.reason}"
            verdict = Verdict.UNAVAILABLE if is_down else outcome.verdict
            raise LookUpFailed(replace(outcome, verdict=verdict, reason=reason))
        return Fetched(
            status_code=outcome.status_code or 0,
            body=outcome.body,
            server_time=_seconds(outcome.date),
            our_time=self._engine.now(),
        )


def _seconds(date: str | None) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp() if date else None
    except (ValueError, OverflowError):
        return None
