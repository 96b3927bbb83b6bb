from __future__ import annotations

import pytest

from target_groove.profile import rate_limit
from target_groove.profile.rate_limit import RateLimit


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_bucket_empties_and_fills_again(clock: Clock) -> None:
    limit = RateLimit(2, 3, clock=clock)
    for _ in range(3):
        assert limit.seconds_until_free("1.2.3.4") == 0
        limit.count("1.2.3.4")
    assert limit.seconds_until_free("1.2.3.4") == 0.5
    assert limit.seconds_until_free("1.2.3.5") == 0
    clock.now += 0.5
    assert limit.seconds_until_free("1.2.3.4") == 0
    clock.now += 60
    limit.count("1.2.3.4")
    limit.count("1.2.3.4")
    assert limit.seconds_until_free("1.2.3.4") == 0


def test_an_ipv4_address_in_the_form_of_ipv6_is_itself(clock: Clock) -> None:
    limit = RateLimit(1, 1, clock=clock)
    limit.count("::ffff:1.2.3.4")
    assert limit.seconds_until_free("1.2.3.4") == 1
    assert limit.seconds_until_free("::ffff:1.2.3.5") == 0


def test_an_ipv6_network_has_one_bucket(clock: Clock) -> None:
    limit = RateLimit(1, 1, clock=clock)
    limit.count("2001:db8::1")
    assert limit.seconds_until_free("2001:db8::2:3") == 1
    assert limit.seconds_until_free("2001:db8:1::1") == 0
    limit.count("")
    assert limit.seconds_until_free("") == 1


def test_zero_is_no_limit(clock: Clock) -> None:
    limit = RateLimit(0, 0, clock=clock)
    limit.count("a")
    assert limit.seconds_until_free("a") == 0


def test_memory_has_a_bound(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit, "_MOST_REMEMBERED", 2)
    limit = RateLimit(1, 1, clock=clock)
    for address in ("a", "b", "c"):
        limit.count(address)
    assert [limit.seconds_until_free(each) for each in "abc"] == [0, 1, 1]
