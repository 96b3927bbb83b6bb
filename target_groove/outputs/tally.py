"""What is counted of the requests of a run: how many, how they ended, how long they took."""

from __future__ import annotations

import threading
from collections import Counter, deque
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from target_groove.delivery.observer import Attempted, Observer, Rejected
from target_groove.outputs.histogram import Histogram
from target_groove.outputs.reasons import Reasons
from target_groove.outputs.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Callable

LOOK_UPS: Final = ("", "")
"""The key of requests that carry no record."""
RATE_SECONDS: Final = 60
ANSWERS: Final = ("taken", "refused", "limited", "failed", "silent")
"""How an attempt ends: with 2xx or 3xx, 4xx, 429, 5xx, without an answer."""


class Calls:
    """The requests of one stream to one endpoint.

    Attributes:
        statuses: Attempts by status; 0 stands for no answer.
        seconds: How long they took.
    """

    __slots__ = ("seconds", "statuses")

    def __init__(self) -> None:
        """Nothing was sent yet."""
        self.statuses: Counter[int] = Counter()
        self.seconds = Histogram()

    @property
    def count(self) -> int:
        """How many attempts there were."""
        return self.statuses.total()


class Tally(Observer):
    """Counts attempts, waits and rejections; its size does not grow with their number.

    Attributes:
        calls: Attempts by (stream, endpoint); `LOOK_UPS` for those that carry no record.
        timeline: Attempts by how they ended, and seconds `waited`.
        reasons: Why records were rejected.
        waited: Seconds in which a request waited for a limit.
        began_at: When the run began, by its clock.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        """Start the clock, which gives seconds that only grow."""
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting: dict[int, float] = {}
        self._waits_since = 0.0
        self._recent: deque[tuple[int, int]] = deque(maxlen=RATE_SECONDS + 1)
        self.began_at = clock()
        self.calls: dict[tuple[str, str], Calls] = {}
        self.timeline = Timeline()
        self.reasons = Reasons()
        self.waited = 0.0

    # Told by those who send

    def attempted(self, attempted: Attempted) -> None:
        """Count an attempt."""
        request, status = attempted.request, attempted.status
        sources = request.sources
        key = (sources[0].stream, request.endpoint) if sources else LOOK_UPS
        at = self._clock() - self.began_at
        second = int(at)
        with self._lock:
            calls = self.calls.get(key)
            if calls is None:
                calls = self.calls[key] = Calls()
            calls.statuses[status or 0] += 1
            calls.seconds.add(attempted.seconds)
            self.timeline.add(at, answer_of(status))
            if self._recent and self._recent[-1][0] == second:
                self._recent[-1] = second, self._recent[-1][1] + 1
            else:
                self._recent.append((second, 1))

    def waits(self, seconds: float) -> None:
        """Note that this thread waits for a limit."""
        now = self._clock()
        with self._lock:
            if not self._waiting:
                self._waits_since = now
            self._waiting[threading.get_ident()] = now + seconds

    def goes_on(self) -> None:
        """Note that it waits no more."""
        now = self._clock()
        with self._lock:
            self._waiting.pop(threading.get_ident(), None)
            if not self._waiting:
                self._count_wait(now)

    def rejected(self, rejected: Rejected) -> None:
        """Count a rejected record."""
        self.reasons.add(rejected)

    # Asked by those who show it

    @property
    def requests(self) -> int:
        """How many attempts have ended."""
        return sum(each.count for each in self.each_calls())

    @property
    def seconds(self) -> float:
        """How long the run takes so far."""
        return self._clock() - self.began_at

    @property
    def seconds_to_wait(self) -> float:
        """In how many seconds the limit lets a request go; 0 if none waits."""
        with self._lock:
            next_at = min(self._waiting.values(), default=0.0)
        return max(next_at - self._clock(), 0.0)

    @property
    def in_last_minute(self) -> int:
        """How many requests have ended in the last minute."""
        now = self.seconds
        with self._lock:
            return sum(count for second, count in self._recent if second > now - RATE_SECONDS)

    def answers(self) -> Counter[str]:
        """How attempts have ended, by the words of `ANSWERS`."""
        found: Counter[str] = Counter()
        for each in self.each_calls():
            for status, count in each.statuses.copy().items():
                found[answer_of(status or None)] += count
        return found

    def each_calls(self) -> list[Calls]:
        """The calls, as they are now."""
        with self._lock:
            return list(self.calls.values())

    def all_seconds(self) -> Histogram:
        """How long all attempts took."""
        together = Histogram()
        for each in self.each_calls():
            together.add_all(each.seconds)
        return together

    def ended(self) -> None:
        """Count the wait that the end has cut short."""
        with self._lock:
            if self._waiting:
                self._waiting.clear()
                self._count_wait(self._clock())

    def _count_wait(self, now: float) -> None:
        begin, end = self._waits_since - self.began_at, now - self.began_at
        self.waited += end - begin
        self.timeline.add_span(begin, end, "waited")


def answer_of(status: int | None) -> str:
    """Say how an attempt ended, in a word of `ANSWERS`."""
    if not status:
        return "silent"
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return "limited"
    if status < HTTPStatus.BAD_REQUEST:
        return "taken"
    return "refused" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "failed"
