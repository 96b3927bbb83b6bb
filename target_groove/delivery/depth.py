"""How deep data is nested: what walks it must not fall into a hole that somebody dug."""

from __future__ import annotations

from typing import Any


def is_deeper(value: Any, written: bytes, most: int) -> bool:
    """Say whether data has more lists and objects in each other than so many.

    Args:
        value: The data.
        written: The JSON that it was read from. Few texts open so many brackets at all, so few
            values are walked.
        most: How many levels it may have.
    """
    if written.count(b"[") + written.count(b"{") <= most:
        return False
    level = [value]
    for _ in range(most):
        inner: list[Any] = []
        for each in level:
            if isinstance(each, dict):
                inner += each.values()
            elif isinstance(each, list):
                inner += each
        if not inner:
            return False
        level = inner
    return True
