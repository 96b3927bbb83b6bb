"""Several requests under way at once: what is promised of one at a time holds all the same."""

from __future__ import annotations

import io
import signal
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from target_groove.delivery import in_flight
from target_groove.stopping import StopRequest
from target_groove.target import GrooveTarget
from tests.conftest import Run
from tests.ledger.desk import DEAD_LETTER, TICKET, looked_up, post, sent
from tests.processes import ECHO, Loader, eventually, lines_of, rows
from tests.runs import Message, record, records, schema

if TYPE_CHECKING:
    from target_groove.sandbox import Sandbox

AGENT_ID = "agent_id"


@pytest.fixture
def overlapping(config: dict[str, Any]) -> Run:
    """Runs with 16 requests at once, which send every stream where anything is taken."""
    return Run({**config, "max_in_flight": 16, "streams": [ECHO]})


@pytest.fixture
def loader(overlapping: Run, tmp_path: Path) -> Loader:
    """The same as a process."""
    return Loader(tmp_path, overlapping.config)


def at_once(sandbox: Sandbox) -> int:
    """The most calls that were under way at a time."""
    return max(int(each["in_flight"]) for each in sandbox.log())


def arrived_ids(sandbox: Sandbox) -> list[int]:
    """The `id`s of the bodies that arrived."""
    return [each["body"]["id"] for each in sandbox.log()]


def answered_ids(sandbox: Sandbox) -> set[int]:
    """The `id`s of those that were answered."""
    return {each["body"]["id"] for each in sandbox.log() if each["status"]}


def about(number: int, **fault: Any) -> dict[str, Any]:
    """A fault of the calls about one record."""
    return {"body": f'"id":{number}}}', **fault}


def delayed(seconds: float, *ids: int) -> list[dict[str, Any]]:
    """Faults that delay the answers about some records."""
    return [about(each, action="delay", seconds=seconds) for each in ids]


# How many


def test_so_many_are_under_way_at_once_and_all_arrive(overlapping: Run, sandbox: Sandbox) -> None:
    sandbox.configure(latency_ms=400)
    result = overlapping({}, rows(*range(1, 33)))
    assert result.exit_code == 0
    assert result.states[-1] == {"seen": 32}
    assert sorted(arrived_ids(sandbox)) == list(range(1, 33))
    assert at_once(sandbox) == 16
    assert "32 delivered, 0 rejected, 32 requests" in result.log


@pytest.mark.parametrize("most", [2, 5])
def test_never_more_than_allowed(overlapping: Run, sandbox: Sandbox, most: int) -> None:
    sandbox.configure(latency_ms=15)
    assert overlapping({"max_in_flight": most}, rows(*range(1, 41))).exit_code == 0
    assert sorted(arrived_ids(sandbox)) == list(range(1, 41))
    assert 1 < at_once(sandbox) <= most


def test_one_at_once_uses_no_thread(overlapping: Run, sandbox: Sandbox) -> None:
    sandbox.configure(latency_ms=10)
    result = overlapping({"max_in_flight": 1}, rows(*range(1, 9)))
    assert arrived_ids(sandbox) == list(range(1, 9))
    assert at_once(sandbox) == 1
    assert result.target
    assert result.target.parts.sending._in_flight._threads is None


@pytest.mark.parametrize("endpoint", ["create_article", "upsert_article"])
def test_articles_of_one_knowledge_base_are_made_at_once(
    overlapping: Run, sandbox: Sandbox, endpoint: str
) -> None:
    base = post(sandbox, "/kb", {"title": "Handbook", "subdomain": "handbook"})
    base_id = next(iter(base.values()))["id"]
    sandbox.configure(latency_ms=100)
    articles = [
        {"id": each, "knowledge_base_id": base_id, "title": f"Page {each}"} for each in range(24)
    ]
    settings = {"streams": [], "load_method": "upsert", "exclude_attributes": ["id"]}
    assert overlapping(settings, records(endpoint, *articles, keys=["id"])).exit_code == 0
    assert at_once(sandbox) > 4
    assert len(sandbox.things("articles")) == 24


def claimed(path: Path) -> int:
    """How many entries of a ledger are in a run's hand and not settled."""
    with closing(sqlite3.connect(path)) as database:
        query = "SELECT count(*) FROM target_groove_entries WHERE send_hash IS NOT NULL"
        return int(database.execute(query).fetchone()[0])


def test_no_more_than_two_windows_are_claimed_ahead(
    loader: Loader, sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.configure(latency_ms=100)
    seen: list[int] = []
    with loader.start(config={"batch_size_rows": 10, "max_in_flight": 4}) as live:
        live.send(*rows(*range(1, 61)))
        eventually(lambda: len(sandbox.log()) >= 4)

        def all_arrived() -> bool:
            seen.append(claimed(tmp_path / "ledger.db"))
            return len(sandbox.log()) == 60

        eventually(all_arrived)
        assert live.finish().exit_code == 0
    assert 10 <= max(seen) <= 2 * 10 + 2 * 4
    assert claimed(tmp_path / "ledger.db") == 0


# Order


def tickets_in(sandbox: Sandbox, count: int) -> list[int]:
    """Make tickets, and forget that they were made."""
    return [post(sandbox, "/tickets", TICKET)["ticket"]["number"] for _ in range(count)]


def test_updates_of_a_ticket_keep_their_order_across_streams(
    overlapping: Run, sandbox: Sandbox
) -> None:
    numbers = tickets_in(sandbox, 5)
    before = len(sandbox.log())
    messages: list[Message] = [
        schema(name, ["n"]) for name in ("update_ticket_state", "update_ticket_priority")
    ]
    expected: dict[str, list[Any]] = {f"/tickets/{each}": [] for each in numbers}
    for turn in range(8):
        for number in numbers:
            is_state = (turn + number) % 2 == 0
            value = {"state": ("closed", "opened")[turn // 4]}
            if not is_state:
                value = {"priority": ("low", "high")[turn // 4]}
            name = f"update_ticket_{next(iter(value))}"
            values = {"n": f"{turn}.{number}", "ticket_number": number, **value}
            messages.append(record(name, values))
            expected[f"/tickets/{number}"].append(value)
    sandbox.configure(latency_ms=15)
    sandbox.faults([{"action": "delay", "seconds": 0.1, "every": 7}])

    result = overlapping({"streams": []}, messages)

    assert result.exit_code == 0, result.problems
    arrived: dict[str, list[Any]] = {each: [] for each in expected}
    for _, path, body in sent(sandbox, before):
        arrived[path.rpartition("/")[0]].append(body)
    assert arrived == expected
    assert at_once(sandbox) > 1


def test_messages_of_a_ticket_keep_their_order(overlapping: Run, sandbox: Sandbox) -> None:
    numbers = tickets_in(sandbox, 3)
    before = len(sandbox.log())
    wanted = [
        {"n": turn, "ticket_number": each, "body": f"message {turn}"}
        for turn in range(6)
        for each in numbers
    ]
    sandbox.configure(latency_ms=15)
    sandbox.faults([{"action": "delay", "seconds": 0.1, "every": 4}])

    overlapping({"streams": []}, records("create_message", *wanted, keys=["n"]))

    for number in numbers:
        texts = [body["body"] for _, path, body in sent(sandbox, before) if f"/{number}/" in path]
        assert texts == [f"message {turn}" for turn in range(6)]
    assert at_once(sandbox) > 1


def test_a_stream_waits_for_the_one_before(overlapping: Run, sandbox: Sandbox) -> None:
    numbers = tickets_in(sandbox, 6)
    before = len(sandbox.log())
    groups = [{"name": f"Group {each}"} for each in numbers]
    assigned = [{"ticket_number": each, "group": f"Group {each}"} for each in numbers]
    sandbox.configure(latency_ms=20)
    sandbox.faults([{"action": "delay", "seconds": 0.2, "at": [2]}])

    result = overlapping(
        {"streams": []},
        [
            *records("create_group", *groups, keys=["name"]),
            *records("update_ticket_assigned_group", *assigned, keys=["ticket_number"]),
        ],
    )

    assert result.exit_code == 0, result.problems
    log = sandbox.log()[before:]
    assert [each["method"] for each in log] == ["POST"] * 6 + ["PUT"] * 6
    assert log[6]["in_flight"] == 1


def test_interleaved_streams_wait_for_each_other_each_time(
    overlapping: Run, sandbox: Sandbox
) -> None:
    sandbox.configure(latency_ms=5)
    messages: list[Message] = [schema("a", ["id"]), schema("b", ["id"])]
    messages += [record("ab"[each // 3 % 2], {"id": each}) for each in range(18)]
    overlapping({"streams": [{**ECHO, "stream": "*"}]}, messages)
    arrived = arrived_ids(sandbox)
    assert [sorted(arrived[each : each + 3]) for each in range(0, 18, 3)] == [
        [each, each + 1, each + 2] for each in range(0, 18, 3)
    ]


# STATE


def test_a_state_waits_for_all_before_it_whatever_is_answered_first(
    loader: Loader, sandbox: Sandbox
) -> None:
    ids = list(range(1, 13))
    sandbox.faults([fault for each in ids for fault in delayed((12 - each) * 0.06, each)])
    with loader.start() as live:
        live.send(*rows(*ids))
        for each in ids:
            assert live.next_line() == b'{"seen":%d}' % each
            assert answered_ids(sandbox) >= set(range(1, each + 1))
        assert live.finish().exit_code == 0


def test_a_state_waits_for_the_one_that_takes_long(loader: Loader, sandbox: Sandbox) -> None:
    sandbox.faults(delayed(2.0, 3))
    with loader.start() as live:
        live.send(*rows(*range(1, 7)))
        eventually(lambda: len(answered_ids(sandbox)) >= 5)
        seen = [live.next_line() for _ in range(2)]
        assert seen == [b'{"seen":1}', b'{"seen":2}']
        for number in range(3, 7):
            assert live.next_line() == b'{"seen":%d}' % number
            assert 3 in answered_ids(sandbox)
        assert live.finish().exit_code == 0


def test_what_ends_while_the_tap_is_quiet_is_settled(loader: Loader, sandbox: Sandbox) -> None:
    sandbox.configure(latency_ms=50)
    with loader.start() as live:
        live.send(*rows(1, 2, 3))
        assert [live.next_line() for _ in range(3)] == [b'{"seen":%d}' % each for each in (1, 2, 3)]
        live.send(*rows(4))
        assert live.next_line() == b'{"seen":4}'
        assert live.finish().exit_code == 0


def test_what_has_ended_is_settled_before_one_waits(
    overlapping: Run, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where requests are quick, outcomes are written down several at once."""
    monkeypatch.setattr(in_flight, "_QUICK_SECONDS", 60.0)
    open_at_pauses = list[list[int]]()

    class NoPause(StopRequest):
        def sleep(self, seconds: float) -> None:
            del seconds
            open_at_pauses.append(list(target.parts.checkpoints.open_positions))

    sandbox.faults([about(11, action="status", status=503, times=1)])
    target = GrooveTarget(config=overlapping.config, stop=NoPause())
    with closing(target), redirect_stdout(io.StringIO()):
        target.run(io.BytesIO(lines_of(rows(*range(1, 12)))))
    assert [10] in open_at_pauses
    assert len(arrived_ids(sandbox)) == 12


# The end of a run


def test_a_signal_lets_what_is_in_flight_end(loader: Loader, sandbox: Sandbox) -> None:
    sandbox.configure(latency_ms=2500)  # as many as may be are under way before the first ends
    everything = list(range(1, 41))
    with loader.start() as live:
        live.send(*rows(*everything))
        eventually(lambda: len(sandbox.log()) == 16)
        live.signal(signal.SIGTERM)
        done = live.ended()

    assert done.exit_code == 143
    assert "Stopped by signal 15." in done.last_line
    assert "Traceback" not in done.stderr
    assert done.states[-1] == {"seen": 16}
    assert sorted(arrived_ids(sandbox)) == list(range(1, 17))

    sandbox.configure(latency_ms=0)
    assert loader(rows(*range(17, 41))).exit_code == 0
    assert sorted(arrived_ids(sandbox)) == everything


def test_a_signal_while_one_in_the_middle_waits_for_groove(
    loader: Loader, sandbox: Sandbox
) -> None:
    """What comes after it is delivered, but not acknowledged; the next run does not send it."""
    busy = {"Retry-After": "90"}
    sandbox.faults([about(3, action="status", status=503, headers=busy, times=1)])
    sandbox.configure(latency_ms=2000)  # all are under way before the first is answered
    with loader.start() as live:
        live.send(*rows(*range(1, 9)))
        eventually(lambda: len(answered_ids(sandbox)) == 8)
        live.signal(signal.SIGTERM)
        done = live.ended()
    assert done.exit_code == 143
    assert done.states[-1] == {"seen": 2}

    assert loader(rows(*range(3, 9))).exit_code == 0
    assert Counter(arrived_ids(sandbox)) == {**dict.fromkeys(range(1, 9), 1), 3: 2}


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_token_ends_the_run_within_what_is_in_flight(
    overlapping: Run, sandbox: Sandbox, status: int
) -> None:
    sandbox.faults([about(3, action="status", status=status), *delayed(0.3, 1, 2, 4)])
    result = overlapping({"max_in_flight": 4, **DEAD_LETTER}, rows(*range(1, 31)))
    assert result.exit_code == 1
    (said,) = result.problems
    assert said.startswith("Groove refuses the token, nothing more is sent (Groove answered ")
    assert said.endswith(f"{status}: injected fault); check api_token.")
    assert set(arrived_ids(sandbox)) <= {1, 2, 3, 4}
    assert result.states[-1:] in ([], [{"seen": 2}])
    assert len(arrived_ids(sandbox)) == len(set(arrived_ids(sandbox)))


def test_a_token_that_is_refused_to_all_is_told_once_and_no_look_up_follows(
    overlapping: Run, sandbox: Sandbox
) -> None:
    numbers = tickets_in(sandbox, 12)
    before = len(sandbox.log())
    agent = sandbox.things("agents")[0]["id"]
    sandbox.faults([{"action": "status", "status": 401}])
    sandbox.configure(latency_ms=100)
    wanted = [{"ticket_number": each, AGENT_ID: agent} for each in numbers]

    result = overlapping(
        {"streams": []}, records("update_ticket_assignee", *wanted, keys=["ticket_number"])
    )

    assert len(result.problems) == 1
    assert "check api_token" in result.problems[0]
    assert not any("check api_token" in each for each in result.warnings)
    assert [each["path"] for each in sandbox.log()[before:]] == ["/v1/agents"]


def test_a_refused_token_keeps_what_is_left_of_a_delivery(
    overlapping: Run, sandbox: Sandbox
) -> None:
    """Its first call is in flight while another's answer says that the token is no good."""
    base = sandbox.things("knowledge_bases")[0]["id"]
    slow = {"method": "POST", "body": '"title":"A"', "action": "delay", "seconds": 0.5}
    refused = {"method": "POST", "body": '"title":"B"', "action": "status", "status": 401}
    sandbox.faults([slow, refused])
    articles = [
        {"id": title, "knowledge_base_id": base, "title": title, "state": "published"}
        for title in "AB"
    ]
    settings = {"streams": [], "load_method": "upsert"}
    first = overlapping(settings, records("create_article", *articles, keys=["id"]))
    assert "check api_token" in first.problems[0]
    assert [method for method, _, _ in sent(sandbox)] == ["POST", "POST"]

    sandbox.faults([])
    assert overlapping(settings, records("create_article", *articles, keys=["id"])).exit_code == 0
    assert [each["title"] for each in sandbox.things("articles")] == ["A", "B"]
    assert {each["state"] for each in sandbox.things("articles")} == {"published"}


def test_a_rejected_record_ends_the_run_after_what_is_in_flight(
    overlapping: Run, sandbox: Sandbox
) -> None:
    settings = {"max_in_flight": 4, "load_method": "upsert"}
    refused = about(3, action="status", status=422, times=1)
    sandbox.faults([refused, *delayed(0.3, 1, 2, 4)])
    result = overlapping(settings, rows(*range(1, 11)))
    assert result.exit_code == 1
    assert "id=3" in result.problems[0]
    assert "injected fault" in result.problems[0]
    assert set(arrived_ids(sandbox)) <= {1, 2, 3, 4}
    assert result.states[-1] == {"seen": 2}

    sandbox.faults([])
    again = overlapping(settings, rows(*range(1, 11)))
    assert again.exit_code == 0
    assert Counter(arrived_ids(sandbox)) == {**dict.fromkeys(range(1, 11), 1), 3: 2}


def test_each_of_several_rejected_records_is_named(overlapping: Run, sandbox: Sandbox) -> None:
    """The run ends with one of them; the others are told as well."""
    sandbox.configure(latency_ms=200)
    sandbox.faults([{"action": "status", "status": 422}])
    result = overlapping({"max_in_flight": 4}, rows(*range(1, 5)))
    assert result.exit_code == 1
    said = "\n".join([*result.problems, *result.warnings])
    for number in set(arrived_ids(sandbox)):
        assert f"id={number}" in said


def test_with_nobody_on_stdout_what_is_in_flight_is_not_sent_again(
    loader: Loader, sandbox: Sandbox
) -> None:
    sandbox.faults(delayed(0.4, *range(2, 20)))
    with loader.start(config={"max_in_flight": 4}) as live:
        assert live.process.stdout is not None
        live.process.stdout.close()
        live.send(*rows(*range(1, 20)))
        live.process.wait(20)
        assert live.process.returncode == 1
        assert "nobody reads standard output" in live.log
        assert "Traceback" not in live.log
    assert len(arrived_ids(sandbox)) < 19

    sandbox.faults([])
    assert loader(rows(*range(1, 20))).exit_code == 0
    assert sorted(arrived_ids(sandbox)) == list(range(1, 20))


# Who waits for whom


def between_attempts(sandbox: Sandbox, is_it: Callable[[Any], bool]) -> list[Any]:
    """What arrived between the two attempts of one request."""
    log = sandbox.log()
    first, second = (number for number, each in enumerate(log) if is_it(each["body"]))
    return [each["body"] for each in log[first + 1 : second]]


def test_one_that_is_tried_again_does_not_hold_up_the_others(
    overlapping: Run, sandbox: Sandbox
) -> None:
    sandbox.configure(latency_ms=15)
    busy = {"action": "status", "status": 503, "headers": {"Retry-After": "1"}, "times": 1}
    sandbox.faults([about(1, **busy)])
    assert overlapping({"max_in_flight": 4}, rows(*range(1, 21))).exit_code == 0
    assert len(between_attempts(sandbox, lambda body: body["id"] == 1)) > 4


def test_those_in_its_lane_do_wait(overlapping: Run, sandbox: Sandbox) -> None:
    (first, second) = tickets_in(sandbox, 2)
    before = len(sandbox.log())
    path = f"/tickets/{first}/"
    busy = {"action": "status", "status": 503, "headers": {"Retry-After": "1"}, "times": 1}
    sandbox.faults([{"path": path, **busy}])
    sandbox.configure(latency_ms=15)
    wanted = [
        {"n": number, "ticket_number": ticket, "state": new}
        for number, (ticket, new) in enumerate(
            [(first, "closed"), (first, "opened"), (second, "closed"), (second, "opened")]
        )
    ]
    assert not overlapping(
        {"streams": []}, records("update_ticket_state", *wanted, keys=["n"])
    ).problems
    of_first = [body["state"] for _, where, body in sent(sandbox, before) if path in where]
    assert of_first == ["closed", "closed", "opened"]


def test_names_are_looked_up_once_a_run(overlapping: Run, sandbox: Sandbox) -> None:
    numbers = tickets_in(sandbox, 16)
    before = len(sandbox.log())
    agent = sandbox.things("agents")[0]
    sandbox.configure(latency_ms=60)
    wanted = [{"ticket_number": each, AGENT_ID: agent["id"]} for each in numbers]
    result = overlapping(
        {"streams": []}, records("update_ticket_assignee", *wanted, keys=["ticket_number"])
    )
    assert result.exit_code == 0, result.problems
    assert len(looked_up(sandbox, before)) == 1
    assert [body for _, _, body in sent(sandbox, before)] == [{"assignee": agent["email"]}] * 16


def test_records_set_aside_are_settled_like_all_others(
    overlapping: Run, sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.configure(latency_ms=15)
    sandbox.faults([about(each, action="status", status=422) for each in range(2, 30, 5)])
    result = overlapping(DEAD_LETTER, rows(*range(1, 31)))
    assert result.exit_code == 0
    assert result.states[-1] == {"seen": 30}
    assert sorted(arrived_ids(sandbox)) == list(range(1, 31))
    assert "24 delivered, 6 rejected" in result.log
    assert len((tmp_path / "dead-letters.singer.jsonl").read_text().splitlines()) >= 6
