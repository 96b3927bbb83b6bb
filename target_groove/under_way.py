"""What the sends are about that are in flight, or wait to be."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable

    from target_groove.send import Send


class UnderWay:
    """Counts the sends about each thing and in each lane, of which several may wait."""

    def __init__(self) -> None:
        """Nothing is under way."""
        self._counts: Counter[Hashable] = Counter()

    def add(self, send: Send) -> None:
        """Take a send in that begins, or waits for its turn."""
        self._counts.update(send.lanes | send.things)

    def take_away(self, send: Send) -> None:
        """Take a send out that has come to its end."""
        for each in send.lanes | send.things:
            self._counts[each] -= 1
            if not self._counts[each]:
                del self._counts[each]

    def has(self, about: Hashable) -> bool:
        """Tell whether a send is under way that is about a thing, or in a lane."""
        return about in self._counts
