"""What must wait for what: jobs about the same Groove object leave in order, one at a time."""

from __future__ import annotations

from collections import defaultdict, deque
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable

Job = TypeVar("Job", bound="Hashable")


class Lanes(Generic[Job]):
    """Keeps jobs in order where they share a lane, and in no other order.

    A lane is whatever two jobs must not do at the same time: a Groove object, or a record key. A
    job may be in several; it begins when it is the first in all of them.
    """

    def __init__(self) -> None:
        """Start empty."""
        self._ready: deque[Job] = deque()
        self._in_lane: defaultdict[Hashable, deque[Job]] = defaultdict(deque)
        self._lanes_of: dict[Job, tuple[Hashable, ...]] = {}
        self._lanes_ahead: dict[Job, int] = {}

    def __len__(self) -> int:
        """Jobs that were not taken yet."""
        return len(self._ready) + len(self._lanes_ahead)

    def add(self, job: Job, lanes: Collection[Hashable]) -> None:
        """Let a job wait behind those that were added before and share a lane with it."""
        self._lanes_of[job] = tuple(set(lanes))
        ahead = 0
        for lane in self._lanes_of[job]:
            ahead += bool(self._in_lane[lane])
            self._in_lane[lane].append(job)
        if ahead:
            self._lanes_ahead[job] = ahead
        else:
            self._ready.append(job)

    def take(self) -> Job | None:
        """Give the next job that may begin; None if there is none."""
        return self._ready.popleft() if self._ready else None

    def leave(self, job: Job) -> None:
        """Let those behind a job go on that was taken."""
        for lane in self._lanes_of.pop(job):
            waiting = self._in_lane[lane]
            waiting.popleft()
            if not waiting:
                del self._in_lane[lane]
                continue
            following = waiting[0]
            self._lanes_ahead[following] -= 1
            if not self._lanes_ahead[following]:
                del self._lanes_ahead[following]
                self._ready.append(following)
