"""Jobs at once: never more than allowed, nothing lost, and no thread where none is needed."""

from __future__ import annotations

import select
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from target_groove.delivery import in_flight
from target_groove.delivery.in_flight import InFlight

PATIENCE = 30.0
"""Seconds after which a test that waits for something fails."""


@dataclass
class Work:
    """Jobs that end when the test says so.

    Attributes:
        keep_lanes: Jobs behind which the others wait until `leave`.
        is_instant: Jobs end by themselves.
        takes: Seconds that each job takes by the clock that the test moves.
        may_begin: Whether anything may begin.
    """

    keep_lanes: frozenset[str] = frozenset()
    is_instant: bool = False
    takes: float = 0.0
    may_begin: bool = True
    seconds: float = 0.0
    most_at_once: int = 0
    begun: list[str] = field(default_factory=list)
    threads: list[int] = field(default_factory=list)
    _at_once: int = 0

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._ends: dict[str, threading.Event] = {}

    def carry_out(self, job: str) -> bool:
        with self._changed:
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
            self.begun.append(job)
            self.threads.append(threading.get_ident())
            self.seconds += self.takes
            self._changed.notify_all()
        if not self.is_instant:
            assert self._end_of(job).wait(PATIENCE), f"{job} was never ended"
        with self._lock:
            self._at_once -= 1
        return job not in self.keep_lanes

    def end(self, *jobs: str) -> None:
        for job in jobs:
            self._end_of(job).set()

    def wait_for(self, *jobs: str) -> None:
        """Wait until these, and no others, have begun."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.begun) >= len(jobs), PATIENCE)
            assert sorted(self.begun) == sorted(jobs)

    def _end_of(self, job: str) -> threading.Event:
        return self._ends.setdefault(job, threading.Event())


@pytest.fixture
def flights(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., InFlight[str]]]:
    """`flights(work, most)` carries jobs out; without waiting to see whether they are quick."""
    monkeypatch.setattr(in_flight, "_QUICK_SECONDS", 0.0)
    opened: list[InFlight[str]] = []

    def make(work: Work, most: int = 3) -> InFlight[str]:
        opened.append(
            InFlight[str](
                work.carry_out,
                most=most,
                may_begin=lambda: work.may_begin,
                clock=lambda: work.seconds,
            )
        )
        return opened[-1]

    yield make
    for each in opened:
        each.close()


Flights = Callable[..., InFlight[str]]


def ended(flight: InFlight[str], count: int) -> list[str]:
    """Wait until so many have ended."""
    found: list[str] = []
    while len(found) < count:
        flight.wait(PATIENCE)
        news = flight.ended()
        assert news, "nothing ended"
        found += news
    return found


def is_readable(flight: Any) -> bool:
    return bool(select.select([flight], [], [], 0)[0])


def test_the_most_at_once_is_reached_and_never_exceeded(flights: Flights) -> None:
    work = Work()
    flight = flights(work)
    jobs = [str(each) for each in range(10)]
    for job in jobs:
        flight.add(job, ())

    work.wait_for("0", "1", "2")
    assert (flight.running, flight.waiting, flight.is_busy) == (3, 7, True)
    work.end(*jobs)

    assert sorted(ended(flight, 10)) == jobs
    assert work.most_at_once == 3
    assert (flight.running, flight.waiting, flight.is_busy) == (0, 0, False)
    assert threading.get_ident() not in work.threads


def test_one_that_ends_lets_the_next_begin(flights: Flights) -> None:
    work = Work()
    flight = flights(work, most=2)
    for job in "abc":
        flight.add(job, ())
    work.wait_for("a", "b")
    work.end("b")

    assert ended(flight, 1) == ["b"]
    work.wait_for("a", "b", "c")
    work.end("a", "c")
    assert sorted(ended(flight, 2)) == ["a", "c"]


def test_jobs_of_a_lane_follow_each_other(flights: Flights) -> None:
    work = Work()
    flight = flights(work)
    flight.add("a", {"x"})
    flight.add("b", {"x"})
    flight.add("c", {"y"})
    work.wait_for("a", "c")
    work.end("a")
    work.wait_for("a", "b", "c")
    work.end("b", "c")
    assert sorted(ended(flight, 3)) == ["a", "b", "c"]


def test_those_behind_a_job_that_keeps_its_lanes_wait_until_it_leaves(flights: Flights) -> None:
    work = Work(keep_lanes=frozenset("a"))
    flight = flights(work)
    flight.add("a", {"x"})
    flight.add("b", {"x"})
    work.end("a")

    assert ended(flight, 1) == ["a"]
    assert (flight.running, flight.waiting) == (0, 1)
    assert work.begun == ["a"]
    flight.leave("a")
    work.wait_for("a", "b")
    work.end("b")
    assert ended(flight, 1) == ["b"]


def test_nothing_begins_while_it_may_not(flights: Flights) -> None:
    work = Work(may_begin=False)
    flight = flights(work)
    flight.add("a", ())
    flight.add("b", {"x"})
    assert (work.begun, flight.running, flight.waiting) == ([], 0, 2)


def test_what_waits_does_not_begin_when_the_end_is_asked_for_meanwhile(flights: Flights) -> None:
    work = Work()
    flight = flights(work, most=1 + 1)
    for job in "abcd":
        flight.add(job, ())
    work.wait_for("a", "b")
    work.may_begin = False
    work.end("a", "b")

    assert sorted(ended(flight, 2)) == ["a", "b"]
    assert (flight.running, flight.waiting, sorted(work.begun)) == (0, 2, ["a", "b"])


def test_nothing_begins_while_it_is_held(flights: Flights) -> None:
    work = Work(keep_lanes=frozenset("a"))
    flight = flights(work, most=2)
    flight.add("a", {"x"})
    flight.add("b", {"x"})
    flight.add("c", ())
    flight.add("d", ())
    work.wait_for("a", "c")
    with flight.held():
        work.end("a", "c")
        assert sorted(ended(flight, 2)) == ["a", "c"]
        assert (flight.running, flight.waiting) == (0, 2)
        flight.leave("a")
        flight.add("e", ())
        assert (flight.running, flight.waiting) == (0, 3)
    work.wait_for("a", "c", "d", "b")
    work.end("b", "d", "e")
    assert sorted(ended(flight, 3)) == ["b", "d", "e"]


def test_held_ends_with_an_exception_too(flights: Flights) -> None:
    work = Work(is_instant=True)
    flight = flights(work)

    def fail_while_held() -> None:
        with flight.held():
            flight.add("a", ())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_while_held()
    assert ended(flight, 1) == ["a"]


def test_whoever_holds_while_a_job_goes_on_to_the_next_sees_it(flights: Flights) -> None:
    """Between the end of one job and the beginning of the next the count is never seen at 0."""
    flight = flights(work := Work(), most=1 + 1)
    flight.add("a", {"x"})
    flight.add("b", {"x"})
    inside, go_on = threading.Event(), threading.Event()

    def may_begin() -> bool:
        inside.set()
        return go_on.wait(PATIENCE)

    work.wait_for("a")
    flight._may_begin = may_begin
    work.end("a")
    assert inside.wait(PATIENCE)  # Its thread is about to take the next.
    seen: list[int] = []

    def hold() -> None:
        with flight.held():
            seen.append(flight.running)

    holder = threading.Thread(target=hold)
    holder.start()
    go_on.set()
    holder.join(PATIENCE)
    work.end("b")
    assert sorted(ended(flight, 2)) == ["a", "b"]
    assert seen == [1]


def test_the_descriptor_is_readable_while_something_has_ended(flights: Flights) -> None:
    work = Work()
    flight = flights(work)
    assert flight.ended() == []
    for job in "ab":
        flight.add(job, ())
    work.wait_for("a", "b")
    assert not is_readable(flight)
    work.end("a", "b")
    assert select.select([flight], [], [], PATIENCE)[0]
    assert sorted(ended(flight, 2)) == ["a", "b"]
    assert not is_readable(flight)


def test_another_descriptor_ends_the_waiting(flights: Flights) -> None:
    work = Work()
    flight = flights(work)
    other = flights(Work(is_instant=True), most=1)
    flight.add("a", ())
    other.add("b", ())
    flight.wait(PATIENCE, other.fileno())
    assert flight.ended() == []
    work.end("a")
    assert ended(flight, 1) == ["a"]


def test_one_at_once_needs_no_thread(flights: Flights) -> None:
    work = Work(is_instant=True, takes=100.0, keep_lanes=frozenset("a"))
    flight = flights(work, most=1)
    flight.add("a", {"x"})
    with flight.held():
        assert flight.ended() == ["a"]
        flight.leave("a")
    for job in "bc":
        flight.add(job, {"x"})
    assert flight.ended() == ["b", "c"]
    assert set(work.threads) == {threading.get_ident()}
    assert flight._threads is None


def quick_flight(flights: Flights, work: Work, monkeypatch: pytest.MonkeyPatch) -> InFlight[str]:
    """Let it learn that jobs are quick, however long this machine takes to switch threads."""
    flight = flights(work)
    monkeypatch.setattr(in_flight, "_QUICK_SECONDS", PATIENCE)
    for job in "ab":
        flight.add(job, ())
        assert ended(flight, 1) == [job]
    assert threading.get_ident() not in work.threads
    monkeypatch.setattr(in_flight, "_QUICK_SECONDS", 0.5)
    return flight


def test_quick_jobs_are_carried_out_by_who_adds_them(
    flights: Flights, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = Work(is_instant=True, takes=0.5)
    flight = quick_flight(flights, work, monkeypatch)
    for job in "cde":
        flight.add(job, {"x"})
    assert flight.ended() == ["c", "d", "e"]
    assert set(work.threads[2:]) == {threading.get_ident()}


def test_a_job_that_takes_long_brings_the_threads_back(
    flights: Flights, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = Work(is_instant=True)
    flight = quick_flight(flights, work, monkeypatch)
    work.takes = 0.6
    flight.add("slow", ())
    assert flight.ended() == ["slow"]
    work.is_instant = False
    monkeypatch.setattr(in_flight, "_QUICK_SECONDS", 0.0)
    for job in "cd":
        flight.add(job, ())
    work.wait_for("a", "b", "slow", "c", "d")
    assert threading.get_ident() not in work.threads[3:]
    work.end("c", "d")
    assert sorted(ended(flight, 2)) == ["c", "d"]


@pytest.mark.parametrize("jobs", ["", "ab"])
def test_it_may_be_closed_unused_and_used(jobs: str) -> None:
    work = Work(is_instant=True)
    flight = InFlight[str](
        work.carry_out, most=2, may_begin=lambda: True, clock=lambda: work.seconds
    )
    for job in jobs:
        flight.add(job, ())
    ended(flight, len(jobs))
    flight.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        is_readable(flight)
