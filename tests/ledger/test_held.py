"""What cannot be looked up is held and named; while Groove cannot be asked, nothing is decided."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from target_groove.delivery.engine import Engine
from target_groove.sandbox import Sandbox
from tests.conftest import TOKEN, Run
from tests.ledger.desk import (
    DEAD_LETTER,
    KEYED_ECHO,
    TICKET,
    bodies,
    dead_letters,
    post,
    replayed,
    upserting,
)
from tests.runs import records, state

if TYPE_CHECKING:
    from collections.abc import Iterator

WEBHOOK = {"id": 1, "url": "https://example.org/hook", "event": "note_added"}
ANSWER_LOST = {"method": "POST", "times": 1, "action": "reset_after"}
LOST = {"method": "POST", "times": 1, "action": "reset_before"}
HELD_CASES = pytest.mark.parametrize(
    "settings,messages",
    [
        ({}, records("create_webhook", WEBHOOK, keys=["id"])),
        ({"streams": [KEYED_ECHO]}, records("s", {"id": 1}, keys=["id"])),
        ({"streams": [KEYED_ECHO]}, records("s", {"id": 1})),
        (
            {"streams": [{**KEYED_ECHO, "batch": {"grouping": "array"}}]},
            records("s", {"id": 1}, keys=["id"]),
        ),
    ],
    ids=["webhook", "custom", "custom without key", "custom batch"],
)


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Engine, "pause", lambda _self, _seconds: None)


@pytest.fixture
def deliver(run: Run, ledger_url: str) -> Run:
    """Runs with each kind of ledger."""
    return upserting(run, ledger_url=ledger_url)


@HELD_CASES
@pytest.mark.parametrize("fault", [ANSWER_LOST, LOST])
def test_what_cannot_be_looked_up_is_held_and_named(
    deliver: Run,
    sandbox: Sandbox,
    settings: dict[str, Any],
    messages: list[Any],
    fault: dict[str, Any],
) -> None:
    sandbox.faults([fault])
    for number in range(3):
        result = deliver(settings, [*messages, state({"seen": 1})])
        assert (result.exit_code, result.states) == (1, [])
        (problem,) = result.problems
        assert "held, as nobody knows whether it was delivered" in problem
        assert "Groove offers no way to look it up" in problem
        assert "target-groove ledger resolve" in problem
        assert len(sandbox.log()) == 1, f"it was sent again by run {number + 1}"


@HELD_CASES
def test_what_is_held_lies_in_the_dead_letters_as_in_doubt(
    deliver: Run, sandbox: Sandbox, settings: dict[str, Any], messages: list[Any]
) -> None:
    sandbox.faults([ANSWER_LOST])
    settings = {**settings, **DEAD_LETTER}
    result = deliver(settings, [*messages, state({"seen": 1})])
    assert (result.exit_code, result.states) == (0, [{"seen": 1}])
    assert [each["in_doubt"] for each in dead_letters(deliver)] == [True]
    assert replayed(deliver, settings).startswith("0 delivered, 1 rejected")
    assert [each["in_doubt"] for each in dead_letters(deliver)] == [True]
    assert len(sandbox.log()) == 1


def test_a_change_of_what_is_held_is_held_too(deliver: Run, sandbox: Sandbox) -> None:
    sandbox.faults([ANSWER_LOST])
    for url in ("https://example.org/1", "https://example.org/2"):
        row = {**WEBHOOK, "url": url}
        deliver(DEAD_LETTER, records("create_webhook", row, keys=["id"]))
    assert len(bodies(sandbox)) == 1
    assert len(dead_letters(deliver)) == 2


def test_what_is_held_holds_nothing_else_up(deliver: Run, sandbox: Sandbox) -> None:
    sandbox.faults([ANSWER_LOST])
    rows = [{**WEBHOOK, "id": each} for each in (1, 2)]
    result = deliver(DEAD_LETTER, records("create_webhook", *rows, keys=["id"]))
    assert "1 delivered, 1 rejected" in result.log
    assert len(sandbox.things("webhooks")) == 2


# Groove cannot be asked


@pytest.mark.parametrize("fault", [ANSWER_LOST, LOST])
@pytest.mark.parametrize(
    "trouble,words",
    [
        ({"action": "status", "status": 502}, "failed: Groove answered 502"),
        ({"action": "reset_before"}, "no answer from Groove"),
        ({"action": "status", "status": 401}, "check api_token"),
    ],
)
def test_groove_is_down_when_it_is_asked(
    deliver: Run, sandbox: Sandbox, fault: dict[str, Any], trouble: dict[str, Any], words: str
) -> None:
    messages = [*records("create_ticket", TICKET, {**TICKET, "id": 2}, keys=["id"]), state(1)]
    sandbox.faults([fault, {"method": "GET", **trouble}])
    settings = DEAD_LETTER
    for _ in range(2):
        result = deliver({**settings, "max_attempts": 1}, messages)
        assert (result.exit_code, result.states) == (1, [])
        (problem,) = result.problems
        assert words in problem or "run again when Groove can be reached" in problem
        assert len(bodies(sandbox)) == 1
    assert dead_letters(deliver) == []
    sandbox.faults([])
    result = deliver(settings, messages)
    assert (result.exit_code, result.states) == (0, [1])
    assert len(sandbox.things("tickets")) == 2
    assert "2 unchanged, 0 requests" in deliver(settings, messages).log


def test_a_run_without_the_record_still_finds_out(deliver: Run, sandbox: Sandbox) -> None:
    """The next run's input need not hold the record that the last one left in doubt."""
    sandbox.faults([ANSWER_LOST, {"method": "GET", "action": "status", "status": 502}])
    row = records("create_group", {"id": "a", "name": "G"}, keys=["id"])
    assert deliver({"max_attempts": 1}, row).exit_code == 1
    sandbox.faults([])
    assert deliver({}, []).exit_code == 0
    sends = len(sandbox.log())
    assert "1 unchanged, 0 requests" in deliver({}, row).log
    assert len(sandbox.log()) == sends


# Somebody else's equal things, in a time of the test's own


class Clock:
    """A clock that stands, at the present time or before."""

    def __init__(self) -> None:
        self.behind = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) - self.behind


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def dated(clock: Clock) -> Iterator[Sandbox]:
    """A sandbox with that clock."""
    with Sandbox(token=TOKEN, clock=clock) as sandbox:
        yield sandbox


@pytest.mark.parametrize("fault,sends", [(ANSWER_LOST, 1), (LOST, 2)])
@pytest.mark.parametrize(
    "endpoint,kind,path,row",
    [
        ("create_ticket", "tickets", "/tickets", TICKET),
        ("create_article", "articles", "/kb/{}/articles", {"title": "A"}),
        ("create_category", "categories", "/kb/{}/categories", {"title": "A"}),
    ],
)
def test_an_older_equal_thing_is_not_taken_for_ours(
    run: Run,
    dated: Sandbox,
    clock: Clock,
    endpoint: str,
    kind: str,
    path: str,
    row: dict[str, Any],
    fault: dict[str, Any],
    sends: int,
) -> None:
    base = dated.things("knowledge_bases")[0]["id"]
    clock.behind = timedelta(minutes=5)
    post(dated, path.format(base), row)
    clock.behind = timedelta()
    before = len(dated.things(kind))
    dated.faults([fault])
    values = {**row, "id": 1}
    if "{}" in path:
        values["knowledge_base_id"] = base
    settings = {"api_url": dated.api_url, **DEAD_LETTER}
    result = upserting(run)(settings, records(endpoint, values, keys=["id"]))
    assert "1 delivered, 0 rejected" in result.log
    assert len(dated.things(kind)) == before + 1
    assert len(bodies(dated)) == 1 + sends
