"""Pairs under faults: what went through is not sent again, and what did not is not forgotten."""

from __future__ import annotations

import random
import signal
from typing import TYPE_CHECKING, Any

import pytest

from target_groove.delivery.engine import Engine
from target_groove.ledger.inspection import Inspection, Wanted
from target_groove.ledger.mending import Mending
from target_groove.ledger.states import State
from tests.ledger.desk import DEAD_LETTER, TICKET, dead_letters, replayed, sent, upserting
from tests.ledger.version_1 import make_version_1
from tests.processes import Loader, eventually
from tests.runs import records

if TYPE_CHECKING:
    from pathlib import Path

    from target_groove.sandbox import Sandbox
    from tests.conftest import Run
    from tests.ledger.conftest import Opener

ONE = {**TICKET, "state": "opened", "tags": ["a"], "assignee": "ada@sandbox.example"}
TWO = {**ONE, "state": "closed", "tags": ["b"], "assignee": "grace@sandbox.example"}
REFUSED = {"action": "status", "status": 422, "times": 1}


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Engine, "pause", lambda _self, _seconds: None)


@pytest.fixture
def deliver(run: Run, ledger_url: str) -> Run:
    """Runs with each kind of ledger."""
    return upserting(run, ledger_url=ledger_url, exclude_attributes=["id"], **DEAD_LETTER)


@pytest.fixture
def upsert(run: Run) -> Run:
    """Runs with a ledger in a file."""
    return upserting(run, exclude_attributes=["id"], **DEAD_LETTER)


def tickets(*rows: dict[str, Any]) -> list[Any]:
    return records("upsert_ticket", *rows, keys=["id"])


def steps(sandbox: Sandbox, since: int = 0) -> list[str]:
    """Which attribute each call was about, and whether it was refused."""
    return [
        each["path"].rpartition("/")[2] + (" refused" if each["status"] == 422 else "")
        for each in sandbox.log()[since:]
        if each["method"] != "GET"
    ]


# A call is refused


def test_of_a_refused_change_the_rest_is_sent_by_the_next_run(
    deliver: Run, sandbox: Sandbox
) -> None:
    deliver({}, tickets(ONE))
    sandbox.faults([{**REFUSED, "path": "/assignee"}])
    result = deliver({}, tickets(TWO))
    assert (result.exit_code, steps(sandbox, 1)) == (0, ["state", "assignee refused"])
    (letter,) = dead_letters(deliver)
    assert "1 of 3 calls were delivered (Groove's id 1)" in letter["reason"]
    deliver({}, tickets(TWO))
    assert steps(sandbox, 3) == ["assignee", "tags"]
    assert "1 unchanged, 0 requests" in deliver({}, tickets(TWO)).log


def test_a_refused_change_that_is_taken_back_costs_what_was_changed(
    deliver: Run, sandbox: Sandbox
) -> None:
    deliver({}, tickets(ONE))
    sandbox.faults([{**REFUSED, "path": "/assignee"}])
    deliver({}, tickets(TWO))
    deliver({}, tickets(ONE))
    assert steps(sandbox, 3) == ["state"], "Groove refused the others, or never got them"
    assert sandbox.things("tickets")[0]["state"] == "opened"
    assert "1 unchanged, 0 requests" in deliver({}, tickets(ONE)).log


def test_a_change_that_is_refused_at_once_leaves_everything_to_do(
    upsert: Run, sandbox: Sandbox
) -> None:
    upsert({}, tickets(ONE))
    sandbox.faults([{**REFUSED, "path": "/state"}])
    upsert({}, tickets(TWO))
    assert "1 unchanged, 0 requests" in upsert({}, tickets(ONE)).log
    upsert({}, tickets(TWO))
    assert steps(sandbox, 1) == ["state refused", "state", "assignee", "tags"]


def test_a_replay_sends_what_was_refused_and_what_came_after_it(
    upsert: Run, sandbox: Sandbox
) -> None:
    upsert({}, tickets(ONE))
    sandbox.faults([{**REFUSED, "path": "/assignee"}])
    upsert({}, tickets(TWO))
    assert "1 delivered, 0 rejected, 2 requests" in replayed(upsert, {})
    assert steps(sandbox, 3) == ["assignee", "tags"]
    assert dead_letters(upsert) == []


@pytest.mark.parametrize("priority,more", [("high", ["priority"]), (None, [])])
def test_a_new_ticket_whose_priority_is_refused_is_not_created_again(
    deliver: Run, sandbox: Sandbox, priority: str | None, more: list[str]
) -> None:
    sandbox.faults([{**REFUSED, "path": "/priority"}])
    deliver({}, tickets({**ONE, "priority": "high"}))
    assert "1 of 2 calls were delivered (Groove's id 1)" in dead_letters(deliver)[0]["reason"]
    deliver({}, tickets({**ONE, "state": "closed", "priority": priority}))
    assert steps(sandbox) == ["tickets", "priority refused", "state", *more]
    assert len(sandbox.things("tickets")) == 1


def test_without_a_ledger_the_dead_letter_knows_what_went_through(
    upsert: Run, sandbox: Sandbox
) -> None:
    settings = {"ledger_url": "none"}
    sandbox.faults([{**REFUSED, "path": "/priority"}])
    upsert(settings, tickets({**ONE, "priority": "high"}))
    replayed(upsert, settings)
    assert steps(sandbox) == ["tickets", "priority refused", "priority"]


# An answer is lost


@pytest.mark.parametrize("action", ["reset_before", "reset_after"])
def test_a_change_whose_answer_is_lost_is_made_again(
    upsert: Run, sandbox: Sandbox, action: str
) -> None:
    upsert({}, tickets(ONE))
    sandbox.faults([{"path": "/assignee", "times": 1, "action": action}])
    assert upsert({}, tickets(TWO)).exit_code == 0
    assert steps(sandbox, 1) == ["state", "assignee", "assignee", "tags"]
    assert "1 unchanged, 0 requests" in upsert({}, tickets(TWO)).log


@pytest.mark.parametrize("action", ["reset_before", "reset_after"])
def test_a_change_with_an_unknown_outcome_that_is_taken_back(
    deliver: Run, sandbox: Sandbox, action: str
) -> None:
    deliver({}, tickets(ONE))
    sandbox.faults([{"path": "/assignee", "times": 1, "action": action}])
    assert deliver({"max_attempts": 1}, tickets(TWO)).exit_code == 1
    since = len(sandbox.log())
    assert deliver({}, tickets(ONE)).exit_code == 0
    assert steps(sandbox, since) == ["state", "assignee"], "tags were never sent"
    (made,) = sandbox.things("tickets")
    assert (made["state"], made["assignee"], made["tags"]) == ("opened", ONE["assignee"], ["a"])


@pytest.mark.parametrize("action", ["reset_before", "reset_after"])
def test_a_create_whose_answer_is_lost_is_looked_up_and_then_changed(
    deliver: Run, sandbox: Sandbox, action: str
) -> None:
    sandbox.faults([{"method": "POST", "times": 1, "action": action}])
    first = {**ONE, "priority": "low"}
    assert "1 delivered" in deliver({}, tickets(first)).log
    assert "1 unchanged, 0 requests" in deliver({}, tickets(first)).log
    since = len(sandbox.log())
    deliver({}, tickets({**first, "tags": ["b"]}))
    assert steps(sandbox, since) == ["tags"]
    assert len(sandbox.things("tickets")) == 1


@pytest.mark.parametrize("first,second", [("create", "upsert"), ("upsert", "create")])
@pytest.mark.parametrize("action", ["reset_before", "reset_after"])
def test_an_equal_ticket_of_the_other_template_is_not_taken_for_it(
    upsert: Run, sandbox: Sandbox, first: str, second: str, action: str
) -> None:
    upsert({}, records(f"{first}_ticket", TICKET, keys=["id"]))
    sandbox.faults([{"method": "POST", "times": 1, "action": action}])
    upsert({}, records(f"{second}_ticket", TICKET, keys=["id"]))
    assert len(sandbox.things("tickets")) == 2


def test_equal_tickets_of_both_templates_in_one_run(upsert: Run, sandbox: Sandbox) -> None:
    for at in ([1], [2], [3], [4]):
        before = len(sandbox.things("tickets"))
        sandbox.faults(
            [{"method": "POST", "path": "/tickets$", "action": "reset_before", "at": at}]
        )
        rows = [
            message
            for number in (1, 2)
            for endpoint in ("create_ticket", "upsert_ticket")
            for message in records(endpoint, {**TICKET, "id": f"{at} {number}"}, keys=["id"])
        ]
        assert "4 delivered" in upsert({}, rows).log
        assert len(sandbox.things("tickets")) == before + 4


# The run is killed


@pytest.fixture
def loader(config: dict[str, Any], tmp_path: Path) -> Loader:
    return Loader(
        tmp_path, {**config, "load_method": "upsert", "exclude_attributes": ["id"], **DEAD_LETTER}
    )


def killed_at(loader: Loader, sandbox: Sandbox, path: str, action: str, row: dict[str, Any]) -> int:
    """Kill a run while a call is under way; return how many calls there were."""
    before = len(sandbox.log())
    sandbox.faults([{"path": path, "times": 1, "action": action, "seconds": 30}])
    with loader.start() as live:
        live.send(*tickets(row))
        eventually(lambda: any(path in each["path"] for each in sandbox.log()[before:]))
        live.signal(signal.SIGKILL)
        live.ended()
    return len(sandbox.log())


@pytest.mark.parametrize("action", ["hang_before", "hang_after"])
@pytest.mark.parametrize("last,rest", [(TWO, ["assignee", "tags"]), (ONE, ["state", "assignee"])])
def test_a_run_that_is_killed_between_the_calls_of_a_change(
    loader: Loader,
    upsert: Run,
    sandbox: Sandbox,
    action: str,
    last: dict[str, Any],
    rest: list[str],
) -> None:
    upsert({}, tickets(ONE))
    since = killed_at(loader, sandbox, "/assignee", action, TWO)
    upsert({}, tickets(last))
    assert steps(sandbox, since) == rest
    assert "1 unchanged, 0 requests" in upsert({}, tickets(last)).log
    (made,) = sandbox.things("tickets")
    assert {name: made[name] for name in ("state", "assignee", "tags")} == {
        name: last[name] for name in ("state", "assignee", "tags")
    }


@pytest.mark.parametrize("action", ["hang_before", "hang_after"])
def test_a_run_that_is_killed_while_it_creates(
    loader: Loader, upsert: Run, sandbox: Sandbox, action: str
) -> None:
    row = {**ONE, "priority": "low"}
    since = killed_at(loader, sandbox, "/tickets", action, row)
    upsert({}, tickets({**row, "state": "closed"}))
    made = [] if action == "hang_after" else ["tickets"]
    found = ["state"] if action == "hang_after" else []
    assert steps(sandbox, since) == [*made, *found, "priority"]
    assert len(sandbox.things("tickets")) == 1


def test_a_run_that_is_killed_when_one_call_is_done_and_the_next_has_not_left(
    loader: Loader, upsert: Run, sandbox: Sandbox, opened: Opener
) -> None:
    upsert({}, tickets(ONE))
    since = killed_at(loader, sandbox, "/assignee", "hang_before", TWO)
    with opened(upsert.config["ledger_url"]).write(durable=True) as cursor:
        cursor.execute("UPDATE target_groove_entries SET left_at = NULL, evidence = NULL")
    upsert({}, tickets(ONE))
    assert steps(sandbox, since) == ["state", "assignee"]
    assert sandbox.things("tickets")[0]["state"] == "opened"


def test_after_a_loss_of_power_nothing_is_taken_for_certain(
    loader: Loader, upsert: Run, sandbox: Sandbox, opened: Opener
) -> None:
    """Notes of that boot may be lost: of what went through, and of what left."""
    upsert({}, tickets(ONE))
    since = killed_at(loader, sandbox, "/tags", "hang_after", TWO)
    with opened(upsert.config["ledger_url"]).write(durable=True) as cursor:
        cursor.execute("UPDATE target_groove_runs SET boot = 'another'")
        cursor.execute(
            "UPDATE target_groove_entries SET left_at = NULL, evidence = NULL, content_hash = 'x',"
            ' fields = \'{"body": "0"}\''
        )
    result = upsert({}, tickets(ONE))
    assert steps(sandbox, since) == ["state", "assignee", "tags"]
    assert result.warnings == []
    assert "1 unchanged, 0 requests" in upsert({}, tickets(ONE)).log


# A person decides


@pytest.mark.parametrize("priority", [None, "low"])
@pytest.mark.parametrize("given_id", [None, "1"])
def test_what_a_person_found_is_changed_field_by_field(
    deliver: Run,
    sandbox: Sandbox,
    opened: Opener,
    ledger_url: str,
    given_id: str | None,
    priority: str | None,
) -> None:
    row = {**ONE, "priority": priority}
    sandbox.faults([{"method": "POST", "times": 1, "action": "reset_after"}])
    deliver({"on_in_doubt": "hold"}, tickets(row))
    since = len(sandbox.log())
    inspection = Inspection(
        opened(ledger_url), account=deliver.config["api_url"], namespace="default"
    )
    rows = inspection.rows(Wanted(held=True))
    (state,) = Mending(inspection).resolve(rows, delivered=True, resource_id=given_id)
    assert state is (State.PARTIAL if priority else State.DELIVERED)
    deliver({}, tickets({**row, "tags": ["b"]}))
    if given_id:
        assert steps(sandbox, since) == ["tags", *(["priority"] if priority else [])]
    else:
        assert steps(sandbox, since) == [], "a change without an id would be a second ticket"
        assert "under which id was never said" in dead_letters(deliver)[-1]["reason"]
    assert len(sandbox.things("tickets")) == 1


def test_what_a_person_did_not_find_is_created(
    deliver: Run, sandbox: Sandbox, opened: Opener, ledger_url: str
) -> None:
    sandbox.faults([{"method": "POST", "times": 1, "action": "reset_before"}])
    deliver({"on_in_doubt": "hold"}, tickets(ONE))
    inspection = Inspection(
        opened(ledger_url), account=deliver.config["api_url"], namespace="default"
    )
    Mending(inspection).resolve(inspection.rows(Wanted(held=True)), delivered=False)
    deliver({}, tickets(TWO))
    assert [each["state"] for each in sandbox.things("tickets")] == ["closed"]


# Everything at once


FAULTS: tuple[dict[str, Any], ...] = (
    {},
    {"method": "PUT", "action": "status", "status": 422},
    {"method": "PUT", "action": "status_after", "status": 502},
    {"method": "PUT", "action": "reset_after"},
    {"method": "PUT", "action": "reset_before"},
    {"method": "POST", "action": "reset_after"},
    {"method": "POST", "action": "status", "status": 422},
)
VALUES: dict[str, list[Any]] = {
    "state": ["opened", "closed", "pending"],
    "tags": [["a"], ["b", "a"], ["a", "b"], []],
    "assignee": ["ada@sandbox.example", "grace@sandbox.example"],
    "priority": ["low", "high"],
}


@pytest.mark.parametrize("seed", range(6))
def test_whatever_happens_groove_has_the_last_version(
    upsert: Run, sandbox: Sandbox, seed: int
) -> None:
    rng = random.Random(seed)
    for _ in range(12):
        row = {**TICKET, **{name: rng.choice(values) for name, values in VALUES.items()}}
        fault = rng.choice(FAULTS)
        sandbox.faults([{**fault, "times": 1, "at": [rng.randint(1, 3)]}] if fault else [])
        upsert({"max_attempts": rng.choice([1, 3])}, tickets(row))
    sandbox.faults([])
    assert upsert({}, tickets(row)).exit_code == 0
    assert "1 unchanged, 0 requests" in upsert({}, tickets(row)).log
    (made,) = sandbox.things("tickets")
    for name in VALUES:
        found, wanted = made[name], row[name]
        assert (sorted(found) if name == "tags" else found) == (
            sorted(wanted) if name == "tags" else wanted
        ), name


# A ledger of version 1


def test_a_ledger_of_version_1_goes_on(
    deliver: Run, sandbox: Sandbox, opened: Opener, ledger_url: str
) -> None:
    messages = [
        *tickets(ONE),
        *records("create_group", {"id": 1, "name": "G"}, keys=["id"]),
    ]
    deliver({}, messages)
    since = len(sandbox.log())
    with opened(ledger_url).write(durable=True) as cursor:
        make_version_1(cursor)
    assert "2 unchanged, 0 requests" in deliver({}, messages).log
    deliver({}, records("create_group", {"id": 1, "name": "H"}, keys=["id"]))
    result = deliver({}, tickets(TWO))
    assert [method for method, _, _ in sent(sandbox, since)] == ["PUT"] * 4
    assert "cannot change" not in result.log
