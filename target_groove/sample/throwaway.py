"""A ledger that is not told of a delivery."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_groove.ledger.without import WithoutLedger

if TYPE_CHECKING:
    from collections.abc import Iterable

    from target_groove.ledger.ledger import Ledger


class ThrowawayLedger(WithoutLedger):
    """Knows nothing of the record and remembers nothing, as if there were no ledger.

    The real one is open beside it: it counts requests for the limit that all processes share, and
    tells a look-up which things in Groove are those of other records.
    """

    def __init__(self, real: Ledger | WithoutLedger) -> None:
        """Take the real ledger, from now on this object's to close."""
        super().__init__()
        self._real = real

    def is_recorded(self, endpoints: Iterable[str], resource_id: str) -> bool:
        """Say whether one of these endpoints delivered the thing with an id of Groove's."""
        return self._real.is_recorded(endpoints, resource_id)

    def newest_number(self, endpoints: Iterable[str]) -> int | None:
        """Give the highest number of what was delivered to these endpoints."""
        return self._real.newest_number(endpoints)

    def close(self, *, at_the_end: bool) -> None:
        """Let go of the real ledger."""
        self._real.close(at_the_end=at_the_end)
