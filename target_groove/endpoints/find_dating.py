"""Whether a thing in Groove is as young as the send, by Groove's clock.

Groove writes dates as `2012-07-17T13:41:01Z` on its pages and as `2017-12-14 20:09:19 +0530` in
real webhooks (zulip/zulip), in whole seconds.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final

from target_groove.endpoints.finding import OTHER, SAME, Likeness, doubtful

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_groove.endpoints.finding import Fetched

LATENCY_ALLOWANCE: Final = 2.0
"""Seconds that an answer may take to us before it speaks for clocks that differ."""
_SPACE_BEFORE_ZONE: Final = re.compile(r"\s+(?=[+-]\d\d:?\d\d$)")


@dataclass(frozen=True, slots=True)
class Since:
    """From when on a thing in Groove may be ours, in seconds since 1970 by Groove's clock.

    Attributes:
        certain: What is not older than this is not older than the send.
        possible: What is older than this is older than the send; between both nobody can tell.
    """

    certain: int
    possible: int


class ClockDifference:
    """How far Groove's clock is ahead of ours, from the `Date` of its answers."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._ahead: float | None = None

    def learn(self, answer: Fetched) -> None:
        """Take an answer's date into account."""
        if answer.server_time is not None:
            # Groove wrote the date before the answer came, and cut it to the second: it is ahead
            # by this or more, and the largest of these comes closest.
            ahead = answer.server_time - answer.our_time
            self._ahead = ahead if self._ahead is None else max(ahead, self._ahead)

    def since(self, left_at: float) -> Since:
        """Say from when on a thing may be ours.

        Clocks that may agree count as agreeing; what would be ours only if they do not is left
        open. Clocks that certainly differ are put right by the least that Groove's is ahead, so
        that ours is never taken for older than the send.

        Args:
            left_at: Our clock just before the request left.
        """
        if self._ahead is None:
            return Since(math.floor(left_at), math.floor(left_at))
        possible = math.floor(left_at + self._ahead)
        may_agree = -1 - LATENCY_ALLOWANCE < self._ahead <= 0
        return Since(math.floor(left_at) if may_agree else possible, possible)


def young_enough(thing: Mapping[str, Any], since: Since, *, sent_at: Any = None) -> Likeness:
    """Tell whether a thing is not older than the send.

    With `sent_at` Groove backdates a ticket or message (https://www.groovehq.com/docs/tickets):
    then its `created_at` must be that, to the second. `system_updated_at`, where a ticket has it,
    may tell an older equal one.

    Args:
        thing: A ticket, message, article … as Groove lists it.
        since: From when on it may be ours.
        sent_at: What was sent as `sent_at`, if anything.
    """
    created = _instant(thing.get("created_at"))
    if created is None:
        return doubtful("it has no date that can be read")
    if created >= since.certain:
        return SAME
    if sent_at:
        backdated = _instant_sent(sent_at)
        if backdated is None:
            return doubtful("the sent_at that was sent cannot be read")
        if math.floor(created) == math.floor(backdated):
            return _touched_since(thing.get("system_updated_at"), since)
    if created >= since.possible:
        return doubtful("it may have been made just before the request left")
    return OTHER


def _touched_since(updated_at: Any, since: Since) -> Likeness:
    if updated_at is None:
        return SAME
    updated = _instant(updated_at)
    if updated is None:
        return doubtful("its system_updated_at cannot be read")
    if updated >= since.certain:
        return SAME
    return doubtful("Groove last touched it before the request left, so it may be an older one")


def _instant(value: Any) -> float | None:
    """Read a date of Groove's; None without a zone, for then it is not known what it means."""
    if not isinstance(value, str):
        return None
    text = _SPACE_BEFORE_ZONE.sub("", value.strip())
    try:
        moment = datetime.fromisoformat(text)
        return moment.timestamp() if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _instant_sent(value: Any) -> float | None:
    """Read a `sent_at`; without a zone it is UTC, as where payloads are made (`values.py`)."""
    text = str(value).strip()
    try:
        moment = (
            datetime.fromisoformat(text) if text[:4].isdecimal() else parsedate_to_datetime(text)
        )
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
