"""What is tried again, how often, and after how long."""

from __future__ import annotations

import socket
from datetime import timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pytest

from target_groove.delivery.outcome import Verdict
from target_groove.delivery.request import Delivery
from target_groove.delivery.sender import Times
from target_groove.sandbox import Sandbox
from tests.conftest import TOKEN
from tests.delivery.conftest import START, Desk, FakeTime
from tests.runs import record, records, schema, state

if TYPE_CHECKING:
    from tests.conftest import Run

BACKOFF = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]


def statuses(sandbox: Sandbox) -> list[int | None]:
    return [entry["status"] for entry in sandbox.log()]


FORMS = {
    "seconds": ("7", 7.0),
    "padded seconds": (" 7 ", 7.0),
    "a date": (format_datetime(START + timedelta(seconds=30), usegmt=True), 30.0),
    "a date with a zone": ("Tue, 03 Feb 2026 12:15:40 +0200", 40.0),
    "a date without zone": ("Tue, 03 Feb 2026 10:15:50 -0000", 50.0),
    "huge": ("31536000", 120.0),
    "huger": ("9" * 400, 120.0),
    "a date next year": ("Wed, 03 Feb 2027 10:15:00 GMT", 120.0),
    "none": (None, 1.0),
    "empty": ("", 1.0),
    "zero": ("0", 1.0),
    "negative": ("-5", 1.0),
    "a date in the past": ("Tue, 03 Feb 2026 10:14:59 GMT", 1.0),
    "garbage": ("soon", 1.0),
    "a fraction": ("1.5", 1.0),
    "digits of another script": ("\u0663", 1.0),
    "no real date": ("Tue, 99 Foo 2026 10:15:00 GMT", 1.0),
    "a day beyond all integers": (f"Tue, {'9' * 30} Feb 2026 10:15:00 GMT", 1.0),
}


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("value, seconds", FORMS.values(), ids=FORMS)
def test_retry_after(
    desk: Desk, sandbox: Sandbox, status: int, value: str | None, seconds: float
) -> None:
    if value and not value.isascii():
        value = value.encode().decode("latin-1")
    headers = {} if value is None else {"Retry-After": value}
    sandbox.faults([{"action": "status", "status": status, "headers": headers, "at": [1]}])

    outcome = desk.send()

    assert outcome.verdict is Verdict.DELIVERED
    assert outcome.attempts == 2
    assert desk.fake_time.waits == [seconds]
    assert statuses(sandbox) == [status, 200]


@pytest.mark.parametrize(
    "form, waits",
    [
        ("seconds", [60.0]),
        ("date", [61.0]),
        ("huge", [120.0]),
        ("none", BACKOFF[:6]),
        ("negative", BACKOFF[:6]),
        ("zero", BACKOFF[:6]),
        ("garbage", BACKOFF[:6]),
    ],
)
def test_the_sandbox_at_its_limit(form: str, waits: list[float], fake_time: FakeTime) -> None:
    with Sandbox(
        token=TOKEN,
        requests_per_minute=1,
        retry_after=form,
        clock=fake_time.now,
    ) as sandbox:
        desk = Desk(fake_time, sandbox.api_url)
        desk.send()
        outcome = desk.send()
        for each in desk.engines:
            each.close()

    assert outcome.verdict is Verdict.DELIVERED
    assert fake_time.waits == waits


def test_waits_double_up_to_a_minute(desk: Desk, sandbox: Sandbox) -> None:
    sandbox.faults([{"action": "status", "status": 503}])

    outcome = desk.send()

    assert outcome.verdict is Verdict.UNAVAILABLE
    assert outcome.attempts == 10
    assert outcome.status_code == 503
    assert outcome.reason == "Groove answered 503: injected fault"
    assert outcome.seconds == sum(BACKOFF)
    assert desk.fake_time.waits == BACKOFF
    assert len(sandbox.log()) == 10


def test_jitter_takes_at_most_half_of_a_wait(desk: Desk, sandbox: Sandbox) -> None:
    jitter = Times(clock=float, now=lambda: START, sleep=lambda _: None).jitter
    sandbox.faults([{"action": "status", "status": 503}])
    seen: list[list[float]] = []
    for _ in range(5):
        desk.fake_time.waits.clear()
        desk.engine(jitter=jitter).deliver(Delivery((desk.request(),)))
        seen.append([*desk.fake_time.waits])

    for waits in seen:
        assert len(waits) == len(BACKOFF)
        assert all(most / 2 <= wait <= most for wait, most in zip(waits, BACKOFF, strict=True))
    assert len({tuple(waits) for waits in seen}) == 5


def test_what_groove_asks_for_is_not_varied(desk: Desk, sandbox: Sandbox) -> None:
    sandbox.faults(
        [{"action": "status", "status": 429, "headers": {"Retry-After": "9"}, "at": [1]}]
    )

    desk.engine(jitter=lambda _: 0.0).deliver(Delivery((desk.request(),)))

    assert desk.fake_time.waits == [9.0]


@pytest.mark.parametrize("max_attempts", [1, 3])
def test_so_many_attempts(desk: Desk, sandbox: Sandbox, max_attempts: int) -> None:
    desk.settings["max_attempts"] = max_attempts
    sandbox.faults([{"action": "status", "status": 429, "headers": {"Retry-After": "2"}}])

    outcome = desk.send()

    assert outcome.verdict is Verdict.UNAVAILABLE
    assert outcome.attempts == max_attempts == len(sandbox.log())
    assert desk.fake_time.waits == [2.0] * (max_attempts - 1)


@pytest.mark.parametrize("status", [500, 501, 502, 504, 507, 599])
def test_a_create_that_failed_is_not_sent_again(desk: Desk, sandbox: Sandbox, status: int) -> None:
    sandbox.faults([{"action": "status_after", "status": status, "at": [1]}])

    outcome = desk.send("POST", repeatable=False)

    assert outcome.verdict is Verdict.IN_DOUBT
    assert outcome.reason == f"Groove answered {status}: injected fault"
    assert outcome.attempts == 1
    assert len(sandbox.log()) == 1
    assert desk.fake_time.waits == []


@pytest.mark.parametrize("status", [500, 502, 504])
def test_what_may_be_repeated_is(desk: Desk, sandbox: Sandbox, status: int) -> None:
    sandbox.faults([{"action": "status_after", "status": status, "at": [1, 2]}])

    outcome = desk.send("PUT", repeatable=True)

    assert outcome.verdict is Verdict.DELIVERED
    assert outcome.attempts == 3
    assert statuses(sandbox) == [status, status, 200]
    assert desk.fake_time.waits == [1.0, 2.0]


@pytest.mark.parametrize("status, verdict", [(500, "REJECTED"), (502, "UNAVAILABLE")])
def test_what_fails_at_every_attempt(
    desk: Desk, sandbox: Sandbox, status: int, verdict: str
) -> None:
    """A 500 is about the record, a 502 about Groove."""
    desk.settings["max_attempts"] = 4
    sandbox.faults([{"action": "status", "status": status}])

    outcome = desk.send("PUT", repeatable=True)

    assert outcome.verdict is Verdict[verdict]
    assert outcome.attempts == 4


@pytest.mark.parametrize("status", [400, 404, 405, 409, 413, 415, 422, 418])
@pytest.mark.parametrize("repeatable", [True, False])
def test_a_refusal_is_final(desk: Desk, sandbox: Sandbox, status: int, *, repeatable: bool) -> None:
    sandbox.faults([{"action": "status", "status": status}])

    outcome = desk.send(repeatable=repeatable)

    assert outcome.verdict is Verdict.REJECTED
    assert outcome.attempts == 1 == len(sandbox.log())


@pytest.mark.parametrize("repeatable", [True, False])
def test_nobody_listens(desk: Desk, *, repeatable: bool) -> None:
    """Nothing was sent, so even a create is tried again."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    desk.api_url = f"http://127.0.0.1:{port}/v1"
    desk.settings["max_attempts"] = 4

    outcome = desk.send(repeatable=repeatable)

    assert outcome.verdict is Verdict.UNAVAILABLE
    assert outcome.reason == f"Groove cannot be reached at 127.0.0.1:{port}: Connection refused"
    assert outcome.status_code is None
    assert outcome.attempts == 4
    assert desk.fake_time.waits == BACKOFF[:3]


def test_groove_comes_back(desk: Desk, fake_time: FakeTime) -> None:
    """A host that was away for two attempts gets the record once."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    desk.api_url = f"http://127.0.0.1:{port}/v1"
    groove = Sandbox(port=port, token=TOKEN)

    def sleep(seconds: float) -> None:
        fake_time.sleep(seconds)
        if len(fake_time.waits) == 2:
            groove.start()

    try:
        outcome = desk.engine(sleep=sleep).deliver(Delivery((desk.request(),)))

        assert outcome.verdict is Verdict.DELIVERED
        assert outcome.attempts == 3
        assert len(groove.log()) == 1
    finally:
        groove.close()


def test_a_delete_whose_answer_was_lost_and_that_is_gone(desk: Desk, sandbox: Sandbox) -> None:
    group = sandbox.things("groups")[0]["id"]
    sandbox.faults([{"action": "reset_after", "at": [1]}])

    outcome = desk.send("DELETE", f"/groups/{group}", repeatable=True)

    assert outcome.verdict is Verdict.DELIVERED
    assert outcome.attempts == 2
    assert statuses(sandbox) == [None, 404]


@pytest.mark.parametrize("faults", [[], [{"action": "status", "status": 429, "at": [1]}]])
def test_a_delete_of_what_never_was(
    desk: Desk, sandbox: Sandbox, faults: list[dict[str, Any]]
) -> None:
    """A refused attempt before deleted nothing."""
    sandbox.faults(faults)

    outcome = desk.send("DELETE", "/groups/0", repeatable=True)

    assert outcome.verdict is Verdict.REJECTED
    assert outcome.status_code == 404


def test_a_404_to_something_else_than_a_delete(desk: Desk, sandbox: Sandbox) -> None:
    sandbox.faults([{"action": "reset_before", "at": [1]}])

    outcome = desk.send("PUT", "/groups/0", {"name": "x"}, repeatable=True)

    assert outcome.verdict is Verdict.REJECTED


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_token_ends_everything(
    run: Run, config: dict[str, Any], sandbox: Sandbox, status: int
) -> None:
    sandbox.faults([{"action": "status", "status": status, "body_text": '{"error": "no"}'}])
    echo = {"endpoint": "custom", "method": "POST", "url": "/echo/x"}
    routes = [{"stream": "later", **echo, "batch": {"grouping": "array"}}, {"stream": "*", **echo}]
    messages = [
        schema("s"),
        record("s", {"id": 1}),
        state(1),
        record("s", {"id": 2}),
        state(2),
    ]

    result = run({**config, "streams": routes, "on_error": "dead_letter"}, messages)

    assert result.exit_code == 1
    assert result.problems == [
        (
            f"Groove refuses the token, nothing more is sent (Groove answered {status}: no); "
            "check api_token."
        )
    ]
    assert len(sandbox.log()) == 1
    assert result.states == []


def test_a_token_that_stops_working_in_the_middle(
    run: Run, config: dict[str, Any], sandbox: Sandbox
) -> None:
    sandbox.faults([{"action": "status", "status": 401, "body": '"id":2'}])
    route = {"stream": "*", "endpoint": "custom", "method": "POST", "url": "/echo/x"}
    rows = [each for n in (1, 2, 3) for each in (record("s", {"id": n}), state(n))]

    result = run({**config, "streams": [route]}, [schema("s"), *rows])

    assert result.states == [1]
    assert [entry["body"]["id"] for entry in sandbox.log()] == [1, 2]


def test_giving_up_is_said_with_the_record(
    run: Run, config: dict[str, Any], sandbox: Sandbox
) -> None:
    """Even with dead letters: it is not the record's fault, and the next would fare no better."""
    sandbox.faults([{"action": "status", "status": 503}])
    route = {"stream": "*", "endpoint": "custom", "method": "POST", "url": "/echo/x"}
    settings = {**config, "streams": [route], "max_attempts": 1, "on_error": "dead_letter"}

    result = run(settings, records("s", {"id": 1}, {"id": 2}, keys=["id"]))

    assert result.problems == [
        (
            "Line 2, stream s, record id=1: given up after 1 attempt(s), "
            "Groove answered 503: injected fault; run again when Groove can be reached."
        )
    ]
    assert len(sandbox.log()) == 1


def test_a_delivery_of_several_calls_stops_at_the_first_that_fails(
    desk: Desk, sandbox: Sandbox
) -> None:
    sandbox.faults([{"action": "status", "status": 422, "body": '"id":2'}])
    requests = tuple(desk.request(payload={"id": each}) for each in (1, 2, 3))

    outcome = desk.engine().deliver(Delivery(requests))

    assert outcome.verdict is Verdict.REJECTED
    assert outcome.reason == "Groove answered 422: injected fault; 1 of 3 calls were delivered"
    assert [entry["body"]["id"] for entry in sandbox.log()] == [1, 2]
