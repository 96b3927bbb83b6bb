"""Opening a ledger by its URL; what cannot be used safely is refused with a sentence."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from target_groove.ledger import sqlite_file
from target_groove.ledger.database import Database
from target_groove.ledger.errors import LedgerAddressError

if TYPE_CHECKING:
    from sqlalchemy import URL

__all__ = ["BUSY_SECONDS", "Database", "file_named", "open_database"]

BUSY_SECONDS: Final = 10.0
"""How long to wait for another process that is writing."""

_SQLITE: Final = frozenset({"sqlite", "sqlite+pysqlite"})
_POSTGRES: Final = frozenset({"postgresql", "postgres", "postgresql+psycopg"})
_PLAIN: Final = re.compile(r"sqlite:///([\w./-]+)", re.ASCII)
"""A URL that has nothing but the path of a file in it."""
_SECRETS: Final = ("password", "sslpassword")
_EXPECTED: Final = "sqlite:///PATH, postgresql://USER@HOST/DATABASE, or none for no ledger"


def open_database(
    url: str,
    *,
    create: bool = True,
    read_only: bool = False,
    busy_timeout: float = BUSY_SECONDS,
) -> Database:
    """Open a ledger, or make it.

    Args:
        url: Of SQLite or PostgreSQL, as SQLAlchemy writes them.
        create: Whether to make one where there is none.
        read_only: Whether nothing will be written; then none is made either.
        busy_timeout: Seconds to wait for others that are writing.

    Raises:
        LedgerAddressError: No ledger can be there.
        LedgerError: It cannot be used.
    """
    path, shown_url = _plain_path(url), url
    parsed = None if path else parsed_url(url)
    if parsed is not None:
        shown_url = _without_secrets(parsed)
        path = _path(parsed) if parsed.drivername in _SQLITE else None
    if path is not None:
        return sqlite_file.open_file(
            path,
            shown_url=shown_url,
            create=create,
            read_only=read_only,
            busy_timeout=busy_timeout,
        )
    if parsed is not None and parsed.drivername in _POSTGRES:
        # Whose ledger is in a file need not wait for this.
        from target_groove.ledger import postgres  # noqa: PLC0415

        return postgres.open_url(
            parsed.set(drivername="postgresql+psycopg"),
            shown_url=shown_url,
            secrets=_secrets(parsed),
            create=create,
            read_only=read_only,
            busy_timeout=busy_timeout,
        )
    msg = f"ledger_url is {shown_url}, but a ledger can only be in: {_EXPECTED}."
    raise LedgerAddressError(msg)


def file_named(url: str) -> Path | None:
    """Name the file of a `ledger_url` that can be used; None if it is in PostgreSQL."""
    if path := _plain_path(url):
        return Path(os.path.realpath(path))
    parsed = parsed_url(url)
    if parsed.drivername not in _SQLITE:
        return None
    return Path(os.path.realpath(_path(parsed)))


def _plain_path(url: str) -> str | None:
    found = _PLAIN.fullmatch(url)
    return found[1] if found else None


def parsed_url(url: str) -> URL:
    """Read a `ledger_url`.

    Raises:
        LedgerAddressError: It cannot be understood.
    """
    scheme, _, rest = url.partition("://")
    if scheme not in _SQLITE and rest.count("@") > 1:
        # Where the password ends cannot be told, so nothing before the last of them is shown.
        place = rest.rpartition("@")[2].partition("?")[0]
        msg = (
            f"ledger_url ({scheme}://***@{place}) has more than one @; write those of the user, of "
            "the password and behind a ? as %40."
        )
        raise LedgerAddressError(msg)
    # It takes long, and a plain path needs none of it.
    from sqlalchemy import make_url  # noqa: PLC0415
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415

    try:
        return make_url(url)
    except (SQLAlchemyError, ValueError):
        # Not shown: where the password is cannot be told.
        msg = f"ledger_url cannot be understood; expected is {_EXPECTED}."
        raise LedgerAddressError(msg) from None


def _path(url: URL) -> str:
    path = url.database or ""
    if path in {"", ":memory:"}:
        msg = (
            "ledger_url names no file, and a ledger in memory would be forgotten with each run; "
            "set sqlite:///PATH, or none to turn the ledger off."
        )
        raise LedgerAddressError(msg)
    if url.host or url.query or "\0" in path:
        msg = f"ledger_url is {_without_secrets(url)}, but only sqlite:///PATH can be used."
        raise LedgerAddressError(msg)
    return path


def _without_secrets(url: URL) -> str:
    hidden = {name: "***" for name in _SECRETS if name in url.query}
    return url.update_query_dict(hidden).render_as_string(hide_password=True)


def _secrets(url: URL) -> list[str]:
    found = [url.password, *(url.query.get(name) for name in _SECRETS)]
    return [each for each in found if isinstance(each, str) and each]
