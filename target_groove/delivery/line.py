"""A line in which threads wait for their turn: first come, first served."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Line:
    """Lets one thread at a time to the counter, in the order in which they came.

    Only who is at the counter watches the clock or the ledger; the others cost nothing. A signal
    reaches all of them: the first one's `sleep` raises, and its place goes to the next.
    """

    def __init__(self) -> None:
        """Nobody is there."""
        self._lock = threading.Lock()
        self._is_taken = False
        self._behind: deque[threading.Lock] = deque()

    def enter(self, sleep: Callable[[float], None]) -> None:
        """Return when it is this thread's turn, which lasts until `leave`.

        Args:
            sleep: Is asked for no time at all after a wait, so that it raises if the end was asked
                for meanwhile; the turn is over then.
        """
        with self._lock:
            if not self._is_taken:
                self._is_taken = True
                return
            turn = threading.Lock()
            turn.acquire()  # noqa: SIM115, RUF100 - `leave` of another thread releases it.
            self._behind.append(turn)
        turn.acquire()
        try:
            sleep(0.0)
        except BaseException:
            self.leave()
            raise

    def leave(self) -> None:
        """Make room for the next."""
        with self._lock:
            if self._behind:
                self._behind.popleft().release()
            else:
                self._is_taken = False
