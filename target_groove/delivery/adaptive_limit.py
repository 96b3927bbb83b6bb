"""Finds out how much Groove takes: how many a second, and how many at once.

The idea of additive increase, multiplicative decrease and latency as a sign is that of Vector's
adaptive concurrency; that sends as much as is allowed from the first request on, obeys
`Retry-After`, and tells a limit of requests in a time from one of requests at once, is ours.
"""

from __future__ import annotations

import math
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from target_groove.delivery.gate import Gate
from target_groove.delivery.latency_knee import LatencyKnee
from target_groove.delivery.learned_concurrency import LearnedConcurrency
from target_groove.delivery.learned_rate import LearnedRate
from target_groove.delivery.pacing import Permit

if TYPE_CHECKING:
    from collections.abc import Callable

    from target_groove.delivery.pacing import Seen

_LIMITED: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_NO_ACCIDENT: Final = 8
"""So many more answers 503 without `Retry-After` than requests that go through are a limit."""
_FEW_A_MINUTE: Final = 3


class AdaptiveLimit:
    """Decides without waiting: when may the next leave, and what does an answer say about it.

    One thread at a time may use it. Times are seconds of a clock that only grows.
    """

    def __init__(self, most: int, *, jitter: Callable[[float], float]) -> None:
        """Know of no limit.

        Args:
            most: Requests under way at once, at most: `max_in_flight`.
            jitter: Turns the longest pause into the one that is taken.
        """
        self._gate = Gate(jitter)
        self._rate = LearnedRate()
        self._concurrency = LearnedConcurrency(most)
        self._knee = LatencyKnee(most)
        self._under_way = 0
        self._accidents = 0
        self._changed_at = -math.inf
        self._status: int | None = None

    @property
    def at_once(self) -> int:
        """How many requests may be under way."""
        return min(self._concurrency.limit, self._knee.limit)

    @property
    def per_second(self) -> float | None:
        """How many requests a second may leave; None if there is no limit."""
        return self._rate.per_second

    def seconds_to_wait(self, now: float) -> float:
        """Say when the next may leave; infinite if that depends on an answer."""
        if self._under_way >= self._concurrency.limit or self._under_way >= self._knee.limit:
            return math.inf
        return max(self._gate.seconds_to_wait(now), self._rate.seconds_to_wait(now))

    def begin(self, now: float, behind: Permit | None = None) -> Permit:
        """Count a request that leaves now.

        Args:
            now: The present time.
            behind: The permit of the pacer behind this one.
        """
        self._under_way += 1
        self._gate.begin()
        self._rate.begin(now)
        return Permit(now, self._under_way, "", behind)

    def ended(self, permit: Permit, now: float, seen: Seen) -> str:
        """Count a request that has ended.

        Args:
            permit: Its permit.
            now: The present time.
            seen: What was seen of it.

        Returns:
            What is new about the limit, as a sentence; empty if nothing is.
        """
        self._under_way -= 1
        goes_first = self._gate.ended(permit.begun_at)
        if seen.status is None:
            return ""
        if seen.status in _LIMITED:
            return self._refused(permit, now, seen, goes_first=goes_first)
        self._accidents = max(self._accidents - 1, 0)
        return self._passed(permit, now, seen)

    def _passed(self, permit: Permit, now: float, seen: Seen) -> str:
        begun_at, under_way = permit.begun_at, permit.under_way
        self._gate.passed(begun_at)
        self._concurrency.passed(begun_at, under_way, now)
        if self._rate.passed(begun_at):
            return self._news(f"sending about {self._a_minute()} requests a minute")
        if seen.seconds is not None and self._knee.answered(begun_at, under_way, seen.seconds, now):
            return (
                f"Answers were slow; sending at most {self.at_once} requests at once from now on."
            )
        return ""

    def _refused(self, permit: Permit, now: float, seen: Seen, *, goes_first: bool) -> str:
        is_vague = seen.status != HTTPStatus.TOO_MANY_REQUESTS and seen.retry_after is None
        self._accidents = min(self._accidents + is_vague, _NO_ACCIDENT)
        if is_vague and self._accidents < _NO_ACCIDENT and not goes_first:
            return ""
        self._status = seen.status
        self._concurrency.spoil_round(now)
        if seen.retry_after is not None:
            self._gate.close(now, seen.retry_after)
        if permit.begun_at <= self._changed_at or _is_about_itself(seen):
            return ""
        if not goes_first and not self._is_about_rate(permit, seen):
            if not self._concurrency.refused(permit.under_way, permit.begun_at, now):
                return ""
            return self._news(f"sending at most {self._concurrency.limit} requests at once")
        self._changed_at = now
        self._concurrency.forget(now)
        self._rate.pause(now, seen.retry_after)
        if seen.retry_after is None:
            self._gate.close(now, None)
        return ""

    def _is_about_rate(self, permit: Permit, seen: Seen) -> bool:
        """Say whether there were too many in a time, rather than too many at once."""
        if self._rate.holds_back or permit.under_way == 1:
            return True
        was_fine = permit.under_way <= self._concurrency.passed_with
        fewer_did_not_help = not self._concurrency.may_help(permit.begun_at)
        if seen.retry_after is None:
            return was_fine and fewer_did_not_help
        return was_fine or fewer_did_not_help

    def _news(self, what: str) -> str:
        return f"Groove answered {self._status}; {what} from now on."

    def _a_minute(self) -> str:
        count = (self._rate.per_second or 0.0) * 60
        return f"{count:,.1f}" if count < _FEW_A_MINUTE else f"{count:,.0f}"


def _is_about_itself(seen: Seen) -> bool:
    """Say whether a refusal tells more of its request than of how many there are.

    A 503 may mean one record or one object. Where it means too many, those that had to wait are not
    refused once more.
    """
    is_unavailable = seen.status == HTTPStatus.SERVICE_UNAVAILABLE
    return is_unavailable and seen.attempt > 1 and seen.retry_after is not None
