"""Which STATE is true, whatever the order in which records settle."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from target_groove.checkpoints import Checkpoints


@given(data=st.data())
def test_a_state_is_given_out_exactly_when_all_before_it_is_settled(data: st.DataObject) -> None:
    checkpoints = Checkpoints()
    open_positions: list[int] = []
    read: list[tuple[int, int]] = []  # the records before each STATE, and its value
    settled: set[int] = set()
    given_out = 0
    for step in range(data.draw(st.integers(0, 40))):
        match data.draw(st.sampled_from(["record", "settle", "state", "take"])):
            case "record":
                open_positions.append(checkpoints.open())
            case "settle" if open_positions:
                position = data.draw(st.sampled_from(open_positions))
                open_positions.remove(position)
                settled.add(position)
                checkpoints.settle(position)
            case "state":
                read.append((len(open_positions) + len(settled), step))
                checkpoints.state_read({"step": step})
            case "take":
                true = [value for before, value in read if settled >= set(range(before))]
                newest = max(true, default=0)
                expected: Any = [{"step": newest}] if len(true) > given_out else []
                assert [value for _, value in checkpoints.take_true_states()] == expected
                given_out = max(given_out, len(true))


def test_it_waits_as_long_as_a_state_was_not_given_out() -> None:
    checkpoints = Checkpoints()
    position = checkpoints.open()

    assert [checkpoints.waits] == [False]
    checkpoints.state_read(1)
    assert checkpoints.waits
    assert checkpoints.take_true_states() == []
    assert checkpoints.waits

    checkpoints.settle(position)
    assert checkpoints.take_true_states() == [(1, 1)]
    assert [checkpoints.waits] == [False]
    assert checkpoints.take_true_states() == []


def test_each_is_given_out_if_each_is_wanted() -> None:
    checkpoints = Checkpoints(keep_each=True)
    position = checkpoints.open()
    checkpoints.state_read(1)
    checkpoints.state_read(2)
    checkpoints.settle(position)
    checkpoints.open()
    checkpoints.state_read(3)

    assert checkpoints.take_true_states() == [(1, 1), (1, 2)]
