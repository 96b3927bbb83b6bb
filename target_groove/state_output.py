"""Printing STATE: what is true, not too often, and on standard output alone."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, Final

from target_groove.delivery.encoding import to_json
from target_groove.errors import DeliveryError

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
    ) -> None:
        """Start the clock; nothing is printed yet.

        Args:
            checkpoints: Knows which STATE is true.
            ledger: Holds the outcomes that a STATE acknowledges.
            seconds: How long to wait between two prints; 0 prints each as soon as it is true.
            clock: Gives seconds that only grow.
        """
        self._checkpoints = checkpoints
        self._ledger = ledger
        self._seconds = seconds
        self._clock = clock
        self._last_time = clock()
        self._last_printed: Any = None
        self._is_read = True

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
            DeliveryError: Standard output takes nothing any more.
        """
        self._last_time = self._clock()
        if not self._is_read:
            return  # What nobody learns is not acknowledged.
        for position, state in self._checkpoints.take_true_states():
            # An equal STATE acknowledges nothing: the tap goes on from where it was before.
            if state != self._last_printed:
                # An outcome is durable before a STATE acknowledges it.
                self._ledger.unkeyed.acknowledging(position)
                self._ledger.sync()
                self._print_one(state)
                self._ledger.unkeyed.acknowledged(position)

    def _print_one(self, state: Any) -> None:
        try:
            self._write(to_json(state) + b"\n")
        except OSError as error:
            self._is_read = False
            # The interpreter must not try to write the rest at its end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            reason = (
                "nobody reads standard output any more"
                if isinstance(error, BrokenPipeError)
                else f"standard output fails: {error.strerror}"
            )
            msg = f"STATE cannot be printed, {reason}."
            raise DeliveryError(msg) from error
        self._last_printed = state

    @staticmethod
    def _write(line: bytes) -> None:
        # Bytes, because a terminal's or a cron job's encoding need not know every character.
        binary = getattr(sys.stdout, "buffer", None)
        if binary is None:
            sys.stdout.write(line.decode())
        else:
            binary.write(line)
        sys.stdout.flush()
