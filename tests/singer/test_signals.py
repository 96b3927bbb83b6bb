"""SIGTERM and SIGINT: nothing new is sent, what is in flight ends, the true STATE is printed."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

import pytest

from tests.processes import ECHO, UNMEASURED, Loader, eventually, rows
from tests.runs import record, schema, state

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from target_groove.sandbox import Sandbox
    from tests.processes import Finished, Live

both_signals = pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])


def assert_stopped(done: Finished, number: signal.Signals) -> None:
    """The end was orderly, and said so."""
    assert done.exit_code == 128 + number
    assert f"Stopped by signal {number.value}." in done.last_line
    assert "Traceback" not in done.stderr


def wait_until_reading(live: Live, sandbox: Sandbox, count: int) -> None:
    """Wait until so many calls are answered; then the loader waits for input."""
    eventually(lambda: len(answered(sandbox)) == count)
    eventually(lambda: _state_of(live.process.pid) == "S")


def answered(sandbox: Sandbox) -> list[dict[str, Any]]:
    return [entry for entry in sandbox.log() if entry["status"]]


def _state_of(pid: int) -> str:
    with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123
        return file.read().rpartition(") ")[2][0]


@both_signals
def test_while_it_waits_for_input(loader: Loader, sandbox: Sandbox, number: signal.Signals) -> None:
    with loader.start(config={"checkpoint_seconds": 10}) as live:
        live.send(*rows(1, 2))
        wait_until_reading(live, sandbox, 2)
        live.signal(number)
        done = live.ended()

    assert_stopped(done, number)
    assert done.states[-1:] == [{"seen": 2}]


def test_before_anything_came(loader: Loader) -> None:
    # What measures coverage would take the signal, and may wait for itself then.
    with loader.start(environment=UNMEASURED) as live:
        eventually(lambda: "v0" in live.log or "target-groove" in live.log)
        live.signal(signal.SIGTERM)
        done = live.ended()

    assert done.exit_code in {143, -signal.SIGTERM}
    assert done.states == []


@both_signals
def test_while_a_request_is_under_way(
    loader: Loader,
    sandbox: Sandbox,
    number: signal.Signals,
    arrived_ids: Callable[[], list[int]],
) -> None:
    sandbox.faults([{"action": "delay", "seconds": 1.5, "at": [2]}])
    with loader.start() as live:
        live.send(*rows(1, 2, 3, 4))
        eventually(lambda: len(sandbox.log()) == 2)
        live.signal(number)
        done = live.ended()

    assert_stopped(done, number)
    assert done.states[-1] == {"seen": 2}
    assert arrived_ids() == [1, 2]


@both_signals
def test_while_it_waits_for_the_limit(
    loader: Loader,
    sandbox: Sandbox,
    number: signal.Signals,
    arrived_ids: Callable[[], list[int]],
) -> None:
    with loader.start(config={"requests_per_minute": 2}) as live:
        live.send(*rows(1, 2, 3))
        wait_until_reading(live, sandbox, 2)
        live.signal(number)
        done = live.ended()

    assert_stopped(done, number)
    assert done.states[-1] == {"seen": 2}
    assert arrived_ids() == [1, 2]


def test_while_it_waits_as_groove_asked(loader: Loader, sandbox: Sandbox) -> None:
    sandbox.faults(
        [{"action": "status", "status": 429, "headers": {"Retry-After": "90"}, "body": '"id":2'}]
    )
    with loader.start() as live:
        live.send(*rows(1, 2, 3))
        wait_until_reading(live, sandbox, 2)
        live.signal(signal.SIGTERM)
        done = live.ended()

    assert_stopped(done, signal.SIGTERM)
    assert done.states == [{"seen": 1}]
    assert len(sandbox.things("tickets")) == 0
    assert [entry["status"] for entry in sandbox.log()] == [200, 429]


def test_while_a_batch_waits_for_more_records(
    loader: Loader, sandbox: Sandbox, arrived: Callable[[], list[Any]]
) -> None:
    route = {**ECHO, "batch": {"grouping": "array", "size": 2}}
    with loader.start(config={"streams": [route]}) as live:
        live.send(*rows(1, 2, 3))
        wait_until_reading(live, sandbox, 1)
        live.signal(signal.SIGTERM)
        done = live.ended()

    assert_stopped(done, signal.SIGTERM)
    assert done.states == [{"seen": 1}, {"seen": 2}]
    assert arrived() == [[{"id": 1}, {"id": 2}]]


def test_in_the_middle_of_a_batch_file(
    loader: Loader, sandbox: Sandbox, tmp_path: Path, arrived_ids: Callable[[], list[int]]
) -> None:
    """One BATCH line can hold a day's work; it is not finished first."""
    sandbox.faults([{"action": "delay", "seconds": 1.5, "at": [2]}])
    path = tmp_path / "records.jsonl"
    path.write_text("".join(f'{{"id": {number}}}\n' for number in range(1, 30)))
    batch = {
        "type": "BATCH",
        "stream": "s",
        "encoding": {"format": "jsonl"},
        "manifest": [path.as_uri()],
    }
    with loader.start() as live:
        live.send(schema("s", ["id"]), state({"seen": 0}), batch, state({"seen": 29}))
        eventually(lambda: len(sandbox.log()) == 2)
        live.signal(signal.SIGTERM)
        done = live.ended()

    assert_stopped(done, signal.SIGTERM)
    assert done.states == [{"seen": 0}]
    assert arrived_ids() == [1, 2]


def test_during_the_last_batches_at_the_end_of_input(
    loader: Loader, sandbox: Sandbox, arrived: Callable[[], list[Any]]
) -> None:
    sandbox.faults([{"action": "delay", "seconds": 1.5, "at": [1]}])
    batch = {"grouping": "grouped", "group_by": ["id"], "key": "rows", "size": 50}
    route = {**ECHO, "batch": batch}
    with loader.start(config={"streams": [route]}) as live:
        live.send(schema("s", ["id"]), *(record("s", {"id": each}) for each in (1, 2, 3)))
        live.send(state({"seen": 3}))
        assert live.process.stdin is not None
        live.process.stdin.close()
        eventually(lambda: len(sandbox.log()) == 1)
        live.signal(signal.SIGTERM)
        done = live.ended()

    assert_stopped(done, signal.SIGTERM)
    assert done.states == []
    assert [each["id"] for each in arrived()] == [1]


def test_a_second_signal_ends_it_at_once(loader: Loader, sandbox: Sandbox) -> None:
    sandbox.faults([{"action": "hang_before", "seconds": 10, "at": [2]}])
    with loader.start() as live:
        live.send(*rows(1, 2, 3))
        assert live.next_line() == b'{"seen":1}'
        eventually(lambda: len(sandbox.log()) == 2)
        live.signal(signal.SIGTERM)
        live.signal(signal.SIGINT)
        done = live.ended()

    assert done.exit_code in {143, 130}
    assert done.stdout == b""
    assert "Stopped by" not in done.stderr


def test_what_was_acknowledged_need_not_be_sent_again(
    loader: Loader, sandbox: Sandbox, arrived_ids: Callable[[], list[int]]
) -> None:
    """A second run that starts where the STATE says completes the first, with nothing twice."""
    everything = [*range(1, 13)]
    sandbox.configure(latency_ms=20)
    with loader.start() as live:
        live.send(*rows(*everything))
        eventually(lambda: len(sandbox.log()) >= 4)
        live.signal(signal.SIGTERM)
        seen = live.ended().states[-1]["seen"]
    assert 3 <= seen < 12

    assert loader(rows(*(each for each in everything if each > seen))).exit_code == 0

    assert arrived_ids() == everything
