"""Several jobs at once, each in a thread, out of a flow that does not stop for any of them."""

from __future__ import annotations

import os
import select
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Generic

from target_groove.delivery.lanes import Job, Lanes

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterator, Sequence

_QUICK_SECONDS: Final = 0.003
"""A job that takes no longer costs less than handing it to another thread would save."""
_PROBES: Final = 4
"""So many jobs are waited for to learn whether jobs are quick."""
_MOST_THREADS: Final = 4
"""For each job at once; all but one of them for jobs that rest."""


class InFlight(Generic[Job]):
    """Carries jobs out, so many at once, and each lane's in order.

    One thread adds jobs and takes those that have ended. While jobs are quick, as with a server on
    the same machine, it carries them out itself: threads would only be in each other's way.

    A job that has to let time pass may rest: it keeps its lanes, and another begins in its place.
    """

    def __init__(
        self,
        carry_out: Callable[[Job], bool],
        *,
        most: int,
        may_begin: Callable[[], bool],
        clock: Callable[[], float],
    ) -> None:
        """Start with nothing in flight, and no thread.

        Args:
            carry_out: Carries a job out, in any thread, and raises nothing. It gives whether those
                behind the job may go on; if not, they wait for `leave`.
            most: Jobs at once.
            may_begin: Whether anything may still begin; asked before each job.
            clock: Gives seconds that only grow.
        """
        self._carry_out = carry_out
        self._most = most
        self._may_begin = may_begin
        self._clock = clock
        self._lock = threading.Lock()
        self._lanes = Lanes[Job]()
        self._running = 0
        self._resting = 0
        self._carrying = threading.local()
        self._is_held = False
        self._ended: list[Job] = []
        self._read_end, self._write_end = os.pipe()
        self._threads: ThreadPoolExecutor | None = None
        self._is_quick = most == 1
        self._may_be_quick = True
        self._probes_left = _PROBES
        self._quick_probes = 0

    def fileno(self) -> int:
        """The descriptor that becomes readable when jobs have ended."""
        return self._read_end

    @property
    def running(self) -> int:
        """Jobs that have begun and not ended."""
        with self._lock:  # Else it might be seen between the end of one job and the next.
            return self._running

    @property
    def waiting(self) -> int:
        """Jobs that have not begun."""
        return len(self._lanes)

    @property
    def is_busy(self) -> bool:
        """Whether there is a job that `ended` has not given yet."""
        with self._lock:  # Else it might be seen when a job has ended and is not in the list yet.
            return bool(self._running or self._lanes or self._ended)

    def add(self, job: Job, lanes: Collection[Hashable]) -> None:
        """Take a job; it begins as soon as it may.

        Args:
            job: The job.
            lanes: What it must not share with a job at the same time.
        """
        with self._lock:
            self._lanes.add(job, lanes)
            is_alone = not self._running
        if self._is_quick and is_alone:
            self._run_here()
            return
        self._start_threads()
        if is_alone and self._may_be_quick and self._probes_left:
            self._probe()

    def unsettled(self) -> Sequence[Job]:
        """Show what `ended` would give."""
        return tuple(self._ended)

    @property
    def is_quick(self) -> bool:
        """Whether the thread that adds jobs carries them out."""
        return self._is_quick

    def ended(self) -> list[Job]:
        """Give the jobs that have ended since this was asked last."""
        if not self._ended:
            return []
        with self._lock:
            ended, self._ended = self._ended, []
            os.read(self._read_end, 1)
        return ended

    def leave(self, job: Job) -> None:
        """Let those behind a job go on that has ended and kept its lanes."""
        with self._lock:
            self._lanes.leave(job)
        self._start_threads()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let nothing begin inside the block."""
        with self._lock:
            self._is_held = True
        try:
            yield
        finally:
            self._is_held = False
            self._start_threads()

    @contextmanager
    def resting(self) -> Iterator[None]:
        """Let another job begin while one lets time pass inside the block.

        Afterwards the job goes on at once, beside the one that began; how many requests there are
        at once is for the pacer to say. In a thread that carries no job out, and where there is one
        job at a time, it changes nothing.
        """
        if not self._rest():
            yield
            return
        try:
            self._start_threads()
            yield
        finally:
            with self._lock:
                self._resting -= 1

    def wait(self, seconds: float, *also: int) -> None:
        """Wait until a job has ended, for so long at most.

        Args:
            seconds: How long.
            also: Descriptors that end the waiting when they are readable.
        """
        if not self._ended:
            select.select([self._read_end, *also], [], [], seconds)

    def close(self) -> None:
        """Let the threads go; nothing is in flight any more."""
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)
        os.close(self._read_end)
        os.close(self._write_end)

    def _run_here(self) -> None:
        while (job := self._next()) is not None:
            began = self._clock()
            self._end(job, goes_on=self._carry_out_as_job(job))
            if self._most > 1 and self._clock() - began > _QUICK_SECONDS:
                self._is_quick, self._quick_probes, self._probes_left = False, 0, _PROBES
            if not self._is_quick:
                self._start_threads()
                return

    def _probe(self) -> None:
        """Wait a moment for the only job that runs, to see whether it is quick."""
        self._probes_left -= 1
        self.wait(_QUICK_SECONDS)
        if not self._running:
            self._quick_probes += 1
            # The first of them may have had to connect.
            self._is_quick = self._may_be_quick and self._quick_probes * 2 >= _PROBES

    def _start_threads(self) -> None:
        while (job := self._next()) is not None:
            if self._threads is None:
                self._threads = ThreadPoolExecutor(
                    self._most * _MOST_THREADS, thread_name_prefix="in-flight"
                )
            self._threads.submit(self._run_in_thread, job)

    def _run_in_thread(self, job: Job | None) -> None:
        while job is not None:
            goes_on = self._carry_out_as_job(job)
            job = self._end(job, goes_on=goes_on, take_next=True)

    def _carry_out_as_job(self, job: Job) -> bool:
        self._carrying.a_job = True
        try:
            return self._carry_out(job)
        finally:
            self._carrying.a_job = False

    def _rest(self) -> bool:
        """Count one more as resting, if it is a job and not too many rest."""
        if self._most == 1 or not getattr(self._carrying, "a_job", False):
            return False
        # From now on in threads: whoever adds jobs could not go on while one of them rests there.
        self._is_quick = self._may_be_quick = False
        with self._lock:
            if self._resting >= self._most * (_MOST_THREADS - 1):
                return False
            self._resting += 1
        return True

    def _next(self) -> Job | None:
        with self._lock:
            return self._take()

    def _take(self) -> Job | None:
        at_work = self._running - self._resting
        if self._is_held or at_work >= self._most or not self._may_begin():
            return None
        job = self._lanes.take()
        self._running += job is not None
        return job

    def _end(self, job: Job, *, goes_on: bool, take_next: bool = False) -> Job | None:
        with self._lock:
            self._running -= 1
            if goes_on:
                self._lanes.leave(job)
            self._ended.append(job)
            if len(self._ended) == 1:
                os.write(self._write_end, b"!")
            return self._take() if take_next else None
