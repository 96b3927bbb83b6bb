"""What one attempt means: an answer's status and body, or the way it failed, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from target_groove.delivery.answer import MAX_REASON_CHARACTERS

if TYPE_CHECKING:
    from target_groove.delivery.answer import Answer
    from target_groove.delivery.outcome import AnswerRule

LONGEST_RETRY_AFTER: Final = 120.0
"""Seconds; a longer wait that an answer asks for is cut to this."""


class Attempt(StrEnum):
    """What is known after one attempt."""

    DONE = "done"
    REFUSED = "refused"
    UNAUTHORIZED = "unauthorized"
    NOT_DONE = "not done"
    """Groove certainly did nothing: no connection, or it said that it has too much to do."""
    HOPELESS = "hopeless"
    """Groove certainly did nothing, and trying again would change nothing."""
    UNKNOWN = "unknown"
    """Groove may have done it: a failure on its side, or no answer."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The meaning of one attempt.

    Attributes:
        attempt: What is known.
        reason: Why, as one sentence without a full stop; empty when done.
        retry_after: Seconds that the answer asks to wait; None if it asks for nothing sensible.
    """

    attempt: Attempt
    reason: str = ""
    retry_after: float | None = None


def judge(answer: Answer, *, now: datetime, json_expected: bool = True) -> Judgement:
    """Judge an answer by its status and body.

    503 is taken for a limit like 429: a client that ran live against Groove treats it so.

    Args:
        answer: The answer.
        now: The date and time, with zone.
        json_expected: Whether a success has to come with JSON, or with nothing. What says it in
            other words is not Groove but, say, the login page of a proxy; or it was cut.
    """
    status = answer.status_code
    match status:
        case _ if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return _judge_success(answer, json_expected=json_expected)
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
            return Judgement(Attempt.UNAUTHORIZED, _said(answer))
        case HTTPStatus.TOO_MANY_REQUESTS | HTTPStatus.SERVICE_UNAVAILABLE:
            wait = retry_after(answer.headers.get("Retry-After"), now=now)
            return Judgement(Attempt.NOT_DONE, _said(answer), wait)
        case _ if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return Judgement(Attempt.UNKNOWN, _said(answer))
        case _ if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
            to = (answer.headers.get("Location") or "nowhere")[:MAX_REASON_CHARACTERS]
            return Judgement(
                Attempt.REFUSED,
                f"Groove answered {status}, a redirect to {to}, which is not followed",
            )
        case _:
            return Judgement(Attempt.REFUSED, _said(answer))


def _judge_success(answer: Answer, *, json_expected: bool) -> Judgement:
    if answer.is_refusal:
        return Judgement(Attempt.REFUSED, _said(answer))
    if json_expected and answer.is_text:
        return Judgement(Attempt.UNKNOWN, _said(answer, ", but not with JSON"))
    return Judgement(Attempt.DONE)


def _said(answer: Answer, but: str = "") -> str:
    error = answer.error
    return f"Groove answered {answer.status_code}{but}" + (f": {error}" if error else "")


def retry_after(value: str | None, *, now: datetime) -> float | None:
    """Read a `Retry-After` header, in seconds or as a date.

    Returns:
        Seconds to wait, at most `LONGEST_RETRY_AFTER`; None if it is absent or makes no sense.
    """
    if not value:
        return None
    text = value.strip()
    if text.isascii() and text.isdecimal():
        seconds = float(text)
    else:
        try:
            moment = parsedate_to_datetime(text)
        except (ValueError, OverflowError):
            return None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        seconds = (moment - now).total_seconds()
    return min(seconds, LONGEST_RETRY_AFTER) if seconds > 0 else None


def resource_id(rule: AnswerRule, body: Any) -> str | None:
    """Find the id that addresses the thing in later calls.

    Args:
        rule: How the endpoint's answer is read.
        body: The parsed answer.
    """
    if not isinstance(body, Mapping):
        return None
    resource = body.get(rule.resource)
    if not rule.resource and len(body) == 1:
        resource = next(iter(body.values()))
    if not isinstance(resource, Mapping):
        resource = body
    for name in rule.id_attributes:
        value = resource.get(name)
        if isinstance(value, str | int) and value not in {"", None}:
            return str(value).rstrip("/").rpartition("/")[2]
    return None


def item_reasons(body: Any, count: int) -> tuple[str | None, ...] | None:
    """Read which items of a request were refused.

    Args:
        body: The parsed answer: `{"attachment": {...}}`, or a list of such under a name.
        count: How many items were sent.

    Returns:
        For each item why it was refused, None where it was not; None if the answer does not tell
        the items apart and complains about one of them.
    """
    items = list(_items(body))
    reasons = tuple(None if each.get("success", True) else _item_reason(each) for each in items)
    if len(items) == count:
        return reasons
    return (None,) * count if not any(reasons) else None


def _items(body: Any) -> Any:
    if isinstance(body, list):
        for each in body:
            yield from _items(each)
    elif isinstance(body, Mapping):
        if "success" in body:
            yield body
        else:
            for each in body.values():
                yield from _items(each)


def _item_reason(item: Mapping[str, Any]) -> str:
    errors = item.get("errors") or "no reason given"
    text = "; ".join(map(str, errors)) if isinstance(errors, list) else str(errors)
    return f"Groove refused the file: {text}"
