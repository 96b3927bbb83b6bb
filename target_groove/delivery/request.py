"""What leaves for Groove: one record's (or one batch's) requests, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_groove.delivery.outcome import AnswerRule

NEW_ID_PLACEHOLDER: Final = "{new_id}"
"""Stands in a follow-up's URL for the id that the first answer gives.

Values from records are percent-encoded, so none of them can contain it.
"""


class Content(StrEnum):
    """How a payload is written into the body."""

    JSON = "json"
    FORM = "form"
    NDJSON = "ndjson"
    BINARY = "binary"
    MULTIPART = "multipart"
    EMPTY = "empty"


class Source(NamedTuple):
    """The record that a request carries, as it was read.

    Attributes:
        stream: Name of the stream, as the tap calls it.
        message: The RECORD message as it was read, before stream maps.
        schema: The SCHEMA message of its stream as it was read.
        place: Where it stood in the input (`line 12`).
        key: The values that identify the record, for people (`id=7`); empty without a key.
        position: Its place in the order of settling, see `Checkpoints`.
    """

    stream: str
    message: Mapping[str, Any]
    schema: Mapping[str, Any]
    place: str
    key: str
    position: int

    def __str__(self) -> str:
        """Name the record in a sentence."""
        key = f", record {self.key}" if self.key else ""
        return f"{self.place}, stream {self.stream}{key}"


@dataclass(frozen=True, slots=True)
class LookUp:
    """A value that only Groove knows: the attribute of the object with an id.

    Attributes:
        collection: `agents`, `groups` or `mailboxes`.
        object_id: Groove's id of the object.
        attribute: The attribute that is wanted, such as `email`.
    """

    collection: str
    object_id: str
    attribute: str

    def __str__(self) -> str:
        """Stand in a request that is shown before the value is known."""
        return f"<{self.attribute} of {self.collection} {self.object_id}>"


@dataclass(frozen=True, slots=True)
class Upload:
    """One file of an attachment request.

    Attributes:
        filename: Its name, without folders.
        content: Its bytes.
        content_type: Its media type.
    """

    filename: str
    content: bytes
    content_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request, complete but for the token and values to be looked up.

    Attributes:
        endpoint: Id of the template, or `custom`.
        stream: Name of the stream that the route is for.
        method: HTTP method.
        url: Absolute URL, already escaped; may contain `NEW_ID_PLACEHOLDER` in a follow-up.
        payload: The body before encoding; may hold `LookUp`s at its top level.
        content: How the payload is encoded.
        headers: Headers of the route, beside those that the content needs.
        sources: The records that this request carries.
        repeatable: Whether sending it twice does no more than sending it once.
        answer: How its answer is read.
        fields: The fields of the record that the call brings, by the names of its template.
    """

    endpoint: str
    stream: str
    method: str
    url: str
    payload: Any = None
    content: Content = Content.JSON
    headers: Mapping[str, str]
    sources: tuple[Source, ...]
    repeatable: bool
    answer: AnswerRule
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Delivery:
    """The requests of one record or batch, to be sent in this order.

    Attributes:
        requests: At least one; a later one may need the id that the first answer gives.
    """

    requests: tuple[Request, ...]

    @property
    def sources(self) -> tuple[Source, ...]:
        """The records that the delivery settles."""
        return self.requests[0].sources
