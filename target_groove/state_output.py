"""Printing STATE: what is true, not too often, and on standard output alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from target_groove.delivery.encoding import to_json
from target_groove.standard_output import StandardOutput

if TYPE_CHECKING:
    from collections.abc import Callable

    from target_groove.checkpoints import Checkpoints
    from target_groove.ledger.ledger import Ledger
    from target_groove.ledger.without import WithoutLedger

_SHORTEST_IDLE_SECONDS: Final = 1.0
_SHORTEST_LINGER_SECONDS: Final = 0.1
"""A tap that pauses for so long gets its window delivered as far as it is."""


class StateOutput:
    """Prints the STATE of a run's checkpoints."""

    def __init__(
        self,
        checkpoints: Checkpoints,
        *,
        ledger: Ledger | WithoutLedger,
        seconds: int,
        clock: Callable[[], float],
        output: StandardOutput | None = None,
        before_printing: Callable[[], None] = lambda: None,
        goes_on: bool = False,
    ) -> None:
        """Start the clock; nothing is printed yet.

        Args:
            checkpoints: Knows which STATE is true.
            ledger: Holds the outcomes that a STATE acknowledges.
            seconds: How long to wait between two prints; 0 prints each as soon as it is true.
            clock: Gives seconds that only grow.
            output: Where it is printed.
            before_printing: Called before a STATE is printed.
            goes_on: Whether it is printed for a loader behind this program, as the message that it
                came in. That loader acknowledges what it has then, and nobody says when.
        """
        self._output = output or StandardOutput()
        self._before_printing = before_printing
        self._goes_on = goes_on
        self._checkpoints = checkpoints
        self._ledger = ledger
        self._seconds = seconds
        self._clock = clock
        self._last_time = clock()
        self._last_printed: Any = None

    def seconds_until_idle(self, *, window_waits: bool, records_wait: bool) -> float | None:
        """Say how long input may be awaited before what waits is seen to; None for ever.

        Args:
            window_waits: Whether records wait only for their window to be full.
            records_wait: Whether records wait for their batch.
        """
        if window_waits:
            return _SHORTEST_LINGER_SECONDS
        if not records_wait and not self._checkpoints.waits:
            return None
        return max(self._last_time + self._seconds - self._clock(), _SHORTEST_IDLE_SECONDS)

    def print_if_due(self) -> None:
        """Print the newest true STATE, if it is time."""
        if self._checkpoints.waits and self._clock() >= self._last_time + self._seconds:
            self.print()

    def print(self) -> None:
        """Print what is true of the STATEs, if it says something new.

        Raises:
            DeliveryError: Standard output takes nothing any more, or what is done before failed.
        """
        self._last_time = self._clock()
        if not self._output.is_read:
            return  # What nobody learns is not acknowledged.
        for position, state in self._checkpoints.take_true_states():
            # An equal STATE acknowledges nothing: the tap goes on from where it was before.
            if state != self._last_printed:
                self._before_printing()
                # An outcome is durable before a STATE acknowledges it.
                self._ledger.unkeyed.acknowledging(position)
                self._ledger.sync()
                message = {"type": "STATE", "value": state} if self._goes_on else state
                self._output.write(to_json(message) + b"\n", what="STATE")
                self._last_printed = state
                if not self._goes_on:
                    self._ledger.unkeyed.acknowledged(position)
