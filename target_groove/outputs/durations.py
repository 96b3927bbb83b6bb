"""How long and how many, in words for people."""

from __future__ import annotations


def duration(seconds: float) -> str:
    """Write a duration: `0.4 ms`, `12 ms`, `1.5 s`, `42 s`, `3 min 5 s`, `2 h 10 min`."""
    if seconds < 1:
        milliseconds = seconds * 1000
        return f"{milliseconds:.1f} ms" if milliseconds < 10 else f"{milliseconds:.0f} ms"  # noqa: PLR2004 - two digits
    if seconds < 10:  # noqa: PLR2004 - two digits
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest} s"
    hours, minutes = divmod(minutes, 60)
    if not hours:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"
