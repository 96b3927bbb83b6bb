"""No 60 seconds see more requests than the limit, and none is left unused."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_groove.delivery.pacing import NOTHING_SEEN, Pacer
from target_groove.delivery.request import Delivery
from target_groove.sandbox import Sandbox
from tests.conftest import TOKEN
from tests.delivery.conftest import Desk, FakeTime


@dataclass
class _Paced:
    """Requests that were paced: when each left, and when it was over."""

    limit: int
    time: FakeTime = field(default_factory=FakeTime)
    starts: list[float] = field(default_factory=list)
    ends: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.pacer = Pacer(self.limit, clock=self.time.clock, sleep=self.time.sleep)

    def request(self, pause: float, duration: float) -> float:
        """Make a request after a pause; return how long it was held back."""
        self.time.seconds += pause
        wanted = self.time.seconds
        permit = self.pacer.wait()
        self.starts.append(self.time.seconds)
        self.time.seconds += duration
        self.pacer.count(permit, NOTHING_SEEN)
        self.ends.append(self.time.seconds)
        return self.starts[-1] - wanted


_SECONDS = st.one_of(
    st.just(0.0), st.integers(0, 70).map(float), st.floats(0, 70).map(lambda each: round(each, 3))
)


@given(limit=st.integers(1, 12), steps=st.lists(st.tuples(_SECONDS, _SECONDS), max_size=60))
def test_no_window_holds_more_than_the_limit(limit: int, steps: list[tuple[float, float]]) -> None:
    """Wherever between its start and its end each request was counted by Groove."""
    paced = _Paced(limit)
    for pause, duration in steps:
        paced.request(pause, duration)

    assert all(
        end + 60.0 <= start for end, start in zip(paced.ends, paced.starts[limit:], strict=False)
    )


@given(limit=st.integers(1, 12), steps=st.lists(st.tuples(_SECONDS, _SECONDS), max_size=60))
def test_nothing_is_held_back_that_may_go(limit: int, steps: list[tuple[float, float]]) -> None:
    paced = _Paced(limit)
    for number, (pause, duration) in enumerate(steps):
        held_back = paced.request(pause, duration)
        if number < limit:
            assert held_back == 0.0
        elif held_back:
            assert paced.starts[-1] == pytest.approx(paced.ends[number - limit] + 60.0)


def test_seventy_requests_at_thirty_a_minute() -> None:
    paced = _Paced(30)

    for _ in range(70):
        paced.request(0.0, 0.0)

    assert paced.starts == [0.0] * 30 + [60.0] * 30 + [120.0] * 10
    assert paced.time.waits == [60.0, 60.0]


def test_no_limit() -> None:
    paced = _Paced(0)

    for _ in range(1000):
        paced.request(0.0, 0.0)

    assert paced.time.waits == []


def test_groove_with_the_same_limit_never_refuses() -> None:
    """The sandbox counts by itself, in the same time."""
    fake_time = FakeTime()
    with Sandbox(token=TOKEN, requests_per_minute=30, clock=fake_time.now) as sandbox:
        desk = Desk(fake_time, sandbox.api_url, {"requests_per_minute": 30})
        engine = desk.engine()
        for _ in range(70):
            engine.deliver(Delivery((desk.request(),)))
        engine.close()

        assert [entry["status"] for entry in sandbox.log()] == [200] * 70
    assert fake_time.seconds == 120.0


def test_look_ups_and_retries_count(fake_time: FakeTime) -> None:
    with Sandbox(token=TOKEN, requests_per_minute=3, clock=fake_time.now) as sandbox:
        desk = Desk(fake_time, sandbox.api_url, {"requests_per_minute": 3})
        sandbox.faults([{"action": "status", "status": 503, "at": [2]}])
        engine = desk.engine()
        engine.fetch("/me")
        engine.deliver(Delivery((desk.request(),)))
        engine.fetch("/me")
        engine.close()

        assert [entry["status"] for entry in sandbox.log()] == [200, 503, 200, 200]
    assert fake_time.waits[0] == 1.0
    assert fake_time.seconds == 60.0
