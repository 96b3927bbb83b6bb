"""A place for a ledger, in each kind of database."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from target_groove.ledger.opening import Database, open_database
from tests.ledger import children
from tests.ledger.children import add_counter, child, said
from tests.ledger.files import COUNTED, add_and_close, file_of
from tests.postgres import Server

Opener = Callable[..., Database]
_numbers = itertools.count()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of a file that is not there yet."""
    return f"sqlite:///{tmp_path}/folder/ledger.db"


@pytest.fixture
def postgres_url(postgres: Server) -> Iterator[str]:
    """The URL of an empty schema in a real server."""
    schema = f"ledger_{next(_numbers)}"
    postgres.sql(f"CREATE SCHEMA {schema}")
    yield f"{postgres.url}?options=-csearch_path%3D{schema}"
    postgres.sql(f"SET client_min_messages = warning; DROP SCHEMA {schema} CASCADE")


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest) -> str:
    """The URL of a ledger that is yet to be made, of each kind in turn."""
    kind = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    url: str = request.getfixturevalue(kind)
    return url


@pytest.fixture
def opened() -> Iterator[Opener]:
    """Opens a ledger by its URL; it is closed at the end of the test."""
    with ExitStack() as stack:

        def open_one(url: str, **options: bool | float) -> Database:
            database = open_database(url, **options)  # type: ignore[arg-type]
            stack.callback(database.close)
            return database

        yield open_one


@pytest.fixture
def open_ledger(opened: Opener, ledger_url: str) -> Opener:
    """Opens the ledger of each kind."""
    return partial(opened, ledger_url)


@pytest.fixture
def ledger(sqlite_url: str) -> Path:
    """A ledger with many rows, closed; its file is all there is of it but for the lock file."""
    database = open_database(sqlite_url)
    add_counter(database)
    with database.write(durable=True) as cursor:
        cursor.execute("INSERT INTO target_groove_scopes VALUES (1, 'a', 'n', 's', 'e')")
        for number in range(400):
            cursor.execute(
                "INSERT INTO target_groove_entries (scope_id, record_key, evidence)"
                f" VALUES (1, 'key {number}', 'some evidence of {number}')"
            )
    database.close()
    assert sorted(each.name for each in file_of(sqlite_url).parent.iterdir()) == [
        "ledger.db",
        "ledger.db.live",
    ]
    return file_of(sqlite_url)


@pytest.fixture
def killed(sqlite_url: str) -> Path:
    """A ledger whose writer was killed: what it wrote is in the log."""
    add_and_close(sqlite_url)
    with child(children.count_for_ever, sqlite_url) as (_, pipe):
        while said(pipe) < COUNTED:
            pass
    return file_of(sqlite_url)
