"""The service over real HTTP."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import requests
import uvicorn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from target_groove.profile.changes import Change
from target_groove.profile.opening import open_store
from target_groove.profile.service import Limits
from target_groove.profile.writing import ProfileWriter
from tests.profile.conftest import TOKEN

if TYPE_CHECKING:
    from target_groove.profile.store import ProfileStore
    from tests.profile.conftest import Service

    Serving = Callable[..., AbstractContextManager[Service]]

NO_LIMITS = Limits(requests_per_second=0, refusals_per_minute=0)


@pytest.fixture
def ada(writer: ProfileWriter) -> None:
    writer.write(
        [
            Change("customers", "1", "ada@example.com", None, '{"plan":"pro","mrr":1.10}'),
            Change("customers", "2", "ada+x@example.com", None, '{"plan":null}'),
        ]
    )


@pytest.mark.usefixtures("ada")
def test_groove_gets_the_attributes_as_they_are(serving: Serving) -> None:
    with serving() as service:
        answer = service.get(email="Ada@Example.COM", api_token=TOKEN)
        assert answer.content == b'{"plan":"pro","mrr":1.10}'
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["cache-control"] == "private, no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert "server" not in answer.headers
        assert service.ask("ada+x@example.com") == {"plan": None}
        assert service.get(f"?email=ada+x@example.com&api_token={TOKEN}").json() == {"plan": None}
        assert service.ask("nobody@example.com") == {}


def test_what_is_loaded_while_it_runs_is_served(serving: Serving, writer: ProfileWriter) -> None:
    with serving() as service:
        assert service.ask("new@example.com") == {}
        writer.write([Change("customers", "1", "new@example.com", None, '{"a":1}')])
        assert service.ask("new@example.com") == {"a": 1}


@pytest.mark.usefixtures("ada")
def test_a_wrong_token_gets_no_hint(serving: Serving) -> None:
    with serving() as service:
        answers = [
            service.get(email="ada@example.com"),
            service.get(email="ada@example.com", api_token=""),
            service.get(email="ada@example.com", api_token=TOKEN[:-1]),
            service.get(email="nobody@example.com", api_token=f"{TOKEN}x"),
            service.get(email="ada@example.com", api_token="tök€n"),
            service.get(api_token="wrong"),
        ]
    assert {(each.status_code, each.text) for each in answers} == {
        (401, '{"error":"unauthorized"}')
    }


def test_a_question_without_an_address_is_told_so(serving: Serving) -> None:
    with serving() as service:
        for question in ({}, {"email": ""}):
            answer = service.get(**question, api_token=TOKEN)
            assert (answer.status_code, answer.json()) == (400, {"error": "email is missing"})
        assert service.ask(" ") == {}


def test_health_says_whether_the_store_can_be_read(serving: Serving, store: ProfileStore) -> None:
    with serving() as service:
        assert (service.get("healthz").status_code, service.get("healthz").json()) == (
            200,
            {"status": "ok"},
        )
        with store.engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE groove_profile_parts")
        answer = service.get("healthz")
        assert (answer.status_code, answer.json()) == (503, {"status": "unavailable"})
        answer = service.get(email="ada@example.com", api_token=TOKEN)
        assert answer.status_code == 503
        assert answer.json() == {"error": "the profiles cannot be read now"}


@pytest.mark.usefixtures("ada")
def test_a_store_that_is_removed_or_replaced_is_not_shown_any_more(
    serving: Serving, url: str
) -> None:
    path = Path(url.removeprefix("sqlite:///"))
    with serving() as service:
        assert service.ask("ada@example.com")
        for each in path.parent.glob("profiles.db*"):
            each.unlink()
        for _ in range(2):
            assert service.get("healthz").status_code == 503
            assert service.get(email="ada@example.com", api_token=TOKEN).status_code == 503
        assert not path.exists()
        anew = open_store(url)
        bob = Change("customers", "1", "bob@example.com", None, '{"plan":"free"}')
        ProfileWriter(anew, now=lambda: 1.0).write([bob])
        anew.close()
        assert service.ask("ada@example.com") == {}
        assert service.ask("bob@example.com") == {"plan": "free"}


def test_a_row_that_somebody_else_wrote_is_no_error_of_the_server(
    serving: Serving, writer: ProfileWriter
) -> None:
    writer.write([Change("s", "1", "a@b.co", None, "{nope"), Change("s", "2", "b@b.co", None, "7")])
    with serving() as service:
        for email in ("a@b.co", "b@b.co"):
            answer = service.get(email=email, api_token=TOKEN)
            assert answer.status_code == 503
            assert answer.headers["cache-control"] == "private, no-store"


def test_other_paths_and_methods_are_refused_as_json(serving: Serving) -> None:
    with serving() as service:
        assert service.get("nothing").json() == {"error": "not found"}
        answer = requests.post(service.url, timeout=10)
        assert (answer.status_code, answer.json()) == (405, {"error": "method not allowed"})
        assert requests.head(service.url, timeout=10).status_code == 401
        # A redirect would have lost the query.
        for path in ("widget.js/?v=1", "healthz/", "/"):
            assert service.get(path).status_code == 404


def test_too_many_requests_of_an_address_have_to_wait(serving: Serving) -> None:
    with serving(Limits(requests_per_second=0.01, refusals_per_minute=0)) as service:
        # The bucket holds less than one request.
        answer = service.get(email="a@b.co", api_token=TOKEN)
        assert answer.status_code == 429
        assert answer.json() == {"error": "too many requests"}
        assert int(answer.headers["retry-after"]) >= 1
        assert service.get("healthz").status_code == 200


def test_who_guesses_tokens_is_soon_refused_unread(serving: Serving) -> None:
    with serving(Limits(refusals_per_minute=3)) as service:
        statuses = [service.get(api_token="wrong").status_code for _ in range(5)]
        assert statuses[:3] == [401] * 3
        assert 429 in statuses
        assert service.get(email="a@b.co", api_token=TOKEN).status_code in {200, 429}


@pytest.mark.usefixtures("ada")
def test_no_log_has_the_token_or_the_address(
    serving: Serving, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG), serving() as service:
        service.ask("ada@example.com")
        service.get("a%0Ab", email="ada@example.com", api_token=TOKEN)
    assert " GET / 200 " in caplog.text
    assert " GET /a%0Ab 404 " in caplog.text
    of_the_service = [each for each in caplog.records if not each.name.startswith("urllib3")]
    logged = "\n".join(each.getMessage() for each in of_the_service)
    for secret in (TOKEN, "ada@example.com", "ada%40"):
        assert secret not in logged


@pytest.mark.usefixtures("ada")
def test_the_access_log_of_another_server_has_no_query(
    url: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    from target_groove import profile_app  # noqa: PLC0415

    path = tmp_path / "config.json"
    path.write_text(f'{{"api_token": "{TOKEN}", "profile_url": "{url}"}}', encoding="utf-8")
    monkeypatch.setenv("TARGET_GROOVE_CONFIG_FILE", str(path))
    caplog.set_level(logging.INFO, "uvicorn.access")
    config = uvicorn.Config(profile_app.make, factory=True, access_log=True, log_config=None)
    ready = threading.Event()

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            ready.set()

    server = Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        assert ready.wait(20)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        query = {"email": "ada@example.com", "api_token": TOKEN}
        answer = requests.get(address, params=query, timeout=10, headers={"Connection": "close"})
        server.should_exit = True
        thread.join()
    assert answer.json()["plan"] == "pro"
    assert '"GET / HTTP/1.1" 200' in caplog.text
    assert TOKEN not in caplog.text


def test_the_description_names_every_route(serving: Serving) -> None:
    with serving() as service:
        described = service.get("openapi.json").json()
    assert described["openapi"] == "3.1.0"
    assert set(described["paths"]) >= {"/", "/healthz", "/widget.js"}
    for path in described["paths"].values():
        assert path["get"]["responses"]


def answer_to(url: str, request: bytes) -> bytes:
    """Send bytes as they are, and give what comes back."""
    parts = urlsplit(url)
    with socket.create_connection((str(parts.hostname), int(parts.port or 0)), timeout=10) as line:
        line.sendall(request)
        received = b""
        while chunk := line.recv(65_536):
            received += chunk
    return received


PIECES = st.sampled_from([b"%00", b"%ff", b"+", b"%0d%0a", b"@", b";", b"..", b"%c3%28"])
TEXTS = st.lists(st.binary(max_size=6).map(lambda raw: raw.hex().encode()) | PIECES, max_size=5)
QUERIES = st.lists(
    st.tuples(
        st.sampled_from([b"email", b"api_token", b"v", b"dialect", b""]), TEXTS.map(b"".join)
    ),
    max_size=4,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=st.sampled_from([b"GET", b"HEAD", b"POST", b"OPTIONS", b"PUT", b"BREW"]),
    path=st.sampled_from(
        [b"/", b"/healthz", b"/openapi.json", b"/widget.js", b"//", b"/%2e%2e/", b"/%00"]
    ),
    query=QUERIES,
    with_token=st.booleans(),
)
def test_no_request_is_an_error_of_the_server(
    one_service: Service,
    method: bytes,
    path: bytes,
    query: list[tuple[bytes, bytes]],
    with_token: bool,  # noqa: FBT001 - what hypothesis draws
) -> None:
    pairs = [*query, *([(b"api_token", TOKEN.encode())] if with_token else [])]
    target = path + b"?" + b"&".join(name + b"=" + value for name, value in pairs)
    request = method + b" " + target + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    received = answer_to(one_service.url, request)
    status = int(received.split(b" ", 2)[1])
    assert status < 500
    assert TOKEN.encode() not in received
    if not with_token and path == b"/":
        assert status in {400, 401, 405}


@pytest.fixture
def one_service(serving: Serving) -> Any:
    with serving(NO_LIMITS) as service:
        yield service
