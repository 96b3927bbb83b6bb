"""Counts of a run, by stream and endpoint."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from target_groove.wording import counted


@dataclass(slots=True)
class Summary:
    """What became of the records of a run.

    Attributes:
        delivered: Records delivered, by (stream, endpoint).
        unchanged: Records that Groove has as they are, by (stream, endpoint).
        merged: Records that a later one in the same window made void, by (stream, endpoint).
        rejected: Records rejected, by (stream, endpoint); an endpoint is empty if none was reached.
        in_doubt: Those of them that may be in Groove all the same, by (stream, endpoint).
        set_aside: How many of the rejected are in the dead-letter file.
        skipped: Records of streams without a route, by stream.
        requests: Requests that left, retries and look-ups among them.
    """

    delivered: Counter[tuple[str, str]] = field(default_factory=Counter)
    unchanged: Counter[tuple[str, str]] = field(default_factory=Counter)
    merged: Counter[tuple[str, str]] = field(default_factory=Counter)
    rejected: Counter[tuple[str, str]] = field(default_factory=Counter)
    in_doubt: Counter[tuple[str, str]] = field(default_factory=Counter)
    set_aside: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    requests: int = 0

    @property
    def settled(self) -> int:
        """How many records are done with, one way or another."""
        by_route = self.delivered, self.unchanged, self.merged, self.rejected
        return sum(each.total() for each in by_route) + self.skipped.total()

    @property
    def routes(self) -> list[tuple[str, str]]:
        """Each (stream, endpoint) that something became of, in the order of the first."""
        by_route = self.delivered, self.unchanged, self.merged, self.rejected
        return list(dict.fromkeys(key for each in by_route for key in each.copy()))

    @property
    def sentence(self) -> str:
        """The counts in one sentence."""
        doubtful = f" ({self.in_doubt.total()} of them in doubt)" if self.in_doubt else ""
        parts = [
            f"{self.delivered.total()} delivered",
            f"{self.rejected.total()} rejected{doubtful}",
        ]
        if self.unchanged:
            parts.append(f"{self.unchanged.total()} unchanged")
        if self.merged:
            parts.append(f"{self.merged.total()} merged into a later one")
        if self.skipped:
            parts.append(f"{self.skipped.total()} skipped")
        return f"{', '.join(parts)}, {counted(self.requests, 'request')}"
