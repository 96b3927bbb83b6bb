"""How long things took, counted in classes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_groove.outputs.histogram import Histogram, begin_of

SECONDS = st.floats(0.0001, 900)


def counted(*seconds: float) -> Histogram:
    histogram = Histogram()
    for each in seconds:
        histogram.add(each)
    return histogram


def test_nothing_takes_no_time() -> None:
    assert (counted().quantile(0.5), counted().count, counted().longest) == (0.0, 0, 0.0)


@given(st.lists(SECONDS, min_size=1), st.sampled_from([0.01, 0.5, 0.95, 1.0]))
def test_a_quantile_is_at_most_an_eighth_too_long(seconds: list[float], share: float) -> None:
    histogram = counted(*seconds)
    wanted = share * len(seconds)
    true = next(value for at, value in enumerate(sorted(seconds), 1) if at >= wanted)
    assert true * 0.999 <= histogram.quantile(share) <= true * 1.125


@pytest.mark.parametrize("seconds", [0.0, 1e-9, 5e4])
def test_what_is_out_of_range_counts_at_its_end(seconds: float) -> None:
    histogram = counted(seconds)
    assert histogram.count == 1
    assert histogram.longest == seconds
    assert histogram.quantile(1.0) <= seconds


@given(st.lists(SECONDS), st.lists(SECONDS))
def test_two_together_are_as_one(ours: list[float], theirs: list[float]) -> None:
    together = counted(*ours)
    together.add_all(counted(*theirs))
    one = counted(*ours, *theirs)
    assert (together.counts, together.longest) == (one.counts, one.longest)
    assert together.total == pytest.approx(one.total)


def test_classes_follow_each_other() -> None:
    assert begin_of(0) == pytest.approx(0.0001)
    assert begin_of(20) == pytest.approx(0.001)
