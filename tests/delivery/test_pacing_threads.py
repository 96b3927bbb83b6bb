"""Many threads at one pacer: the limit holds, in their order, and a signal reaches all of them."""

from __future__ import annotations

import itertools
import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import pytest
import requests

from target_groove.delivery import pacing
from target_groove.delivery.adaptive_limit import AdaptiveLimit
from target_groove.delivery.adaptive_pacer import AdaptivePacer
from target_groove.delivery.judgement import retry_after
from target_groove.delivery.line import Line
from target_groove.delivery.pacing import NOTHING_SEEN, Pacer, Permit, Seen
from target_groove.errors import Interrupted
from tests.conftest import TOKEN
from tests.delivery.conftest import START, FakeTime

if TYPE_CHECKING:
    from collections.abc import Callable

    from target_groove.sandbox import Sandbox

HEADERS = {"Authorization": f"Bearer {TOKEN}"}
PATIENCE = 30.0


def adaptive(
    most: int, behind: int = 0, sleep: Callable[[float], None] = time.sleep
) -> AdaptivePacer:
    return AdaptivePacer(
        AdaptiveLimit(most, jitter=lambda longest: longest),
        Pacer(behind, clock=time.monotonic, sleep=sleep),
        clock=time.monotonic,
        sleep=sleep,
    )


def wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.001)


def is_standing_in(line: Line, count: int) -> bool:
    return len(vars(line)["_behind"]) == count


def test_the_window_holds_for_many_threads(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sandbox counts by itself, and refuses none."""
    monkeypatch.setattr(pacing, "WINDOW_SECONDS", 0.2)
    sandbox.configure(requests_per_minute=10, window_seconds=0.2)
    pacer = adaptive(8, behind=10)

    def send(_: int) -> int:
        permit = pacer.wait()
        answer = requests.get(f"{sandbox.api_url}/agents", headers=HEADERS, timeout=PATIENCE)
        pacer.count(permit, Seen(answer.status_code, 0.01))
        return answer.status_code

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(send, range(40))) == [200] * 40


def test_a_limit_that_nobody_told_us_is_found_by_threads(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox.configure(requests_per_minute=30, window_seconds=0.5)
    pacer = adaptive(4)

    def send(_: int) -> int:
        refused = 0
        while True:
            permit = pacer.wait()
            answer = requests.get(f"{sandbox.api_url}/agents", headers=HEADERS, timeout=PATIENCE)
            seconds = retry_after(answer.headers.get("Retry-After"), now=START)
            pacer.count(permit, Seen(answer.status_code, 0.01, seconds))
            if answer.status_code == 200:
                return refused
            refused += 1

    with caplog.at_level(logging.INFO, "target-groove"), ThreadPoolExecutor(4) as pool:
        refused = sum(pool.map(send, range(60)))

    assert 1 <= refused <= 12
    (line,) = caplog.messages
    assert line.startswith("Groove answered 429; sending about ")


def test_no_more_than_so_many_are_under_way() -> None:
    pacer = adaptive(3)
    under_way = itertools.count(1)
    seen: list[int] = []
    lock = threading.Lock()
    now: list[int] = [0]

    def send(_: int) -> None:
        permit = pacer.wait()
        with lock:
            now[0] += 1
            seen.append(now[0])
        next(under_way)
        with lock:
            now[0] -= 1
        pacer.count(permit, Seen(200, 0.001))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(send, range(200)))
    assert next(under_way) == 201
    assert max(seen) <= 3


def test_who_came_first_goes_first() -> None:
    line = Line()
    line.enter(time.sleep)
    order: list[int] = []

    def stand(number: int) -> None:
        line.enter(time.sleep)
        order.append(number)
        line.leave()

    threads = [threading.Thread(target=stand, args=(number,)) for number in range(5)]
    for number, thread in enumerate(threads):
        thread.start()
        wait_until(partial(is_standing_in, line, number + 1))
    line.leave()
    for thread in threads:
        thread.join()
    assert order == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("most", [1, 8])
def test_a_signal_ends_all_waiting(most: int) -> None:
    """One stands at the counter, for an answer or for time to pass; the others behind it."""
    asked = threading.Event()

    def sleep(seconds: float) -> None:
        if asked.wait(min(seconds, 0.01)):
            raise Interrupted(15)

    pacer = adaptive(most, behind=1, sleep=sleep)
    permit = pacer.wait()
    line: Line = vars(pacer)["_line"]
    with ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(pacer.wait) for _ in range(4)]
        wait_until(partial(is_standing_in, line, 3))
        asked.set()
        for each in waiting:
            with pytest.raises(Interrupted):
                each.result()
    pacer.count(permit, NOTHING_SEEN)
    assert vars(pacer)["_limit"].seconds_to_wait(time.monotonic()) == 0.0


class _Closing:
    """A pacer behind, that takes its time: meanwhile an answer closes the gate."""

    def __init__(self) -> None:
        self.counted: list[tuple[Permit, Seen]] = []
        self.meanwhile: Callable[[], None] = lambda: None

    def wait(self, *, sleep: Callable[[float], None] | None = None) -> Permit:
        del sleep
        self.meanwhile()
        return Permit(slot="behind")

    def count(self, permit: Permit, seen: Seen) -> None:
        self.counted.append((permit, seen))


def test_an_answer_that_comes_while_the_window_is_full_is_heeded(fake_time: FakeTime) -> None:
    behind = _Closing()
    limit = AdaptiveLimit(8, jitter=lambda longest: longest)
    pacer = AdaptivePacer(limit, behind, clock=fake_time.clock, sleep=fake_time.sleep)
    earlier = pacer.wait()
    behind.meanwhile = lambda: pacer.count(earlier, Seen(429, 1.0, 7.0))

    pacer.wait()

    assert fake_time.waits == [7.0]


def test_a_place_in_the_window_is_given_back_when_a_signal_comes(fake_time: FakeTime) -> None:
    behind = _Closing()
    limit = AdaptiveLimit(8, jitter=lambda longest: longest)
    pacer = AdaptivePacer(limit, behind, clock=fake_time.clock, sleep=fake_time.sleep)
    earlier = pacer.wait()
    behind.meanwhile = lambda: pacer.count(earlier, Seen(429, 1.0, 7.0))

    def sleep(_: float) -> None:
        raise Interrupted(15)

    with pytest.raises(Interrupted):
        pacer.wait(sleep=sleep)
    assert behind.counted[-1] == (Permit(slot="behind"), NOTHING_SEEN)


def test_what_is_under_way_counts_as_well(fake_time: FakeTime) -> None:
    pacer = Pacer(2, clock=fake_time.clock, sleep=fake_time.sleep)
    first, second = pacer.wait(), pacer.wait()
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        fake_time.sleep(seconds)
        if len(waits) == 1:
            pacer.count(first, NOTHING_SEEN)

    pacer.wait(sleep=sleep)
    assert waits == [60.0, 60.0]
    pacer.count(second, NOTHING_SEEN)


def test_news_are_told_once_a_minute(fake_time: FakeTime, caplog: pytest.LogCaptureFixture) -> None:
    limit = AdaptiveLimit(64, jitter=lambda longest: longest)
    pacer = AdaptivePacer(
        limit,
        Pacer(0, clock=fake_time.clock, sleep=fake_time.sleep),
        clock=fake_time.clock,
        sleep=fake_time.sleep,
    )
    with caplog.at_level(logging.INFO, "target-groove"):
        for _ in range(3):
            permits = [pacer.wait() for _ in range(min(limit.at_once, 5))]
            fake_time.seconds += 25.0
            pacer.count(permits.pop(), Seen(429, 0.1))
            for each in permits:
                pacer.count(each, NOTHING_SEEN)
    assert caplog.messages == [
        "Groove answered 429; sending at most 4 requests at once from now on."
    ]
