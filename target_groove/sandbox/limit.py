"""The request limit: how many calls a token has in a window of time."""

from __future__ import annotations

import math
from collections import deque
from datetime import timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

from target_groove.sandbox.exchange import Refusal

if TYPE_CHECKING:
    from datetime import datetime

RETRY_AFTER_FORMS = ("seconds", "date", "none", "huge", "negative", "zero", "garbage")
WINDOWS = ("sliding", "fixed")


class Limiter:
    """Counts the calls of each token; a refused call does not count."""

    def __init__(self) -> None:
        """Start with nothing counted."""
        self._calls: dict[str, deque[float]] = {}

    def take(self, token: str, now: float, limit: int, seconds: float, window: str) -> float:
        """Count one call if the window has room for it.

        Args:
            token: Whose call it is.
            now: The present time in epoch seconds.
            limit: Calls per window; 0 is no limit.
            seconds: Length of the window.
            window: ``sliding`` looks back from now, ``fixed`` starts anew every ``seconds``.

        Returns:
            0.0 if there was room, else the seconds until there is.
        """
        if limit <= 0:
            return 0.0
        calls = self._calls.setdefault(token, deque())
        start = now - now % seconds if window == "fixed" else now - seconds
        # A sliding window is open at its far end: after exactly `seconds` there is room.
        while calls and (calls[0] <= start if window == "sliding" else calls[0] < start):
            calls.popleft()
        if len(calls) < limit:
            calls.append(now)
            return 0.0
        return start + seconds - now if window == "fixed" else calls[-limit] + seconds - now

    def clear(self) -> None:
        """Forget all calls."""
        self._calls.clear()


def too_many(wait: float, form: str, now: datetime) -> Refusal:
    """Return the refusal of a call above the limit.

    Args:
        wait: Seconds until there is room.
        form: How Retry-After is written, one of ``RETRY_AFTER_FORMS``.
        now: The present time.
    """
    values = {
        "seconds": str(math.ceil(wait)),
        # Dates have whole seconds: never name one that is too early.
        "date": format_datetime(now + timedelta(seconds=math.ceil(wait) + 1), usegmt=True),
        "huge": "31536000",
        "negative": "-5",
        "zero": "0",
        "garbage": "soon",
    }
    headers = {"retry-after": values[form]} if form in values else {}
    return Refusal(429, {"error": "too many requests"}, headers)
