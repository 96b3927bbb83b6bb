"""The load generator against a server whose answers are known."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest

from benchmarks.open_loop import Asked, ask

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def server() -> Iterator[int]:
    """Answers `/x` with 404, `/gone` not at all, `/last` at last, and everything else with 200."""
    loop, ready, port = asyncio.new_event_loop(), threading.Event(), list[int]()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.read(2_000):
            if b"/gone" in head:
                break
            status = b"404 No" if b"/x" in head else b"200 OK"
            writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 2\r\n\r\nok")
            if b"/last" in head:
                break
        writer.close()

    async def serve() -> None:
        listening = await asyncio.start_server(answer, "127.0.0.1", 0)
        port.append(listening.sockets[0].getsockname()[1])
        ready.set()
        await listening.serve_forever()

    task = loop.create_task(serve())
    thread = threading.Thread(
        target=lambda: loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
    )
    thread.start()
    ready.wait()
    yield port[0]
    loop.call_soon_threadsafe(task.cancel)
    thread.join()
    loop.close()


def test_connections_are_used_again_or_not(server: int) -> None:
    kept = ask(server, ["/"], per_second=200, count=20, keep_alive=True)
    assert (len(kept.latencies), kept.failed) == (20, 0)
    assert kept.connections < 20
    new = ask(server, ["/"], per_second=2_000, count=20, keep_alive=False)
    assert (len(new.latencies), new.failed, new.connections) == (20, 0, 20)


def test_what_the_server_let_go_of_is_asked_on_another_connection(server: int) -> None:
    asked = ask(server, ["/last"], per_second=2_000, count=4, keep_alive=True)
    assert (len(asked.latencies), asked.failed, asked.connections) == (4, 0, 4)


def test_what_fails_is_counted(server: int) -> None:
    asked = ask(server, ["/x", "/gone", "/"], per_second=2_000, count=9, keep_alive=False)
    assert asked.failed == 6
    assert len(asked.latencies) == 6


def test_percentiles_are_of_the_answers() -> None:
    asked = Asked([float(each) for each in range(1, 101)], 0, 1, 0.0)
    assert [asked.percentile(each) for each in (0.5, 0.99, 1)] == [51, 100, 100]
