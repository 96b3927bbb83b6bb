"""Time that passes only when somebody sleeps, and the engine and the client in it."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from target_groove.delivery.adaptive_limit import AdaptiveLimit
from target_groove.delivery.adaptive_pacer import AdaptivePacer
from target_groove.delivery.client import Client
from target_groove.delivery.engine import Engine
from target_groove.delivery.outcome import AnswerRule, Outcome
from target_groove.delivery.pacing import Pacer
from target_groove.delivery.request import Content, Delivery, Request
from target_groove.delivery.sender import Times
from target_groove.settings import read_settings
from tests.conftest import TOKEN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from target_groove.sandbox import Sandbox

TLS_HELLO = b"\x16"
START = datetime(2026, 2, 3, 10, 15, 0, tzinfo=UTC)


@dataclass
class FakeTime:
    """A clock that `sleep` moves.

    Attributes:
        seconds: What it shows.
        waits: Every sleep.
    """

    seconds: float = 0.0
    waits: list[float] = field(default_factory=list)

    def clock(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.seconds += seconds


@pytest.fixture
def fake_time() -> FakeTime:
    return FakeTime()


@dataclass
class Desk:
    """An engine against a base URL, in time that only it moves.

    Attributes:
        fake_time: Its time.
        api_url: Where it sends.
        settings: Settings beside token and URL.
    """

    fake_time: FakeTime
    api_url: str
    settings: dict[str, Any] = field(default_factory=dict)
    engines: list[Engine] = field(default_factory=list)

    def engine(self, **times: Any) -> Engine:
        """A fresh engine; without jitter, unless `jitter` is given."""
        settings = read_settings(
            {
                "api_token": TOKEN,
                "api_url": self.api_url,
                "requests_per_minute": 0,
                **self.settings,
            }
        )
        seconds = self.fake_time
        parts = Times(
            **{
                "clock": seconds.clock,
                "now": seconds.now,
                "sleep": seconds.sleep,
                "jitter": lambda longest: longest,
                **times,
            }
        )
        pacer = Pacer(settings.requests_per_minute, clock=parts.clock, sleep=parts.sleep)
        limit = AdaptiveLimit(8, jitter=parts.jitter)
        engine = Engine(
            Client(settings),
            AdaptivePacer(limit, pacer, clock=parts.clock, sleep=parts.sleep),
            parts,
            api_url=settings.api_url,
            max_attempts=settings.max_attempts,
        )
        self.engines.append(engine)
        return engine

    def request(
        self,
        method: str = "POST",
        path: str = "/echo/x",
        payload: Any = None,
        *,
        repeatable: bool = False,
        answer: AnswerRule | None = None,
    ) -> Request:
        """A request that carries no record."""
        return Request(
            endpoint="custom",
            stream="s",
            method=method,
            url=self.api_url + path,
            payload={"id": 1} if payload is None else payload,
            content=Content.EMPTY if method in {"GET", "DELETE"} else Content.JSON,
            headers={},
            sources=(),
            repeatable=repeatable,
            answer=answer or AnswerRule(),
        )

    def send(self, *arguments: Any, **named: Any) -> Outcome:
        """Send a single request with a fresh engine."""
        return self.engine().deliver(Delivery((self.request(*arguments, **named),)))


@pytest.fixture
def desk(sandbox: Sandbox, fake_time: FakeTime) -> Iterator[Desk]:
    """`desk.send(method, path)` gives the outcome of one request to the sandbox."""
    desk = Desk(fake_time, sandbox.api_url)
    yield desk
    for each in desk.engines:
        each.close()


@dataclass
class RawServer:
    """A server that answers every connection with the same bytes.

    Attributes:
        url: Its address.
        received: What came, one item a connection.
        hung_up: How many connections it has closed.
    """

    url: str
    received: list[bytes] = field(default_factory=list)
    hung_up: int = 0


@pytest.fixture
def raw_server() -> Iterator[Callable[[bytes], RawServer]]:
    """`raw_server(answer)` starts a server that says just that, and hangs up."""
    with contextlib.ExitStack() as stack:

        def start(answer: bytes) -> RawServer:
            listener = socket.create_server(("127.0.0.1", 0))
            server = RawServer(f"http://127.0.0.1:{listener.getsockname()[1]}")
            thread = threading.Thread(target=_serve, args=(listener, answer, server))
            thread.start()

            def stop() -> None:
                with contextlib.suppress(OSError):
                    listener.shutdown(socket.SHUT_RDWR)
                thread.join()
                listener.close()

            stack.callback(stop)
            return server

        yield start


def _serve(listener: socket.socket, answer: bytes, server: RawServer) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            server.received.append(_read_request(connection))
            connection.sendall(answer)
        server.hung_up += 1


def _read_request(connection: socket.socket) -> bytes:
    """Read a whole request: what is left unread would turn the end into a reset."""
    data = b""
    while chunk := connection.recv(65_536):
        data += chunk
        head, end, body = data.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head.lower())
        if data.startswith(TLS_HELLO) or (end and len(body) >= int(length[1] if length else 0)):
            break
    return data
