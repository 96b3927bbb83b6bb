"""A record that waits for its next attempt makes room for others."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from target_groove.delivery.in_flight import InFlight
from tests.conftest import Run
from tests.processes import ECHO, Loader, eventually, rows

if TYPE_CHECKING:
    from pathlib import Path

    from target_groove.sandbox import Sandbox

PATIENCE = 30.0
"""Seconds; only a failure takes as long."""


class Jobs:
    """Jobs that rest until they are told to go on, or end at once."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.wake = threading.Event()
        self.resting: Callable[[], Any] = nullcontext
        self._changed = threading.Condition()

    def carry_out(self, job: str) -> bool:
        if job.startswith("rests"):
            with self.resting():
                self._begin(job)
                assert self.wake.wait(PATIENCE)
        else:
            self._begin(job)
        return True

    def wait_for(self, count: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.begun) >= count, PATIENCE)

    def _begin(self, job: str) -> None:
        with self._changed:
            self.begun.append(job)
            self._changed.notify_all()


@contextmanager
def flying(jobs: Jobs, most: int) -> Iterator[InFlight[str]]:
    """Carry jobs out, so many at once; none is quick."""
    flight = InFlight[str](
        jobs.carry_out, most=most, may_begin=lambda: True, clock=iter(range(10_000)).__next__
    )
    jobs.resting = flight.resting
    try:
        yield flight
    finally:
        jobs.wake.set()
        while flight.is_busy:
            flight.wait(PATIENCE)
            flight.ended()
        flight.close()


def test_others_begin_while_some_rest() -> None:
    jobs = Jobs()
    with flying(jobs, 2) as flight:
        for number in range(4):
            flight.add(f"rests {number}", ())
        for number in range(4):
            flight.add(f"ends {number}", ())
        jobs.wait_for(8)
        assert flight.running >= 4


def test_a_job_that_rests_keeps_its_lanes() -> None:
    jobs = Jobs()
    with flying(jobs, 2) as flight:
        flight.add("rests", ["one thing"])
        flight.add("behind it", ["one thing"])
        flight.add("beside it", ["another"])
        jobs.wait_for(2)
        assert jobs.begun == ["rests", "beside it"]
        jobs.wake.set()
        jobs.wait_for(3)


def test_no_more_than_so_many_rest() -> None:
    """Six of eight make room for others; the other two are the most at once."""
    jobs = Jobs()
    with flying(jobs, 2) as flight:
        for number in range(12):
            flight.add(f"rests {number}", ())
        jobs.wait_for(8)
        assert flight.running == 8
        assert flight.waiting == 4
        assert len(flight._threads._threads) <= 8  # type: ignore[union-attr]


def test_one_at_once_stays_one_at_once() -> None:
    jobs = Jobs()
    jobs.wake.set()
    with flying(jobs, 1) as flight:
        for job in ("rests", "ends"):
            flight.add(job, ())
        assert jobs.begun == ["rests", "ends"]
        assert flight._threads is None


def test_who_carries_nothing_out_makes_no_room() -> None:
    jobs = Jobs()
    with flying(jobs, 2) as flight, flight.resting():
        for number in range(9):
            flight.add(f"rests {number}", ())
        jobs.wait_for(8)
        assert flight.running == 8


def test_a_quick_server_that_makes_a_job_rest_is_served_by_threads() -> None:
    """Whoever adds jobs carried it out, and could not add others meanwhile."""
    jobs = Jobs()
    with flying(jobs, 2) as flight:
        flight._is_quick = True
        jobs.wake.set()
        flight.add("rests", ())
        assert not flight._is_quick
        jobs.wake.clear()
        flight.add("rests again", ())
        flight.add("ends", ())
        jobs.wait_for(3)


def test_what_rests_goes_on_while_nothing_may_begin() -> None:
    """Whoever holds waits for it; only then do the others begin."""
    jobs = Jobs()
    with flying(jobs, 2) as flight:
        flight.add("rests", ())
        flight.add("rests too", ())
        jobs.wait_for(2)
        with flight.held():
            for number in range(3):
                flight.add(f"ends {number}", ())
            jobs.wake.set()
            while flight.running:
                flight.wait(PATIENCE)
                flight.ended()
            assert len(jobs.begun) == 2
        jobs.wait_for(5)


def test_a_rest_of_no_time_gives_the_rest_to_threads() -> None:
    """Whoever adds jobs goes on adding, once one of them has rested."""
    jobs = Jobs()
    begun_by: dict[str, int] = {}

    def carry_out(job: str) -> bool:
        begun_by[job] = threading.get_ident()
        return jobs.carry_out(job)

    flight = InFlight[str](carry_out, most=2, may_begin=lambda: True, clock=lambda: 0.0)
    jobs.resting = flight.resting
    jobs.wake.set()
    flight._is_quick = True
    with flight.held():
        for job in ("rests", "ends", "ends too"):
            flight.add(job, ["one thing"])
        flight._start_threads = lambda: None  # type: ignore[method-assign]
    flight._run_here()
    assert begun_by == {"rests": threading.get_ident()}
    del flight._start_threads
    flight._start_threads()
    jobs.wait_for(3)
    while flight.is_busy:
        flight.wait(PATIENCE)
        flight.ended()
    assert threading.get_ident() not in {begun_by["ends"], begun_by["ends too"]}
    flight.close()


# Whole runs


@pytest.fixture
def two_at_once(config: dict[str, Any]) -> Run:
    """Runs with 2 requests at once, which send every stream where anything is taken."""
    return Run({**config, "max_in_flight": 2, "streams": [ECHO]})


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "1"}], ids=["vague", "Retry-After"])
def test_two_records_that_wait_hold_up_no_other(
    two_at_once: Run, sandbox: Sandbox, headers: dict[str, str]
) -> None:
    """As many wait as may be in flight, and others are sent before they are again."""
    sandbox.faults(
        [
            {"action": "status", "status": 503, "headers": headers, "body": body, "times": 1}
            for body in ('"id":1}', '"id":2}')
        ]
    )
    result = two_at_once({}, rows(*range(1, 11)))

    assert result.exit_code == 0
    assert result.states[-1] == {"seen": 10}
    ids = [int(each["body"]["id"]) for each in sandbox.log()]
    assert sorted(ids) == sorted([1, 2, *range(1, 11)])
    again = min(ids.index(number, ids.index(number) + 1) for number in (1, 2))
    assert set(ids[:again]) >= {1, 2, 3}


def test_a_record_that_is_refused_again_and_again_stops_nobody_else(
    two_at_once: Run, sandbox: Sandbox
) -> None:
    """All wait when it is refused, and each time others are sent before it is again."""
    wait = {"action": "status", "status": 503, "headers": {"Retry-After": "1"}}
    sandbox.faults([{**wait, "body": '"id":1}', "times": 3}])
    result = two_at_once({}, rows(*range(1, 31)))

    assert result.exit_code == 0
    ids = [int(each["body"]["id"]) for each in sandbox.log()]
    assert sorted(ids) == sorted([1] * 3 + [*range(1, 31)])
    attempts = [place for place, each in enumerate(ids) if each == 1]
    assert all(later - earlier > 1 for earlier, later in pairwise(attempts))


def test_those_that_have_rested_do_not_exceed_the_most_at_once(
    two_at_once: Run, sandbox: Sandbox
) -> None:
    """The sandbox counts by itself, and would answer 429; those that rest wake close together."""
    sandbox.configure(max_in_flight=2, latency_ms=200)
    sandbox.faults([{"action": "status", "status": 503, "times": 6}])
    result = two_at_once({}, rows(*range(1, 11)))

    assert result.exit_code == 0
    statuses = [each["status"] for each in sandbox.log()]
    assert sorted(statuses) == [200] * 10 + [503] * 6


def test_what_ends_the_run_ends_the_rests(two_at_once: Run, sandbox: Sandbox) -> None:
    sandbox.faults(
        [
            {"action": "status", "status": 503, "body": '"id":1}'},
            {"action": "status", "status": 401, "body": '"id":2}'},
        ]
    )
    result = two_at_once({}, rows(1, 2))

    assert result.exit_code == 1
    assert [each["status"] for each in sandbox.log() if each["body"]["id"] == 1] == [503]


def test_a_signal_ends_the_rests(config: dict[str, Any], tmp_path: Path, sandbox: Sandbox) -> None:
    """One waits for a minute, or two if they left together; others had begun in their place."""
    wait = {"action": "status", "status": 503, "headers": {"Retry-After": "60"}}
    sandbox.faults([wait])
    loader = Loader(tmp_path, {**config, "max_in_flight": 2, "streams": [ECHO]})
    with loader.start() as live:
        live.send(*rows(*range(1, 7)))
        eventually(lambda: "the next is in 60 s" in live.log)
        live.signal(signal.SIGTERM)
        ended = live.ended()

    assert ended.exit_code == 128 + signal.SIGTERM
    assert ended.states == []
    assert len(sandbox.log()) <= 2
