"""Several creates in doubt at once: each is in Groove once, whatever became of its answer."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from target_groove.delivery.engine import Engine
from target_groove.ledger.ledger import Ledger
from tests.ledger.desk import (
    DEAD_LETTER,
    KEYED_ECHO,
    TICKET,
    bodies,
    dead_letters,
    looked_up,
    upserting,
)
from tests.processes import Loader, eventually
from tests.runs import Message, records, state

if TYPE_CHECKING:
    from pathlib import Path

    from target_groove.sandbox import Sandbox
    from tests.conftest import Run

MANY = 16


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that were not made."""
    made: list[float] = []
    monkeypatch.setattr(Engine, "pause", lambda _self, seconds: made.append(seconds))
    return made


@pytest.fixture
def upsert(run: Run, sandbox: Sandbox) -> Run:
    """Runs with so many requests at once."""
    sandbox.configure(latency_ms=40)
    return upserting(run, max_in_flight=MANY, **DEAD_LETTER)


def tickets(count: int = MANY, **change: Any) -> list[Message]:
    """Tickets with texts of their own, unless there is one for all."""
    rows = [{**TICKET, "body": f"ticket {each}", **change, "id": each} for each in range(count)]
    return [*records("create_ticket", *rows, keys=["id"]), state({"seen": count})]


def texts(sandbox: Sandbox) -> Counter[str]:
    """The texts of all tickets."""
    return Counter(each["plain_text_body"] for each in sandbox.things("messages"))


EACH_ONCE = Counter(f"ticket {each}" for each in range(MANY))


@pytest.mark.parametrize("every", [1, 3])
def test_answers_of_several_are_lost(upsert: Run, sandbox: Sandbox, every: int) -> None:
    sandbox.faults([{"method": "POST", "every": every, "times": 8, "action": "reset_after"}])
    result = upsert({}, tickets())
    assert result.exit_code == 0, result.problems
    assert result.states == [{"seen": MANY}]
    assert texts(sandbox) == EACH_ONCE
    assert len(bodies(sandbox)) == MANY
    assert "16 delivered, 0 rejected" in result.log

    calls = len(sandbox.log())
    assert "16 unchanged, 0 requests" in upsert({}, tickets()).log
    assert len(sandbox.log()) == calls


def test_several_are_lost_on_their_way(upsert: Run, sandbox: Sandbox, pauses: list[float]) -> None:
    sandbox.faults([{"method": "POST", "every": 2, "times": 4, "action": "reset_before"}])
    assert upsert({}, tickets()).exit_code == 0
    assert texts(sandbox) == EACH_ONCE
    assert len(bodies(sandbox)) == MANY + 4
    assert pauses.count(2.0) <= 4


def test_some_are_lost_before_and_some_after(upsert: Run, sandbox: Sandbox) -> None:
    sandbox.faults(
        [
            {"method": "POST", "every": 3, "times": 5, "action": "reset_before"},
            {"method": "POST", "every": 4, "times": 5, "action": "reset_after"},
        ]
    )
    assert upsert({}, tickets()).exit_code == 0
    assert texts(sandbox) == EACH_ONCE


@pytest.mark.parametrize("action", ["reset_before", "reset_after"])
def test_equal_tickets_are_not_taken_for_each_other(
    upsert: Run, sandbox: Sandbox, action: str
) -> None:
    sandbox.faults([{"method": "POST", "every": 3, "action": action}])
    result = upsert({}, tickets(9, body="the same"))
    assert result.exit_code == 0, result.problems
    assert texts(sandbox) == {"the same": 9}
    assert "9 delivered" in result.log


def test_tickets_that_a_look_up_takes_for_equal_are_not_in_doubt_together(
    upsert: Run, sandbox: Sandbox
) -> None:
    """They differ in what it does not compare; one is lost before, one after it was made."""
    sandbox.faults(
        [
            {"method": "POST", "body": '"priority-a"', "times": 1, "action": "reset_before"},
            {"method": "POST", "body": '"priority-b"', "times": 1, "action": "reset_after"},
        ]
    )
    rows = [{**TICKET, "id": each, "tags": [f"priority-{each}"]} for each in "ab"]
    assert upsert({}, records("create_ticket", *rows, keys=["id"])).exit_code == 0
    tags = sorted(tag for each in sandbox.things("tickets") for tag in each["tags"])
    assert tags == ["priority-a", "priority-b"]


def test_an_equal_ticket_leaves_when_the_ledger_has_the_one_before(
    upsert: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed in between, a run would leave two in doubt that no look-up can tell apart."""
    said: list[str] = []

    def tell(name: str) -> None:
        method = getattr(Ledger, name)

        def telling(*given: Any, **named: Any) -> Any:
            said.append(name)
            return method(*given, **named)

        monkeypatch.setattr(Ledger, name, telling)

    tell("leaves")
    tell("delivered")
    assert upsert({}, tickets(body="the same")).exit_code == 0
    assert said == ["leaves", "delivered"] * MANY


def test_without_a_look_up_each_is_held_and_the_others_go_on(upsert: Run, sandbox: Sandbox) -> None:
    sandbox.faults([{"method": "POST", "every": 4, "times": 4, "action": "reset_after"}])
    messages = records("s", *({"id": each} for each in range(MANY)), keys=["id"])
    settings = {"streams": [KEYED_ECHO]}
    result = upsert(settings, [*messages, state({"seen": MANY})])
    assert result.exit_code == 0, result.problems
    assert result.states == [{"seen": MANY}]
    assert "12 delivered, 4 rejected" in result.log
    assert len(bodies(sandbox)) == MANY
    assert [each["in_doubt"] for each in dead_letters(upsert)] == [True] * 4

    again = upsert(settings, messages)
    assert "12 unchanged" in again.log
    assert "4 rejected" in again.log
    assert len(bodies(sandbox)) == MANY


def test_if_groove_cannot_be_asked_the_next_run_asks(upsert: Run, sandbox: Sandbox) -> None:
    sandbox.faults(
        [
            {"method": "POST", "every": 4, "times": 3, "action": "reset_after"},
            {"method": "GET", "action": "status", "status": 401},
        ]
    )
    result = upsert({}, tickets())
    assert result.exit_code == 1
    assert "check api_token" in result.problems[0]
    assert result.states == []

    sandbox.faults([])
    assert upsert({}, tickets()).exit_code == 0
    assert texts(sandbox) == EACH_ONCE
    assert len(bodies(sandbox)) == MANY


def test_what_a_killed_run_had_in_flight_is_looked_up_with_one_pause(
    upsert: Run, sandbox: Sandbox, tmp_path: Path, pauses: list[float]
) -> None:
    sandbox.faults(
        [
            {"method": "POST", "every": 2, "action": "hang_before", "seconds": 60},
            {"method": "POST", "action": "hang_after", "seconds": 60},
        ]
    )
    loader = Loader(tmp_path, upsert.config)
    with loader.start() as live:
        live.send(*tickets())
        eventually(lambda: len(sandbox.log()) == MANY)
        eventually(lambda: len(sandbox.things("tickets")) == MANY / 2)
        live.process.kill()
        live.process.wait()
    calls = len(sandbox.log())

    sandbox.faults([])
    result = upsert({}, tickets())
    assert result.exit_code == 0, result.problems
    assert texts(sandbox) == EACH_ONCE
    assert len(bodies(sandbox, calls)) == MANY / 2
    assert looked_up(sandbox, calls)
    assert pauses == [2.0]
