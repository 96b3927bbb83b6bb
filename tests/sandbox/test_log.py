from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
import requests

from target_groove.sandbox.bodies import Body
from target_groove.sandbox.log import Log

if TYPE_CHECKING:
    from target_groove.sandbox import Sandbox
    from tests.sandbox.conftest import Api

KEYS = {
    *("n", "at", "method", "path", "query", "headers", "authorized", "body", "raw"),
    *("content_type", "status", "fault", "done", "duration_ms", "connection"),
    *("arrived_by_end", "in_flight", "graphql", "token_number"),
}


def test_an_entry_says_everything_but_the_token(api: Api, sandbox: Sandbox) -> None:
    api.post("/tickets?x=%20", {"a": "ä"}, headers={"X-Source": "test"})
    (entry,) = sandbox.log()
    assert set(entry) == KEYS
    assert (
        entry
        | {
            "n": 1,
            "at": 1770113730.0,
            "method": "POST",
            "path": "/v1/tickets",
            "query": "x=%20",
            "authorized": True,
            "body": {"a": "ä"},
            "raw": '{"a": "\\u00e4"}',
            "content_type": "application/json",
            "status": 422,
            "fault": None,
            "done": False,
        }
        == entry
    )
    assert entry["headers"]["authorization"] == "Bearer ***"
    assert entry["headers"]["x-source"] == "test"
    assert sandbox.token not in str(entry)


def test_a_path_stays_as_it_was_sent(api: Api, sandbox: Sandbox) -> None:
    api.get("/customers/a%2Fb%40c")
    assert sandbox.log()[0]["path"] == "/v1/customers/a%2Fb%40c"


def test_what_is_no_json_is_summarised(api: Api, sandbox: Sandbox) -> None:
    def logged(content: bytes, content_type: str) -> tuple[object, object]:
        api.post("/echo", data=content, headers={"Content-Type": content_type})
        entry = sandbox.log()[-1]
        return entry["body"], entry["raw"]

    def digest(content: bytes) -> dict[str, object]:
        return {"size": len(content), "sha256": sha256(content).hexdigest()}

    assert logged(b"{", "application/json") == (digest(b"{"), "{")
    assert logged(b"\xff", "image/png") == (digest(b"\xff"), None)
    assert logged(b"{}\n{}", "application/x-ndjson") == (digest(b"{}\n{}"), "{}\n{}")
    assert logged(b"a=1&a=2", "application/x-www-form-urlencoded") == (
        {"a": ["1", "2"]},
        "a=1&a=2",
    )
    assert logged(b"", "application/json") == (None, None)
    large = b"x" * 65536
    assert logged(large, "text/plain") == (digest(large), None)
    assert logged(b'"' + large + b'"', "application/json") == (large.decode(), None)


def test_the_parts_of_a_multipart_body(api: Api, sandbox: Sandbox) -> None:
    api.post("/echo", files={"f": ("a.txt", b"abc", "text/plain")})
    assert sandbox.log()[0]["body"] == [
        {
            "field": "f",
            "filename": "a.txt",
            "content_type": "text/plain",
            "size": 3,
            "sha256": sha256(b"abc").hexdigest(),
        }
    ]


def test_connections_are_told_apart(api: Api, sandbox: Sandbox) -> None:
    api.get("/me")
    api.get("/me")
    requests.get(f"{sandbox.api_url}/me", timeout=10)
    first, second, third = (entry["connection"] for entry in sandbox.log())
    assert first == second != third


def test_the_log_from_a_number_on(api: Api, sandbox: Sandbox) -> None:
    for _ in range(3):
        api.get("/me")
    assert [entry["n"] for entry in sandbox.log(since=1)] == [2, 3]


def test_pages_and_control_are_not_logged(sandbox: Sandbox) -> None:
    for path in ("/", "/requests", "/static/style.css", "/_log", "/_nothing"):
        requests.get(sandbox.url + path, timeout=10)
    assert sandbox.log() == []


def test_an_answer_takes_room_too() -> None:
    log = Log(max_bytes=40)
    call: dict[str, Any] = {
        "at": 0.0,
        "method": "POST",
        "path": "/v2/graphql",
        "query": "",
        "headers": [],
        "token_number": 0,
        "connection": 1,
        "in_flight": 1,
        "body": Body(b'{"query": 1}', "application/json"),
    }
    first, second = (log.begin(**call) for _ in range(2))
    log.keep_answer(second, b'{"data": {"a": 1, "b": 2}}')
    assert [entry["n"] for entry in log.shown()] == [2]
    log.keep_answer(first, b"{}" * 100)
    assert [entry["n"] for entry in log.shown()] == [2]


@pytest.mark.parametrize("bounds", [{"max_entries": 3}, {"max_bytes": 30}])
def test_the_oldest_entries_are_dropped(bounds: dict[str, int]) -> None:
    log = Log(**bounds)
    for _ in range(10):
        log.begin(
            at=0.0,
            method="POST",
            path="/",
            query="",
            headers=[],
            token_number=0,
            connection=1,
            in_flight=1,
            body=Body(b"0123456789", "application/json"),
        )
    assert [entry["n"] for entry in log.shown()] == [8, 9, 10]
    assert log.total == 10
