"""One client for many threads: who calls gets the answer, over a connection of its own."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from target_groove.delivery.client import Client
from target_groove.settings import read_settings
from tests.conftest import TOKEN
from tests.delivery.scripted import Scripted

THREADS = 16
PATIENCE = 30
"""Seconds; only a failure takes as long."""


def answer(head: bytes, body: str = "") -> bytes:
    """Answer with the path that was asked for."""
    content = (body or head.split()[1].decode()).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(content), content)


@pytest.fixture
def start() -> Iterator[Callable[[Callable[[bytes], bytes]], Scripted]]:
    """`start(answer)` starts a server that makes its answers of the requests' heads."""
    with contextlib.ExitStack() as stack:

        def started(answering: Callable[[bytes], bytes]) -> Scripted:
            return stack.enter_context(contextlib.closing(Scripted([answering])))

        yield started


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Client]]:
    """`client(connections=…)` makes a client; no proxy is in its way."""
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    settings = read_settings({"api_token": TOKEN, "request_timeout_seconds": PATIENCE})
    with contextlib.ExitStack() as stack:
        yield lambda **more: stack.enter_context(contextlib.closing(Client(settings, **more)))


def call(client: Client, url: str) -> str:
    return client.call("POST", url, headers={}, body=b"{}").content.decode()


Start = Callable[[Callable[[bytes], bytes]], Scripted]
Make = Callable[..., Client]


def test_all_at_the_same_time(start: Start, client: Make) -> None:
    """The server answers nobody before all have asked."""
    together = threading.Barrier(THREADS)

    def when_all_have_asked(head: bytes) -> bytes:
        together.wait(PATIENCE)
        return answer(head)

    server, shared = start(when_all_have_asked), client(connections=THREADS)
    paths = [f"/{number}" for number in range(THREADS)]
    with ThreadPoolExecutor(THREADS) as pool:
        for _ in range(3):
            assert list(pool.map(lambda path: call(shared, server.url + path), paths)) == paths

    assert set(server.connections) == set(range(1, THREADS + 1))


@pytest.mark.parametrize("connections", [1, 3, THREADS])
def test_each_gets_its_answer(
    start: Start, client: Make, caplog: pytest.LogCaptureFixture, connections: int
) -> None:
    """Of more threads than connections each waits for one, and none is thrown away."""
    caplog.set_level(logging.WARNING)
    server, shared = start(answer), client(connections=connections)
    paths = [f"/{number}" for number in range(400)]

    with ThreadPoolExecutor(THREADS) as pool:
        assert list(pool.map(lambda path: call(shared, server.url + path), paths)) == paths

    assert len(set(server.connections)) <= connections
    assert caplog.records == []


def test_through_a_proxy(start: Start, client: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy, shared = start(answer), client(connections=4)
    monkeypatch.setenv("http_proxy", proxy.url)
    urls = [f"http://groove-{number % 3}.example/{number}" for number in range(100)]

    with ThreadPoolExecutor(THREADS) as pool:
        assert list(pool.map(lambda url: call(shared, url), urls)) == urls

    assert len(set(proxy.connections)) <= 4 * 3


def test_the_way_to_a_host_is_found_once(
    start: Start, client: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the environment says later, and however many ask first."""
    server, shared, first = start(answer), client(connections=THREADS), threading.Barrier(THREADS)

    def together(number: int) -> str:
        first.wait(PATIENCE)
        return call(shared, f"{server.url}/{number}")

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(together, range(THREADS)))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")

    assert call(shared, server.url + "/later") == "/later"
    assert len(set(server.connections)) <= THREADS


@pytest.mark.parametrize(
    "odd",
    [
        b"",
        b"oops\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9, 8\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nContent-Encoding: gzip\r\n\r\nno gzip..",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n" + b"x" * 9_000_000,
    ],
)
def test_a_call_that_goes_wrong_gives_its_connection_back(
    start: Start, client: Make, odd: bytes
) -> None:
    """Else the next would wait for one for ever."""

    def answers(head: bytes) -> bytes:
        if not odd and b"POST /odd" in head:
            raise OSError
        return odd if b"POST /odd" in head else answer(head)

    server, shared = start(answers), client(connections=1)

    for _ in range(3):
        with contextlib.suppress(Exception):
            call(shared, server.url + "/odd")
        assert call(shared, server.url + "/even") == "/even"


def test_what_cannot_be_sent_gives_its_connection_back(start: Start, client: Make) -> None:
    server, shared = start(answer), client(connections=1)
    odd: Any = {"X-A": "\u20ac"}

    for _ in range(3):
        with pytest.raises(Exception, match="latin-1"):
            shared.call("POST", server.url, headers=odd, body=b"{}")
        assert call(shared, server.url + "/even") == "/even"
