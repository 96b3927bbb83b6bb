"""How many requests a second go through, learned from what did until it was too many."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

_USUAL_WINDOWS: Final = (1.0, 10.0, 60.0, 3600.0)
"""Seconds that servers count in."""
_FEW: Final = 8
"""Requests too few to call a limit what came after them, the first time."""
_LONG_PAUSE: Final = 60.0
"""Seconds."""
_SLOWEST: Final = 1 / 120
"""Requests a second."""
_SLOW_GROWTH: Final = 0.001
"""For each request that goes through, as long as the limit may be near."""
_FAST_GROWTH: Final = 0.02
"""For each request, when the limit is far away."""
_FASTER_EACH_WINDOW: Final = 4.0
_SLOW_GROWTH_IN_WINDOW: Final = 0.02
_FAST_GROWTH_IN_WINDOW: Final = 0.4
"""What is too much shows only when a window of Groove's is full."""
_LESS: Final = 0.03
"""Of a rate that was a little too much; twice and three times that if it still is soon after."""
_MOST_CUTS: Final = 5
_SOON: Final = 5.0
"""Windows."""
_BELOW: Final = 0.92
_LITTLE_GROWTH: Final = 1.08
_KEPT_AT_FIRST: Final = 2.0
"""Windows for which the first guess is kept."""
_KEPT_FOR_WINDOWS: Final = 30.0
_KEPT_FOR_REQUESTS: Final = 1000.0


@dataclass(frozen=True, slots=True)
class _Stretch:
    """From the end of one pause to the end of the next.

    Attributes:
        began_at: When.
        passed: How many requests went through.
        sent_until: When the pause began.
        ended_at: When.
    """

    began_at: float
    passed: int
    sent_until: float
    ended_at: float


@dataclass(frozen=True, slots=True)
class _Burst:
    """What went through at first, before anything was known.

    Attributes:
        began_at: When it began.
        ended_at: When it was too many.
        per_second: How fast it was.
    """

    began_at: float
    ended_at: float
    per_second: float

    def in_window(self, window: float, rate: float, ended_at: float) -> float:
        """Say how many go through in a fixed window of which the burst saw the end of one.

        The burst, and the even rate after it, were too many when as many had gone through since
        their windows began; windows begin at equal times. That leaves one time, and one number.

        Args:
            window: Seconds.
            rate: Requests a second after the burst; fewer than in it.
            ended_at: When they were too many.

        Returns:
            The number; 0 if the burst was too many for another reason.
        """
        since = (ended_at - self.ended_at) % window
        # The window of the burst had gone on for so long when it was too many.
        seconds = rate * since / (self.per_second - rate)
        return self.per_second * seconds if seconds <= self.ended_at - self.began_at else 0.0


class LearnedRate:
    """No limit until Groove shows one; then evenly spaced requests, and now and then a bit more.

    Evenly spaced requests suit a fixed window, a sliding window and a token bucket alike. What
    went through from the end of one pause to the end of the next tells the rate, in whatever
    windows Groove counts; often it is too low, because the pause was longer than need be. So the
    rate grows, ever faster, until there are too many again. The rate before that was not too much,
    and the limit is near: it is approached slowly, once, and then kept to for a long time.

    Attributes:
        per_second: Requests a second; None as long as no limit is known.
        holds_back: Whether the last request that left had waited for its place.
    """

    def __init__(self) -> None:
        """Know of no limit."""
        self.per_second: float | None = None
        self.holds_back = False
        self._next_at = 0.0
        self._waited = False
        self._began_at: float | None = None
        self._passed = 0
        self._paused_at: float | None = None
        self._uncertain_from = 0.0
        self._before: _Stretch | None = None
        self._window = 1.0
        self._is_near = False
        self._cuts = 0
        self._too_many = 0.0
        self._keep_for = 0.0
        self._burst: _Burst | None = None
        self._grows_since: float | None = None
        # The rate one to one and a half windows ago, half a window later, and so on.
        self._marks: deque[tuple[float, float]] = deque(maxlen=3)

    def seconds_to_wait(self, now: float) -> float:
        """Say when the next may leave."""
        if self.per_second is None or self._next_at <= now:
            return 0.0
        self._waited = True
        return self._next_at - now

    def begin(self, now: float) -> None:
        """Learn that a request leaves."""
        if self._began_at is None:
            self._began_at = now
        if self.per_second is not None:
            gap = 1 / self.per_second
            # Half a gap may be caught up on: a thread never wakes on time.
            self._next_at = max(self._next_at, now - gap / 2) + gap
            self.holds_back, self._waited = self._waited, False

    def pause(self, now: float, retry_after: float | None) -> None:
        """Learn that it was too many.

        Args:
            now: The present time.
            retry_after: Seconds that Groove asks to wait; None if it does not say.
        """
        # Retry-After has whole seconds, so that the pause may be up to one too long.
        self._uncertain_from = now if retry_after is None else now + max(retry_after - 1, 0)
        if self._paused_at is None:
            self._paused_at = now

    def passed(self, begun_at: float) -> bool:
        """Learn that a request went through.

        Args:
            begun_at: When it left.

        Returns:
            Whether it was the first after a pause, and there is a new rate.
        """
        is_news = False
        if self._paused_at is not None and begun_at > self._paused_at:
            is_news = self._learn(begun_at, self._paused_at)
        self._passed += 1
        if self.holds_back and self.per_second is not None:
            self._grow(self.per_second, begun_at)
        return is_news

    def _grow(self, rate: float, now: float) -> None:
        if not self._marks or now >= self._marks[-1][0] + self._window / 2:
            self._marks.append((now, rate))
        if self._keep_for > 0:
            self._keep_for -= 1
            return
        if self._grows_since is None:
            self._grows_since = now
        in_window = rate * self._window
        growth = min(_SLOW_GROWTH, _SLOW_GROWTH_IN_WINDOW / in_window)
        if rate > _LITTLE_GROWTH * self._too_many:
            windows = (now - self._grows_since) // self._window
            growth *= _FASTER_EACH_WINDOW ** min(max(windows - 1, 0), 5)
            growth = min(growth, _FAST_GROWTH, _FAST_GROWTH_IN_WINDOW / in_window)
        self.per_second = rate * (1 + growth)

    def _learn(self, now: float, paused_at: float) -> bool:
        """Work out the rate at the end of a pause."""
        began_at = paused_at if self._began_at is None else self._began_at
        stretch, before = _Stretch(began_at, self._passed, paused_at, now), self._before
        self._before, self._began_at, self._passed, self._paused_at = stretch, now, 0, None
        if before is None and stretch.passed < _FEW:
            return False
        rate, sent_for, pause = self.per_second, paused_at - began_at, now - paused_at
        window_fits = pause <= 1 + 2 * self._window
        enough = self._window * (0.5 if self._is_near else 1.0)
        if rate is not None and window_fits and sent_for >= enough:
            self._come_near(rate, stretch)
        else:
            self._guess(stretch, before, pause)
        self._grows_since = None
        self._marks.clear()
        self._next_at = now + 1 / (self.per_second or _SLOWEST)
        return True

    def _come_near(self, rate: float, stretch: _Stretch) -> None:
        """Go below a rate that was too much, from one that was not."""
        sent_for = stretch.sent_until - stretch.began_at
        burst, self._burst = self._burst, None
        if burst is not None and self._keep_for > 0 and burst.per_second > rate:
            in_window = burst.in_window(self._window, rate, stretch.sent_until)
            lowest = stretch.passed / (stretch.ended_at - stretch.began_at)
            if lowest <= in_window / self._window < rate:
                self.per_second = in_window / self._window * (1 - _LESS)
                self._too_many = in_window / self._window
                self._keep_for = _KEPT_AT_FIRST * in_window
                return
        earlier = self._marks[0][1] if self._marks else rate
        grew_little = rate <= earlier * _LITTLE_GROWTH
        is_again = self._is_near and sent_for < _SOON * self._window
        self._cuts = min(self._cuts + 1, _MOST_CUTS) if is_again else 1
        below = 1 - _LESS * self._cuts if grew_little else _BELOW
        self.per_second = max((earlier + rate) / 2 * below, _SLOWEST)
        self._too_many = rate
        self._is_near = True
        keep_for = max(_KEPT_FOR_REQUESTS, _KEPT_FOR_WINDOWS * self._window * rate)
        self._keep_for = keep_for / self._cuts if grew_little else 0.0

    def _guess(self, stretch: _Stretch, before: _Stretch | None, pause: float) -> None:
        """Take the rate from what went through, and when."""
        shortest = self._uncertain_from - stretch.began_at
        longest = stretch.ended_at - stretch.began_at
        usual = [each for each in _USUAL_WINDOWS if shortest < each <= longest]
        self._window = usual[-1] if usual else min(longest, _LONG_PAUSE + 4 * pause)
        rate = stretch.passed / (self._window if usual else longest)
        if before is not None and before.ended_at - before.began_at < 3 * longest:
            # One stretch may lie across two windows of Groove's, or end long after the window.
            seconds = stretch.ended_at - before.began_at
            rate = max(rate, (before.passed + stretch.passed) / seconds)
        rate *= 1 - _LESS
        if before is None and usual:
            sent_for = stretch.sent_until - stretch.began_at
            self._burst = _Burst(stretch.began_at, stretch.sent_until, stretch.passed / sent_for)
        if self.per_second is not None:
            rate = min(rate, self.per_second * _BELOW)
        self.per_second = max(rate, _SLOWEST)
        self._is_near = False
        self._too_many = rate if usual else 0.0
        self._keep_for = _KEPT_AT_FIRST * self._window * self.per_second
