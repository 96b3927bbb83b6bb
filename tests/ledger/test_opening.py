"""A ledger is made whole or not at all, opened again, and written by many at once."""

from __future__ import annotations

import stat
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import bindparam, insert, select, update

from target_groove.ledger import migrations
from target_groove.ledger.errors import LedgerError
from target_groove.ledger.known import VERSION
from target_groove.ledger.opening import Database
from target_groove.ledger.schema import about, scopes
from tests.ledger import children
from tests.ledger.children import add_counter, child, counter, said
from tests.ledger.conftest import Opener
from tests.ledger.version_1 import INDEXES, entry_columns, make_version_1


def add_one(database: Database) -> None:
    with database.write(durable=False) as cursor:
        cursor.execute(children.ADD)


def add_one_and_fail(database: Database) -> None:
    with database.write(durable=False) as cursor:
        add_one(database)
        raise_after(cursor)


def raise_after(_: object) -> None:
    raise KeyError


def scope(database: Database, stream: str) -> dict[str, str]:
    return {"account": "a", "namespace": "n", "stream": stream, "endpoint": database.dialect_name}


def test_is_made_once_and_opened_after(open_ledger: Opener) -> None:
    assert open_ledger().was_created
    assert not open_ledger().was_created
    assert not open_ledger(create=False).was_created


def test_is_not_made_where_that_is_not_wanted(open_ledger: Opener) -> None:
    for options in ({"create": False}, {"read_only": True}):
        with pytest.raises(LedgerError, match="There is no delivery ledger"):
            open_ledger(**options)
    assert open_ledger().was_created


def test_reads_without_writing(open_ledger: Opener) -> None:
    add_counter(open_ledger())
    reader = open_ledger(read_only=True)
    assert counter(reader) == 0
    assert not reader.liveness.is_alive(1)
    with pytest.raises(LedgerError), reader.write(durable=False) as cursor:
        cursor.execute(children.ADD)
    assert counter(reader) == 0


def test_sqlite_files_are_for_their_owner_only(opened: Opener, sqlite_url: str) -> None:
    add_counter(opened(sqlite_url))
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    names = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
    assert names == dict.fromkeys(
        ["ledger.db", "ledger.db-shm", "ledger.db-wal", "ledger.db.live"], 0o600
    )


def test_sqlite_path_is_relative_to_the_working_folder_and_links_are_followed(
    opened: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link.db").symlink_to(tmp_path / "a" / "real #1 ä.db")
    assert opened("sqlite:///link.db").was_created
    assert not opened("sqlite:///a/real #1 ä.db").was_created
    assert (tmp_path / "a" / "real #1 ä.db.live").exists()


def test_a_write_happens_wholly_or_not_at_all(open_ledger: Opener) -> None:
    database = open_ledger()
    add_counter(database)
    with pytest.raises(LedgerError), database.write(durable=False) as cursor:
        cursor.execute(children.ADD).execute("no SQL")
    with pytest.raises(KeyError), database.write(durable=False) as cursor:
        raise_after(cursor.execute(children.ADD))
    with database.write(durable=True) as cursor:
        cursor.execute(children.ADD)
    assert counter(open_ledger()) == 1


def test_a_write_inside_of_another_is_a_part_of_it(open_ledger: Opener) -> None:
    database = open_ledger()
    add_counter(database)
    with pytest.raises(KeyError):
        add_one_and_fail(database)
    with database.write(durable=True), database.write(durable=False) as cursor:
        cursor.execute(children.ADD)
    add_one(database)
    assert counter(open_ledger()) == 2


def test_a_reader_sees_one_moment(open_ledger: Opener) -> None:
    writer, reader = open_ledger(), open_ledger()
    add_counter(writer)
    with reader.read() as cursor:
        query = "SELECT value FROM target_groove_ledger WHERE name = 'counter'"
        cursor.execute(query)
        assert cursor.fetchone() == ("0",)
        with writer.write(durable=False) as other:
            other.execute(children.ADD)
        cursor.execute(query)
        assert cursor.fetchone() == ("0",)
    assert counter(reader) == 1


def test_prepared_statements_take_their_parameters_by_name(open_ledger: Opener) -> None:
    database = open_ledger()
    add = database.prepare(insert(scopes).inline())
    add_fixed = database.prepare(
        insert(scopes).values(account="a", namespace="n", stream=bindparam("s"), endpoint="100%")
    )
    rename = database.prepare(
        update(scopes).where(scopes.c.stream == bindparam("old")).values(stream=bindparam("new"))
    )
    everything = database.prepare(select(scopes.c.stream).order_by(scopes.c.stream))
    with database.write(durable=False) as cursor:
        add.many(cursor, [{"id": 10 + n, **scope(database, s)} for n, s in enumerate("ba")])
        add.many(cursor, [])
        add_fixed(cursor, {"s": "d"})
        assert rename(cursor, {"new": "c", "old": "a"}).rowcount == 1
        assert everything(cursor, {}).fetchall() == [("b",), ("c",), ("d",)]


def test_lists_of_parameters_expand(open_ledger: Opener) -> None:
    database = open_ledger()
    add = database.prepare(insert(scopes).inline())
    some = select(scopes.c.id).where(
        scopes.c.account == bindparam("account"),
        scopes.c.stream.in_(bindparam("s", expanding=True)),
    )
    with database.write(durable=False) as cursor:
        add.many(cursor, [{"id": n, **scope(database, f"s{n}")} for n in range(9)])
    with database.read() as cursor:
        found = database.expanding(cursor, some, {"account": "a", "s": ["s3", "s5", "x"]})
        assert sorted(found.fetchall()) == [(3,), (5,)]
        assert database.expanding(cursor, some, {"account": "a", "s": []}).fetchall() == []


def test_null_may_be_set_by_a_prepared_statement(open_ledger: Opener) -> None:
    database = open_ledger()
    nothing = database.prepare(update(about).values(value=None).where(about.c.name == "no"))
    with database.write(durable=False) as cursor:
        assert nothing(cursor, {}).rowcount == 0


def test_another_thread_may_take_over(open_ledger: Opener) -> None:
    database = open_ledger()
    thread = threading.Thread(target=add_counter, args=(database,))
    thread.start()
    thread.join()
    assert counter(database) == 0


def test_many_who_make_it_at_once_get_the_same(ledger_url: str) -> None:
    with ExitStack() as stack:
        pipes = [stack.enter_context(child(children.create, ledger_url))[1] for _ in range(8)]
        assert [said(pipe) for pipe in pipes] == ["ready"] * 8
        for pipe in pipes:
            pipe.send("go")
        answers = [said(pipe) for pipe in pipes]
        assert {len(each) for each in answers} == {2}, answers
        assert sorted(created for created, _ in answers) == [False] * 7 + [True]
        assert sorted(run for _, run in answers) == list(range(1, 9))


def test_writes_of_many_processes_are_all_there(open_ledger: Opener, ledger_url: str) -> None:
    add_counter(open_ledger())
    with ExitStack() as stack:
        pipes = [stack.enter_context(child(children.count, ledger_url))[1] for _ in range(20)]
        assert [said(pipe) for pipe in pipes] == ["ready"] * 20
        for pipe in pipes:
            pipe.send("go")
        assert [said(pipe) for pipe in pipes] == ["done"] * 20
    database = open_ledger()
    assert counter(database) == 2000
    if database.dialect_name == "sqlite":
        live = Path(ledger_url.removeprefix("sqlite:///") + ".live").read_text().split()
        assert counter(database, "writes") == 2001 == int(live[1])


def test_nothing_committed_is_lost_when_a_writer_is_killed(
    open_ledger: Opener, ledger_url: str
) -> None:
    first = open_ledger()
    add_counter(first)
    first.close()
    # Files are ours to keep whole, a server's are not.
    for round_ in range(30 if ledger_url.startswith("sqlite") else 8):
        with child(children.count_for_ever, ledger_url) as (process, pipe):
            last = said(pipe)
            end = time.monotonic() + round_ / 1000
            while time.monotonic() < end:
                last = said(pipe)
            process.kill()
            process.join()
            while pipe.poll():
                try:
                    last = pipe.recv()
                except EOFError:
                    break
        database = open_ledger()
        # One more may have been committed and not said.
        assert counter(database) - last in {0, 1}
        database.close()


def test_nothing_committed_is_lost_when_one_of_several_writers_is_killed(
    opened: Opener, sqlite_url: str
) -> None:
    add_counter(opened(sqlite_url))
    with ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(child(children.count_for_ever, sqlite_url))
        for _ in range(10):
            with child(children.count_for_ever, sqlite_url) as (_, pipe):
                said(pipe)
            database = opened(sqlite_url)
            assert counter(database) > 0
            database.close()


@pytest.mark.parametrize("step", range(12))
def test_making_that_is_killed_leaves_a_whole_ledger_or_none(
    opened: Opener, sqlite_url: str, step: int
) -> None:
    with child(children.create, sqlite_url) as (process, pipe):
        said(pipe)
        pipe.send("go")
        time.sleep(step / 2000)
        process.kill()
        process.join()
    database = opened(sqlite_url)
    add_counter(database)
    assert not Path(f"{sqlite_url.removeprefix('sqlite:///')}.new").exists()


def test_an_older_ledger_is_brought_up_to_date(open_ledger: Opener) -> None:
    database = open_ledger()
    with database.write(durable=True) as cursor:
        make_version_1(cursor)
    with pytest.raises(LedgerError, match="older version; a run brings it up to date"):
        open_ledger(read_only=True)
    assert not open_ledger().was_created
    assert counter(open_ledger(read_only=True), "version") == VERSION
    with open_ledger().read() as cursor:
        assert entry_columns(cursor, database) >= {"resource_id", "fields"}
        cursor.execute(INDEXES[database.dialect_name])
        assert "target_groove_entries_resource" in {name for (name,) in cursor.fetchall()}


def test_every_step_from_the_first_version_on_is_there() -> None:
    assert sorted(migrations.STEPS) == list(range(1, VERSION))


def test_many_who_find_an_older_ledger_bring_it_up_to_date_once(
    open_ledger: Opener, ledger_url: str
) -> None:
    database = open_ledger()
    with database.write(durable=True) as cursor:
        make_version_1(cursor)
    with ExitStack() as stack:
        pipes = [stack.enter_context(child(children.create, ledger_url))[1] for _ in range(4)]
        assert [said(pipe) for pipe in pipes] == ["ready"] * 4
        for pipe in pipes:
            pipe.send("go")
        answers = [said(pipe) for pipe in pipes]
    assert sorted(run for _, run in answers) == list(range(1, 5)), answers
    assert counter(open_ledger(), "version") == VERSION
