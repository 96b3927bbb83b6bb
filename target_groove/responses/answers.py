"""The answers to the calls of one send, each from when it comes until it is final."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

from target_groove.delivery.encoding import to_json
from target_groove.delivery.masking import masked_url, without_secrets
from target_groove.delivery.outcome import Verdict
from target_groove.endpoints import TEMPLATES
from target_groove.ledger.readable import readable_key
from target_groove.responses.response import Response, milliseconds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from target_groove.delivery.outcome import Outcome
    from target_groove.delivery.request import Request
    from target_groove.endpoints.template import Template
    from target_groove.ledger.entry import LeftBehind, Thing
    from target_groove.send import Send

UPSERTED: Final = "upserted"
_DONE: Final = {"POST": "created", "DELETE": "deleted"}


class Answers:
    """Collects the answers to the calls of a send.

    A call in doubt has its answer when it was looked up: it was found, or it is sent again and both
    are told as one, or nobody knows.
    """

    def __init__(self, send: Send, *, run_id: str, now: Callable[[], float]) -> None:
        """Start without an answer.

        Args:
            send: What is sent.
            run_id: The name of the run.
            now: Gives the time, seconds since 1970.
        """
        self._send = send
        self._run_id = run_id
        self._now = now
        self._in_doubt: Response | None = None
        self._final: list[Response] = []

    def take(self, request: Request, outcome: Outcome) -> None:
        """Take what came of a call after all attempts."""
        if not outcome.attempts:
            return
        response = self._response(request, outcome)
        if self._in_doubt is not None:
            response, self._in_doubt = response.after(self._in_doubt), None
        if outcome.verdict is Verdict.IN_DOUBT and self._send.carry_out is None:
            self._in_doubt = response
        else:
            self._final.append(response)

    def sent_before(self, request: Request, left_at: float) -> None:
        """Take up a call that left in a run before this one, which died."""
        self._in_doubt = replace(
            self._about(request), sent_at=left_at, action=Verdict.IN_DOUBT.value
        )

    def found(self, request: Request, resource_id: str | None) -> None:
        """Note that a call in doubt was found to be done."""
        if self._in_doubt is not None:
            found = replace(self._in_doubt, action=_action(request), body=None, error=None)
            self._in_doubt = None
            self._final.append(self._completed(replace(found, resource_id=resource_id)))

    def give(self, outcome: Outcome | None = None) -> list[Response]:
        """Give the final answers that were not given before.

        Args:
            outcome: The outcome of the send, if it has ended; what is in doubt then stays so.
        """
        if outcome is not None and self._in_doubt is not None:
            left = replace(
                self._in_doubt,
                action=outcome.verdict.value,
                error=outcome.reason,
                status_code=outcome.status_code,
                attempts=max(outcome.attempts, self._in_doubt.attempts),
            )
            self._in_doubt = None
            self._final.append(self._completed(left))
        given, self._final = self._final, []
        return given

    def _completed(self, response: Response) -> Response:
        now = self._now()
        took = milliseconds(now - response.sent_at)
        return replace(response, completed_at=now, duration_ms=took)

    def _response(self, request: Request, outcome: Outcome) -> Response:
        refused = [each for each in outcome.item_reasons if each]
        about = self._about(request)
        return replace(
            about,
            action=_action(request) if _is_done(outcome) else outcome.verdict.value,
            status_code=outcome.status_code,
            resource_id=outcome.resource_id or about.resource_id,
            body=_object(without_secrets(outcome.body)),
            error=outcome.reason or "; ".join(refused) or None,
            attempts=outcome.attempts,
            duration_ms=milliseconds(outcome.seconds),
            sent_at=about.completed_at - outcome.seconds,
        )

    def _about(self, request: Request) -> Response:
        own = self._send.route.template
        template = own if request.endpoint == own.id else TEMPLATES.get(request.endpoint, own)
        kind = own.subject.value if own.subject else request.answer.resource
        now = self._now()
        return Response(
            response_id=uuid.uuid4().hex,
            run_id=self._run_id,
            stream=request.stream,
            endpoint=request.endpoint,
            record_key=_keys([each.thing for each in self._send.intents]),
            action="",
            method=request.method,
            url=masked_url(request.url),
            resource_type=kind or None,
            resource_id=_addressed(template, request),
            records_in_request=len(request.sources),
            sent_at=now,
            completed_at=now,
        )


def answer_of_dead_run(
    left: LeftBehind,
    *,
    run_id: str,
    resource_id: str | None,
    reason: str,
    now: float,
) -> Response:
    """Make the answer to a send of a run that died, as far as a look-up can tell it.

    Args:
        left: What the run left in the ledger.
        run_id: The name of this run.
        resource_id: The id that was found, if one was.
        reason: Why nobody knows what became of it; empty if it was found.
        now: The time, seconds since 1970.
    """
    template = TEMPLATES.get(left.endpoint)
    sent_at = left.entry.left_at or now
    return Response(
        response_id=uuid.uuid4().hex,
        run_id=run_id,
        stream=left.stream,
        endpoint=left.endpoint,
        record_key=_keys([left.entry.thing]),
        action=Verdict.IN_DOUBT.value if reason else _DONE["POST"],
        method=template.method if template else "POST",
        url=template.path if template else "",
        resource_type=(template.answer.resource if template else "") or None,
        resource_id=resource_id,
        error=reason or None,
        duration_ms=milliseconds(now - sent_at),
        sent_at=sent_at,
        completed_at=now,
    )


def _action(request: Request) -> str:
    """Name what a call does, by its method; what is upserted may be either."""
    template = TEMPLATES.get(request.endpoint)
    if template is not None and template.subject:
        return UPSERTED
    return _DONE.get(request.method.upper(), "updated")


def _is_done(outcome: Outcome) -> bool:
    """Whether Groove did it, or of a GraphQL document some of it."""
    body = outcome.body
    data = body.get("data") if isinstance(body, dict) else None
    some = isinstance(data, dict) and any(each is not None for each in data.values())
    return outcome.verdict is Verdict.DELIVERED or (some and outcome.verdict is Verdict.REJECTED)


def _keys(things: Sequence[Thing]) -> str | None:
    keys = [readable_key(each.key) if each.is_keyed else None for each in things]
    if len(keys) == 1:
        return keys[0]
    return to_json(keys).decode() if any(keys) else None


def _object(body: Any) -> Any:
    """Give a body that is an object as it is; a list becomes one, so that columns can hold it."""
    if body is None or isinstance(body, dict):
        return body
    return {"items": body} if isinstance(body, list) else {"value": body}


def _addressed(template: Template, request: Request) -> str | None:
    """Read from the address which object a change is about; what is made has no address yet."""
    if request.method.upper() == "POST":
        return None
    segments = urlsplit(request.url).path.split("/")
    for place, name in enumerate(reversed(template.path.partition("?")[0].split("/")), start=1):
        if name.startswith("{") and name.endswith("}") and place <= len(segments):
            return unquote(segments[-place])
    return None
