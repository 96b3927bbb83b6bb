"""How a setting is declared: a field of a dataclass that says of itself what it is for."""

from __future__ import annotations

from dataclasses import MISSING, field
from typing import Any


def setting(
    kind: str,
    description: str,
    *,
    default: Any = MISSING,
    choices: tuple[str, ...] = (),
    minimum: int | None = None,
    secret: bool = False,
    items: tuple[str, ...] = ("text",),
) -> Any:
    """Declare a setting.

    Args:
        kind: Its type, in the words of JSON schema.
        description: What it is for, in one sentence or two.
        default: What it is if nobody says; without one it is required.
        choices: The values that are allowed, empty if any will do.
        minimum: The smallest number that is allowed.
        secret: Whether it may be shown.
        items: What a list may hold: `text`, `object`.
    """
    metadata = {
        "kind": kind,
        "description": description,
        "choices": choices,
        "minimum": minimum,
        "secret": secret,
        "items": items,
    }
    return field(default=default, metadata=metadata)
