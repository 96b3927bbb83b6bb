"""What is the same for every answer of the service: limit, headers, and a log without secrets."""

from __future__ import annotations

import logging
import math
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, quote

from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import HTTPConnection
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from target_groove.profile.rate_limit import RateLimit

HEALTH_PATH: Final = "/healthz"
_SHOWN_OF_A_PATH: Final = 100
_QUERY: Final = "target_groove.query"
_LOGGER: Final = logging.getLogger("target-groove.profile")
_HEADERS: Final = {
    "Cache-Control": "private, no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Envelope:
    """Wraps the service: what it says to every request, whoever answers it.

    The query holds the token and an e-mail. It is taken out of the ASGI scope, so that the access
    log of a server, which reads it from there when the answer begins, has neither.
    """

    def __init__(self, app: ASGIApp, *, limit: RateLimit, clock: Callable[[], float]) -> None:
        """Wrap an application.

        Args:
            app: What answers.
            limit: How often an address may ask.
            clock: Gives seconds that only grow.
        """
        self._app = app
        self._limit = limit
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began_at, address = self._clock(), address_of(scope)
        scope[_QUERY], scope["query_string"] = scope["query_string"], b""
        status = HTTPStatus.INTERNAL_SERVER_ERROR.value

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            app = self._app
            if scope["path"] != HEALTH_PATH:
                if wait := self._limit.seconds_until_free(address):
                    app = too_often(wait)
                else:
                    self._limit.count(address)
            await app(scope, receive, send_with_headers)
        finally:
            milliseconds = (self._clock() - began_at) * 1000
            _LOGGER.info(
                "%s %s %s %s %.1f ms",
                quote(address, safe=":.%"),  # A proxy may hand on what a client wrote.
                scope["method"],
                _one_word(scope["path"]),
                status,
                milliseconds,
            )


def address_of(scope: Scope) -> str:
    """Name the address that a request comes from."""
    client: Any = scope.get("client")
    return client[0] if client else ""


def _one_word(path: str) -> str:
    """Write a path so that it cannot be taken for another line of the log."""
    return quote(path[:_SHOWN_OF_A_PATH])


def query_of(connection: HTTPConnection) -> dict[str, str]:
    """Read the query of a request; of several values of a parameter the last counts."""
    text = connection.scope.get(_QUERY, b"").decode("latin-1")
    return dict(parse_qsl(text, keep_blank_values=True, errors="replace"))


def too_often(wait: float) -> JSONResponse:
    """Answer that an address has to wait.

    Args:
        wait: For how many seconds.
    """
    return JSONResponse(
        {"error": "too many requests"},
        HTTPStatus.TOO_MANY_REQUESTS,
        headers={"Retry-After": str(math.ceil(wait))},
    )
