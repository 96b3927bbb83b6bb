"""A run is alive for as long as its process is, and not a moment longer."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from target_groove.ledger.errors import LedgerError
from target_groove.ledger.opening import Database
from tests.ledger import children
from tests.ledger.children import child, said, wait_until
from tests.ledger.conftest import Opener
from tests.postgres import Server


def runs(database: Database) -> list[int]:
    with database.read() as cursor:
        cursor.execute("SELECT id FROM target_groove_runs ORDER BY id")
        return [run_id for (run_id,) in cursor.fetchall()]


def begin_a_send(database: Database, run_id: int) -> None:
    with database.write(durable=True) as cursor:
        cursor.execute("INSERT INTO target_groove_scopes VALUES (1, 'a', 'n', 's', 'e')")
        cursor.execute(
            "INSERT INTO target_groove_entries (scope_id, record_key, run_id)"
            f" VALUES (1, 'k', {run_id})"
        )


def test_a_run_is_alive_until_it_is_killed(open_ledger: Opener, ledger_url: str) -> None:
    database = open_ledger()
    with child(children.live, ledger_url) as (process, pipe):
        run_id = said(pipe)
        assert database.liveness.is_alive(run_id)
        process.kill()
        wait_until(lambda: not database.liveness.is_alive(run_id))
    assert database.liveness.died_in_this_boot(run_id)
    assert runs(database) == [run_id]


def test_a_run_that_is_stopped_is_alive(open_ledger: Opener, ledger_url: str) -> None:
    database = open_ledger()
    with child(children.live, ledger_url) as (process, pipe):
        run_id = said(pipe)
        assert process.pid
        for number in (signal.SIGSTOP, signal.SIGCONT):
            os.kill(process.pid, number)
            time.sleep(0.05)
            assert database.liveness.is_alive(run_id)


def test_a_run_that_ends_leaves_no_row(open_ledger: Opener, ledger_url: str) -> None:
    database = open_ledger()
    with child(children.live, ledger_url) as (_, pipe):
        run_id = said(pipe)
        pipe.send("end")
        assert said(pipe) == "ended"
        assert not database.liveness.is_alive(run_id)
    assert not runs(database)


def test_a_run_that_ends_with_a_send_open_leaves_its_row(open_ledger: Opener) -> None:
    database = open_ledger()
    run_id = database.liveness.begin()
    begin_a_send(database, run_id)
    database.liveness.end()
    database.liveness.end()
    assert runs(database) == [run_id]
    other = open_ledger()
    assert not other.liveness.is_alive(run_id)
    assert not database.liveness.is_alive(run_id)
    other.liveness.begin()
    assert runs(database) == [run_id, run_id + 1]


def test_a_new_run_clears_away_dead_ones_that_left_nothing(open_ledger: Opener) -> None:
    dead, living = open_ledger(), open_ledger()
    first, second = dead.liveness.begin(), living.liveness.begin()
    dead.close()
    wait_until(lambda: not living.liveness.is_alive(first))
    third = open_ledger().liveness.begin()
    assert runs(living) == [second, third]


def test_numbers_are_never_used_again(open_ledger: Opener) -> None:
    database = open_ledger()
    numbers = []
    for _ in range(3):
        numbers.append(database.liveness.begin())
        database.liveness.end()
    assert numbers == [1, 2, 3]


def test_two_ledgers_in_one_process_are_two_runs(open_ledger: Opener) -> None:
    one, other = open_ledger(), open_ledger()
    first, second = one.liveness.begin(), other.liveness.begin()
    for each in (one, other, open_ledger(), open_ledger(read_only=True)):
        assert each.liveness.is_alive(first)
        assert each.liveness.is_alive(second)
    other.close()
    wait_until(lambda: not one.liveness.is_alive(second))
    assert open_ledger().liveness.is_alive(first)
    assert not one.liveness.is_alive(99)


def test_may_be_asked_within_a_transaction(open_ledger: Opener) -> None:
    database = open_ledger()
    run_id = database.liveness.begin()
    with database.write(durable=False):
        assert database.liveness.is_alive(run_id)
        assert not database.liveness.is_alive(run_id + 1)
    with open_ledger().read():
        assert not database.liveness.is_alive(run_id + 1)


def test_a_run_that_could_not_be_entered_is_not_alive(
    open_ledger: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = open_ledger()
    with monkeypatch.context() as patch:
        patch.setattr(database, "_commit", lambda *_, **__: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            database.liveness.begin()
    assert not open_ledger().liveness.is_alive(1)
    assert not runs(database)


def test_another_boot_is_told_from_this_one(opened: Opener, sqlite_url: str) -> None:
    database = opened(sqlite_url)
    run_id = database.liveness.begin()
    assert database.liveness.boot
    assert database.liveness.died_in_this_boot(run_id)
    assert not database.liveness.died_in_this_boot(run_id + 1)
    for boot in ("another", ""):
        with database.write(durable=False) as cursor:
            cursor.execute(f"UPDATE target_groove_runs SET boot = '{boot}'")
        assert not database.liveness.died_in_this_boot(run_id)
    database.liveness.boot = ""
    assert not database.liveness.died_in_this_boot(run_id)


def test_what_postgresql_committed_is_there_after_any_boot(
    opened: Opener, postgres_url: str
) -> None:
    assert opened(postgres_url).liveness.died_in_this_boot(99)


def test_ledgers_in_two_schemas_of_a_database_do_not_mix(
    opened: Opener, postgres: Server, postgres_url: str
) -> None:
    opened(postgres_url).liveness.begin()
    postgres.sql("CREATE SCHEMA beside")
    other = opened(f"{postgres.url}?options=-csearch_path%3Dbeside")
    assert not other.liveness.is_alive(1)
    other.close()
    postgres.sql("SET client_min_messages = warning; DROP SCHEMA beside CASCADE")


def test_the_lock_file_must_not_be_taken_away(opened: Opener, sqlite_url: str) -> None:
    database = opened(sqlite_url)
    database.liveness.begin()
    Path(f"{sqlite_url.removeprefix('sqlite:///')}.live").unlink()
    with pytest.raises(LedgerError, match=r"ledger.db.live was removed or replaced while"):
        database.liveness.end()
    assert database.liveness.run_id is None
