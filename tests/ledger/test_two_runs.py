"""Two processes on one ledger: each thing once, both end well, and one of them may die."""

from __future__ import annotations

import signal
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tests.ledger.desk import TICKET, bodies, sent
from tests.processes import Finished, Live, Loader, eventually
from tests.runs import record, schema, state

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from target_groove.sandbox import Sandbox


@pytest.fixture
def loader(config: dict[str, Any], ledger_url: str, tmp_path: Path) -> Callable[..., Loader]:
    """`loader("a")` makes one with a folder of its own; all have one ledger."""

    def make(name: str, **settings: Any) -> Loader:
        folder = tmp_path / name
        folder.mkdir()
        general = {**config, "load_method": "upsert", "ledger_url": ledger_url}
        letters = {"dead_letter_path": str(folder / "dead.jsonl")}
        return Loader(folder, {**general, **letters, **settings})

    return make


def tickets(*ids: int) -> list[Any]:
    messages: list[Any] = [schema("create_ticket", ["id"])]
    for each in ids:
        messages += [
            record("create_ticket", {**TICKET, "id": each, "body": f"ticket {each}"}),
            state({"seen": each}),
        ]
    return messages


def in_groove(sandbox: Sandbox) -> list[int]:
    """The tickets that are there, by the number in their text."""
    first = (each["body"] for each in sandbox.things("messages"))
    return sorted(int(each.rpartition(" ")[2].removesuffix("</p>")) for each in first)


def assert_done(done: Finished, last: int) -> None:
    assert done.exit_code == 0, done.stderr
    assert done.states[-1] == {"seen": last}
    assert "Traceback" not in done.stderr


def wait_until_it_waits(live: Live) -> None:
    eventually(lambda: "which is sending a record that this run has too" in live.log)


@pytest.mark.parametrize("window", [3, 100])
def test_both_send_the_same_at_once(
    loader: Callable[..., Loader], sandbox: Sandbox, window: int
) -> None:
    sandbox.configure(latency_ms=5)
    everything = [*range(1, 31)]
    first, second = (loader(name, batch_size_rows=window) for name in "ab")
    with first.start() as one, second.start() as two:
        for number, live in ((101, one), (102, two)):
            live.send(*tickets(number))
            live.next_line()
        for live in (one, two):
            live.send(*tickets(*everything))
        for live in (one, two):
            assert_done(live.finish(), 30)
    assert in_groove(sandbox) == [*everything, 101, 102]
    assert len(bodies(sandbox)) == 32


def test_both_send_the_same_in_another_order(
    loader: Callable[..., Loader], sandbox: Sandbox
) -> None:
    """Neither waits for what the other has in hand while it has something in hand itself."""
    sandbox.configure(latency_ms=5)
    first, second = (loader(name, batch_size_rows=7) for name in "ab")
    with first.start() as one, second.start() as two:
        one.send(*tickets(*range(1, 31)))
        two.send(*tickets(*range(30, 0, -1)))
        assert_done(one.finish(), 30)
        assert_done(two.finish(), 1)
    assert in_groove(sandbox) == [*range(1, 31)]


def test_what_another_has_in_hand_is_waited_for(
    loader: Callable[..., Loader], sandbox: Sandbox
) -> None:
    sandbox.faults([{"body": "ticket 2", "times": 1, "action": "delay", "seconds": 1.0}])
    with loader("a").start() as one, loader("b").start() as two:
        one.send(*tickets(1, 2, 3))
        eventually(lambda: len(bodies(sandbox)) == 2)
        two.send(*tickets(1, 2, 3, 4))
        wait_until_it_waits(two)
        assert_done(two.finish(), 4)
        assert_done(one.finish(), 3)
    assert in_groove(sandbox) == [1, 2, 3, 4]
    assert len(bodies(sandbox)) == 4


@pytest.mark.parametrize("action", ["hang_before", "hang_after"])
def test_one_is_killed_and_the_other_goes_on(
    loader: Callable[..., Loader], sandbox: Sandbox, action: str
) -> None:
    """Whether the request that was under way had arrived or not, it is there once."""
    sandbox.faults([{"body": "ticket 2", "times": 1, "action": action, "seconds": 30}])
    with loader("a").start() as one, loader("b").start() as two:
        one.send(*tickets(1, 2, 3, 4))
        eventually(lambda: len(bodies(sandbox)) == 2)
        two.send(*tickets(*range(1, 7)))
        wait_until_it_waits(two)
        one.signal(signal.SIGKILL)
        assert_done(two.finish(), 6)
        killed = one.ended()
    assert [each["seen"] for each in killed.states] in ([], [1])
    assert in_groove(sandbox) == [1, 2, 3, 4, 5, 6]


def test_what_a_killed_run_claimed_and_never_sent_is_sent_by_the_next(
    loader: Callable[..., Loader], sandbox: Sandbox
) -> None:
    sandbox.faults([{"body": "ticket 1", "times": 1, "action": "hang_after", "seconds": 30}])
    with loader("a").start() as one:
        one.send(*tickets(1, 2, 3, 4))
        eventually(lambda: len(bodies(sandbox)) == 1)
        one.signal(signal.SIGKILL)
        assert one.ended().states == []
    assert_done(loader("b")(tickets(1, 2, 3, 4)), 4)
    assert in_groove(sandbox) == [1, 2, 3, 4]
    assert len(bodies(sandbox)) == 4, "only what never left is sent"


def test_what_only_a_dead_run_had_is_found_out_by_whoever_comes_next(
    loader: Callable[..., Loader], sandbox: Sandbox
) -> None:
    sandbox.faults([{"body": "ticket 1", "times": 1, "action": "hang_after", "seconds": 30}])
    with loader("a").start() as one:
        one.send(*tickets(1))
        eventually(lambda: len(bodies(sandbox)) == 1)
        one.signal(signal.SIGKILL)
        one.ended()
    done = loader("b")(tickets(2))
    assert_done(done, 2)
    assert "In Groove, though the run that sent it died" in done.stderr
    assert "1 unchanged" in loader("c")(tickets(1)).last_line
    assert in_groove(sandbox) == [1, 2]


def test_a_living_runs_send_is_left_to_it(loader: Callable[..., Loader], sandbox: Sandbox) -> None:
    """Also when a run begins, or recovers what a dead one left, while it is under way."""
    sandbox.faults([{"body": "ticket 1", "times": 1, "action": "delay", "seconds": 2.0}])
    with loader("a").start() as one:
        one.send(*tickets(1))
        eventually(lambda: len(bodies(sandbox)) == 1)
        assert_done(loader("b")(tickets(2)), 2)
        assert [each["method"] for each in sandbox.log()] == ["POST", "POST"], "nothing looked up"
        assert_done(one.finish(), 1)
    assert in_groove(sandbox) == [1, 2]


def test_two_that_recover_at_once(loader: Callable[..., Loader], sandbox: Sandbox) -> None:
    sandbox.faults([{"body": "ticket 1", "times": 1, "action": "hang_before", "seconds": 30}])
    with loader("a").start() as one:
        one.send(*tickets(1, 2, 3))
        eventually(lambda: len(bodies(sandbox)) == 1)
        one.signal(signal.SIGKILL)
        one.ended()
    with loader("b").start() as two, loader("c").start() as three:
        for live in (two, three):
            live.send(*tickets(1, 2, 3))
        for live in (two, three):
            assert_done(live.finish(), 3)
    assert in_groove(sandbox) == [1, 2, 3]


def test_a_signal_ends_the_waiting_for_another(
    loader: Callable[..., Loader], sandbox: Sandbox
) -> None:
    sandbox.faults([{"body": "ticket 2", "times": 1, "action": "delay", "seconds": 2.0}])
    with loader("a").start() as one, loader("b").start() as two:
        one.send(*tickets(1, 2, 3))
        eventually(lambda: len(bodies(sandbox)) == 2)
        two.send(*tickets(1, 2, 3))
        wait_until_it_waits(two)
        two.signal(signal.SIGTERM)
        done = two.ended()
        assert (done.exit_code, done.states) == (143, [{"seen": 1}])
        assert_done(one.finish(), 3)
    assert in_groove(sandbox) == [1, 2, 3]


def test_they_share_the_limit(loader: Callable[..., Loader], sandbox: Sandbox) -> None:
    first, second = (loader(name, requests_per_minute=5) for name in "ab")
    with first.start() as one, second.start() as two:
        one.send(*tickets(*range(1, 11)))
        two.send(*tickets(*range(11, 21)))
        eventually(lambda: len(sandbox.log()) == 5)
        for live in (one, two):
            eventually(partial(_is_quiet, live))
        for live in (one, two):
            live.signal(signal.SIGTERM)
        ends = [live.ended() for live in (one, two)]
    assert [each.exit_code for each in ends] == [143, 143]
    assert len(sandbox.log()) == 5
    seen = [len(each.states) for each in ends]
    assert sum(seen) == len(sent(sandbox)) == 5


def _is_quiet(live: Live) -> bool:
    with open(f"/proc/{live.process.pid}/stat") as file:  # noqa: PTH123
        return file.read().rpartition(") ")[2][0] == "S"
