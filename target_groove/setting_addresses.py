"""Addresses in settings: which can be meant, and the sentence for those that cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_LEDGERS: Final = frozenset(
    {"sqlite", "sqlite+pysqlite", "postgresql", "postgres", "postgresql+psycopg"}
)


def url_problems(name: str, url: str | None, *, like: str) -> Iterator[str]:
    """Say what is wrong with an address that the token goes to.

    Args:
        name: Name of the setting.
        url: Its value.
        like: An address that is right.

    Yields:
        The problems, as sentences.
    """
    if not url:
        return
    try:
        parts = urlsplit(url)
        unusable = bool(parts.query or parts.fragment or parts.username) or not parts.hostname
        unusable = unusable or parts.port == 0 or not parts.netloc.isprintable()
    except ValueError:  # brackets without an IPv6 address, a port that is none
        unusable = True
    if unusable or parts.scheme not in {"http", "https"}:
        # What comes after a question mark or before an @ may be a token.
        shown = url.partition("?")[0].rpartition("@")[2]
        yield f"Setting {name} is {shown!r}; an address like {like} is needed."
    elif parts.scheme == "http" and parts.hostname not in LOOPBACK:
        yield f"Setting {name} is {url!r}; plain http is allowed on this machine only, use https."


def ledger_problems(url: str) -> Iterator[str]:
    """Say what is wrong with the address of a ledger.

    Yields:
        The problems, as sentences.
    """
    scheme = url.partition(":")[0]
    if url != "none" and scheme not in _LEDGERS:
        what = f"begins with {scheme!r}" if scheme.isalpha() and "://" in url else "is no address"
        needed = "sqlite:///PATH, postgresql://USER@HOST/DATABASE or none"
        yield f"Setting ledger_url {what}; {needed} is needed."
