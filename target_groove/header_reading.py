"""The `headers` of a route."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_OWN_HEADERS: Final = frozenset(
    {"authorization", "content-type", "content-length", "host", "transfer-encoding", "connection"}
)
_HEADER_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


def read_headers(spec: Mapping[str, Any]) -> tuple[dict[str, str], list[str]]:
    """Read the headers that a route adds to its requests.

    Args:
        spec: What the route says.

    Returns:
        The headers, and the problems as sentences.
    """
    headers, problems = dict[str, str](), list[str]()
    for name, value in spec.items():
        if name.lower() in _OWN_HEADERS:
            problems.append(f"headers.{name} is set by target-groove itself; leave it out.")
        elif not _HEADER_NAME.fullmatch(name):
            problems.append(f"headers.{name} is no name of a header.")
        elif not isinstance(value, str) or not value.isascii() or not value.isprintable():
            problems.append(f"headers.{name} must be plain text in one line.")
        else:
            headers[name] = value.strip()  # spaces around it make it no valid header
    return headers, problems
