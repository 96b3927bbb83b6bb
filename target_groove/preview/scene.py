"""Where a preview is: the send that would be under way, and who is told of its requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_groove.outputs.request_lines import LOOK_UP, RequestLine, action_of, line_of
from target_groove.preview.documents import action_of_document, depends
from target_groove.preview.placeholders import Placeholders

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from target_groove.delivery.request import Request, Source
    from target_groove.endpoints.template import Template
    from target_groove.send import Send


class Scene:
    """Tells what would be sent, and what would be done without a request.

    Attributes:
        placeholders: Names for ids that only Groove will give.
        looked_up: The values that stand for what Groove would be asked for.
        requests: How many requests were told.
    """

    def __init__(self, tell: Callable[[RequestLine], None]) -> None:
        """Nothing is under way.

        Args:
            tell: Takes each line; what it raises ends the preview.
        """
        self._tell = tell
        self._send: Send | None = None
        self._action = ""
        self._remarks: list[str] = []
        self.placeholders = Placeholders()
        self.looked_up: set[str] = set()
        self.requests = 0

    @property
    def send(self) -> Send:
        """The send that would be under way."""
        assert self._send is not None  # noqa: S101 - nothing is asked for before
        return self._send

    def begin(self, send: Send, remarks: Sequence[str]) -> None:
        """Take up a send, with what else is to be said of it."""
        self._send = send
        self._action = action_of(send.delivery.requests)
        self._remarks = list(remarks)

    def request(self, request: Request, headers: Mapping[str, str]) -> None:
        """Tell of a request that would leave.

        Args:
            request: The request, its look-ups resolved as far as that goes.
            headers: All that would leave with it.
        """
        self.requests += 1
        action, problems = self._action, [*self._remarks]
        if not request.sources:
            action = LOOK_UP
        elif self.send.route.template.subject:
            action = action_of_document(request.payload)
            problems += depends(request.payload)
        elif isinstance(request.payload, dict):
            problems += (
                f"{name}: {value} is looked up in Groove"
                for name, value in request.payload.items()
                if isinstance(value, str) and value in self.looked_up
            )
        line = line_of(
            request,
            headers,
            sources=request.sources or self.send.delivery.sources,
            action=action,
            problems=problems,
        )
        self._tell(self._readable(line, request))

    def no_request(
        self, sources: Sequence[Source], endpoint: str, action: str, problems: Sequence[str] = ()
    ) -> None:
        """Tell of records for which nothing would be sent."""
        self._tell(
            RequestLine(
                stream=sources[0].stream,
                endpoint=endpoint,
                sources=sources,
                action=action,
                problems=[self.placeholders.readable(each) for each in problems],
            )
        )

    def local(
        self, source: Source, template: Template, action: str, *, url: str, body: Any
    ) -> None:
        """Tell of a record that would be kept here.

        Args:
            source: The record.
            template: Its endpoint.
            action: What would be done with it.
            url: Where it would be kept, without a password.
            body: What would be kept of it.
        """
        self._tell(
            RequestLine(
                stream=source.stream,
                endpoint=template.id,
                method=template.method,
                url=url,
                body=body,
                sources=[source],
                action=action,
            )
        )

    def _readable(self, line: RequestLine, request: Request) -> RequestLine:
        return RequestLine(
            stream=line.stream,
            endpoint=request.endpoint or self.send.route.template.id,
            method=line.method,
            url=self.placeholders.readable(line.url or ""),
            headers=line.headers,
            body=line.body,
            sources=line.sources,
            action=line.action,
            problems=line.problems,
        )
