"""A connection on which a request does not come to its end in time is closed.

Uvicorn waits for ever for the rest of a request's head, so a thousand clients that say nothing more
would keep Groove out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from uvicorn.protocols.http.auto import AutoHTTPProtocol

if TYPE_CHECKING:
    import asyncio

SECONDS_FOR_A_HEAD: Final = 10
"""How long the head of a request may take, from when the connection is made or its first byte."""


class ImpatientProtocol(AutoHTTPProtocol):  # type: ignore[misc,valid-type]
    """Uvicorn's protocol, with an end to its patience."""

    _gives_up: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Wait for the rest of a head only, not for an answer."""
        super().data_received(data)
        if self._is_answering():
            self._wait_no_more()
        elif self._gives_up is None:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._wait_no_more()
        super().connection_lost(exc)

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _wait(self) -> None:
        self._gives_up = self.loop.call_later(SECONDS_FOR_A_HEAD, self.transport.close)

    def _wait_no_more(self) -> None:
        if self._gives_up is not None:
            self._gives_up.cancel()
            self._gives_up = None
