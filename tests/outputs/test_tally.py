"""What is counted of requests and waits."""

from __future__ import annotations

import threading

import pytest

from target_groove.delivery.observer import Observer, Observers
from target_groove.outputs.tally import LOOK_UPS, answer_of
from tests.outputs.watched import Watched, rejected, request


@pytest.mark.parametrize(
    "status, word",
    [
        (None, "silent"),
        (201, "taken"),
        (304, "taken"),
        (404, "refused"),
        (429, "limited"),
        (503, "failed"),
    ],
)
def test_how_an_attempt_ends_is_one_of_five_words(status: int | None, word: str) -> None:
    watched = Watched()
    watched.attempt(status)
    assert answer_of(status) == word
    assert watched.tally.answers() == {word: 1}
    assert watched.tally.timeline.steps == [{word: 1}]


def test_attempts_count_for_the_stream_of_their_records() -> None:
    watched = Watched()
    for stream in ("s", "s", "t", ""):
        watched.attempt(seconds=0.2, stream=stream)
    counts = {key: calls.count for key, calls in watched.tally.calls.items()}
    assert counts == {("s", "custom"): 2, ("t", "custom"): 1, LOOK_UPS: 1}
    assert watched.tally.requests == 4
    assert watched.tally.all_seconds().total == pytest.approx(0.8)


def test_the_last_minute_is_the_last_minute() -> None:
    watched = Watched()
    for second in range(100):
        watched.now = float(second)
        watched.attempt()
        watched.attempt()
    assert watched.tally.in_last_minute == 2 * 60
    watched.now = 130.0
    assert watched.tally.in_last_minute == 2 * 29
    watched.now = 500.0
    assert watched.tally.in_last_minute == 0


def test_a_wait_is_seen_while_it_lasts_and_counted_after_it() -> None:
    watched = Watched()
    assert watched.tally.seconds_to_wait == 0
    watched.tally.waits(12.0)
    watched.now = 5.0
    assert watched.tally.seconds_to_wait == 7
    watched.now = 12.0
    watched.tally.goes_on()
    assert watched.tally.waited == 12
    assert watched.tally.seconds_to_wait == 0


def test_waits_of_two_threads_at_once_count_once() -> None:
    watched = Watched()
    watched.tally.waits(10.0)
    other = threading.Thread(target=watched.tally.waits, args=(4.0,))
    other.start()
    other.join()
    assert watched.tally.seconds_to_wait == 4
    watched.now = 10.0
    watched.tally.goes_on()
    assert watched.tally.waited == 0
    watched.tally.ended()
    watched.tally.ended()
    assert watched.tally.waited == 10


def test_the_end_without_a_wait_changes_nothing() -> None:
    watched = Watched()
    watched.tally.ended()
    assert watched.tally.waited == 0


def test_all_observers_learn_all() -> None:
    seen: list[str] = []

    class Told(Observer):
        def attempted(self, _: object) -> None:
            seen.append("attempted")

        def waits(self, seconds: float) -> None:
            seen.append(f"waits {seconds}")

        def goes_on(self) -> None:
            seen.append("goes on")

        def rejected(self, _: object) -> None:
            seen.append("rejected")

        def ended(self) -> None:
            seen.append("ended")

    several = Observers([Told(), Observer(), Told()])
    several.attempted(Watched().attempt())
    several.waits(1.5)
    several.goes_on()
    several.rejected(rejected())
    several.ended()
    assert seen == [
        each
        for each in ("attempted", "waits 1.5", "goes on", "rejected", "ended")
        for _ in range(2)
    ]
    assert request("").sources == ()


def test_who_fails_is_told_no_more(caplog: pytest.LogCaptureFixture) -> None:
    class Odd(Observer):
        def waits(self, seconds: float) -> None:
            msg = f"{seconds} is too much"
            raise ValueError(msg)

    watched = Watched()
    several = Observers([Odd(), watched.tally])
    several.waits(3.0)
    several.waits(2.0)
    assert watched.tally.seconds_to_wait == 2
    assert [each.message for each in caplog.records] == ["Odd of the run ends: 3.0 is too much."]
