"""The answer to a call, as a value, and the refusals."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

Found = TypeVar("Found")

JSON_TYPE = "application/json"


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back to the caller.

    Attributes:
        status: HTTP status.
        content: The body, encoded.
        headers: Header names (lower case) and values, content-length excepted.
        done: Whether the call took effect.
    """

    status: int
    content: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    done: bool = True


class Refusal(Exception):
    """A call that is answered with an error status.

    Args:
        status: HTTP status of 400 or above.
        body: What the answer says, as JSON.
        headers: Additional headers.
    """

    def __init__(self, status: int, body: object, headers: Mapping[str, str] | None = None) -> None:
        """Keep the parts of the answer."""
        super().__init__(status, body)
        self.status = status
        self.body = body
        self.headers = headers or {}

    def answer(self) -> Answer:
        """Return the answer that says so."""
        return reply(self.body, self.status, headers=self.headers, done=False)


def reply(
    body: object,
    status: int = 200,
    *,
    headers: Mapping[str, str] | None = None,
    done: bool = True,
) -> Answer:
    """Answer with JSON."""
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return Answer(status, content, {"content-type": JSON_TYPE, **(headers or {})}, done)


def created(body: object, location: str) -> Answer:
    """Answer 201 with the address of the new thing."""
    return reply(body, 201, headers={"location": location})


def nothing(status: int = 204) -> Answer:
    """Answer without a body."""
    return Answer(status)


def existing(thing: Found | None, what: str) -> Found:
    """Return a thing that was looked up.

    Raises:
        Refusal: 404 if there is none.
    """
    if thing is None:
        raise Refusal(404, {"error": f"{what} not found"})
    return thing


def invalid(**complaints: str) -> Refusal:
    """Return the refusal for fields that cannot be accepted.

    The format of Groove's own validation errors is not documented; a list of objects with
    a ``message`` is one of the forms its clients read.
    """
    return Refusal(422, {"errors": error_list(complaints)})


def error_list(complaints: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the ``errors`` list for complaints by field name."""
    return [
        {"field": name, "message": f"{name} {complaint}"} for name, complaint in complaints.items()
    ]
