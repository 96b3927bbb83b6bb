"""Cuts lists into pages, as the API's lists do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from target_groove.sandbox.exchange import Answer, reply

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from target_groove.sandbox.call import Call
    from target_groove.sandbox.desk import Desk
    from target_groove.sandbox.store import Thing

DEFAULT_PER_PAGE = 25
MAX_PER_PAGE = 50


def page_of(
    desk: Desk,
    call: Call,
    name: str,
    things: Sequence[Thing],
    form: Callable[[Desk, Thing], Any],
) -> Answer:
    """Answer with the page that the call asks for.

    Args:
        desk: The help desk.
        call: Its query may hold ``page`` (from 1) and ``per_page`` (at most 50).
        name: The plural under which the list stands.
        things: The whole list.
        form: Writes one thing as the API does.
    """
    number = _whole(call.query.get("page"), 1)
    per_page = min(_whole(call.query.get("per_page"), DEFAULT_PER_PAGE), MAX_PER_PAGE)
    pages = max(1, -(-len(things) // per_page))
    shown = things[(number - 1) * per_page : number * per_page]
    pagination = {
        "current_page": number,
        "total_pages": pages,
        "total_count": len(things),
        "next_page": _address(desk, call, number + 1) if number < pages else None,
        "prev_page": _address(desk, call, number - 1) if number > 1 else None,
    }
    return reply({name: [form(desk, thing) for thing in shown], "meta": {"pagination": pagination}})


def _whole(word: str | None, default: int) -> int:
    """Read a number from the query; what is none, or below 1, counts as the default."""
    if word is None or not word.isascii() or not word.isdigit():
        return default
    return int(word) or default


def _address(desk: Desk, call: Call, page: int) -> str:
    """Return the address of another page, without per_page: Groove's drops it too."""
    query = {key: value for key, value in call.query.items() if key not in {"page", "per_page"}}
    return f"{desk.url}{call.path}?{urlencode({**query, 'page': page})}"
