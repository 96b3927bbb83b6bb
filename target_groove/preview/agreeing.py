"""In place of Groove: tells of each request, and takes it for delivered."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from target_groove.delivery.look_up import NameBook
from target_groove.delivery.outcome import Outcome, Verdict
from target_groove.delivery.request import LookUp
from target_groove.delivery.sender import Sender
from target_groove.preview.documents import answer_to

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from target_groove.delivery.client import Client
    from target_groove.delivery.journal import Journal
    from target_groove.delivery.pacing import PacesRequests
    from target_groove.delivery.request import Request
    from target_groove.delivery.sender import Times
    from target_groove.preview.scene import Scene


class AgreeingSender(Sender):
    """Sends nothing; every request is answered as if Groove had done what it asks."""

    def __init__(
        self,
        client: Client,
        pacer: PacesRequests,
        times: Times,
        *,
        scene: Scene,
        **named: Any,
    ) -> None:
        """Take the parts of a sender, and who is told."""
        super().__init__(client, pacer, times, **named)
        self._headers_of = client.headers_of
        self._scene = scene

    def send(
        self,
        request: Request,
        headers: Mapping[str, str],
        body: bytes | None,
        *,
        journal: Journal | None = None,
        to_the_end: bool = False,
        max_attempts: int | None = None,
    ) -> Outcome:
        """Tell of a request, and agree to it."""
        del journal, to_the_end, max_attempts
        try:
            complete = self._headers_of(request.method.upper(), headers, body or None)
        except ValueError as error:
            return Outcome(verdict=Verdict.REJECTED, reason=f"it cannot be sent: {error}")
        self.requests_sent += 1
        self._scene.request(request, complete)
        return Outcome(
            verdict=Verdict.DELIVERED,
            status_code=HTTPStatus.OK,
            resource_id=self._new_id(request),
            body=self._answer(request),
        )

    def _new_id(self, request: Request) -> str | None:
        is_create = request.method == "POST" and not request.repeatable
        return self._scene.placeholders.new_id(request) if is_create else None

    def _answer(self, request: Request) -> Any:
        if not request.sources:
            return {}  # A list of which nothing is known.
        if self._scene.send.route.template.subject:
            return answer_to(request.payload)
        return None


class ImaginedNames(NameBook):
    """Gives a name to what Groove calls an object, in place of looking for it."""

    def __init__(self, fetch: Callable[[str], Any], scene: Scene) -> None:
        """Take what asks for a page, so that the request is told, and the scene."""
        super().__init__(fetch)
        self._scene = scene

    def find(self, collection: str, object_id: str, attribute: str) -> str:
        """Ask for the list, as a run does once, and give a placeholder."""
        self.list(collection)
        name = str(LookUp(collection, object_id, attribute))
        self._scene.looked_up.add(name)
        return name
