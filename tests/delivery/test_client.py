"""One call: what goes out, where, and what is made of what comes back."""

from __future__ import annotations

import gzip
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from target_groove.delivery.client import MAX_ANSWER_BYTES, Client, NoAnswer, NotSent
from target_groove.delivery.outcome import Verdict
from target_groove.delivery.request import Delivery
from target_groove.settings import read_settings
from tests.conftest import TOKEN
from tests.processes import eventually
from tests.runs import record, schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from target_groove.delivery.answer import Answer
    from target_groove.sandbox import Sandbox
    from tests.conftest import Run
    from tests.delivery.conftest import Desk, RawServer

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"


@dataclass
class Caller:
    """Makes clients, and calls."""

    clients: list[Client] = field(default_factory=list)

    def client(self, api_url: str, **more: Any) -> Client:
        settings = read_settings(
            {"api_token": TOKEN, "api_url": api_url, "request_timeout_seconds": 1}
        )
        self.clients.append(Client(settings, **more))
        return self.clients[-1]

    def __call__(self, url: str, body: bytes | None = b"{}") -> Answer:
        return self.client(url).call("POST", url, headers={}, body=body)


@pytest.fixture
def call() -> Iterator[Caller]:
    """`call(url)` posts to it, with a fresh client."""
    caller = Caller()
    yield caller
    for each in caller.clients:
        each.close()


# What goes out


def test_the_headers(raw_server: Callable[[bytes], RawServer], call: Caller) -> None:
    server = raw_server(OK)

    client = call.client(server.url + "/v1")
    client.call("POST", server.url + "/v1/x?a=%40", headers={}, body=b"{}")

    (head,) = server.received
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /v1/x?a=%40 HTTP/1.1"
    assert f"Authorization: Bearer {TOKEN}" in lines
    assert "Accept: application/json" in lines
    assert any(line.startswith("User-Agent: target-groove/") for line in lines)


def test_one_connection_for_all(desk: Desk, sandbox: Sandbox) -> None:
    engine = desk.engine()
    for number in range(20):
        engine.deliver(Delivery((desk.request(payload={"id": number}),)))
    engine.fetch("/me")

    assert len({entry["connection"] for entry in sandbox.log()}) == 1


def test_a_connection_that_was_closed_meanwhile_costs_nothing(
    desk: Desk, raw_server: Callable[[bytes], RawServer]
) -> None:
    """A server may hang up between two requests without having taken the second."""
    server = raw_server(OK.replace(b"Connection: close\r\n", b""))
    desk.api_url = server.url
    engine = desk.engine()

    for _ in range(3):
        assert engine.deliver(Delivery((desk.request(),))).verdict is Verdict.DELIVERED
        eventually(lambda: server.hung_up == len(server.received))

    assert len(server.received) == 3


def test_netrc_does_not_replace_the_token(
    run: Run,
    config: dict[str, Any],
    sandbox: Sandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / ".netrc").write_text("default login jo password secret\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    route = {"stream": "*", "endpoint": "custom", "method": "POST", "url": "/echo/x"}

    result = run({**config, "streams": [route]}, [schema("s"), record("s", {"id": 1})])

    assert result.exit_code == 0
    assert [entry["authorized"] for entry in sandbox.log()] == [True]


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "ALL_PROXY"])
def test_a_proxy_from_the_environment(
    raw_server: Callable[[bytes], RawServer],
    call: Caller,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    proxy = raw_server(OK)
    for other in ("no_proxy", "NO_PROXY", "http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv(name, proxy.url)

    call("http://127.0.0.1:9/v1/x")

    assert proxy.received[0].startswith(b"POST http://127.0.0.1:9/v1/x HTTP/1.1\r\n")


def test_no_proxy(
    raw_server: Callable[[bytes], RawServer], call: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy, server = raw_server(OK), raw_server(OK)
    monkeypatch.setenv("http_proxy", proxy.url)
    monkeypatch.setenv("no_proxy", "127.0.0.1")

    call(server.url)

    assert (len(proxy.received), len(server.received)) == (0, 1)


def test_a_proxy_that_is_away(call: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)

    with pytest.raises(NotSent):
        call("http://127.0.0.1:9/v1/x")


# What comes back


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(desk: Desk, sandbox: Sandbox, status: int) -> None:
    sandbox.faults([{"action": "redirect", "status": status}])

    outcome = desk.send()

    assert outcome.verdict is Verdict.REJECTED
    assert outcome.reason == (
        f"Groove answered {status}, a redirect to {sandbox.api_url}/elsewhere, "
        "which is not followed"
    )
    assert len(sandbox.log()) == 1


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_the_token_does_not_follow_a_redirect(
    desk: Desk, sandbox: Sandbox, raw_server: Callable[[bytes], RawServer], method: str
) -> None:
    elsewhere = raw_server(OK)
    sandbox.faults([{"action": "redirect", "headers": {"Location": elsewhere.url}}])

    outcome = desk.send(method, repeatable=True)

    assert outcome.verdict is Verdict.REJECTED
    assert elsewhere.received == []


def test_a_redirect_to_nowhere(desk: Desk, raw_server: Callable[[bytes], RawServer]) -> None:
    desk.api_url = raw_server(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n").url

    assert desk.send().reason == (
        "Groove answered 302, a redirect to nowhere, which is not followed"
    )


@pytest.mark.parametrize("action", ["reset_before", "reset_after"])
def test_a_lost_answer_to_a_create(desk: Desk, sandbox: Sandbox, action: str) -> None:
    sandbox.faults([{"action": action}])

    outcome = desk.send("POST", repeatable=False)

    assert outcome.verdict is Verdict.IN_DOUBT
    assert outcome.reason == "no answer from Groove: Connection reset by peer"
    assert outcome.status_code is None
    assert len(sandbox.log()) == 1


@pytest.mark.parametrize("action", ["reset_before", "reset_after"])
def test_a_lost_answer_to_what_may_be_repeated(desk: Desk, sandbox: Sandbox, action: str) -> None:
    sandbox.faults([{"action": action, "at": [1]}])

    outcome = desk.send("PUT", repeatable=True)

    assert outcome.verdict is Verdict.DELIVERED
    assert [entry["status"] for entry in sandbox.log()] == [None, 200]


def test_no_answer_in_time(desk: Desk, sandbox: Sandbox) -> None:
    desk.settings["request_timeout_seconds"] = 1
    sandbox.faults([{"action": "hang_after", "seconds": 30}])

    outcome = desk.send("POST", repeatable=False)

    assert outcome.verdict is Verdict.IN_DOUBT
    assert outcome.reason == "no answer from Groove: no answer within the time-out"
    assert [entry["done"] for entry in sandbox.log()] == [True]


def test_an_answer_that_drips_is_not_awaited_for_ever(sandbox: Sandbox, call: Caller) -> None:
    sandbox.faults([{"action": "drip", "seconds": 0.001}])
    ticks = iter(range(1000))
    client = call.client(sandbox.api_url, clock=lambda: next(ticks) / 10)

    with pytest.raises(NoAnswer, match="not complete after 1 s"):
        client.call("POST", f"{sandbox.api_url}/echo/x", headers={}, body=b"{}")

    assert 10 <= next(ticks) <= 13


def test_an_answer_that_drips_fast_enough_is_read(sandbox: Sandbox, call: Caller) -> None:
    sandbox.faults([{"action": "drip", "seconds": 0.0001}])

    assert call(f"{sandbox.api_url}/echo/x").body["echo"]["method"] == "POST"


def test_a_big_answer_is_read_up_to_a_bound(sandbox: Sandbox, call: Caller) -> None:
    sandbox.faults([{"action": "big", "bytes": MAX_ANSWER_BYTES + 5_000_000}])

    answer = call(f"{sandbox.api_url}/echo/x")

    assert MAX_ANSWER_BYTES <= len(answer.content) <= MAX_ANSWER_BYTES + 65_536
    assert answer.body is None


def test_a_big_answer_in_a_small_parcel(
    raw_server: Callable[[bytes], RawServer], call: Caller
) -> None:
    parcel = gzip.compress(b"x" * 50_000_000)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(parcel)}\r\n\r\n"

    answer = call(raw_server(head.encode() + parcel).url)

    assert MAX_ANSWER_BYTES <= len(answer.content) <= MAX_ANSWER_BYTES + 65_536


def test_a_big_refusal_is_one_short_sentence(desk: Desk, sandbox: Sandbox) -> None:
    sandbox.faults([{"action": "big", "bytes": 1_000_000, "status": 422}])

    outcome = desk.send()

    assert outcome.verdict is Verdict.REJECTED
    assert len(outcome.reason) <= len("Groove answered 422: ") + 500


CUT = {
    "no head": b"",
    "no status": b"oops\r\n\r\n",
    "half a body": b"HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{",
    "half a chunk": b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n{",
    "a chunk of nonsense": b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}",
    "no gzip": b"HTTP/1.1 201 Created\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
    "endless headers": b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200 + b"\r\n",
}


@pytest.mark.parametrize("said", CUT.values(), ids=CUT)
def test_half_an_answer_is_none(
    raw_server: Callable[[bytes], RawServer], desk: Desk, said: bytes
) -> None:
    """A create that may have happened is in doubt; it is not sent again."""
    server = raw_server(said)
    desk.api_url = server.url

    outcome = desk.send("POST", repeatable=False)

    assert outcome.verdict is Verdict.IN_DOUBT
    assert outcome.reason.startswith("no answer from Groove: ")
    assert "object at 0x" not in outcome.reason
    assert len(server.received) == 1


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_an_empty_success(desk: Desk, sandbox: Sandbox, status: int) -> None:
    sandbox.faults([{"action": "status", "status": status, "body_text": ""}])

    outcome = desk.send()

    assert outcome.verdict is Verdict.DELIVERED
    assert outcome.body is None
    assert outcome.resource_id is None


@pytest.mark.parametrize("text", ["null", "[]", '"done"'])
def test_a_success_that_is_no_object(desk: Desk, sandbox: Sandbox, text: str) -> None:
    """The status counts; the body only tells an id."""
    sandbox.faults([{"action": "malformed", "body_text": text}])

    outcome = desk.send()

    assert outcome.verdict is Verdict.DELIVERED
    assert outcome.resource_id is None


@pytest.mark.parametrize("text", ["{oops", "<html>OK</html>", "\x00"])
def test_a_success_that_is_no_json(desk: Desk, sandbox: Sandbox, text: str) -> None:
    """It may be the login page of a proxy, so it proves nothing."""
    sandbox.faults([{"action": "malformed", "body_text": text}])

    outcome = desk.send("POST", repeatable=False)

    assert outcome.verdict is Verdict.IN_DOUBT
    assert outcome.reason.startswith("Groove answered 200, but not with JSON: ")
    assert len(sandbox.log()) == 1


REFUSALS = {
    '{"errors": [{"message": "subject is too long"}]}': "subject is too long",
    '{"error": "no"}': "no",
    '{"success": false}': "",
    '{"success": false, "message": "not today"}': "not today",
}


@pytest.mark.parametrize("text, said", REFUSALS.items())
def test_a_success_that_is_none(desk: Desk, sandbox: Sandbox, text: str, said: str) -> None:
    sandbox.faults([{"action": "status", "status": 200, "body_text": text}])

    outcome = desk.send()

    assert outcome.verdict is Verdict.REJECTED
    assert outcome.reason == "Groove answered 200" + (f": {said}" if said else "")


@pytest.mark.parametrize("text", ['{"errors": []}', '{"error": null}', '{"success": true}'])
def test_a_success_with_an_empty_complaint(desk: Desk, sandbox: Sandbox, text: str) -> None:
    sandbox.faults([{"action": "status", "status": 200, "body_text": text}])

    assert desk.send().verdict is Verdict.DELIVERED


def test_the_token_is_masked_in_answers(
    raw_server: Callable[[bytes], RawServer], call: Caller
) -> None:
    said = b"HTTP/1.1 200 OK\r\nX-Token: " + TOKEN.encode() + b"\r\nConnection: close\r\n\r\n"
    server = raw_server(said + f'{{"é": "{TOKEN}", "n": 1}}'.encode())

    answer = call(server.url)

    assert answer.body == {"é": "***", "n": 1}
    assert answer.headers["x-token"] == "***"


def test_a_token_so_short_that_it_is_anywhere_is_left(
    raw_server: Callable[[bytes], RawServer],
) -> None:
    server = raw_server(OK.replace(b"{}", b"[]"))
    client = Client(read_settings({"api_token": "[", "api_url": server.url}))

    assert client.call("GET", server.url, headers={}, body=None).body == []
    client.close()
