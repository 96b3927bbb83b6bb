"""What is known of a request when a call fails, and when a connection is used again."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from target_groove.delivery.answer import Answer
from target_groove.delivery.client import (
    MAX_ANSWER_BYTES,
    Client,
    NoAnswer,
    NotSent,
    Unsendable,
)
from target_groove.delivery.connection import LONGEST_IDLE
from target_groove.settings import read_settings
from tests.conftest import TOKEN
from tests.delivery.scripted import Scripted

PROXIES = ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY")
CLOSED = "http://127.0.0.1:1"
"""Nobody listens there."""


def said(body: str, status: int = 200, *headers: str) -> bytes:
    lines = (f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", *headers, "", body)
    return "\r\n".join(lines).encode("latin-1")


Start = Callable[..., Scripted]


@pytest.fixture
def scripted() -> Iterator[Start]:
    """`scripted(answer, …)` starts a server."""
    with contextlib.ExitStack() as stack:

        def start(*answers: Iterable[bytes] | bytes | None) -> Scripted:
            server = Scripted(list(answers))
            stack.callback(server.close)
            return server

        yield start


@pytest.fixture
def client() -> Iterator[Callable[..., Client]]:
    """`client(clock=…)` makes a client."""
    with contextlib.ExitStack() as stack:

        def make(**more: Any) -> Client:
            settings = read_settings({"api_token": TOKEN, "request_timeout_seconds": 1})
            return stack.enter_context(contextlib.closing(Client(settings, **more)))

        yield make


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment without proxies; `setenv` adds some."""
    for name in (*PROXIES, "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def post(client: Client, url: str, **headers: str) -> Answer:
    return client.call("POST", url, headers=headers, body=b"{}")


# What is known when it fails


def test_a_proxy_that_takes_the_request_and_hangs_up(
    client: Callable[..., Client], scripted: Start, environment: pytest.MonkeyPatch
) -> None:
    proxy = scripted(None)
    environment.setenv("http_proxy", proxy.url)

    with pytest.raises(NoAnswer):
        post(client(), "http://groove.example/v1/tickets")

    assert len(proxy.received) == 1


def test_calls_at_the_same_time(client: Callable[..., Client], scripted: Start) -> None:
    server, shared = scripted(None), client(connections=8)

    def fails_by(number: int) -> type[Exception]:
        with pytest.raises((NoAnswer, NotSent)) as caught:
            post(shared, CLOSED if number % 2 else server.url)
        return caught.type

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(fails_by, range(40))) == [NoAnswer, NotSent] * 20


UNSENDABLE = {
    "a line break in a header": ("http://127.0.0.1:1/x", {"X-A": "a\r\nb"}),
    "no Latin in a header": ("http://127.0.0.1:1/x", {"X-A": "\u20ac"}),
    "no host": ("http:///x", {}),
    "half an address": ("http://[/x", {}),
    "no label": (f"http://{'a' * 70}.example/x", {}),
    "no port": ("http://127.0.0.1:99999999/x", {}),
    "no scheme": ("/x", {}),
}


@pytest.mark.parametrize("url, headers", UNSENDABLE.values(), ids=UNSENDABLE)
def test_what_cannot_be_sent(
    client: Callable[..., Client], scripted: Start, url: str, headers: dict[str, str]
) -> None:
    server = scripted(said("{}"))

    with pytest.raises(Unsendable) as caught:
        post(client(), url.replace(CLOSED, server.url), **headers)

    assert str(caught.value)
    assert server.received == []


@pytest.mark.parametrize("url", ["ftp://groove.example/x", "mailto:kim@example.org", "httpx://a/"])
def test_another_kind_of_address(client: Callable[..., Client], url: str) -> None:
    with pytest.raises(NotSent, match="neither with http:// nor with https://") as caught:
        post(client(), url)

    assert caught.value.final


@pytest.mark.parametrize(
    "proxy", ["http://jo:password@[", "http://", "socks9://127.0.0.1:1", "ftp://127.0.0.1:1"]
)
def test_a_proxy_that_is_none(
    client: Callable[..., Client], environment: pytest.MonkeyPatch, proxy: str
) -> None:
    environment.setenv("http_proxy", proxy)

    with pytest.raises(NotSent) as caught:
        post(client(), "http://groove.example/v1/tickets")

    assert caught.value.final
    assert "password" not in str(caught.value)


def test_each_host_has_its_proxy(
    client: Callable[..., Client], scripted: Start, environment: pytest.MonkeyPatch
) -> None:
    proxy, server, one = scripted(said("{}")), scripted(said("{}")), client()
    environment.setenv("http_proxy", proxy.url)
    environment.setenv("no_proxy", "127.0.0.1")

    for _ in range(2):
        post(one, "http://groove.example/v1/tickets")
        post(one, server.url)

    assert (proxy.connections, server.connections) == ([1, 1], [1, 1])


# What comes back


@pytest.mark.parametrize("status", [101, 102, 103, 199])
def test_an_interim_answer(client: Callable[..., Client], scripted: Start, status: int) -> None:
    """What comes behind it is not taken for the next request's answer."""
    first = f"HTTP/1.1 {status} X\r\nLink: </x>\r\n\r\n".encode() + said('{"answer": 1}')
    server, one = scripted(first, said('{"answer": 2}')), client()

    with pytest.raises(NoAnswer, match=f"interim {status}"):
        post(one, server.url)

    assert post(one, server.url).body == {"answer": 2}
    assert server.connections == [1, 2]


def test_an_interim_100(client: Callable[..., Client], scripted: Start) -> None:
    server = scripted(b"HTTP/1.1 100 Continue\r\n\r\n" + said('{"answer": 1}'))

    assert post(client(), server.url).body == {"answer": 1}


@pytest.mark.parametrize(
    "to", ["http://[", "http://x:99999999/", "", "//", "http://\xe9.x/", "\xff"]
)
def test_where_a_redirect_leads_to_is_nobodys_business(
    client: Callable[..., Client], scripted: Start, to: str
) -> None:
    server, one = scripted(said("", 302, f"Location: {to}"), said("{}")), client()

    answer = post(one, server.url)

    assert (answer.status_code, answer.headers["Location"]) == (302, to)
    assert post(one, server.url).status_code == 200
    assert server.connections == [1, 1]


def test_a_big_redirect_is_read_up_to_a_bound(
    client: Callable[..., Client], scripted: Start
) -> None:
    million = b"x" * 1_000_000
    server = scripted((said("x" * 50_000_000, 302, "Location: /y")[:100], *[million] * 50))

    answer = post(client(), server.url)

    assert MAX_ANSWER_BYTES <= len(answer.content) <= MAX_ANSWER_BYTES + 65_536


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\nA: ", said("x" * 100)[:60]])
def test_an_answer_that_drips(client: Callable[..., Client], scripted: Start, start: bytes) -> None:
    """Each byte is in time; the answer is not."""

    def drips() -> Iterator[bytes]:
        yield start
        for _ in range(60):
            time.sleep(0.05)
            yield b"H"

    server = scripted(drips())
    begun = time.monotonic()

    with pytest.raises(NoAnswer, match=r"within the time-out|not complete after 1 s"):
        post(client(), server.url)

    assert 0.9 < time.monotonic() - begun < 2


# When a connection is used again


@pytest.mark.parametrize("idle, connections", [(LONGEST_IDLE, [1, 1]), (LONGEST_IDLE + 1, [1, 2])])
def test_a_connection_that_was_idle(
    client: Callable[..., Client], scripted: Start, idle: float, connections: list[int]
) -> None:
    seconds = [0.0]
    server, one = scripted(said("{}")), client(clock=lambda: seconds[0])

    post(one, server.url)
    seconds[0] += idle
    post(one, server.url)

    assert server.connections == connections


def test_no_connection_in_time(
    client: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: Any, **__: Any) -> None:
        raise TimeoutError

    monkeypatch.setattr("urllib3.util.connection.create_connection", never)

    with pytest.raises(NotSent, match="no connection within the time-out") as caught:
        post(client(), CLOSED)

    assert not caught.value.final
