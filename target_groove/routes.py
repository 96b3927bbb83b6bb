"""Which endpoint a stream goes to, and how its records become payloads."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

from target_groove.attributes import only_star

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_groove.attributes import Reader
    from target_groove.endpoints.template import Template

ROUTE_KEYS: Final = (
    "stream",
    "endpoint",
    "method",
    "url",
    "headers",
    "content_format",
    "fields",
    "defaults",
    "exclude",
    "path_params",
    "key",
    "load_method",
    "on_error",
    "unknown_fields",
    "batch",
    "prefix",
)
"""What a route may say."""


class Grouping(StrEnum):
    """How one request is shaped from many records."""

    NONE = "none"
    ARRAY = "array"
    WRAPPED = "wrapped"
    GROUPED = "grouped"
    KEYED = "keyed"
    MERGED = "merged"
    NDJSON = "ndjson"


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRule:
    """The `batch` of a route.

    Attributes:
        grouping: The shape.
        size: Records in one request, at most.
        max_bytes: Bytes of the body, at most; None for no limit.
        group_by: Attributes (or path parameters) whose values make a group.
        key: The field that holds the records.
        collect: The attribute that is collected instead of whole records.
        key_field: The attribute under whose value a record stands in a `keyed` body.
        resendable: Whether a list that replaces may be sent again, with more in it.
        whole_stream: The list replaces what Groove has, so groups close at the end of the stream.
    """

    grouping: Grouping
    size: int = 100
    max_bytes: int | None = None
    group_by: tuple[str, ...] = ()
    key: str = ""
    collect: str = ""
    key_field: str = ""
    resendable: bool = True
    whole_stream: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What becomes of the records of matching streams.

    Attributes:
        pattern: Name of the stream, or a pattern with `*`.
        template: The endpoint, with the route's own method and path.
        fields: Payload fields and where their values come from; None takes the whole record.
        defaults: Values for what is absent or null.
        exclude: Dotted paths left out of the payload, the global ones among them.
        path_params: Where path parameters come from, beside attributes of the same name.
        consumed: Attributes that feed path parameters, so that the body does not repeat them.
        key: Attributes that identify a record; empty for the stream's own.
        append_only: Whether every record is sent; otherwise a record key is one thing in Groove.
        headers: Headers of the route.
        drop_unknown: Whether attributes that are no field of the template are dropped.
        dead_letters: Whether a rejected record is set aside; otherwise it stops the run.
        batch: How records share requests; None for one request per record.
        prefix: What the attributes of a profile begin with; empty for nothing.
        fingerprint: Of all that decides, beside a record, what is sent of it; empty if more decides
            than can be told beforehand, such as the time of day.
    """

    pattern: str
    template: Template
    fields: Mapping[str, Reader] | None
    defaults: Mapping[str, Any]
    exclude: tuple[str, ...]
    path_params: Mapping[str, Reader]
    consumed: tuple[str, ...]
    key: tuple[str, ...]
    append_only: bool
    headers: Mapping[str, str]
    drop_unknown: bool
    dead_letters: bool
    batch: BatchRule | None
    prefix: str = ""
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Routes:
    """All routes of a run, in order of precedence."""

    routes: tuple[Route, ...]

    def for_stream(self, stream: str) -> Route | None:
        """Find the first route that matches a stream's name."""
        return next(
            (each for each in self.routes if fnmatchcase(stream, only_star(each.pattern))), None
        )
