"""How often somebody may ask: so many at once, and so many a second after that."""

from __future__ import annotations

from collections import OrderedDict
from ipaddress import IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST_REMEMBERED: Final = 10_000
"""Addresses; whoever has been quiet for longest is forgotten first."""
_OF_ONE_HOUSEHOLD: Final = 64
"""Bits of an IPv6 address that one client is given the rest of."""


class RateLimit:
    """Counts requests by address; a bucket of tokens for each.

    Not for several threads: the event loop asks.
    """

    def __init__(self, per_second: float, at_once: float, *, clock: Callable[[], float]) -> None:
        """Start with full buckets.

        Args:
            per_second: What comes back in a second; 0 for no limit at all.
            at_once: What a full bucket holds.
            clock: Gives seconds that only grow.
        """
        self._per_second = per_second
        self._at_once = at_once
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def seconds_until_free(self, address: str) -> float:
        """Tell how long an address has to wait; 0 if it may ask now. Nothing is counted."""
        if not self._per_second:
            return 0.0
        missing = 1.0 - self._tokens(self._bucket(address))
        return max(0.0, missing / self._per_second)

    def count(self, address: str) -> None:
        """Count a request of an address."""
        if not self._per_second:
            return
        bucket = self._bucket(address)
        tokens = max(0.0, self._tokens(bucket) - 1.0)
        self._left[bucket] = (tokens, self._clock())
        self._left.move_to_end(bucket)
        if len(self._left) > _MOST_REMEMBERED:
            self._left.popitem(last=False)

    def _tokens(self, bucket: str) -> float:
        tokens, at = self._left.get(bucket, (self._at_once, self._clock()))
        return min(self._at_once, tokens + (self._clock() - at) * self._per_second)

    @staticmethod
    def _bucket(address: str) -> str:
        """Name the bucket of an address; those of one IPv6 network share one."""
        try:
            parsed = ip_address(address)
        except ValueError:
            return address
        if isinstance(parsed, IPv6Address):
            if parsed.ipv4_mapped:
                # As a proxy writes them that listens to both kinds on one socket.
                return str(parsed.ipv4_mapped)
            return str(ip_network((parsed, _OF_ONE_HOUSEHOLD), strict=False))
        return address
