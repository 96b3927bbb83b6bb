"""How keys and texts of others are written for people."""

from __future__ import annotations

import json
from typing import Final

from target_groove.ledger.entry import UNKEYED

_NOT_PLAIN: Final = (UNKEYED, "sha256:", "[")


def readable_key(key: str) -> str:
    """Write a key for people; commands read it again."""
    try:
        values = json.loads(key)
    except ValueError:
        values = None
    if isinstance(values, list) and len(values) == 1 and isinstance(values[0], str):
        only: str = values[0]
        if only.isprintable() and only == only.strip() and not only.startswith(_NOT_PLAIN) and only:
            return only
    return plain(key)


def plain(text: str | None) -> str:
    """Write a text of others for a terminal: what would steer it is written out."""
    if text is None:
        return ""
    return text if text.isprintable() else json.dumps(text)
