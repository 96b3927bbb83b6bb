"""Asks a server so often a second, whether it keeps up or not, and says how long answers took.

Each question has its time beforehand, and its latency counts from then: a server that falls behind
cannot hide it by being asked less (what `wrk` without `-R` and `ab` do).
"""

from __future__ import annotations

import asyncio
import gc
import itertools
from contextlib import suppress
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    _Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]

_HEAD_END = b"\r\n\r\n"
_LENGTH = b"content-length:"


@dataclass(frozen=True)
class Asked:
    """What came of it.

    Attributes:
        latencies: Seconds from the time that a question was meant for to the end of its answer,
            in rising order; those without an answer are missing.
        failed: Questions without an answer, or with another status than 200.
        connections: Connections that were opened.
        late: How long after its time the latest question left, in seconds: what this program
            itself is to blame for.
    """

    latencies: Sequence[float]
    failed: int
    connections: int
    late: float

    def percentile(self, share: float) -> float:
        """Give the latency that so large a share of the answers did not exceed."""
        place = min(len(self.latencies) - 1, int(len(self.latencies) * share))
        return self.latencies[place]


def ask(
    port: int, paths: Sequence[str], *, per_second: float, count: int, keep_alive: bool
) -> Asked:
    """Ask a server on this machine.

    Args:
        port: Its port.
        paths: What is asked for, in turns.
        per_second: How often.
        count: How often in all.
        keep_alive: Whether connections are used again; otherwise each question opens one.
    """
    # Looking for garbage would hold this program up, and its delays count as the server's.
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        return asyncio.run(_Asking(port, keep_alive=keep_alive).run(paths, per_second, count))
    finally:
        gc.enable()
        gc.unfreeze()


class _Asking:
    def __init__(self, port: int, *, keep_alive: bool) -> None:
        self._port = port
        self._keep_alive = keep_alive
        self._free: list[_Connection] = []
        self._latencies: list[float] = []
        self._failed = 0
        self._connections = 0
        self._late = 0.0

    async def run(self, paths: Sequence[str], per_second: float, count: int) -> Asked:
        began = perf_counter() + 0.1
        tasks = set()
        turns: Iterator[str] = itertools.cycle(paths)
        for number in range(count):
            due = began + number / per_second
            if (wait := due - perf_counter()) > 0:
                await asyncio.sleep(wait)
            self._late = max(self._late, perf_counter() - due)
            task = asyncio.create_task(self._ask(next(turns), due))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        await asyncio.gather(*tasks)
        for _, writer in self._free:
            await _close(writer)
        return Asked(sorted(self._latencies), self._failed, self._connections, self._late)

    async def _ask(self, path: str, due: float) -> None:
        kept = "keep-alive" if self._keep_alive else "close"
        head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: {kept}\r\n\r\n".encode()
        while self._free:
            # As every client does: a connection may have been closed while nobody used it.
            if await self._ask_on(self._free.pop(), head, due):
                return
        try:
            is_answered = await self._ask_on(await self._open(), head, due)
        except OSError:
            is_answered = False
        self._failed += not is_answered

    async def _ask_on(self, connection: _Connection, head: bytes, due: float) -> bool:
        """Ask on a connection; gives whether an answer came."""
        reader, writer = connection
        try:
            writer.write(head)
            answer = await reader.readuntil(_HEAD_END)
            length = int(answer.lower().partition(_LENGTH)[2].split(b"\r\n", 1)[0])
            await reader.readexactly(length)
        except (OSError, EOFError, ValueError):
            await _close(writer)
            return False
        self._latencies.append(perf_counter() - due)
        self._failed += not answer.startswith(b"HTTP/1.1 200 ")
        if self._keep_alive:
            self._free.append(connection)
        else:
            await _close(writer)
        return True

    async def _open(self) -> _Connection:
        self._connections += 1
        return await asyncio.open_connection("127.0.0.1", self._port)


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
