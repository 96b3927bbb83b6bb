"""Lanes: in each, one job at a time and in order; every job gets its turn."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from target_groove.delivery.lanes import Lanes


def everything(lanes: Lanes[str]) -> list[str]:
    """Take all that may begin now."""
    taken = []
    while (job := lanes.take()) is not None:
        taken.append(job)
    return taken


def is_empty(lanes: Lanes[Any]) -> bool:
    """Whether nothing is left behind."""
    kept = (lanes._ready, lanes._in_lane, lanes._lanes_of, lanes._lanes_ahead)
    return len(lanes) == 0 and not any(kept)


def test_nothing_to_take() -> None:
    assert Lanes[str]().take() is None


def test_jobs_of_different_lanes_do_not_wait_for_each_other() -> None:
    lanes = Lanes[str]()
    lanes.add("one", {1})
    lanes.add("two", {2})
    lanes.add("free", ())
    assert everything(lanes) == ["one", "two", "free"]
    for job in ("free", "two", "one"):
        lanes.leave(job)
    assert is_empty(lanes)


def test_jobs_of_one_lane_wait_for_each_other() -> None:
    lanes = Lanes[str]()
    for job in "abc":
        lanes.add(job, ["x", "x"])
    assert len(lanes) == 3
    assert everything(lanes) == ["a"]
    assert len(lanes) == 2
    lanes.leave("a")
    assert everything(lanes) == ["b"]
    lanes.leave("b")
    assert everything(lanes) == ["c"]
    lanes.leave("c")
    assert is_empty(lanes)


def test_a_job_of_two_lanes_waits_for_both_and_is_waited_for_in_both() -> None:
    lanes = Lanes[str]()
    lanes.add("x", {"x"})
    lanes.add("y", {"y"})
    lanes.add("both", {"x", "y"})
    lanes.add("x again", {"x"})
    lanes.add("y again", {"y"})
    assert everything(lanes) == ["x", "y"]
    lanes.leave("y")
    assert everything(lanes) == []
    lanes.leave("x")
    assert everything(lanes) == ["both"]
    lanes.leave("both")
    assert sorted(everything(lanes)) == ["x again", "y again"]


def test_who_waits_is_not_overtaken_by_who_comes_later() -> None:
    lanes = Lanes[str]()
    lanes.add("first", {"x"})
    assert everything(lanes) == ["first"]
    lanes.add("second", {"x", "y"})
    lanes.add("third", {"y"})
    assert everything(lanes) == []
    lanes.leave("first")
    assert everything(lanes) == ["second"]
    lanes.leave("second")
    assert everything(lanes) == ["third"]


_JOBS = st.lists(st.sets(st.integers(0, 4), max_size=3), max_size=20)
_STEPS = st.lists(st.one_of(st.sampled_from(["add", "take"]), st.integers(0, 9)), max_size=60)


@given(jobs=_JOBS, steps=_STEPS)
def test_whatever_ends_first(jobs: list[set[int]], steps: list[str | int]) -> None:
    lanes = Lanes[int]()
    added = 0
    running: list[int] = []
    begun: list[int] = []
    # However it went so far: at the end all are added, taken and ended.
    for step in [*steps, *["add"] * len(jobs), *["take", 0] * 2 * len(jobs)]:
        if step == "add" and added < len(jobs):
            lanes.add(added, jobs[added])
            added += 1
        elif step == "take" and (job := lanes.take()) is not None:
            assert not any(jobs[other] & jobs[job] for other in running), "two of a lane at once"
            running.append(job)
            begun.append(job)
        elif isinstance(step, int) and running:
            lanes.leave(running.pop(step % len(running)))
        assert len(lanes) == added - len(begun)
        assert running or not len(lanes) or lanes._ready, "nobody runs, and nobody may begin"

    assert sorted(begun) == list(range(len(jobs)))
    for lane in range(5):
        of_lane = [job for job in begun if lane in jobs[job]]
        assert of_lane == sorted(of_lane)
    assert is_empty(lanes)
