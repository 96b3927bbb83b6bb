"""Sends answers, and carries out the faults that keep them from arriving."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from target_groove.sandbox.exchange import JSON_TYPE, Answer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from target_groove.sandbox.connection import Connection
    from target_groove.sandbox.faults import Rule

    Receive = Callable[[], Awaitable[dict[str, Any]]]
    Send = Callable[[dict[str, Any]], Awaitable[None]]
    Do = Callable[[], Answer]
    # Notes the status (None for no answer) before anything of it can reach the client.
    End = Callable[[int | None], None]

_CHUNK = 64 * 1024
_STATUS_DEFAULTS = {"status": 500, "status_after": 500, "redirect": 302}


async def send_answer(send: Send, answer: Answer) -> None:
    """Send a whole answer."""
    await _send_head(send, answer, len(answer.content))
    await send({"type": "http.response.body", "body": answer.content})


async def _send_head(send: Send, answer: Answer, length: int) -> None:
    headers = [
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in answer.headers.items()
    ]
    # A 204 has no length to tell.
    if answer.status != 204:  # noqa: PLR2004
        headers.append((b"content-length", str(length).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})


async def misbehave(  # noqa: PLR0917 - a fault needs both ends of the connection
    rule: Rule, do: Do, end: End, connection: Connection, receive: Receive, send: Send
) -> None:
    """Carry out a fault.

    Args:
        rule: What goes wrong.
        do: Does what the call asks for and returns the answer.
        end: Notes how the call ended.
        connection: The client's connection.
        receive: Tells when the client leaves.
        send: Sends to the client.
    """
    action = rule.action
    if action == "delay":
        await asyncio.sleep(rule.seconds)
    answer = Answer(200) if action in {"status", "redirect"} or action.endswith("_before") else do()

    if action in {"reset_before", "reset_after", "hang_before", "hang_after"}:
        if action.startswith("hang"):
            await _left(receive, rule.seconds)
        end(None)
        connection.cut()
        # The request is over once the server has noticed, too.
        await receive()
        return

    answer = _altered(rule, answer, connection)
    end(answer.status)
    if action == "drip":
        await _drip(rule, answer, receive, send)
    elif action == "big":
        await _flood(rule.bytes, answer, send)
    else:
        await send_answer(send, answer)


def _altered(rule: Rule, answer: Answer, connection: Connection) -> Answer:
    """Return what the client gets to see."""
    content, headers = answer.content, dict(answer.headers)
    status = rule.status or _STATUS_DEFAULTS.get(rule.action, answer.status)
    if rule.action in {"status", "status_after", "redirect"}:
        said = '{"error":"injected fault"}' if rule.body_text is None else rule.body_text
        content, headers = said.encode(), {"content-type": rule.content_type}
    if rule.action == "redirect":
        host, port = connection.transport.get_extra_info("sockname")[:2]
        shown = f"[{host}]" if ":" in host else host
        headers["location"] = f"http://{shown}:{port}/v1/elsewhere"
    if rule.action == "malformed":
        said = (
            '{"ticket": {"number": 1, "title": "cut o' if rule.body_text is None else rule.body_text
        )
        content, headers = said.encode(), {**headers, "content-type": JSON_TYPE}
        status = 200 if status == 204 else status  # noqa: PLR2004 - which has no body
    if status == 204:  # noqa: PLR2004
        content = b""
    added = {name.lower(): str(value) for name, value in rule.headers.items()}
    return Answer(status, content, {**headers, **added})


async def _drip(rule: Rule, answer: Answer, receive: Receive, send: Send) -> None:
    """Send the body byte by byte, for as long as the client listens."""
    await _send_head(send, answer, len(answer.content))
    for position in range(len(answer.content)):
        if await _left(receive, rule.seconds):
            return
        byte = answer.content[position : position + 1]
        await send({"type": "http.response.body", "body": byte, "more_body": True})
    await send({"type": "http.response.body"})


async def _flood(size: int, answer: Answer, send: Send) -> None:
    """Send that many bytes of nothing in particular."""
    await _send_head(send, answer, size)
    for start in range(0, size, _CHUNK):
        chunk = b"x" * min(_CHUNK, size - start)
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body"})


async def _left(receive: Receive, seconds: float) -> bool:
    """Wait, and tell whether the client left meanwhile."""
    try:
        await asyncio.wait_for(receive(), seconds)
    except TimeoutError:
        return False
    return True
