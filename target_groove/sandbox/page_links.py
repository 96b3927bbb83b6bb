"""Cuts a long list into pages for the web page."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from target_groove.sandbox.store import Thing

PER_PAGE = 50


def page_of_list(
    path: str, query: Mapping[str, str], things: Iterable[Thing], total: int, **kept: str
) -> dict[str, Any]:
    """Return the part of a list that a query asks for, with the links around it.

    Args:
        path: The path of the list.
        query: The query, whose ``page`` counts from 1.
        things: All of them, in order.
        total: How many they are.
        kept: What else the links say.
    """
    number = int(page) if (page := query.get("page", "1")).isdecimal() else 1
    start = (max(number, 1) - 1) * PER_PAGE

    def link(page: int) -> str:
        return f"{path}?" + urlencode({**kept, "page": page})

    return {
        "shown": list(islice(things, start, start + PER_PAGE)),
        "total": total,
        "first": min(start + 1, total),
        "last": min(start + PER_PAGE, total),
        "newer": link(number - 1) if number > 1 else None,
        "older": link(number + 1) if start + PER_PAGE < total else None,
    }
