"""A line in the log once a minute, and one at the end that counts everything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable
    from pathlib import Path

    from target_groove.outputs.summary import Summary

SECONDS_BETWEEN: Final = 60.0


class Progress:
    """Tells how far a run has come."""

    def __init__(
        self,
        summary: Summary,
        *,
        dead_letter_path: Path,
        logger: logging.Logger,
        clock: Callable[[], float],
    ) -> None:
        """Start the clock.

        Args:
            summary: What is counted.
            dead_letter_path: Where rejected records are.
            logger: The log.
            clock: Gives seconds that only grow.
        """
        self._summary = summary
        self._dead_letter_path = dead_letter_path
        self._logger = logger
        self._clock = clock
        self._last = clock()

    def say_if_due(self) -> None:
        """Say how far the run is, if nothing was said for a minute."""
        if self._clock() >= self._last + SECONDS_BETWEEN:
            self._last = self._clock()
            self._say("So far")

    def say_done(self) -> None:
        """Say that the run went through."""
        self._say("Done")

    def say_stopped(self) -> None:
        """Say how far a run came that was stopped."""
        self._say("Stopped")

    def _say(self, how: str) -> None:
        rejected = self._summary.rejected.total()
        where = (
            f"; what was set aside is in {self._dead_letter_path}"
            if self._summary.set_aside
            else ""
        )
        self._logger.info(
            "%s: %s%s.",
            how,
            self._summary.sentence,
            where,
            extra={
                "delivered": self._summary.delivered.total(),
                "unchanged": self._summary.unchanged.total(),
                "merged": self._summary.merged.total(),
                "rejected": rejected,
                "skipped": self._summary.skipped.total(),
                "requests": self._summary.requests,
            },
        )
