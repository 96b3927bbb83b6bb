"""The ASGI application: reads a request, sends it where it belongs, sends the answer."""

from __future__ import annotations

import asyncio
import re
from time import perf_counter
from typing import TYPE_CHECKING, Any

from target_groove.sandbox.bodies import read_body
from target_groove.sandbox.call import Call
from target_groove.sandbox.connection import SCOPE_KEY, Connection
from target_groove.sandbox.control import control
from target_groove.sandbox.exchange import Answer, Refusal
from target_groove.sandbox.graphql.execution import PATH as GRAPHQL_PATH
from target_groove.sandbox.misbehave import misbehave, send_answer
from target_groove.sandbox.pages import Pages
from target_groove.sandbox.profile_panel import ask_about, panel
from target_groove.sandbox.service import Service, read_query

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Receive = Callable[[], Awaitable[dict[str, Any]]]
    Send = Callable[[dict[str, Any]], Awaitable[None]]

_PROFILE = re.compile(r"/tickets/([^/]+)/profile")


class App:
    """The sandbox as an ASGI application."""

    def __init__(self, service: Service) -> None:
        """Keep the state that requests act on."""
        self.service = service
        self._pages = Pages(service)

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        content = await _read(receive)
        if content is None:
            return
        path: str = scope["raw_path"].decode("latin-1")
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        call = Call(
            method=scope["method"],
            path=path,
            query=read_query(scope["query_string"].decode("latin-1")),
            body=read_body(content, headers.get("content-type", "")),
        )
        if path.startswith("/_"):
            await send_answer(send, self._control(call, headers))
        elif (shown := _PROFILE.fullmatch(path)) and call.method == "GET":
            await send_answer(send, await self._profile(shown[1]))
        elif self._pages.serves(call):
            with self.service.lock:
                answer = self._pages.answer(call, headers)
            await send_answer(send, answer)
        else:
            await self._api(scope, call, headers, receive, send)

    def _control(self, call: Call, headers: dict[str, str]) -> Answer:
        with self.service.lock:
            try:
                return control(self.service, call, headers)
            except Refusal as refusal:
                return refusal.answer()

    async def _profile(self, number: str) -> Answer:
        with self.service.lock:
            try:
                asked = ask_about(self.service.desk, self.service.options, number)
            except Refusal as refusal:
                return refusal.answer()
        # Another server's answer must not hold up the calls of others.
        return await asyncio.to_thread(panel, asked)

    async def _api(
        self,
        scope: dict[str, Any],
        call: Call,
        headers: dict[str, str],
        receive: Receive,
        send: Send,
    ) -> None:
        started = perf_counter()
        service, connection = self.service, scope[SCOPE_KEY]
        assert isinstance(connection, Connection)  # noqa: S101 - for the type checker
        query = scope["query_string"].decode("latin-1")
        with service.lock:
            service.in_flight += 1
            in_flight = service.in_flight
            token = service.token(headers.get("authorization"))
            entry = service.log.begin(
                at=service.desk.clock().timestamp(),
                method=call.method,
                path=call.path,
                query=query,
                headers=scope["headers"],
                token_number=None if token is None else service.options.number_of(token),
                connection=connection.number,
                body=call.body,
                in_flight=in_flight,
            )
            rule = service.faults.choose(call.method, call.path, call.body.content)
            entry.fault = rule.action if rule else None
            # Whoever is one too many is sent away at once.
            crowded = service.options.crowded(in_flight)
            latency = 0.0 if crowded else service.options.latency(in_flight)

        def do() -> Answer:
            with service.lock:
                answer = service.answer(call, token=token, query=query, in_flight=in_flight)
                entry.done = answer.done
                if call.path == GRAPHQL_PATH:
                    service.log.keep_answer(entry, answer.content)
                else:
                    service.log.keep_reply(entry, answer.content)
            return answer

        def end(status: int | None) -> None:
            # Before the client can know: whoever has an answer finds it in the log.
            with service.lock:
                service.log.end(entry, status, (perf_counter() - started) * 1000)

        try:
            if latency:
                await asyncio.sleep(latency)
            if rule is None:
                answer = do()
                end(answer.status)
                await send_answer(send, answer)
            else:
                await misbehave(rule, do, end, connection, receive, send)
        finally:
            with service.lock:
                service.in_flight -= 1


async def _read(receive: Receive) -> bytes | None:
    """Read the whole body; None if the client left before its end."""
    chunks = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunks.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(chunks)
