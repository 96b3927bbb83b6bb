"""The best that a client could do."""

from __future__ import annotations

import pytest

from benchmarks.ideal import at_bucket, at_latency, at_real_clock, at_window


def test_requests_in_flight_share_the_latency() -> None:
    assert at_latency(1_000, latency=0.05, in_flight=16) == pytest.approx(3.125)


@pytest.mark.parametrize(
    "requests, seconds", [(0, 0), (1, 0), (30, 0), (31, 60), (60, 60), (61, 120)]
)
def test_a_window_is_used_at_once(requests: int, seconds: float) -> None:
    assert at_window(requests, limit=30, window=60.0) == seconds


@pytest.mark.parametrize("requests, seconds", [(10, 0), (50, 0), (51, 0.02), (150, 2)])
def test_a_full_bucket_is_free(requests: int, seconds: float) -> None:
    assert at_bucket(requests, limit=50, window=1.0) == pytest.approx(seconds)


def test_only_what_lies_between_first_and_last_request_is_stretched() -> None:
    assert at_real_clock(13.0, between=12.0, factor=20) == pytest.approx(241.0)
