"""Opening the profile store by its URL."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import create_engine, event, inspect, make_url
from sqlalchemy.exc import ArgumentError

from target_groove.profile.errors import (
    ProfileAddressError,
    sentences,
    store_error,
    without_secrets,
)
from target_groove.profile.file_identity import follow_file
from target_groove.profile.store import ProfileStore
from target_groove.profile.tables import METADATA, PARTS

if TYPE_CHECKING:
    from sqlalchemy import URL, Engine

_POSTGRES: Final = frozenset({"postgresql", "postgres", "postgresql+psycopg"})
_BUSY_SECONDS: Final = 10
"""How long to wait for another process that is writing."""
_CONNECT_SECONDS: Final = 10
"""How long to wait for a server to take a connection; libpq's own patience has no end."""
_PAUSE_SECONDS: Final = 0.05
_CONNECTIONS: Final = 40
"""As many as threads answer requests at once (the default of anyio)."""


def open_store(url: str) -> ProfileStore:
    """Open the profile store, or make it.

    Args:
        url: Of SQLite or PostgreSQL, as SQLAlchemy writes them.

    Raises:
        ProfileAddressError: No store can be there.
        ProfileStoreError: It cannot be used.
    """
    parsed = _parsed(url)
    if not _is_postgres(parsed):
        try:
            _make_file(_path(parsed))
        except OSError as error:
            raise store_error(parsed, error) from None
    engine = _engine(parsed)
    store = ProfileStore(engine)
    try:
        if not _is_there(engine):
            with store.writing() as connection:
                METADATA.create_all(connection)  # Does nothing if another made it meanwhile.
    except BaseException:
        engine.dispose()
        raise
    return store


def open_existing_store(url: str) -> ProfileStore | None:
    """Open the profile store if there is one, and make none.

    Raises:
        ProfileAddressError: No store can be there.
        ProfileStoreError: It cannot be used.
    """
    parsed = _parsed(url)
    if not (_is_postgres(parsed) or _path(parsed).exists()):
        return None
    engine = _engine(parsed)
    try:
        is_there = _is_there(engine)
    except BaseException:
        engine.dispose()
        raise
    if is_there:
        return ProfileStore(engine)
    engine.dispose()
    return None


def shown_url(url: str) -> str:
    """Write the address of a store without secrets."""
    return without_secrets(_parsed(url))


def _is_there(engine: Engine) -> bool:
    with sentences(engine):
        return inspect(engine).has_table(PARTS.name)


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # Not shown: where the password is cannot be told.
        msg = (
            "Setting profile_url cannot be understood; sqlite:///PATH or "
            "postgresql://USER@HOST/DATABASE is needed."
        )
        raise ProfileAddressError(msg) from None
    if parsed.drivername not in _POSTGRES and parsed.database in {None, "", ":memory:"}:
        msg = "Setting profile_url names no file; sqlite:///PATH is needed."
        raise ProfileAddressError(msg)
    return parsed


def _is_postgres(url: URL) -> bool:
    return url.drivername in _POSTGRES


def _path(url: URL) -> Path:
    return Path(str(url.database))


def _make_file(path: Path) -> None:
    """Make a file that only its owner can read, as it will hold personal data."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)


def _engine(url: URL) -> Engine:
    try:
        return _postgres(url) if _is_postgres(url) else _sqlite(url)
    except (ImportError, ArgumentError) as error:
        raise store_error(url, error) from None


def _postgres(url: URL) -> Engine:
    said = "connect_timeout" in url.query
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        connect_args={} if said else {"connect_timeout": _CONNECT_SECONDS},
        pool_pre_ping=True,
        pool_size=_CONNECTIONS,
        hide_parameters=True,
    )
    event.listen(engine, "connect", _prepare_postgres)
    return engine


def _sqlite(url: URL) -> Engine:
    engine = create_engine(
        url,
        pool_size=_CONNECTIONS,
        pool_use_lifo=True,  # What the last one read is in its memory.
        connect_args={"timeout": _BUSY_SECONDS},
        hide_parameters=True,
    )
    event.listen(engine, "connect", _prepare_sqlite)
    follow_file(engine, _path(url))
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # Whoever reads goes on while a run writes, and a commit is on the disk when it returns.
    end = time.monotonic() + _BUSY_SECONDS
    while not _has_log(connection, is_last=time.monotonic() > end):
        time.sleep(_PAUSE_SECONDS)
    connection.execute("PRAGMA synchronous = FULL")


def _prepare_postgres(connection: Any, _record: Any) -> None:
    # Without it a question waits for as long as somebody has the table locked.
    connection.execute(f"SET lock_timeout = '{_BUSY_SECONDS * 1000:.0f}ms'")
    connection.commit()


def _has_log(connection: Any, *, is_last: bool) -> bool:
    """Turn the write-ahead log on; SQLite itself does not wait for others who do the same."""
    try:
        connection.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError as error:
        if is_last or error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True
