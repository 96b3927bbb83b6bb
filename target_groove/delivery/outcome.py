"""What an answer means: the rule to read it by, and the verdict."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True)
class AnswerRule:
    """How the answer of an endpoint is read.

    Attributes:
        resource: What Groove wraps the answer's object in, such as `ticket`; empty if nothing.
        id_attributes: Where the object's id may stand, first match wins; a value that is a URL
            counts with its last path segment (a message shows its id only in `href`).
        json_expected: A body that is no JSON is no success; it may be a proxy's page.
        per_item: The answer tells success or failure for each item (attachments: status 200 even
            for a refused file).
    """

    resource: str = ""
    id_attributes: tuple[str, ...] = ("id",)
    json_expected: bool = True
    per_item: bool = False


class Verdict(StrEnum):
    """What became of a request, or of a whole delivery."""

    DELIVERED = "delivered"
    REJECTED = "rejected"
    IN_DOUBT = "in_doubt"
    UNAUTHORIZED = "unauthorized"
    UNAVAILABLE = "unavailable"
    NOT_OFFERED = "not_offered"
    """Groove does not offer it to this account or token, whatever the record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The final verdict on a request, after all attempts.

    Attributes:
        verdict: What became of it.
        reason: One sentence that says why, empty when delivered.
        status_code: The answer's status, None without an answer.
        resource_id: What addresses the thing in later calls, if the answer tells it.
        item_reasons: For a request with several items: why each was refused, None where it was not.
        item_ids: For a request whose items are things of their own: Groove's id of each.
        body: The answer's body, parsed if it is JSON.
        date: The answer's `Date` header.
        calls_delivered: How many calls of the delivery went through before this verdict.
        attempts: How often the request was sent, 0 if it never left.
        seconds: Time from the first attempt to the verdict.
    """

    verdict: Verdict
    reason: str = ""
    status_code: int | None = None
    resource_id: str | None = None
    item_reasons: tuple[str | None, ...] = ()
    item_ids: tuple[str | None, ...] = ()
    body: Any = None
    date: str | None = None
    calls_delivered: int = 0
    attempts: int = 0
    seconds: float = 0.0
