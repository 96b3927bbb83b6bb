"""Clients that do not come to the end of what they say."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from target_groove.profile import patience
from target_groove.profile.serving import served
from target_groove.settings import Settings
from tests.profile.conftest import TOKEN

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.profile.conftest import Service

QUESTION = f"GET /?email=a@b.co&api_token={TOKEN} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


@pytest.fixture(autouse=True)
def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "SECONDS_FOR_A_HEAD", 0.2)


def connected(url: str) -> socket.socket:
    parts = urlsplit(url)
    return socket.create_connection((str(parts.hostname), int(parts.port or 0)), timeout=20)


@pytest.mark.parametrize("said", [b"", b"GET", QUESTION[:-2], b"POST / HTTP/1.1\r\nContent-Len"])
def test_a_head_that_does_not_end_ends_the_connection(
    serving: Callable[..., Any], said: bytes
) -> None:
    with serving() as service, connected(service.url) as line:
        line.sendall(said)
        assert line.recv(1_000) == b""


def test_a_kept_connection_is_there_for_the_next_question_and_no_half_one(
    serving: Callable[..., Any],
) -> None:
    service: Service
    with serving() as service, connected(service.url) as line, connected(service.url) as other:
        for _ in range(2):
            line.sendall(QUESTION)
            received = b""
            while not received.endswith(b"{}"):
                received += line.recv(1_000)
            assert received.startswith(b"HTTP/1.1 200")
            assert other.recv(1_000) == b""  # So long was the other's patience.
        line.sendall(QUESTION[:-2])
        assert line.recv(1_000) == b""


def test_an_answer_may_take_longer(url: str) -> None:
    asked, may_answer = threading.Event(), threading.Event()

    class SlowStore:
        def find(self, email: str) -> Mapping[str, Any] | None:
            if email:
                asked.set()
                assert may_answer.wait(20)
            return None

        def close(self) -> None:
            pass

    store: Any = SlowStore()
    settings = Settings(api_token=TOKEN, profile_url=url)
    with served(settings, store) as address, connected(address) as line:
        line.sendall(QUESTION)
        assert asked.wait(20)
        with connected(address) as other:
            assert other.recv(1_000) == b""
        may_answer.set()
        assert line.recv(1_000).startswith(b"HTTP/1.1 200")
