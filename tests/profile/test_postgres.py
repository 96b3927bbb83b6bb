"""The store in PostgreSQL: the same promises."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from target_groove.profile import opening
from target_groove.profile.changes import Became, Change
from target_groove.profile.errors import ProfileStoreError
from target_groove.profile.opening import open_existing_store, open_store, shown_url
from target_groove.profile.writing import ProfileWriter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.postgres import Server


@pytest.fixture
def url(postgres: Server) -> Iterator[str]:
    postgres.sql("CREATE SCHEMA profiles")
    yield f"{postgres.url}?options=-csearch_path%3Dprofiles"
    postgres.sql("SET client_min_messages = warning; DROP SCHEMA profiles CASCADE")


def change(name: str, plan: str | None, version: int | None = None) -> Change:
    attributes = None if plan is None else f'{{"plan":"{plan}"}}'
    return Change("customers", name, f"{name}@b.co", version, attributes)


def test_profiles_are_kept_found_changed_and_removed(url: str, postgres: Server) -> None:
    assert open_existing_store(url) is None
    writer = ProfileWriter(open_store(url), now=lambda: 1.0)
    first = [change("a", "pro", 1), change("b", "free", 1), change("c", "free")]
    assert writer.write(first) == [Became.CREATED] * 3
    again = [change("a", "pro", 2), change("b", "gold", 2), change("c", None)]
    assert writer.write(again) == [Became.UNCHANGED, Became.CHANGED, Became.REMOVED]
    assert writer.store.find("B@b.co") == {"plan": "gold"}
    assert writer.store.find("c@b.co") is None
    assert writer.store.find("\0") is None
    assert writer.activate("customers", 3) == 2
    assert writer.store.find("a@b.co") is None
    writer.close()
    assert postgres.password not in shown_url(url)
    existing = open_existing_store(url)
    assert existing is not None
    existing.close()


def test_a_table_that_somebody_locks_is_a_sentence(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "_BUSY_SECONDS", 0.1)
    store = open_store(url)
    with store.engine.connect() as other:
        other.exec_driver_sql("LOCK TABLE groove_profile_parts IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(ProfileStoreError, match="lock timeout"):
            store.find("a@b.co")
    assert store.find("a@b.co") is None
    store.close()


def test_a_server_that_says_nothing_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "_CONNECT_SECONDS", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        address = f"postgresql://nobody:hush@127.0.0.1:{port}/none"
        with pytest.raises(ProfileStoreError, match="timeout"):
            open_store(address)
        monkeypatch.setattr(opening, "_CONNECT_SECONDS", 3_600)
        with pytest.raises(ProfileStoreError, match="timeout"):
            open_store(f"{address}?connect_timeout=1")


def test_a_server_that_is_not_there_is_a_sentence() -> None:
    for open_it in (open_store, open_existing_store):
        with pytest.raises(ProfileStoreError, match=r"^The profile store .*cannot be used: "):
            open_it("postgresql://nobody:hush@127.0.0.1:1/none")
