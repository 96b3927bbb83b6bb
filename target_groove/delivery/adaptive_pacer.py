"""Lets requests leave as the adaptive limit says, in front of the window of the setting."""

from __future__ import annotations

import logging
import math
import threading
from typing import TYPE_CHECKING, Final

from target_groove.delivery.line import Line
from target_groove.delivery.pacing import NOTHING_SEEN

if TYPE_CHECKING:
    from collections.abc import Callable

    from target_groove.delivery.adaptive_limit import AdaptiveLimit
    from target_groove.delivery.pacing import PacesRequests, Permit, Seen

_LOGGER: Final = logging.getLogger("target-groove")
_SECONDS_BETWEEN_LINES: Final = 60.0
_SECONDS_BETWEEN_LOOKS: Final = 0.1
"""For a signal, while only an answer can end the waiting."""


class AdaptivePacer:
    """Holds requests back until both the adaptive limit and the pacer behind it let them go."""

    def __init__(
        self,
        limit: AdaptiveLimit,
        behind: PacesRequests,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        """Take the parts.

        Args:
            limit: Learns how much Groove takes.
            behind: Counts requests as the setting says.
            clock: Gives seconds that only grow.
            sleep: Lets seconds pass.
        """
        self._limit = limit
        self._behind = behind
        self._clock = clock
        self._sleep = sleep
        self._line = Line()
        self._lock = threading.Lock()
        self._answer_came = threading.Event()
        self._waits_for_answer = False
        self._said_at = -math.inf

    def wait(self, *, sleep: Callable[[float], None] | None = None) -> Permit:
        """Return when one more request may leave.

        Args:
            sleep: Lets seconds pass, in place of the usual one.

        Raises:
            LedgerError: The ledger, which counts for the pacer behind, cannot be written.
        """
        sleep = sleep or self._sleep
        self._line.enter(sleep)
        try:
            while (seconds := self._seconds_to_wait()) > 0:
                self._let_pass(seconds, sleep)
            behind = self._behind.wait(sleep=sleep)
            try:
                # Answers may have come meanwhile.
                while isinstance(permit := self._begin(behind), float):
                    self._let_pass(permit, sleep)
            except BaseException:
                self._behind.count(behind, NOTHING_SEEN)
                raise
            return permit
        finally:
            self._line.leave()

    def count(self, permit: Permit, seen: Seen) -> None:
        """Count a request that has just ended.

        Raises:
            LedgerError: As `wait`.
        """
        now = self._clock()
        with self._lock:
            news = self._limit.ended(permit, now, seen)
            if self._waits_for_answer:
                self._waits_for_answer = False
                self._answer_came.set()
            is_time = bool(news) and now >= self._said_at + _SECONDS_BETWEEN_LINES
            if is_time:
                self._said_at = now
        if is_time:
            _LOGGER.info("%s", news)
        if permit.behind is not None:
            self._behind.count(permit.behind, seen)

    def _seconds_to_wait(self) -> float:
        with self._lock:
            return self._look()

    def _begin(self, behind: Permit) -> Permit | float:
        """Give the permit; or say in how many seconds there may be one."""
        with self._lock:
            return self._look() or self._limit.begin(self._clock(), behind)

    def _look(self) -> float:
        seconds = self._limit.seconds_to_wait(self._clock())
        if math.isinf(seconds):
            self._answer_came.clear()
            self._waits_for_answer = True
        return seconds

    def _let_pass(self, seconds: float, sleep: Callable[[float], None]) -> None:
        if math.isinf(seconds):
            self._answer_came.wait(_SECONDS_BETWEEN_LOOKS)
            seconds = 0.0
        sleep(seconds)
