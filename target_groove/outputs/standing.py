"""How far a run has come, at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from target_groove.outputs.estimate import seconds_left

if TYPE_CHECKING:
    from collections.abc import Callable

    from target_groove.outputs.estimate import InputSize
    from target_groove.outputs.summary import Summary
    from target_groove.outputs.tally import Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far a run has come.

    Attributes:
        read: Records read.
        settled: Records done with.
        delivered: Records delivered.
        unchanged: Records that Groove has as they are.
        merged: Records that a later one made void.
        skipped: Records of streams without a route.
        rejected: Records rejected.
        in_doubt: Those of them that may be in Groove all the same.
        requests: Requests that have ended.
        in_last_minute: Requests that have ended in the last minute.
        seconds: How long it takes so far.
        seconds_to_wait: In how many seconds a limit lets the next request go; 0 if none waits.
        seconds_left: How long the rest will take; None if nobody can know.
        share: How much of the input is settled, from 0 to 1; None if nobody can know.
    """

    read: int
    settled: int
    delivered: int
    unchanged: int
    merged: int
    skipped: int
    rejected: int
    in_doubt: int
    requests: int
    in_last_minute: int
    seconds: float
    seconds_to_wait: float
    seconds_left: float | None
    share: float | None


class Standings:
    """Says how far a run has come, whenever it is asked; any thread may ask."""

    def __init__(
        self,
        summary: Summary,
        tally: Tally,
        *,
        records_read: Callable[[], int],
        requests_per_minute: int,
    ) -> None:
        """Take what is counted.

        Args:
            summary: The records.
            tally: The requests.
            records_read: Gives how many records were read.
            requests_per_minute: The limit, 0 if there is none.
        """
        self._summary = summary
        self._tally = tally
        self._records_read = records_read
        self._requests_per_minute = requests_per_minute

    def now(self, size: InputSize | None = None) -> Standing:
        """Look.

        Args:
            size: The size of the input, to say how much is left.
        """
        summary, tally = self._summary, self._tally
        read, settled = self._records_read(), summary.settled
        left = size.records_left(read, settled) if size else None
        seconds = None
        if left is not None:
            seconds = seconds_left(
                left,
                settled=settled,
                requests=tally.requests,
                seconds=tally.seconds,
                requests_per_minute=self._requests_per_minute,
            )
        return Standing(
            read=read,
            settled=settled,
            delivered=summary.delivered.total(),
            unchanged=summary.unchanged.total(),
            merged=summary.merged.total(),
            skipped=summary.skipped.total(),
            rejected=summary.rejected.total(),
            in_doubt=summary.in_doubt.total(),
            requests=tally.requests,
            in_last_minute=tally.in_last_minute,
            seconds=tally.seconds,
            seconds_to_wait=tally.seconds_to_wait,
            seconds_left=seconds,
            share=None if left is None or not settled + left else settled / (settled + left),
        )
