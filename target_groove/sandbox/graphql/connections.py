"""Relay connections: a page of a list, with cursors and counts.

Inferred: a page has at most 50 nodes, the least that clients of Groove ask for, and as many if
none are asked for; asking for more gives 50 without a word. A cursor is a position.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_PAGE = 50


def connection(nodes: Sequence[Any], args: dict[str, Any]) -> dict[str, Any]:
    """Return the page that first, last, after and before select.

    Raises:
        GraphQLError: A number is negative, or a cursor is none of ours.
    """
    start = _position(args, "after", -1) + 1
    end = min(_position(args, "before", len(nodes)), len(nodes))
    size = _size(args, "first") if args.get("first") is not None else None
    from_end = _size(args, "last") if args.get("last") is not None else None
    if size is None and from_end is None:
        size = MAX_PAGE
    if size is not None:
        end = min(end, start + size)
    if from_end is not None:
        start = max(start, end - from_end)
    shown = list(nodes[start:end])
    cursors = [_cursor(position) for position in range(start, start + len(shown))]
    per_page = size or from_end or MAX_PAGE
    return {
        "nodes": shown,
        "edges": [
            {"cursor": cursor, "node": node} for cursor, node in zip(cursors, shown, strict=True)
        ],
        "pageInfo": {
            "startCursor": cursors[0] if cursors else None,
            "endCursor": cursors[-1] if cursors else None,
            "hasNextPage": end < len(nodes),
            "hasPreviousPage": start > 0,
        },
        "totalCount": len(nodes),
        "totalPageCount": -(-len(nodes) // per_page),
    }


def _size(args: dict[str, Any], name: str) -> int:
    size: int = args[name]
    if size < 0:
        message = f"`{name}` must not be negative"
        raise GraphQLError(message)
    return min(size, MAX_PAGE)


def _cursor(position: int) -> str:
    return base64.b64encode(str(position).encode()).decode()


def _position(args: dict[str, Any], name: str, default: int) -> int:
    cursor = args.get(name)
    if cursor is None:
        return default
    try:
        return int(base64.b64decode(cursor, validate=True))
    except (binascii.Error, ValueError):
        message = f"`{name}` is not a cursor: {cursor}"
        raise GraphQLError(message) from None
