"""How the page writes times, sizes and people."""

from __future__ import annotations

from datetime import UTC, datetime
from zlib import crc32

_COLOURS = 6
_STEP = 1024


def date_time(when: str, now: datetime) -> str:
    """Write an API timestamp for a reader: the time today, the day before that."""
    moment = datetime.fromisoformat(when)
    if moment.date() == now.astimezone(UTC).date():
        return moment.strftime("%H:%M")
    if moment.year == now.year:
        return f"{moment.day} {moment.strftime('%b, %H:%M')}"
    return f"{moment.day} {moment.strftime('%b %Y')}"


def clock_time(seconds: float) -> str:
    """Write epoch seconds as a time of day in UTC, to the millisecond."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%H:%M:%S.%f")[:-3]


def file_size(size: float) -> str:
    """Write a number of bytes."""
    if size < _STEP:
        return f"{size} bytes"
    if size < _STEP * _STEP:
        return f"{size / _STEP:.1f} KB"
    return f"{size / _STEP / _STEP:.1f} MB"


def initials(name: str) -> str:
    """Return one or two letters for a name or an address."""
    words = name.partition("@")[0].replace(".", " ").split() or ["?"]
    return "".join(word[0] for word in (words[0], *words[1:][-1:])).upper()


def colour_of(name: str) -> int:
    """Return the number of the colour that always goes with this name."""
    return crc32(name.lower().encode()) % _COLOURS
