"""A sender that shows each request and what Groove answered."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from target_groove.delivery.masking import without_secrets
from target_groove.delivery.outcome import Verdict
from target_groove.delivery.sender import Sender
from target_groove.errors import DeliveryError
from target_groove.outputs.request_lines import LOOK_UP, action_of, line_of
from target_groove.preview.documents import action_of_document
from target_groove.wording import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_groove.delivery.client import Client
    from target_groove.delivery.outcome import Outcome
    from target_groove.delivery.pacing import PacesRequests
    from target_groove.delivery.request import Request
    from target_groove.delivery.sender import Times
    from target_groove.outputs.request_text import RequestText


class TellingSender(Sender):
    """Sends as usual, and writes requests and answers for people."""

    def __init__(
        self,
        client: Client,
        pacer: PacesRequests,
        times: Times,
        *,
        text: RequestText,
        **named: Any,
    ) -> None:
        """Take the parts of a sender, and where to write."""
        super().__init__(client, pacer, times, **named)
        self._headers_of = client.headers_of
        self._text = text

    def send(
        self, request: Request, headers: Mapping[str, str], body: bytes | None, **how: Any
    ) -> Outcome:
        """Send a request, and show it with its final answer; see `Sender.send`."""
        try:
            complete = self._headers_of(request.method.upper(), headers, body or None)
        except ValueError:
            complete = headers  # It cannot be sent; the outcome says why.
        line = line_of(request, complete, sources=request.sources, action=_action(request))
        # That it cannot be shown must not keep an outcome from being written down.
        with suppress(BrokenPipeError, DeliveryError):
            self._text.show(line)
        outcome = super().send(request, headers, body, **how)
        with suppress(BrokenPipeError, DeliveryError):
            self._text.sentence(_answered(outcome), "bold")
            if line.action != LOOK_UP:
                # What a look-up finds may be the schema, or everybody who works there.
                self._text.body(without_secrets(outcome.body))
            self._text.sentence("")
        return outcome


def _action(request: Request) -> str:
    if not request.sources:
        return LOOK_UP
    payload = request.payload
    if isinstance(payload, dict) and payload.keys() == {"query", "variables"}:
        return action_of_document(payload)
    return action_of([request])


def _answered(outcome: Outcome) -> str:
    status = "no answer" if outcome.status_code is None else f"{outcome.status_code}"
    how = f"after {outcome.seconds:.2f} s, {counted(outcome.attempts, 'attempt')}"
    said = "" if outcome.verdict is Verdict.DELIVERED else f": {outcome.reason}"
    return f"{status} {how}{said}"
