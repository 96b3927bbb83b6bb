"""One request, or what is done in place of one, as tools read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from target_groove.delivery.encoding import encode, to_json
from target_groove.delivery.masking import masked_headers, masked_url, shown_body
from target_groove.delivery.request import Content

if TYPE_CHECKING:
    from collections.abc import Sequence

    from target_groove.delivery.request import Request, Source

LOOK_UP: Final = "look_up"
"""The action of a request that only asks."""
_TEXT: Final = frozenset({Content.FORM, Content.NDJSON})


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLine:
    """What is sent, or why nothing is.

    Attributes:
        stream: Name of the stream.
        endpoint: Id of the template; empty if none was reached.
        method: HTTP method; None if nothing is sent.
        url: Absolute URL, secrets masked; None if nothing is sent.
        headers: All headers but `Host`, secrets masked.
        body: The body as data; of a file name, type and size; of a form, and of one document a
            line, the text.
        sources: The records that it is about.
        action: `create`, `update: ` with the fields, `delete`, `look_up`, `unchanged`, `merged`,
            `rejected` or `held`.
        problems: What is wrong, or not known yet, a sentence each without a full stop.
    """

    stream: str
    endpoint: str
    method: str | None = None
    url: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    sources: Sequence[Source] = ()
    action: str
    problems: Sequence[str] = ()

    def to_json(self) -> bytes:
        """Write it as one line of JSON, without the line's end.

        `records` has an object for each record: its `place` in the input and its `key`.
        """
        return to_json(
            {
                "stream": self.stream,
                "endpoint": self.endpoint,
                "method": self.method,
                "url": self.url,
                "headers": dict(self.headers),
                "body": self.body,
                "records": [{"place": each.place, "key": each.key} for each in self.sources],
                "action": self.action,
                "problems": list(self.problems),
            }
        )


def line_of(
    request: Request,
    headers: Mapping[str, str],
    *,
    sources: Sequence[Source],
    action: str,
    problems: Sequence[str] = (),
) -> RequestLine:
    """Describe a request whose look-ups are resolved.

    Args:
        request: The request.
        headers: All that leave with it, the token among them.
        sources: The records that it is about.
        action: What it does.
        problems: What is to be said beside it.
    """
    return RequestLine(
        stream=sources[0].stream if sources else request.stream,
        endpoint=request.endpoint,
        method=request.method,
        url=masked_url(request.url),
        headers=masked_headers(headers),
        body=_body(request),
        sources=sources,
        action=action,
        problems=problems,
    )


def action_of(requests: Sequence[Request]) -> str:
    """Say what the requests of one record or batch do together, in a word and the fields."""
    first = requests[0]
    if first.method == "GET":
        return LOOK_UP
    if first.method == "DELETE":
        return "delete"
    if first.method == "POST" and not first.repeatable:
        return "create"
    names = dict.fromkeys(name for each in requests for name in _fields(each))
    return f"update: {', '.join(names)}" if names else "update"


def _fields(request: Request) -> Sequence[str]:
    if request.fields:
        return request.fields
    return list(request.payload) if isinstance(request.payload, Mapping) else ()


def _body(request: Request) -> Any:
    if request.content not in _TEXT:
        return shown_body(request)
    body, _ = encode(request.payload, request.content)
    return (body or b"").decode()
