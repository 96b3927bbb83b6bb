"""One answer of Groove's, as it is told elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any, Final

from target_groove.delivery.encoding import to_json
from target_groove.ledger.outbox import Written

_TEXT: Final[dict[str, Any]] = {"type": "string"}
_TEXT_OR_NULL: Final[dict[str, Any]] = {"type": ["string", "null"]}
_NUMBER: Final[dict[str, Any]] = {"type": "integer"}
_NUMBER_OR_NULL: Final[dict[str, Any]] = {"type": ["integer", "null"]}
_MOMENT: Final[dict[str, Any]] = {"type": "string", "format": "date-time"}

PROPERTIES: Final[dict[str, dict[str, Any]]] = {
    "response_id": {**_TEXT, "description": "Its own id, the same however often it is told."},
    "run_id": {**_TEXT, "description": "The run that sent the request."},
    "stream": {**_TEXT, "description": "The stream of the record."},
    "endpoint": {**_TEXT, "description": "The template, or custom."},
    "record_key": {
        **_TEXT_OR_NULL,
        "description": "The record's key as the ledger shows it; of a batch a JSON list of all "
        "keys; null without a key.",
    },
    "action": {
        **_TEXT,
        "description": "What came of it: created, updated, deleted, upserted, rejected, in_doubt, "
        "unauthorized, unavailable.",
    },
    "method": {**_TEXT, "description": "The HTTP method."},
    "url": {**_TEXT, "description": "The address, secrets masked."},
    "status_code": {**_NUMBER_OR_NULL, "description": "Of the last answer; null without one."},
    "resource_type": {**_TEXT_OR_NULL, "description": "What kind of thing it is, such as ticket."},
    "resource_id": {
        **_TEXT_OR_NULL,
        "description": "What addresses the thing in later calls: a ticket's number, an id, an "
        "e-mail address.",
    },
    "body": {"type": ["object", "null"], "description": "The answer's body, secrets masked."},
    "error": {**_TEXT_OR_NULL, "description": "Why it was not done, or not all of it."},
    "attempts": {**_NUMBER, "description": "How often the request was sent."},
    "duration_ms": {
        **_NUMBER_OR_NULL,
        "description": "From the first attempt to the last answer, waits included.",
    },
    "records_in_request": {**_NUMBER, "description": "How many records the request carried."},
    "sent_at": {**_MOMENT, "description": "When it was sent first."},
    "completed_at": {**_MOMENT, "description": "When its outcome was certain."},
}
"""The attributes of a response, as JSON schema; they are the fields of `Response` in its order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """The final answer to a request that was to change something; see `PROPERTIES`.

    Times are seconds since 1970.
    """

    response_id: str
    run_id: str
    stream: str
    endpoint: str
    record_key: str | None
    action: str
    method: str
    url: str
    status_code: int | None = None
    resource_type: str | None = None
    resource_id: str | None = None
    body: Any = None
    error: str | None = None
    attempts: int = 1
    duration_ms: int | None = None
    records_in_request: int = 1
    sent_at: float
    completed_at: float

    def after(self, earlier: Response) -> Response:
        """Make it the one answer to a request that had to be sent again after all."""
        return replace(
            self,
            response_id=earlier.response_id,
            attempts=earlier.attempts + self.attempts,
            sent_at=earlier.sent_at,
            duration_ms=milliseconds(self.completed_at - earlier.sent_at),
        )

    def written(self) -> Written:
        """Write it as it is told."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        values["sent_at"] = _moment(self.sent_at)
        values["completed_at"] = _moment(self.completed_at)
        return Written(self.response_id, to_json(values).decode())


def schema_line(stream: str) -> bytes:
    """Write the SCHEMA message of a stream of responses, with the end of its line."""
    schema = {"type": "object", "properties": PROPERTIES}
    keys = ["response_id"]
    message = {"type": "SCHEMA", "stream": stream, "schema": schema, "key_properties": keys}
    return to_json(message) + b"\n"


def record_line(stream: str, answer: Written) -> bytes:
    """Write the RECORD message of a response, with the end of its line."""
    name = to_json(stream).decode()
    return f'{{"type":"RECORD","stream":{name},"record":{answer.text}}}\n'.encode()


def milliseconds(seconds: float) -> int:
    """Give a time in whole milliseconds, never below 0."""
    return max(0, round(seconds * 1_000))


def _moment(seconds: float) -> str:
    written = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    return written.replace("+00:00", "Z")
