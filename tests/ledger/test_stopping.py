"""Whatever stops a run: what is acknowledged is delivered, and the next run completes it."""

from __future__ import annotations

import signal
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from target_groove import assembly
from target_groove.delivery.engine import Engine
from target_groove.ledger.opening import Database, open_database
from tests.ledger.desk import TICKET, bodies, upserting
from tests.ledger.files import file_of
from tests.processes import Loader, eventually
from tests.runs import Result, record, schema, state

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from target_groove.sandbox import Sandbox
    from tests.conftest import Run
    from tests.postgres import Server


def tickets(*ids: int) -> list[Any]:
    messages: list[Any] = [schema("create_ticket", ["id"])]
    for each in ids:
        messages += [
            record("create_ticket", {**TICKET, "id": each, "body": f"ticket {each}"}),
            state({"seen": each}),
        ]
    return messages


def in_groove(sandbox: Sandbox) -> list[int]:
    first = (each["body"] for each in sandbox.things("messages"))
    return sorted(int(each.rpartition(" ")[2].removesuffix("</p>")) for each in first)


def assert_true(states: list[Any], sandbox: Sandbox) -> int:
    """What is acknowledged is delivered; returns the last of it."""
    seen: int = states[-1]["seen"] if states else 0
    assert set(range(1, seen + 1)) <= set(in_groove(sandbox))
    return seen


# The ledger goes away in the middle


@pytest.fixture(autouse=True)
def _no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    def open_impatiently(url: str) -> Database:
        return open_database(url, busy_timeout=0.1)

    monkeypatch.setattr(assembly, "open_database", open_impatiently)
    monkeypatch.setattr(Engine, "pause", lambda _self, _seconds: None)


@pytest.fixture
def at_delivery(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`at_delivery(2, "after", do)` does something once: before or after the second delivery."""
    deliver = Engine.deliver

    def install(number: int, when: str, do: Callable[[], None]) -> None:
        seen: list[int] = []

        def delivering(*args: Any, **kwargs: Any) -> Any:
            seen.append(0)
            is_it = len(seen) == number
            if is_it and when == "before":
                do()
            outcome = deliver(*args, **kwargs)
            if is_it and when == "after":
                do()
            return outcome

        monkeypatch.setattr(Engine, "deliver", delivering)

    return install


both_times = pytest.mark.parametrize("when", ["before", "after"])


def assert_stopped_in_a_sentence(result: Result) -> None:
    assert result.exit_code == 1
    (problem,) = result.problems
    assert problem.endswith(".")
    assert "Traceback" not in result.log


@both_times
def test_the_ledger_is_locked_in_the_middle(
    run: Run, sandbox: Sandbox, sqlite_url: str, at_delivery: Callable[..., None], when: str
) -> None:
    upsert = upserting(run, ledger_url=sqlite_url)
    locks: list[sqlite3.Connection] = []

    def lock() -> None:
        locks.append(sqlite3.connect(file_of(sqlite_url), isolation_level=None))
        locks[0].execute("BEGIN IMMEDIATE")

    at_delivery(2, when, lock)
    result = upsert({}, tickets(1, 2, 3))
    assert_stopped_in_a_sentence(result)
    assert assert_true(result.states, sandbox) == 1
    assert in_groove(sandbox) == ([1] if when == "before" else [1, 2])
    locks[0].rollback()
    locks[0].close()
    assert upsert({}, tickets(1, 2, 3)).states[-1] == {"seen": 3}
    assert in_groove(sandbox) == [1, 2, 3]


@both_times
def test_the_ledger_is_removed_in_the_middle(
    run: Run, sandbox: Sandbox, sqlite_url: str, at_delivery: Callable[..., None], when: str
) -> None:
    upsert = upserting(run, ledger_url=sqlite_url)

    def remove() -> None:
        for each in file_of(sqlite_url).parent.iterdir():
            each.unlink()

    at_delivery(2, when, remove)
    result = upsert({}, tickets(1, 2, 3))
    assert_stopped_in_a_sentence(result)
    seen = assert_true(result.states, sandbox)
    assert 3 not in in_groove(sandbox)
    assert seen == 1


@both_times
def test_the_server_ends_the_connection_in_the_middle(
    run: Run,
    sandbox: Sandbox,
    postgres: Server,
    postgres_url: str,
    at_delivery: Callable[..., None],
    when: str,
) -> None:
    upsert = upserting(run, ledger_url=postgres_url)

    def terminate() -> None:
        postgres.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )

    at_delivery(2, when, terminate)
    result = upsert({}, tickets(1, 2, 3))
    assert_stopped_in_a_sentence(result)
    assert assert_true(result.states, sandbox) == 1
    assert in_groove(sandbox) == ([1] if when == "before" else [1, 2])
    assert upsert({}, tickets(1, 2, 3)).states[-1] == {"seen": 3}
    assert in_groove(sandbox) == [1, 2, 3]


# The input, and what Groove refuses


@pytest.mark.parametrize("window", [1, 2, 3, 100])
@pytest.mark.parametrize(
    "line",
    [
        b"no JSON at all",
        b'{"type": "RECORD", "stream": "unknown", "record": {}}',
        b'{"type": "RECORD", "stream": "create_ticket", "record": {"id": NaN}}',
        b'{"type": "RECORD", "stream": "create_ticket", "record": {"id": 9, "body": ""}}',
        b'{"type": "STATE"}',
    ],
)
def test_what_came_before_a_line_that_stops_the_run_is_delivered(
    run: Run, sandbox: Sandbox, line: bytes, window: int
) -> None:
    upsert = upserting(run, batch_size_rows=window)
    result = upsert({}, [*tickets(1, 2, 3), line, *tickets(4, 5)])
    assert_stopped_in_a_sentence(result)
    assert result.states[-1] == {"seen": 3}
    assert in_groove(sandbox) == [1, 2, 3]
    assert upsert({}, tickets(1, 2, 3, 4, 5)).states[-1] == {"seen": 5}
    assert in_groove(sandbox) == [1, 2, 3, 4, 5]
    assert len(bodies(sandbox)) == 5


@pytest.mark.parametrize("window", [1, 2, 3, 100])
@pytest.mark.parametrize("status", [422, 401])
def test_a_refusal_in_the_middle_of_a_window(
    run: Run, ledger_url: str, sandbox: Sandbox, window: int, status: int
) -> None:
    settings = {"batch_size_rows": window, "ledger_url": ledger_url}
    upsert = upserting(run, checkpoint_seconds=3600, **settings)
    sandbox.faults([{"body": "ticket 3", "action": "status", "status": status}])
    result = upsert({}, tickets(1, 2, 3, 4, 5))
    assert_stopped_in_a_sentence(result)
    assert result.states[-1] == {"seen": 2}
    assert in_groove(sandbox) == [1, 2]
    assert len(bodies(sandbox)) == 3
    sandbox.faults([])
    assert "3 delivered, 0 rejected, 2 unchanged" in upsert({}, tickets(1, 2, 3, 4, 5)).log
    assert in_groove(sandbox) == [1, 2, 3, 4, 5]


def test_records_without_a_key_that_were_delivered_and_not_acknowledged(
    run: Run, ledger_url: str, sandbox: Sandbox
) -> None:
    """They come again with the next run; what a STATE stands behind does not, and is honest."""
    only = upserting(run, load_method="append-only", ledger_url=ledger_url)
    row = record("create_ticket", {**TICKET, "body": "ticket 1"})
    other = record("create_ticket", {**TICKET, "body": "ticket 2"})
    sandbox.faults([{"body": "ticket 2", "times": 1, "action": "status", "status": 422}])
    messages = [schema("create_ticket"), row, state({"seen": 1}), row, row, other]
    result = only({}, messages)
    assert (result.exit_code, result.states) == (1, [{"seen": 1}])
    assert in_groove(sandbox) == [1, 1, 1]
    again = [schema("create_ticket"), row, row, other, state({"seen": 4}), row]
    assert "2 delivered, 0 rejected, 2 unchanged" in only({}, again).log
    assert in_groove(sandbox) == [1, 1, 1, 1, 2]
    assert "1 delivered, 0 rejected, 1 request" in only({}, [schema("create_ticket"), row]).log


# Signals, and a tap that pauses


@pytest.fixture
def loader(config: dict[str, Any], tmp_path: Path) -> Loader:
    return Loader(tmp_path, {**config, "load_method": "upsert"})


def test_a_signal_with_records_in_the_window(loader: Loader, sandbox: Sandbox) -> None:
    sandbox.faults([{"body": "ticket 2", "times": 1, "action": "delay", "seconds": 1.0}])
    with loader.start() as live:
        live.send(*tickets(1, 2, 3, 4))
        eventually(lambda: len(bodies(sandbox)) == 2)
        live.signal(signal.SIGTERM)
        done = live.ended()
    assert (done.exit_code, done.states[-1]) == (143, {"seen": 2})
    assert in_groove(sandbox) == [1, 2]
    assert "2 delivered, 0 rejected, 2 unchanged" in loader(tickets(1, 2, 3, 4)).stderr
    assert in_groove(sandbox) == [1, 2, 3, 4]


def test_a_signal_at_any_moment(loader: Loader, sandbox: Sandbox) -> None:
    with loader.start() as live:
        live.send(*tickets(1))
        live.next_line()
        live.send(*tickets(*range(1, 30)))
        live.signal(signal.SIGTERM)
        done = live.ended()
    assert done.exit_code == 143
    assert_true(done.states, sandbox)
    assert len(in_groove(sandbox)) < 29 or done.states[-1] == {"seen": 29}
    assert loader(tickets(*range(1, 30))).exit_code == 0
    assert in_groove(sandbox) == [*range(1, 30)]


def test_a_quiet_tap_gets_its_records_delivered(loader: Loader, sandbox: Sandbox) -> None:
    with loader.start() as live:
        for number in (2, 4):
            live.send(*tickets(number - 1, number))
            while live.next_line() != b'{"seen":%d}' % number:
                pass
            assert in_groove(sandbox) == [*range(1, number + 1)]
        assert live.finish().exit_code == 0
