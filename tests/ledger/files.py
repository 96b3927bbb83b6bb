"""The files of a ledger, and the sentences with which they are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from target_groove.ledger.errors import LedgerError
from target_groove.ledger.opening import Database, open_database
from tests.ledger import children
from tests.ledger.children import add_counter

COUNTED = 20
"""What a writer that is killed has counted to, at least."""


def file_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def beside(path: Path, end: str) -> Path:
    return path.with_name(path.name + end)


def sentence(url: str, **options: Any) -> str:
    """Open what cannot be opened; it must be as it was afterwards."""
    with pytest.raises(LedgerError) as caught:
        open_database(url, **options)
    said_ = str(caught.value)
    assert "\n" not in said_
    assert said_.endswith((".", "]'"))
    return said_


def add_and_close(url: str) -> None:
    database = open_database(url)
    add_counter(database)
    database.close()


def add_counter_again(database: Database) -> None:
    with database.write(durable=False) as cursor:
        cursor.execute(children.ADD)
