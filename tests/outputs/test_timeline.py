"""What happened when, in a bounded number of steps."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_groove.outputs.timeline import MOST_STEPS, Timeline

MOMENTS = st.lists(st.floats(0, 400_000), max_size=50)


@given(MOMENTS)
def test_nothing_is_lost_however_long_it_takes(moments: list[float]) -> None:
    timeline = Timeline()
    for at in moments:
        timeline.add(at, "taken")
    assert sum((each["taken"] for each in timeline.steps), 0) == len(moments)
    assert len(timeline.steps) <= MOST_STEPS


@given(MOMENTS)
def test_each_moment_counts_in_its_step(moments: list[float]) -> None:
    timeline = Timeline()
    for at in moments:
        timeline.add(at, "taken")
    expected = Counter(int(at / timeline.width) for at in moments)
    found = {at: each["taken"] for at, each in enumerate(timeline.steps) if each["taken"]}
    assert found == expected


def test_steps_become_wider_by_widths_that_people_read() -> None:
    timeline, widths = Timeline(), []
    for at in range(0, 3_000_000, 50):
        timeline.add(at, "taken")
        if timeline.width not in widths:
            widths.append(timeline.width)
    assert widths == [0.25, 0.5, 1, 2, 10, 20, 60, 120, 600, 1200, 3600, 7200, 14400]


@pytest.mark.parametrize("begin, end", [(0.1, 0.2), (0.2, 0.8), (10.0, 500.0), (3.0, 3.0)])
def test_a_span_is_shared_among_its_steps(begin: float, end: float) -> None:
    timeline = Timeline()
    timeline.add_span(begin, end, "waited")
    assert sum(each["waited"] for each in timeline.steps) == pytest.approx(end - begin)
    assert all(each["waited"] <= timeline.width + 1e-9 for each in timeline.steps)
