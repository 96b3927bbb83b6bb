"""Values inside the sentences that people read."""

from __future__ import annotations

import difflib
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_SHOWN_CHARACTERS: Final = 60


def shown(value: Any) -> str:
    """Write a value for a sentence: numbers as they were written, cut to a readable length."""
    text = repr(_plain(value))
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"


class _Digits:
    """A `Decimal` that is shown by its digits; `Decimal('1.5')` means something to Python only."""

    def __init__(self, number: Decimal) -> None:
        self._number = number

    def __repr__(self) -> str:
        return str(self._number)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return _Digits(value)
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value


def shortened(text: str, most: int) -> str:
    """Cut a text to so many characters, and say how many are missing."""
    return text if len(text) <= most else f"{text[:most]}… ({len(text) - most:,} more characters)"


def printable(text: str) -> str:
    """Write out what would steer a terminal, or begin another line."""
    return text if text.isprintable() else "".join(map(_written_out, text))


def _written_out(character: str) -> str:
    return character if character.isprintable() else f"\\u{ord(character):04x}"


def counted(number: int, what: str) -> str:
    """Write a number of things: `1 answer`, `3 answers`."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def unknown_name(what: str, name: str, known: Iterable[str]) -> str:
    """Write the sentence about a name that does not exist, with the nearest one that does."""
    near = difflib.get_close_matches(str(name), list(known), n=1)
    hint = f"; did you mean {near[0]}?" if near else "."
    return f"There is no {what} {name!r}{hint}"
