"""Connections that note when a request begins to be sent, and that wait only up to a deadline."""

from __future__ import annotations

import functools
import io
from contextvars import ContextVar
from http.client import HTTPResponse
from typing import TYPE_CHECKING, Any, Final

from urllib3.connection import HTTPConnection

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from urllib3 import HTTPConnectionPool
    from urllib3.response import HTTPResponse as PoolResponse

_LONGEST_PIECE: Final = 65_536
"""Bytes; a longer request is not worth copying into one piece."""
LONGEST_IDLE: Final = 20.0
"""Seconds; a server or a balancer may be about to close a connection that was idle for longer."""


class Call:
    """What is noted about one call.

    Attributes:
        clock: Gives seconds that only grow.
        has_begun: Whether anything of the request may have been written: not before there is a
            connection, with a proxy's tunnel and TLS where they are wanted.
    """

    def __init__(self, clock: Callable[[], float], timeout: float) -> None:
        """Begin to wait.

        Args:
            clock: Gives seconds that only grow.
            timeout: Seconds that an answer may take.
        """
        self.clock = clock
        self.has_begun = False
        self._timeout = timeout
        self._deadline = clock() + timeout

    def restart(self) -> None:
        """Grant the whole time again: how long it took to connect or send is not the answer's."""
        self._deadline = self.clock() + self._timeout

    def seconds_left(self) -> float:
        """Say how long may still be waited.

        Raises:
            TimeoutError: The time is over.
        """
        left = self._deadline - self.clock()
        if left <= 0:
            msg = "the time is over"
            raise TimeoutError(msg)
        return left


# urllib3 hands nothing of ours through to a connection. Every thread, and every task, has its own
# value, so that calls at the same time do not note anything on another's.
CURRENT: Final[ContextVar[Call]] = ContextVar("current_call")
"""The call on which connections note what happens."""


class _Incoming(io.RawIOBase):
    """What a socket receives, up to the call's deadline.

    A socket's own time-out begins again with every byte, so a server that drips never meets it.
    """

    def __init__(self, sock: socket.socket, call: Call) -> None:
        self._socket = sock
        self._file = sock.makefile("rb", buffering=0)
        self._call = call

    def makefile(self, mode: str) -> io.BufferedReader:  # noqa: ARG002 - http.client only reads
        """Stand in for the socket when an answer asks it for a file."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._socket.settimeout(self._call.seconds_left())
        return self._file.readinto(buffer)

    def close(self) -> None:
        self._file.close()
        super().close()


class _Response(HTTPResponse):
    """An answer that is read up to the deadline, from its first byte on."""

    def __init__(self, sock: socket.socket, *arguments: Any, **named: Any) -> None:
        incoming: Any = _Incoming(sock, CURRENT.get())
        super().__init__(incoming, *arguments, **named)


class _Connection(HTTPConnection):
    """Notes on the current call what happens; goes before urllib3's own class of connection."""

    response_class = _Response
    _last_used: float | None = None
    _pieces: list[bytes] | None = None

    @property
    def is_connected(self) -> bool:
        """Whether it can be used again; urllib3 closes it if not, and connects anew."""
        idle_since = self._last_used
        if idle_since is not None and CURRENT.get().clock() - idle_since > LONGEST_IDLE:
            return False
        return super().is_connected

    def request(self, *arguments: Any, **named: Any) -> None:
        """Write a request: head and body in one piece, as two would be two packets."""
        try:
            super().request(*arguments, **named)
            pieces, self._pieces = self._pieces or [], None
            together = sum(map(len, pieces)) <= _LONGEST_PIECE
            for piece in [b"".join(pieces)] if together else pieces:
                self.send(piece)
        finally:
            self._pieces = None

    def endheaders(self, message_body: Any = None, *, encode_chunked: bool = False) -> None:
        """Begin to write; whatever is wrong with the head was found before."""
        if self.sock is None:
            # http.client would do it on sending, and nobody could tell one from the other.
            self.connect()
        CURRENT.get().has_begun = True
        self._pieces = []
        super().endheaders(message_body, encode_chunked=encode_chunked)

    def send(self, data: Any) -> None:
        """Write, or keep a piece of a request until it is whole."""
        if self._pieces is None:
            super().send(data)
        else:
            self._pieces.append(data)

    def getresponse(self) -> PoolResponse:  # type: ignore[override]
        """Wait for the answer's head."""
        call = CURRENT.get()
        call.restart()
        response = super().getresponse()
        self._last_used = call.clock()
        return response


@functools.cache
def noting(pool: type[HTTPConnectionPool]) -> type[HTTPConnectionPool]:
    """Derive from whatever class is there: a SOCKS proxy's manager has classes of its own."""
    connection: Any = pool.ConnectionCls
    if issubclass(connection, _Connection):
        return pool
    noting = type(connection.__name__, (_Connection, connection), {})
    return type(pool.__name__, (pool,), {"ConnectionCls": noting})
