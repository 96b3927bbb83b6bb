"""A server that answers every request as if it had created a ticket, and counts.

It answers at once or after so many milliseconds, refuses what is above a limit with 429, and tells
at `/_counts` what it saw.
"""

from __future__ import annotations

import asyncio
import json
import math
import sys
import time
from dataclasses import asdict, dataclass

from benchmarks.server_limits import Limits, limits

_COUNTS = b"GET /_counts "
_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = b"\r\ncontent-length:"


@dataclass
class Counts:
    """What the server saw.

    Attributes:
        requests: How many arrived, the refused ones among them.
        refused: How many were answered 429.
        connections: How many connections carried requests.
        most_at_once: The most requests that waited for their answer at one time.
        held_seconds: How long all requests together were kept waiting.
        first: When the first request arrived; seconds that only grow.
        last: When the last answer left.
    """

    requests: int = 0
    refused: int = 0
    connections: int = 0
    most_at_once: int = 0
    held_seconds: float = 0.0
    first: float = 0.0
    last: float = 0.0


class Desk:
    """What all connections share."""

    def __init__(self, seconds: float, allowed: Limits) -> None:
        """Wait for so long before each answer, and allow so much."""
        self.seconds = seconds
        self.allowed = allowed
        self.counts = Counts()
        self.waiting = 0


class BareServer(asyncio.Protocol):
    """Reads whole requests, by Content-Length, and answers each with a ticket of its own."""

    def __init__(self, desk: Desk) -> None:
        """Answer for this desk."""
        self._desk = desk
        self._data = b""
        self._used = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection."""
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is complete."""
        self._data += data
        while (end := self._data.find(_END_OF_HEAD)) >= 0:
            head = self._data[:end].lower()
            at = head.find(_LENGTH)
            length = int(head[at + len(_LENGTH) :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            whole = end + len(_END_OF_HEAD) + length
            if len(self._data) < whole:
                return
            asked_for_counts = self._data.startswith(_COUNTS)
            self._data = self._data[whole:]
            if asked_for_counts:
                counts = json.dumps(asdict(self._desk.counts)).encode()
                self._transport.write(_answer(b"200 OK", counts))
            else:
                self._take()

    def _take(self) -> None:
        desk, counts = self._desk, self._desk.counts
        now = time.monotonic()
        counts.requests += 1
        if counts.requests == 1:
            counts.first = now
        counts.connections += not self._used
        self._used = True
        wait = desk.allowed.take(now)
        if wait > 0:
            counts.refused += 1
            seconds = str(max(1, math.ceil(wait))).encode()
            refusal = _answer(b"429 Too Many Requests", b"{}", b"Retry-After: " + seconds + b"\r\n")
            self._send(now, refusal)
            return
        ticket = b'{"ticket":{"number":%d}}' % (counts.requests - counts.refused)
        answer = _answer(b"201 Created", ticket)
        desk.waiting += 1
        counts.most_at_once = max(counts.most_at_once, desk.waiting)
        if desk.seconds:
            asyncio.get_running_loop().call_later(desk.seconds, self._done, now, answer)
        else:
            self._done(now, answer)

    def _done(self, arrived: float, answer: bytes) -> None:
        self._desk.waiting -= 1
        self._send(arrived, answer)

    def _send(self, arrived: float, answer: bytes) -> None:
        self._transport.write(answer)
        counts = self._desk.counts
        counts.last = time.monotonic()
        counts.held_seconds += counts.last - arrived


def _answer(status: bytes, body: bytes, headers: bytes = b"") -> bytes:
    return (b"HTTP/1.1 %b\r\nContent-Type: application/json\r\n%bContent-Length: %d\r\n\r\n%b") % (
        status,
        headers,
        len(body),
        body,
    )


async def serve(desk: Desk) -> None:
    """Print the port and answer until the process is ended."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: BareServer(desk), "127.0.0.1", 0, backlog=1024)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


def main(milliseconds: str, rule: str, limit: str, window_seconds: str) -> None:
    """Serve."""
    allowed = limits(rule, int(limit), float(window_seconds))
    asyncio.run(serve(Desk(float(milliseconds) / 1000, allowed)))


if __name__ == "__main__":
    main(*sys.argv[1:])
