"""Servers with limits, and workers that send to them, in simulated time."""

from __future__ import annotations

import heapq
import itertools
import math
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from target_groove.delivery.adaptive_limit import AdaptiveLimit
from target_groove.delivery.pacing import Permit, Seen

Answer = tuple[int, float | None]
"""A status, and what Retry-After says."""
OK: Answer = (200, None)


class Server(Protocol):
    def arrive(self, now: float, under_way: int) -> Answer:
        """Answer a request; `under_way` are served at this moment, with this one."""

    def seconds(self, latency: float, under_way: int) -> float:
        """Say how long the answer takes."""


@dataclass
class NoLimit:
    def arrive(self, _now: float, _under_way: int) -> Answer:
        return OK

    def seconds(self, latency: float, _under_way: int) -> float:
        return latency


@dataclass
class Refusing(NoLimit):
    """Writes Retry-After in whole seconds, if at all, and at most `longest`."""

    tells: bool = True
    status: int = 429
    longest: float = 120.0

    def refusal(self, seconds: float) -> Answer:
        told = min(float(math.ceil(seconds)), self.longest) if self.tells else None
        return self.status, told


@dataclass
class FixedWindow(Refusing):
    limit: int = 50
    window: float = 1.0
    offset: float = 0.0
    began: float = -math.inf
    count: int = 0

    def arrive(self, now: float, _under_way: int) -> Answer:
        began = now - (now + self.offset) % self.window
        if began > self.began + self.window / 2:
            self.began, self.count = began, 0
        if self.count < self.limit:
            self.count += 1
            return OK
        return self.refusal(self.began + self.window - now)


@dataclass
class SlidingWindow(Refusing):
    limit: int = 50
    window: float = 1.0
    times: deque[float] = field(default_factory=deque)

    def arrive(self, now: float, _under_way: int) -> Answer:
        while self.times and self.times[0] <= now - self.window:
            self.times.popleft()
        if len(self.times) < self.limit:
            self.times.append(now)
            return OK
        return self.refusal(self.times[0] + self.window - now)


@dataclass
class TokenBucket(Refusing):
    per_second: float = 50.0
    size: float = 50.0
    tokens: float = math.inf
    at: float = 0.0

    def arrive(self, now: float, _under_way: int) -> Answer:
        self.tokens = min(self.size, self.tokens + (now - self.at) * self.per_second)
        self.at = now
        if self.tokens >= 1:
            self.tokens -= 1
            return OK
        return self.refusal((1 - self.tokens) / self.per_second)


@dataclass
class AtOnce(Refusing):
    """Takes so many at once."""

    limit: int = 5
    tells: bool = False

    def arrive(self, _now: float, under_way: int) -> Answer:
        return OK if under_way <= self.limit else self.refusal(1.0)


@dataclass
class Knee(NoLimit):
    """Serves so many at once; the others make all slower."""

    at: int = 8

    def seconds(self, latency: float, under_way: int) -> float:
        return latency * max(1.0, under_way / self.at)


@dataclass
class Unreliable(NoLimit):
    """Answers 503 now and then."""

    share: float = 0.1
    chance: random.Random = field(default_factory=lambda: random.Random(7))

    def arrive(self, _now: float, _under_way: int) -> Answer:
        return (503, None) if self.chance.random() < self.share else OK


@dataclass
class Result:
    """What became of a run.

    Attributes:
        seconds: How long it took.
        answers: All statuses, in the order of their requests.
        most_attempts: Of one record.
        at_once: How many were under way at each beginning.
        begun_at: When each request began.
    """

    seconds: float = 0.0
    answers: list[int] = field(default_factory=list)
    most_attempts: int = 0
    at_once: list[int] = field(default_factory=list)
    begun_at: list[float] = field(default_factory=list)

    @property
    def refused(self) -> int:
        return sum(1 for each in self.answers if each != 200)


@dataclass(order=True)
class _Event:
    at: float
    order: int
    what: Callable[[], None] = field(compare=False)


class Simulation:
    """Records as in flight: each waits, is sent, rests, and is tried again.

    While one rests another begins in its place, unless three times as many rest already.
    """

    def __init__(
        self,
        server: Server,
        limit: AdaptiveLimit,
        *,
        records: int,
        workers: int,
        latency: float = 0.05,
        spread: float = 0.0,
        seed: int = 1,
    ) -> None:
        """Take the parts.

        Args:
            server: What answers.
            limit: What says when a request may leave.
            records: How many there are.
            workers: How many are in flight, beside those that rest.
            latency: Seconds until an answer.
            spread: By how much of it latencies vary, up and down.
            seed: Of the chance.
        """
        self.now = 0.0
        self.limit = limit
        self.result = Result()
        self._server = server
        self._records = records
        self._workers = workers
        self._latency = latency
        self._spread = spread
        self._chance = random.Random(seed)
        self._events: list[_Event] = []
        self._orders = itertools.count()
        self._line: deque[int] = deque()
        self._look_at = math.inf
        self._served = 0
        self._running = 0
        self._resting = 0

    def run(self) -> Result:
        self._next_records()
        self._look()
        while self._events:
            event = heapq.heappop(self._events)
            self.now = event.at
            event.what()
            self._look()
        self.result.seconds = self.now
        return self.result

    def _at(self, seconds: float, what: Callable[[], None]) -> None:
        heapq.heappush(self._events, _Event(self.now + seconds, next(self._orders), what))

    def _next_records(self) -> None:
        while self._records and self._running - self._resting < self._workers:
            self._records -= 1
            self._running += 1
            self._line.append(1)

    def _look(self) -> None:
        """Let leave who may, first come, first served."""
        while self._line:
            seconds = self.limit.seconds_to_wait(self.now)
            if seconds > 0:
                if self._look_at <= self.now or self.now + seconds < self._look_at:
                    self._look_at = self.now + seconds
                    if not math.isinf(seconds):
                        self._at(seconds, lambda: None)
                return
            self._leave(self._line.popleft())

    def _leave(self, attempt: int) -> None:
        permit = self.limit.begin(self.now)
        self.result.at_once.append(permit.under_way)
        self.result.begun_at.append(self.now)
        latency = self._latency * (1 + self._spread * self._chance.uniform(-1, 1))
        self._at(latency / 4, lambda: self._arrive(permit, attempt, latency))

    def _arrive(self, permit: Permit, attempt: int, latency: float) -> None:
        self._served += 1
        status, retry_after = self._server.arrive(self.now, self._served)
        if status != 200:
            self._served -= 1
            self._at(latency / 4, lambda: self._end(permit, attempt, status, retry_after))
            return
        seconds = self._server.seconds(latency, self._served) - latency / 4
        self._at(seconds * 0.75, self._serve)
        self._at(seconds, lambda: self._end(permit, attempt, status, retry_after))

    def _serve(self) -> None:
        self._served -= 1

    def _end(self, permit: Permit, attempt: int, status: int, retry_after: float | None) -> None:
        seconds = self.now - permit.begun_at
        self.limit.ended(permit, self.now, Seen(status, seconds, retry_after, attempt))
        self.result.answers.append(status)
        self.result.most_attempts = max(self.result.most_attempts, attempt)
        if status == 200:
            self._running -= 1
            self._next_records()
            return
        longest = min(2.0 ** (attempt - 1), 60.0)
        wait = longest * self._chance.uniform(0.5, 1.0) if retry_after is None else retry_after
        rests = self._workers > 1 and self._resting < 3 * self._workers
        self._resting += rests
        self._next_records()
        self._at(wait, lambda: self._go_on(attempt + 1, rested=rests))

    def _go_on(self, attempt: int, *, rested: bool) -> None:
        self._resting -= rested
        self._line.append(attempt)
