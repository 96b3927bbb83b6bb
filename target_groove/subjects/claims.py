"""Who has which contact or company in hand, so that two batches never create the same one."""

from __future__ import annotations

import contextlib
import itertools
import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from collections.abc import Set as AbstractSet

    from target_groove.subjects.task import Token

_SECONDS_BETWEEN_CHECKS: Final = 0.5


class Claims:
    """Batches take what they need at once, and in the order in which they came.

    So none waits with something in hand, and of two that need the same the earlier one goes first.
    """

    def __init__(self) -> None:
        """Nothing is in hand."""
        self._changed = threading.Condition()
        self._queue: list[AbstractSet[Token]] = []

    @contextlib.contextmanager
    def hold(self, tokens: AbstractSet[Token], check: Callable[[], None]) -> Iterator[None]:
        """Have these in hand; wait for batches that came earlier and share one of them.

        Args:
            tokens: What identifies the contacts and companies.
            check: Raises if the run is to end; called while waiting.
        """
        with self._changed:
            self._queue.append(tokens)
        try:
            with self._changed:
                while self._is_in_hand(tokens):
                    self._changed.wait(_SECONDS_BETWEEN_CHECKS)
                    check()
            yield
        finally:
            with self._changed:
                self._queue = [each for each in self._queue if each is not tokens]
                self._changed.notify_all()

    def _is_in_hand(self, tokens: AbstractSet[Token]) -> bool:
        earlier = itertools.takewhile(lambda each: each is not tokens, self._queue)
        return any(not each.isdisjoint(tokens) for each in earlier)
