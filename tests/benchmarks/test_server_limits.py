"""The limits of the benchmark's server."""

from __future__ import annotations

import pytest

from benchmarks.server_limits import NoLimit, limits


def test_a_fixed_window_begins_with_the_first_request() -> None:
    rule = limits("fixed", 2, 1.0)
    assert [rule.take(now) for now in (10.4, 10.5)] == [0, 0]
    assert rule.take(11.0) == pytest.approx(0.4)
    assert [rule.take(now) for now in (11.4, 12.3)] == [0, 0]
    assert rule.take(12.3) == pytest.approx(0.1)
    assert rule.take(12.4) == 0


def test_a_sliding_window_looks_back_from_each_request() -> None:
    rule = limits("sliding", 2, 1.0)
    assert [rule.take(now) for now in (0.0, 0.6)] == [0, 0]
    assert rule.take(0.9) == pytest.approx(0.1)
    assert rule.take(1.0) == 0
    assert rule.take(1.1) == pytest.approx(0.5)


def test_a_bucket_fills_evenly_and_no_further_than_full() -> None:
    rule = limits("bucket", 2, 1.0)
    assert [rule.take(0.0), rule.take(0.0)] == [0, 0]
    assert rule.take(0.0) == pytest.approx(0.5)
    assert rule.take(0.5) == 0
    assert [rule.take(9.0), rule.take(9.0)] == [0, 0]
    assert rule.take(9.0) == pytest.approx(0.5)


def test_without_a_limit_everything_passes() -> None:
    rule = limits("fixed", 0, 1.0)
    assert isinstance(rule, NoLimit)
    assert [rule.take(0.0) for _ in range(9)] == [0] * 9
