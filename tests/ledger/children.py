"""Other processes that use a ledger. They are forked from one that has only imported it."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, Final

from target_groove.ledger.errors import LedgerError
from target_groove.ledger.opening import Database, open_database

_context: Final = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["tests.ledger.children"])

PATIENCE: Final = 30.0
ADD: Final = (
    "UPDATE target_groove_ledger SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT)"
    " WHERE name = 'counter'"
)
Task = Callable[[Connection, str], None]


@contextmanager
def child(task: Task, url: str) -> Iterator[tuple[BaseProcess, Connection]]:
    """Run a task in another process; the end of the `with` kills it."""
    ours, theirs = _context.Pipe()
    process = _context.Process(target=task, args=(theirs, url))
    process.start()
    theirs.close()
    try:
        yield process, ours
    finally:
        process.kill()
        process.join(PATIENCE)
        process.close()
        ours.close()


def said(pipe: Connection) -> Any:
    """Wait for what a child says."""
    assert pipe.poll(PATIENCE), "the child said nothing"
    return pipe.recv()


def add_counter(database: Database) -> None:
    """Add a row that `count` counts in."""
    with database.write(durable=False) as cursor:
        cursor.execute("INSERT INTO target_groove_ledger VALUES ('counter', '0')")


def counter(database: Database, name: str = "counter") -> int:
    """Read how often there was counted."""
    with database.read() as cursor:
        cursor.execute(f"SELECT value FROM target_groove_ledger WHERE name = '{name}'")
        return int(cursor.fetchone()[0])


def count(pipe: Connection, url: str) -> None:
    """Begin when told, and count to a hundred, a write each."""
    database = open_database(url)
    pipe.send("ready")
    pipe.recv()
    for number in range(100):
        with database.write(durable=number % 50 == 0) as cursor:
            cursor.execute(ADD)
    database.close()
    pipe.send("done")


def count_for_ever(pipe: Connection, url: str) -> None:
    """Count, and say each number after it was committed."""
    database = open_database(url)
    number = counter(database)
    while True:
        with database.write(durable=number % 7 == 0) as cursor:
            cursor.execute(ADD)
        number += 1
        pipe.send(number)


def count_and_stay(pipe: Connection, url: str) -> None:
    """Count as far as told, the last time without waiting for the disk, and stay."""
    database = open_database(url)
    for left in reversed(range(pipe.recv())):
        with database.write(durable=left % 7 == 1) as cursor:
            cursor.execute(ADD)
    pipe.send("counted")
    pipe.recv()


def create(pipe: Connection, url: str) -> None:
    """Make a ledger when told, and enter a run."""
    pipe.send("ready")
    pipe.recv()
    try:
        database = open_database(url, busy_timeout=60.0)
        pipe.send((database.was_created, database.liveness.begin()))
    except LedgerError as error:
        pipe.send(str(error))
    pipe.recv()


def live(pipe: Connection, url: str) -> None:
    """Enter a run and stay; end it when told."""
    database = open_database(url)
    pipe.send(database.liveness.begin())
    pipe.recv()
    database.liveness.end()
    database.close()
    pipe.send("ended")


def keep_locked(pipe: Connection, url: str) -> None:
    """Hold a write transaction open until told."""
    database = open_database(url)
    with database.write(durable=False) as cursor:
        cursor.execute(ADD)
        pipe.send("locked")
        pipe.recv()


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait until something is true; fail if it takes too long."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)


def note_late(pipe: Connection, url: str) -> None:
    """Commit a write, and note it in the file beside the ledger only when told."""
    database = open_database(url)
    companion: Any = vars(database)["_companion"]
    note = companion.note

    def wait_and_note(writes: int, *, durable: bool) -> None:
        pipe.send(writes)
        pipe.recv()
        note(writes, durable=durable)

    companion.note = wait_and_note
    with database.write(durable=True) as cursor:
        cursor.execute(ADD)
    pipe.send("noted")
