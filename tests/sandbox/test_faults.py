from __future__ import annotations

import socket
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, Any

import pytest
import requests

if TYPE_CHECKING:
    from target_groove.sandbox import Sandbox
    from tests.sandbox.conftest import Api

TICKET = {"body": "Hello", "from": "jo@acme.example", "to": "support@sandbox.example"}


def last(sandbox: Sandbox) -> dict[str, Any]:
    return sandbox.log()[-1]


def test_a_status_instead_of_the_call(api: Api, sandbox: Sandbox) -> None:
    sandbox.faults(
        [
            {
                "action": "status",
                "status": 503,
                "headers": {"Retry-After": "7"},
                "body_text": "<h1>busy</h1>",
                "content_type": "text/html",
            }
        ]
    )
    answer = api.post("/tickets", TICKET)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "7"
    assert answer.headers["Content-Type"] == "text/html"
    assert answer.text == "<h1>busy</h1>"
    assert sandbox.things("tickets") == []
    entry = last(sandbox)
    assert (entry["fault"], entry["status"], entry["done"]) == ("status", 503, False)


def test_a_status_after_the_call(api: Api, sandbox: Sandbox) -> None:
    sandbox.faults([{"action": "status_after"}])
    answer = api.post("/tickets", TICKET)
    assert answer.status_code == 500
    assert answer.json() == {"error": "injected fault"}
    assert len(sandbox.things("tickets")) == 1
    assert last(sandbox)["done"] is True


def test_a_status_without_a_body(api: Api, sandbox: Sandbox) -> None:
    sandbox.faults([{"action": "status_after", "status": 204}])
    answer = api.post("/tickets", TICKET)
    assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.parametrize(
    "action, done",
    [("reset_before", 0), ("reset_after", 1), ("hang_before", 0), ("hang_after", 1)],
)
def test_a_connection_is_dropped_without_an_answer(
    api: Api, sandbox: Sandbox, action: str, done: int
) -> None:
    sandbox.faults([{"action": action, "seconds": 0.01}])
    with pytest.raises(requests.ConnectionError):
        api.post("/tickets", TICKET)
    assert len(sandbox.things("tickets")) == done
    entry = last(sandbox)
    assert (entry["status"], entry["fault"], entry["done"]) == (None, action, bool(done))
    assert entry["duration_ms"] is not None
    sandbox.faults([])
    assert api.get("/me").status_code == 200
    assert last(sandbox)["connection"] != entry["connection"]


def test_a_dropped_connection_is_a_reset(sandbox: Sandbox) -> None:
    sandbox.faults([{"action": "reset_before"}])
    host, port = sandbox.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as client:
        client.sendall(b"GET /v1/me HTTP/1.1\r\nHost: x\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            client.recv(1)


def test_a_client_may_leave_before_the_hanging_ends(api: Api, sandbox: Sandbox) -> None:
    sandbox.faults([{"action": "hang_after", "seconds": 600}])
    with pytest.raises(requests.ReadTimeout):
        api.session.post(f"{sandbox.api_url}/tickets", json=TICKET, timeout=(10, 0.1))
    deadline = monotonic() + 10
    while not sandbox.things("tickets") and monotonic() < deadline:
        pass
    assert len(sandbox.things("tickets")) == 1
    sandbox.faults([])
    assert api.get("/me").status_code == 200


def test_a_dripping_answer_is_whole_in_the_end(api: Api, sandbox: Sandbox) -> None:
    whole = api.get("/me").content
    sandbox.faults([{"action": "drip", "seconds": 0.0001}])
    answer = api.get("/me")
    assert answer.content == whole
    assert answer.headers["Content-Length"] == str(len(whole))


def test_a_client_may_leave_a_dripping_answer(api: Api, sandbox: Sandbox) -> None:
    sandbox.faults([{"action": "drip", "seconds": 600}])
    # Which of the two depends on whether the head of the answer was there in time.
    with pytest.raises((requests.ConnectionError, requests.ReadTimeout), match="timed out"):
        requests.get(f"{sandbox.api_url}/me", timeout=(10, 0.1))
    sandbox.faults([])
    assert api.get("/me").status_code == 200


def test_a_big_answer(api: Api, sandbox: Sandbox) -> None:
    sandbox.faults([{"action": "big", "bytes": 200_000}])
    answer = api.post("/tickets", TICKET)
    assert (answer.status_code, len(answer.content)) == (201, 200_000)
    assert len(sandbox.things("tickets")) == 1


def test_a_redirect_does_nothing(api: Api, sandbox: Sandbox) -> None:
    sandbox.faults([{"action": "redirect"}])
    answer = api.post("/tickets", TICKET)
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"{sandbox.api_url}/elsewhere"
    sandbox.faults(
        [{"action": "redirect", "status": 307, "headers": {"Location": "http://other.example/"}}]
    )
    answer = api.post("/tickets", TICKET)
    assert (answer.status_code, answer.headers["Location"]) == (307, "http://other.example/")
    assert sandbox.things("tickets") == []


def test_malformed_json_after_the_call(api: Api, sandbox: Sandbox) -> None:
    sandbox.faults([{"action": "malformed"}])
    answer = api.post("/tickets", TICKET)
    assert answer.status_code == 201
    with pytest.raises(requests.JSONDecodeError):
        answer.json()
    assert len(sandbox.things("tickets")) == 1
    answer = api.put("/tickets/1/state", {"state": "closed"})
    assert answer.status_code == 200
    sandbox.faults([{"action": "malformed", "body_text": "nonsense"}])
    assert api.get("/me").text == "nonsense"


def test_a_delayed_answer(api: Api, sandbox: Sandbox) -> None:
    sandbox.faults([{"action": "delay", "seconds": 0.02}])
    assert api.post("/tickets", TICKET).status_code == 201
    assert last(sandbox)["duration_ms"] > 15


def test_latency(api: Api, sandbox: Sandbox) -> None:
    sandbox.configure(latency_ms=20)
    assert api.get("/me").status_code == 200
    assert last(sandbox)["duration_ms"] > 15


def fired(api: Api, rule: dict[str, Any], count: int = 6) -> list[int]:
    """Return the ordinals of the calls that a rule hit."""
    api.sandbox.faults([{"action": "status", "status": 418, **rule}])
    answers = [api.get("/me").status_code for _ in range(count)]
    return [place for place, status in enumerate(answers, 1) if status == 418]


@pytest.mark.parametrize(
    "rule, hit",
    [
        ({}, [1, 2, 3, 4, 5, 6]),
        ({"every": 2}, [2, 4, 6]),
        ({"at": [1, 5]}, [1, 5]),
        ({"times": 2}, [1, 2]),
        ({"every": 2, "times": 1}, [2]),
        ({"method": "get"}, [1, 2, 3, 4, 5, 6]),
        ({"method": "POST"}, []),
        ({"path": r"/me$"}, [1, 2, 3, 4, 5, 6]),
        ({"path": r"/tickets"}, []),
        ({"body": "x"}, []),
        ({"times": None}, [1, 2, 3, 4, 5, 6]),
    ],
)
def test_when_a_rule_fires(api: Api, rule: dict[str, Any], hit: list[int]) -> None:
    assert fired(api, rule) == hit


def test_a_rule_counts_only_what_it_matches(api: Api, sandbox: Sandbox) -> None:
    sandbox.faults([{"action": "status", "body": "kim@", "at": [2]}])
    kim = {**TICKET, "from": "kim@acme.example"}
    found = [api.post("/tickets", body).status_code for body in (TICKET, kim, TICKET, kim)]
    assert found == [201, 201, 201, 500]


def test_the_first_rule_due_wins_and_all_count(api: Api, sandbox: Sandbox) -> None:
    sandbox.faults(
        [
            {"action": "status", "status": 500, "at": [1]},
            {"action": "status", "status": 502, "at": [1, 2]},
        ]
    )
    assert [api.get("/me").status_code for _ in range(3)] == [500, 502, 200]


def test_a_fault_comes_before_the_token(sandbox: Sandbox) -> None:
    sandbox.faults([{"action": "status", "status": 418}])
    assert requests.get(f"{sandbox.api_url}/me", timeout=10).status_code == 418


@pytest.mark.parametrize(
    "rules, says",
    [
        ({"action": "status"}, "must be a list"),
        ("status", "must be a list"),
        (7, "must be a list"),
        (["status"], "must be an object"),
        ([{"action": "explode"}], "must be one of status"),
        ([{}], "must be one of status"),
        ([{"action": "status", "when": 1}], "unknown key 'when'"),
        ([{"action": "status", "status": "500"}], "wrong value '500' for 'status'"),
        ([{"action": "status", "times": True}], "wrong value True for 'times'"),
        ([{"action": "status", "every": 0}], "at least 1"),
        ([{"action": "status", "path": "("}], "no regular expression"),
    ],
)
def test_a_wrong_rule_is_refused_and_the_old_ones_stay(
    api: Api, sandbox: Sandbox, rules: Any, says: str
) -> None:
    sandbox.faults([{"action": "status", "status": 418}])
    with pytest.raises(ValueError, match=says):
        sandbox.faults(rules)
    assert api.get("/me").status_code == 418


def test_the_sandbox_stops_in_the_middle_of_a_hang(sandbox: Sandbox) -> None:
    sandbox.faults([{"action": "hang_before", "seconds": 600}])
    host, port = sandbox.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as client:
        client.sendall(b"GET /v1/me HTTP/1.1\r\nHost: x\r\n\r\n")
        with pytest.raises(requests.ReadTimeout):
            requests.get(f"{sandbox.api_url}/me", timeout=(10, 0.1))
        sandbox.close()
        with suppress(ConnectionResetError):
            assert client.recv(1) == b""
