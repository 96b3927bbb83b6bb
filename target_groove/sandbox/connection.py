"""HTTP connections that can be cut without an answer."""

from __future__ import annotations

import contextlib
import itertools
import socket
import struct
from typing import Any

try:
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol as _Protocol
except ImportError:  # pragma: no cover - the slower parser, where httptools is missing
    from uvicorn.protocols.http.h11_impl import (  # type: ignore[assignment]
        H11Protocol as _Protocol,
    )

# Where a connection stands in the scope of its requests.
SCOPE_KEY = "sandbox.connection"

_numbers = itertools.count(1)


class Connection(_Protocol):
    """A connection with a number, which tells its requests who they came by."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Wrap the application so that it sees the connection."""
        super().__init__(*args, **kwargs)
        self.number = next(_numbers)
        inner = self.app

        async def app(scope: Any, receive: Any, send: Any) -> None:
            scope[SCOPE_KEY] = self
            await inner(scope, receive, send)

        self.app = app

    def cut(self) -> None:
        """Drop the connection at once, so that the client sees it reset."""
        raw = self.transport.get_extra_info("socket")
        # The client may have gone first.
        with contextlib.suppress(OSError):
            # Lingering for no time turns the close into a reset.
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()
