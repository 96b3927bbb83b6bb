"""What exactly goes over the wire, compared with what `requests` makes of it."""

from __future__ import annotations

import contextlib
import gzip
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from target_groove.delivery.client import Client, Unsendable
from target_groove.settings import read_settings
from tests.conftest import TOKEN
from tests.delivery.scripted import Scripted

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    """A server that is content with everything, and no proxy before it."""
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with contextlib.closing(Scripted([OK])) as started:
        yield started


@pytest.fixture
def client() -> Iterator[Client]:
    settings = read_settings({"api_token": TOKEN, "request_timeout_seconds": 1})
    with contextlib.closing(Client(settings)) as made:
        yield made


def lines_of(head: bytes) -> list[str]:
    first, *headers = head.decode("latin-1").split("\r\n")
    return [first, *sorted(headers)]


PATHS = [
    "",
    "/",
    "/v1/tickets/12/state",
    "/v1/tickets/",
    "?x=1",
    "//a",
    "/a#part",
    "/a?#part",
    "/a?b?c",
    "/a/../b/./c",
    "/tickets/kim@example.org/x",
    "/tickets/kim%40example.org/x",
    "/a+b?c=d+e",
    "/a%2Fb?c=%2f%3A",
    "/a b/%20",
    "/%zz/a%",
    "/%7Euser/~user?q=%7e",
    "/ü/ß?q=€",
    "/%c3%bc",
    "/a'(b)!*$&,;=:@",
    '/a[b]{c}|d^e`f"<>\\',
    "/a;b=c;d",
    "/a\tb\x7f",
]


@pytest.mark.parametrize("path", PATHS)
def test_urls_are_escaped_as_requests_does(server: Scripted, client: Client, path: str) -> None:
    for _ in range(2):
        client.call("POST", server.url + path, headers={}, body=b"{}")
    with requests.Session() as session:
        session.post(server.url + path, data=b"{}")

    first, second, theirs = (lines_of(head)[0] for _, head in server.received)
    assert first == theirs
    assert second == theirs


@pytest.mark.parametrize("path", PATHS)
def test_a_proxy_is_asked_for_the_whole_url_as_requests_does(
    server: Scripted, client: Client, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setenv("http_proxy", server.url.replace("//", "//jo:se%40cret@"))
    url = "http://user@Groove.example:80" + path

    for _ in range(2):
        client.call("POST", url, headers={}, body=b"{}")
    with requests.Session() as session:
        session.post(url, data=b"{}")

    heads = [lines_of(head) for _, head in server.received]
    (first, *headers), (second, *_), (theirs, *their_headers) = heads
    assert first == theirs
    assert second == theirs
    password = "Proxy-Authorization: Basic am86c2VAY3JldA=="
    assert password in headers
    assert password in their_headers


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "post"])
@pytest.mark.parametrize("body", [None, b"", b"{}"])
def test_the_head_is_that_of_requests(
    server: Scripted, client: Client, method: str, body: bytes | None
) -> None:
    headers = {"x-source": "meltano", "accept": "text/plain"}

    client.call(method, server.url, headers=headers, body=body)
    with requests.Session() as session:
        session.headers["User-Agent"] = next(
            line.partition(": ")[2]
            for line in lines_of(server.received[0][1])
            if line.startswith("User-Agent")
        )
        authorized = {**headers, "Authorization": f"Bearer {TOKEN}"}
        session.request(method, server.url, headers=authorized, data=body)

    ours, theirs = (lines_of(head) for _, head in server.received)
    assert ours == theirs


HEADERS: dict[str, dict[str, str]] = {
    "a name that begins with a space": {" X": "a"},
    "a name with a colon": {"X:": "a"},
    "no name": {"": "a"},
    "a name that is not ASCII": {"\xfc": "a"},
    "a value that begins with a space": {"X": " a"},
    "a value of two lines": {"X": "a\r\nb"},
    "a value beyond Latin": {"X": "\u20ac"},
}


@pytest.mark.parametrize("headers", HEADERS.values(), ids=HEADERS)
def test_no_headers(server: Scripted, client: Client, headers: dict[str, str]) -> None:
    for _ in range(2):
        with pytest.raises(Unsendable):
            client.call("POST", server.url, headers=headers, body=b"{}")

    client.call("POST", server.url, headers={}, body=b"{}")
    assert len(server.received) == 1


def test_headers_are_those_of_the_call(server: Scripted, client: Client) -> None:
    for headers in ({"X-A": "1"}, {"X-A": "2"}, {}, {"x-a": "1", "authorization": "mine"}):
        client.call("POST", server.url, headers=headers, body=b"{}")

    heads = [lines_of(head) for _, head in server.received]
    assert [[line for line in head if line.lower().startswith("x-a")] for head in heads] == [
        ["X-A: 1"],
        ["X-A: 2"],
        [],
        ["x-a: 1"],
    ]
    assert all(f"Authorization: Bearer {TOKEN}" in head for head in heads)
    assert not any("mine" in line for line in heads[-1])


def test_cookies_are_not_kept(server: Scripted, client: Client) -> None:
    server.answers = [OK.replace(b"\r\n\r\n", b"\r\nSet-Cookie: who=somebody\r\n\r\n")]

    for _ in range(2):
        client.call("POST", server.url, headers={}, body=b"{}")

    assert not any(b"cookie" in head.lower() for _, head in server.received)


@pytest.mark.parametrize("length, pieces", [(2, 1), (60_000, 1), (70_000, 2)])
def test_a_request_leaves_in_one_piece_unless_it_is_long(
    server: Scripted, client: Client, monkeypatch: pytest.MonkeyPatch, length: int, pieces: int
) -> None:
    written: list[bytes] = []
    write = socket.socket.sendall

    def note(self: socket.socket, data: Any) -> None:
        if data.startswith((b"POST", b"x")):
            written.append(data)
        write(self, data)

    monkeypatch.setattr(socket.socket, "sendall", note)

    client.call("POST", server.url, headers={}, body=b"x" * length)

    assert len(written) == pieces
    assert b"".join(written).endswith(b"\r\n\r\n" + b"x" * length)


# What comes back

LAST_CHUNK = b"0\r\n\r\n"

PARCELS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "plain": ("X: y", lambda content: content),
    "identity": ("Content-Encoding: identity", lambda content: content),
    "gzip": ("Content-Encoding: gzip", gzip.compress),
    "chunked": (
        "Transfer-Encoding: chunked",
        lambda content: (b"%x\r\n%b\r\n" % (len(content), content)) * bool(content) + LAST_CHUNK,
    ),
}


@pytest.mark.parametrize("content", [b"", b'{"n": 1}', b"x" * 200_000])
@pytest.mark.parametrize("header, packed", PARCELS.values(), ids=PARCELS)
def test_an_answer_is_read_whole_and_the_connection_kept(
    server: Scripted,
    client: Client,
    header: str,
    packed: Callable[[bytes], bytes],
    content: bytes,
) -> None:
    parcel = packed(content)
    length = "" if header.startswith("Transfer") else f"Content-Length: {len(parcel)}\r\n"
    server.answers = [f"HTTP/1.1 200 OK\r\n{header}\r\n{length}\r\n".encode() + parcel]

    for _ in range(3):
        answer = client.call("GET", server.url, headers={}, body=None)
        assert (answer.status_code, answer.content) == (200, content)

    assert server.connections == [1, 1, 1]


def test_a_header_that_comes_twice(server: Scripted, client: Client) -> None:
    server.answers = [OK.replace(b"\r\n\r\n", b"\r\nX-A: 1\r\nx-a: 2\r\n\r\n")]

    answer = client.call("GET", server.url, headers={}, body=None)

    assert answer.headers["X-a"] == "1, 2"


def test_a_header_that_comes_twice_is_masked_twice(server: Scripted, client: Client) -> None:
    twice = b"\r\nX-A: a" + TOKEN.encode() + b"\r\nx-a: " + TOKEN.encode() + b"b\r\n\r\n"
    server.answers = [OK.replace(b"\r\n\r\n", twice)]

    answer = client.call("GET", server.url, headers={}, body=None)

    assert answer.headers["X-a"] == "a***, ***b"
    assert answer.headers["content-length"] == "2"
