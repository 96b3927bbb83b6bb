"""The endpoints by which another process looks into the sandbox and steers it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_groove.sandbox.bodies import parse_json
from target_groove.sandbox.exchange import Answer, Refusal, nothing, reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_groove.sandbox.call import Call
    from target_groove.sandbox.service import Service

_THINGS = "/_things/"


def control(service: Service, call: Call, headers: Mapping[str, str]) -> Answer:
    """Answer a call to a control endpoint.

    Raises:
        Refusal: 403 from a foreign web page, 404, 405, or 422 with the reason.
    """
    origin = headers.get("origin")
    # Without a token these are open to any page in the user's browser, but for this.
    if origin is not None and origin != f"http://{headers.get('host')}":
        raise Refusal(403, {"error": "not from another origin"})
    try:
        return _answer(service, call)
    except ValueError as error:
        raise Refusal(422, {"error": str(error)}) from error


def _answer(service: Service, call: Call) -> Answer:
    if call.path == "/_log":
        _only(call, "GET")
        since = call.query.get("since", "0")
        return reply(service.log.shown(int(since)))
    if call.path.startswith(_THINGS):
        _only(call, "GET")
        return reply(service.things(call.path.removeprefix(_THINGS)))
    if call.path == "/_faults":
        _only(call, "POST")
        service.faults.replace(parse_json(call.body.content))
        return nothing()
    if call.path == "/_configure":
        _only(call, "POST")
        options: Any = parse_json(call.body.content)
        if not isinstance(options, dict):
            message = "options must be an object"
            raise ValueError(message)
        service.options = service.options.changed(options)
        return nothing()
    if call.path == "/_reset":
        _only(call, "POST")
        service.reset()
        return nothing()
    raise Refusal(404, {"error": "not found"})


def _only(call: Call, method: str) -> None:
    if call.method != method:
        raise Refusal(405, {"error": "method not allowed"}, {"allow": method})
