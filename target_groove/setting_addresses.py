"""Addresses in settings: which can be meant, and the sentence for those that cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

GROOVE_API: Final = "https://api.groovehq.com/v1"
GROOVE_UPLOADER: Final = "https://uploader.groovehq.com"
GRAPHQL_PATH: Final = "/v2/graphql"
_GROOVE: Final = {
    "api_url": GROOVE_API,
    "uploader_url": GROOVE_UPLOADER,
    "graphql_url": urljoin(GROOVE_API, GRAPHQL_PATH),
}
"""Groove's own address for each setting that holds one."""
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_DATABASES: Final = frozenset(
    {"sqlite", "sqlite+pysqlite", "postgresql", "postgres", "postgresql+psycopg"}
)


def address_problems(values: Mapping[str, Any]) -> Iterator[str]:
    """Say what is wrong with the addresses that the token goes to.

    Args:
        values: The settings by name.

    Yields:
        The problems, as sentences.
    """
    for name in _GROOVE:
        if url := values.get(name):
            yield from _problems(name, url)


def _problems(name: str, url: str) -> Iterator[str]:
    try:
        parts = urlsplit(url)
        unusable = bool(parts.query or parts.fragment or parts.username) or not parts.hostname
        unusable = unusable or parts.port == 0 or not parts.netloc.isprintable()
    except ValueError:  # brackets without an IPv6 address, a port that is none
        unusable = True
    if unusable or parts.scheme not in {"http", "https"}:
        # What comes after a question mark or before an @ may be a token.
        shown = url.partition("?")[0].rpartition("@")[2]
        yield f"Setting {name} is {shown!r}; an address like {_GROOVE[name]} is needed."
    elif parts.scheme == "http" and parts.hostname not in LOOPBACK:
        yield f"Setting {name} is {url!r}; plain http is allowed on this machine only, use https."


def ledger_problems(url: str) -> Iterator[str]:
    """Say what is wrong with the address of a ledger.

    Yields:
        The problems, as sentences.
    """
    if url != "none":
        needed = "sqlite:///PATH, postgresql://USER@HOST/DATABASE or none"
        yield from _database_problems("ledger_url", url, needed)


def profile_problems(url: str | None) -> Iterator[str]:
    """Say what is wrong with the address of a profile store; None is the default.

    Yields:
        The problems, as sentences.
    """
    if url is not None:
        needed = "sqlite:///PATH or postgresql://USER@HOST/DATABASE"
        yield from _database_problems("profile_url", url, needed)


def _database_problems(name: str, url: str, needed: str) -> Iterator[str]:
    scheme = url.partition(":")[0]
    if scheme not in _DATABASES:
        what = f"begins with {scheme!r}" if scheme.isalpha() and "://" in url else "is no address"
        yield f"Setting {name} {what}; {needed} is needed."
