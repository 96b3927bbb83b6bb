"""`responses_webhook_url`: arrays to a receiver that may be slow, down, or never answer."""

from __future__ import annotations

import itertools
import json
import logging
import signal
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from target_groove.ledger.outbox import Written
from target_groove.responses.file import ResponsesFile
from target_groove.responses.posting import NotTaken, Poster, name_of
from target_groove.responses.webhook import Bounds, Webhook
from target_groove.sandbox import Sandbox
from tests.conftest import Run
from tests.processes import Loader, eventually
from tests.responses.conftest import entries, told_in
from tests.responses.receivers import receiving

IN_NO_TIME = {"Retry_After": "1"}


def answers(count: int) -> list[Written]:
    return [Written(f"r{each}", json.dumps({"response_id": f"r{each}"})) for each in range(count)]


def ids(arrays: Sequence[Sequence[dict[str, Any]]]) -> list[str]:
    return [each["response_id"] for each in itertools.chain.from_iterable(arrays)]


@pytest.fixture
def hook(tmp_path: Path) -> Iterator[Callable[..., Webhook]]:
    """Makes a webhook for a receiver, with little patience."""
    made = []

    def make(url: str, *, leaves_the_rest: bool = True, **bounds: float) -> Webhook:
        few: dict[str, Any] = {"room_seconds": 0.0, "end_seconds": 5.0, "close_seconds": 0.0}
        made.append(
            Webhook(
                Poster(url, timeout=0.2),
                name="hook",
                dead_letters=ResponsesFile(str(tmp_path / "aside.jsonl"), stream="answers"),
                check=lambda: None,
                leaves_the_rest=leaves_the_rest,
                bounds=Bounds(**{**few, **bounds}),
            )
        )
        made[-1].begin()
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_a_run_posts_arrays_of_up_to_a_hundred_without_the_token(
    run: Run, ticket_config: dict[str, Any], sandbox: Sandbox
) -> None:
    with receiving() as receiver:
        settings = {**ticket_config, "responses_webhook_url": receiver.url}
        result = run(settings, entries(*range(250)))

    assert result.exit_code == 0, result.log
    assert max(map(len, receiver.arrays)) <= 100
    told = [each for array in receiver.arrays for each in array]
    assert len({each["response_id"] for each in told}) == len(told) == 250
    assert {each["action"] for each in told} == {"created"}
    for head in receiver.heads:
        assert head["Content-Type"] == "application/json"
        assert "Authorization" not in head
        assert sandbox.token not in str(head)
    assert "hidden-4711" not in result.log


def test_what_fails_at_first_is_sent_again(hook: Callable[..., Webhook]) -> None:
    with receiving(503, 200, **IN_NO_TIME) as receiver:
        webhook = hook(receiver.url)
        webhook.send(answers(3))

        assert webhook.finish() == ""

    assert ids(receiver.arrays) == ["r0", "r1", "r2"] * 2
    assert webhook.arrived() == ["r0", "r1", "r2"]
    assert webhook.arrived() == []


@pytest.mark.parametrize("status", [301, 400, 404])
def test_what_is_refused_is_set_aside_as_a_singer_stream(
    hook: Callable[..., Webhook], tmp_path: Path, status: int
) -> None:
    with receiving(status, Location="http://127.0.0.1:1/") as receiver:
        webhook = hook(receiver.url)
        webhook.send(answers(2))
        webhook.finish()

    assert len(receiver.arrays) == 1
    assert [each["response_id"] for each in told_in(tmp_path / "aside.jsonl")] == ["r0", "r1"]
    assert webhook.arrived() == ["r0", "r1"]


def test_a_receiver_that_never_answers_holds_nothing_up(
    hook: Callable[..., Webhook], tmp_path: Path
) -> None:
    with receiving(0) as receiver:
        webhook = hook(receiver.url, queue=150, end_seconds=0.0)
        webhook.send(answers(100))
        eventually(lambda: receiver.arrays)
        webhook.send(answers(100))  # There is no room for these.
        webhook.finish()

    told = [each["response_id"] for each in told_in(tmp_path / "aside.jsonl")]
    assert sorted(told) == sorted(ids([[{"response_id": f"r{n}"} for n in range(100)]] * 2))
    assert sorted(webhook.arrived()) == sorted(told)


def test_an_address_where_nobody_listens(hook: Callable[..., Webhook], tmp_path: Path) -> None:
    webhook = hook("http://127.0.0.1:9/", end_seconds=0.0)
    webhook.send(answers(1))

    webhook.finish()

    assert len(told_in(tmp_path / "aside.jsonl")) == 1


def test_a_receiver_that_is_down_is_tried_once_until_it_takes_an_array(
    caplog: pytest.LogCaptureFixture,
) -> None:
    taken, tries = list[str](), list[str]()

    def post(some: Sequence[Written]) -> None:
        tries.append(some[0].answer_id)
        if len(tries) <= 6:
            text = "it answered 500"
            raise NotTaken(text, may_be_repeated=True, retry_after=0.0)
        taken.extend(each.answer_id for each in some)

    class Aside(ResponsesFile):
        def begin(self) -> None:
            pass

        def set_aside(self, answers: Sequence[Written]) -> None:
            pass

    caplog.set_level(logging.INFO)
    webhook = Webhook(
        post,
        name="hook",
        dead_letters=Aside("aside", stream="answers"),
        check=lambda: None,
        leaves_the_rest=True,
    )
    webhook.send(answers(301))
    webhook.begin()
    webhook.finish()

    assert tries == ["r0"] * 5 + ["r100", "r200", "r300"]
    assert len(taken) == webhook.taken == 101
    said = [each for each in caplog.messages if "attempt" not in each]
    assert said == [
        (
            "responses_webhook_url did not take 100 answers: it answered 500; "
            "what it does not take goes to aside."
        ),
        "responses_webhook_url takes answers again.",
        "responses_webhook_url did not take 200 answers; they are in aside.",
    ]


@pytest.mark.parametrize("leaves_the_rest", [True, False])
def test_what_a_signal_leaves_is_told_by_the_next_run_or_set_aside(
    hook: Callable[..., Webhook], tmp_path: Path, *, leaves_the_rest: bool
) -> None:
    with receiving(0) as receiver:
        webhook = hook(receiver.url, leaves_the_rest=leaves_the_rest)
        webhook.send(answers(2))
        eventually(lambda: receiver.arrays)

        webhook.close()

    assert webhook.arrived() == ([] if leaves_the_rest else ["r0", "r1"])
    assert (tmp_path / "aside.jsonl").exists() is not leaves_the_rest


def test_a_set_aside_file_that_cannot_be_written_is_no_end(
    hook: Callable[..., Webhook], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with receiving(400) as receiver:
        webhook = hook(receiver.url)
        (tmp_path / "aside.jsonl").mkdir()
        webhook.send(answers(2))
        webhook.finish()

    assert webhook.arrived() == []
    assert "cannot be written" in caplog.text


def kept(ledger: Path) -> int:
    """Count the answers that wait in a ledger."""
    with closing(sqlite3.connect(ledger)) as connection:
        found: int = connection.execute("SELECT count(*) FROM target_groove_answers").fetchone()[0]
    return found


def test_a_run_that_a_signal_ends_leaves_its_answers_to_the_next(
    ticket_config: dict[str, Any], sandbox: Sandbox, tmp_path: Path
) -> None:
    with receiving(0) as silent:
        address = silent.url
        config = {**ticket_config, "responses_webhook_url": address}
        loader = Loader(tmp_path, config)
        with loader.start() as live:
            live.send(*entries(1, 2))
            eventually(lambda: silent.arrays and kept(tmp_path / "ledger.db") == 2)
            live.signal(signal.SIGKILL)
            live.ended()
        silent.statuses[:] = [200]
        done = loader(entries(1, 2, 3))
        told = ids([silent.taken])

    assert done.exit_code == 0, done.stderr
    assert len(sandbox.things("tickets")) == 3
    assert len(set(told)) == len(told) == 3
    assert set(ids(silent.arrays[:1])) <= set(told)
    assert "2 answers of earlier runs go to" in done.stderr


def test_receivers_on_a_host_with_a_long_name_are_told_apart() -> None:
    host = ".".join(["receiver"] * 20)
    names = {name_of(f"https://{host}/{each}") for each in "ab"}
    assert len(names) == 2
    assert max(map(len, names)) <= 100
