"""A limit that nobody told us is found, whatever its kind, and nothing is slower without one."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from target_groove.delivery.adaptive_limit import AdaptiveLimit
from target_groove.delivery.learned_rate import LearnedRate
from target_groove.delivery.pacing import Permit, Seen
from tests.delivery.simulated import (
    AtOnce,
    FixedWindow,
    Knee,
    NoLimit,
    Result,
    Server,
    Simulation,
    SlidingWindow,
    TokenBucket,
    Unreliable,
)


def a_limit(most: int = 8) -> AdaptiveLimit:
    return AdaptiveLimit(most, jitter=lambda longest: longest * 0.75)


def run(
    server: Server,
    most: int,
    records: int,
    *,
    latency: float = 0.05,
    spread: float = 0.3,
    workers: int = 0,
) -> tuple[Result, AdaptiveLimit]:
    limit = a_limit(most)
    simulation = Simulation(
        server, limit, records=records, workers=workers or most, latency=latency, spread=spread
    )
    return simulation.run(), limit


@dataclass(frozen=True)
class Row:
    """A server that says nothing of its limit of 50 a second, and 1,500 requests to it.

    Attributes:
        server: The server.
        most: Requests in flight at most.
        latency: Seconds.
        ratio: Of wall time and the least that is possible.
        refused: How many were refused, beside those that were in flight when the first one was.
    """

    server: Server
    most: int
    latency: float
    ratio: float
    refused: int = 15


FIFTY_A_SECOND = {
    "sliding, one at once": Row(SlidingWindow(), 1, 0.01, 1.15),
    "sliding": Row(SlidingWindow(), 8, 0.05, 1.15),
    "sliding, 16 at once": Row(SlidingWindow(), 16, 0.05, 1.15),
    "sliding, 16 at once, slow": Row(SlidingWindow(), 16, 0.2, 1.17),
    "sliding, 64 at once": Row(SlidingWindow(), 64, 0.05, 1.15),
    "sliding, no Retry-After": Row(SlidingWindow(tells=False), 8, 0.05, 1.15),
    "sliding, 503": Row(SlidingWindow(status=503), 8, 0.05, 1.15),
    "fixed, one at once": Row(FixedWindow(), 1, 0.01, 1.15),
    "fixed, 16 at once": Row(FixedWindow(), 16, 0.05, 1.15),
    "fixed, 64 at once": Row(FixedWindow(), 64, 0.05, 1.15),
    "fixed, no Retry-After": Row(FixedWindow(tells=False), 8, 0.05, 1.15),
    "fixed, begun within": Row(FixedWindow(offset=0.4), 8, 0.05, 1.15),
    # The first window is cut off: what went through in two windows looks like one.
    "fixed, begun at the end of one": Row(FixedWindow(offset=0.85), 8, 0.05, 1.15),
    # Could be chance: believed only when they are many more than what goes through.
    "sliding, 503 without Retry-After": Row(
        SlidingWindow(tells=False, status=503), 16, 0.05, 1.25, 350
    ),
    "fixed, 503 without Retry-After": Row(FixedWindow(tells=False, status=503), 8, 0.05, 1.15, 200),
    "bucket": Row(TokenBucket(), 8, 0.05, 1.15),
    "bucket, 16 at once": Row(TokenBucket(), 16, 0.05, 1.15),
    "bucket, no Retry-After": Row(TokenBucket(tells=False), 8, 0.05, 1.15),
    # Retry-After in whole seconds stops everything for 50 requests, where one was too many.
    "small bucket": Row(TokenBucket(size=10), 8, 0.05, 1.5),
    "small bucket, no Retry-After": Row(TokenBucket(size=10, tells=False), 8, 0.05, 1.15),
}


@pytest.mark.parametrize("row", FIFTY_A_SECOND.values(), ids=FIFTY_A_SECOND)
def test_fifty_a_second_that_nobody_told_us(row: Row) -> None:
    result, limit = run(row.server, row.most, 1500, latency=row.latency)

    assert result.seconds <= row.ratio * 29.0
    assert result.refused <= row.most + row.refused
    assert result.most_attempts <= 5
    assert limit.per_second is not None
    assert 40 <= limit.per_second <= 62


@pytest.mark.parametrize("most, share", [(1, 0.01), (8, 0.01), (16, 0.01)])
@pytest.mark.parametrize("server", [SlidingWindow(), TokenBucket()], ids=["sliding", "bucket"])
def test_few_are_refused(server: SlidingWindow | TokenBucket, most: int, share: float) -> None:
    result, _ = run(type(server)(), most, 1500, latency=0.01 if most == 1 else 0.05)

    assert result.refused <= share * len(result.answers)


A_MINUTE = {
    "sliding": SlidingWindow(limit=30, window=60.0),
    "sliding, no Retry-After": SlidingWindow(limit=30, window=60.0, tells=False),
    "fixed": FixedWindow(limit=30, window=60.0, offset=50.0),
    "fixed, no Retry-After": FixedWindow(limit=30, window=60.0, offset=50.0, tells=False),
    "bucket": TokenBucket(size=30, per_second=0.5),
}


@pytest.mark.parametrize("name", A_MINUTE)
def test_thirty_a_minute_for_hours(name: str) -> None:
    result, _ = run(A_MINUTE[name], 8, 3000, latency=0.2)

    assert result.seconds <= 1.06 * 99 * 60
    assert result.refused <= 0.015 * 3000
    assert result.most_attempts <= 5


def test_a_long_phase_of_429_does_not_use_up_the_attempts() -> None:
    """An hour's quota that is gone after a minute, where no answer may ask for over 120 s."""
    result, _ = run(FixedWindow(limit=1000, window=3600.0), 8, 1400)

    assert result.seconds >= 3600
    assert result.most_attempts <= 10
    assert result.refused <= 8 + 3600 / 120


@pytest.mark.parametrize("most", [8, 16, 64])
@pytest.mark.parametrize("spread", [0.0, 0.3])
def test_five_at_once_and_no_more(most: int, spread: float) -> None:
    result, limit = run(AtOnce(), most, 5000, spread=spread)

    assert 5000 / result.seconds >= 0.85 * 5 / 0.05
    assert result.refused <= most + 20
    assert limit.at_once <= 10


def test_a_server_that_takes_more_after_a_while() -> None:
    @dataclass
    class Growing(AtOnce):
        def arrive(self, now: float, under_way: int) -> tuple[int, float | None]:
            self.limit = 5 if now < 10 else 100
            return super().arrive(now, under_way)

    result, limit = run(Growing(), 16, 8000)

    assert limit.at_once == 16
    assert result.seconds < 60


@pytest.mark.parametrize("most, spread", [(16, 0.3), (64, 0.0), (64, 0.3)])
def test_near_the_knee(most: int, spread: float) -> None:
    """More than about eleven at once only make each other slower: a part of them is on its way."""
    result, _ = run(Knee(), most, 10_000, spread=spread)
    tail = result.at_once[5000:]

    assert 8 <= sum(tail) / len(tail) <= 20
    assert result.refused == 0
    alone = Simulation(Knee(), a_limit(11), records=10_000, workers=11, spread=spread).run()
    assert result.seconds <= alone.seconds / 0.9


@pytest.mark.parametrize("most", [1, 16, 64])
@pytest.mark.parametrize("latency", [0.0, 0.05])
def test_without_a_limit_nothing_is_slower(most: int, latency: float) -> None:
    result, limit = run(NoLimit(), most, 6400, latency=latency, spread=0.0)

    assert result.seconds == pytest.approx(6400 / most * latency)
    assert result.at_once[most - 1 :] == [most] * (6400 - most + 1)
    assert limit.per_second is None


@pytest.mark.parametrize("most", [8, 16])
def test_a_tenth_of_503_by_chance_stops_nobody_else(most: int) -> None:
    """Those that rest make room, so the flow is full until the last of them are waited for."""
    result, limit = run(Unreliable(), most, 3000)

    assert limit.per_second is None
    assert limit.at_once == most
    assert result.seconds <= len(result.answers) / most * 0.05 * 1.05 + 15.0


@pytest.mark.parametrize(
    "later, expected", [(Seen(503, 0.1, 1.0, attempt=2), None), (Seen(503, 0.1, 1.0), 9.1)]
)
def test_a_record_that_is_refused_once_more_tells_nothing_of_the_limit(
    later: Seen, expected: float | None
) -> None:
    """All wait as long as Groove asks each time; a 503 may be about that one record."""
    limit = a_limit()
    for number in range(100):
        limit.ended(limit.begin(number / 10), number / 10 + 0.05, Seen(200, 0.05))
    limit.ended(limit.begin(10.0), 10.1, later)

    assert limit.seconds_to_wait(10.1) == 1.0
    limit.ended(limit.begin(11.1), 11.2, Seen(200, 0.1))
    assert limit.per_second == (None if expected is None else pytest.approx(expected, abs=1.0))


def test_nobody_sends_before_retry_after_is_over_and_one_goes_first() -> None:
    limit = a_limit()
    permits = [limit.begin(0.0) for _ in range(3)]
    limit.ended(permits[0], 1.0, Seen(429, 1.0, 30.0))
    limit.ended(permits[1], 1.5, Seen(200, 1.5))

    assert limit.seconds_to_wait(1.5) == 29.5
    limit.ended(permits[2], 2.0, Seen(429, 2.0, 40.0))
    assert limit.seconds_to_wait(2.0) == 40.0
    assert limit.seconds_to_wait(42.0) == 0.0
    first = limit.begin(42.0)
    assert limit.seconds_to_wait(42.5) == float("inf")
    limit.ended(first, 43.0, Seen(200, 1.0))
    assert limit.seconds_to_wait(43.0) == 0.0


@pytest.mark.parametrize("seen", [Seen(), Seen(503, 0.1), Seen(429, 0.1), Seen(500, 0.1)])
def test_whatever_becomes_of_the_first_another_may_go(seen: Seen) -> None:
    limit = a_limit()
    limit.ended(limit.begin(0.0), 1.0, Seen(429, 1.0, 5.0))
    slow = limit.begin(6.0)

    limit.ended(limit.begin(6.5), 7.0, seen)
    assert limit.seconds_to_wait(60.0) == 0.0
    limit.ended(slow, 70.0, Seen(200, 64.0))
    assert limit.seconds_to_wait(200.0) == 0.0


def test_a_single_429_early_in_a_run_is_no_limit() -> None:
    limit = a_limit()
    limit.ended(limit.begin(0.0), 0.1, Seen(200, 0.1))
    limit.ended(limit.begin(0.1), 0.2, Seen(429, 0.1, 1.0))

    assert limit.ended(limit.begin(1.2), 1.3, Seen(200, 0.1)) == ""
    assert limit.per_second is None


def test_what_is_said_when_a_rate_is_found() -> None:
    limit = a_limit()
    for number in range(30):
        limit.ended(limit.begin(number * 1.0), number + 0.5, Seen(200, 0.5))
    refused = limit.begin(30.0)

    assert limit.ended(refused, 30.5, Seen(429, 0.5, 30.0)) == ""
    assert limit.ended(limit.begin(60.5), 61.0, Seen(200, 0.5)) == (
        "Groove answered 429; sending about 29 requests a minute from now on."
    )


def test_what_is_said_when_fewer_at_once_are_sent() -> None:
    limit = a_limit()
    permits = [limit.begin(0.0) for _ in range(6)]

    assert limit.ended(permits[5], 0.1, Seen(429, 0.1)) == (
        "Groove answered 429; sending at most 5 requests at once from now on."
    )
    assert limit.at_once == 5


def test_a_limit_that_falls_is_found_again() -> None:
    @dataclass
    class Falling(SlidingWindow):
        def arrive(self, now: float, under_way: int) -> tuple[int, float | None]:
            self.limit = 50 if now < 20 else 10
            return super().arrive(now, under_way)

    result, limit = run(Falling(), 8, 2000)

    assert limit.per_second is not None
    assert 8 <= limit.per_second <= 11
    assert result.refused <= 0.03 * 2000


def test_a_limit_that_is_lifted_is_forgotten() -> None:
    @dataclass
    class Lifted(SlidingWindow):
        def arrive(self, now: float, under_way: int) -> tuple[int, float | None]:
            self.limit = 50 if now < 20 else 100_000
            return super().arrive(now, under_way)

    result, _ = run(Lifted(), 8, 20_000)

    last = result.begun_at[-1000:]
    assert 1000 / (last[-1] - last[0]) >= 140


@pytest.mark.parametrize(
    "refused_at, expected",
    [
        # 12 in the 0.12 seconds before 0.2, and 12 in the 0.62 seconds before 2.7.
        (2.7, 12.0),
        # There is no beginning of a window from which both would be as many.
        (3.19, 19.4),
    ],
)
def test_a_window_that_had_begun_before_is_found_from_two_refusals(
    refused_at: float, expected: float
) -> None:
    rate = LearnedRate()
    for number in range(20):
        rate.begin(number / 100)
        rate.passed(number / 100)
    rate.pause(0.2, 1.0)
    rate.passed(1.3)
    assert rate.per_second == pytest.approx(19.4)

    rate.pause(refused_at, 1.0)
    rate.passed(refused_at + 1.1)
    assert rate.per_second == pytest.approx(expected * 0.97, abs=0.1)


def test_an_unused_permit_changes_nothing() -> None:
    limit = a_limit(1)
    assert limit.ended(limit.begin(0.0), 0.0, Seen()) == ""
    assert limit.begin(1.0) == Permit(1.0, 1)


def test_a_server_that_refuses_again_and_again_is_still_asked() -> None:
    limit = a_limit()
    now = 0.0
    for number in range(400):
        status = 200 if number % 9 else 429
        now += max(limit.seconds_to_wait(now), 0.1)
        limit.ended(
            limit.begin(now), now + 0.05, Seen(status, 0.05, 1.0 if status == 429 else None)
        )

    assert limit.per_second is not None
    assert limit.per_second >= 1 / 120
