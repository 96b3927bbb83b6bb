"""STATEs that wait for a record do not fill the memory."""

from __future__ import annotations

from target_groove.checkpoints import MOST_STATES_KEPT, Checkpoints


def test_of_states_without_an_open_record_between_them_the_newest_is_kept() -> None:
    checkpoints = Checkpoints()
    held = checkpoints.open()
    for number in range(10):
        checkpoints.settle(checkpoints.open())
        checkpoints.state_read(number)
    assert len(checkpoints._states) == 1
    checkpoints.settle(held)
    assert [value for _, value in checkpoints.take_true_states()] == [9]


def test_states_between_open_records_are_thinned_but_never_the_newest() -> None:
    checkpoints = Checkpoints()
    positions = []
    for number in range(10 * MOST_STATES_KEPT):
        positions.append(checkpoints.open())
        checkpoints.state_read(number)
        assert len(checkpoints._states) <= MOST_STATES_KEPT
    for position in positions:
        checkpoints.settle(position)
    assert [value for _, value in checkpoints.take_true_states()] == [positions[-1]]
