"""A place for a ledger, in each kind of database."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from target_groove.ledger.opening import Database, open_database
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
