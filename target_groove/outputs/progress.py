"""How far a run has come: shown at a terminal, logged once a minute elsewhere, told at the end."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any, Final

from target_groove.outputs.durations import duration
from target_groove.outputs.ending import log_rows, print_tables
from target_groove.outputs.estimate import InputSize
from target_groove.outputs.narrator import Narrator
from target_groove.outputs.terminal import Terminal, has_terminal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from target_groove.delivery.observer import Observer
    from target_groove.outputs.metrics import Metrics
    from target_groove.outputs.report.writing import Report
    from target_groove.outputs.standing import Standing, Standings
    from target_groove.outputs.summary import Summary
    from target_groove.outputs.tally import Tally

SECONDS_BETWEEN: Final = 60.0


class Progress(Narrator):
    """Tells how far a run has come."""

    def __init__(
        self,
        summary: Summary,
        tally: Tally,
        *,
        standings: Standings,
        observer: Observer,
        metrics: Metrics,
        report: Report | None,
        dead_letter_path: Path,
        logger: logging.Logger,
        clock: Callable[[], float],
    ) -> None:
        """Start the clock.

        Args:
            summary: What is counted of records.
            tally: What is counted of requests.
            standings: Says how far the run is.
            observer: Is told when the run ends.
            metrics: Written together with each line.
            report: Is written at the end; None if nobody wants one.
            dead_letter_path: Where rejected records are.
            logger: The log.
            clock: Gives seconds that only grow.
        """
        self._summary = summary
        self._tally = tally
        self._standings = standings
        self._observer = observer
        self._metrics = metrics
        self._report = report
        self._dead_letter_path = dead_letter_path
        self._logger = logger
        self._clock = clock
        self._last = clock()
        self._source: IO[Any] | None = None
        self._lines_read: Callable[[], int] = lambda: 0
        self._size: InputSize | None = None
        self._terminal: Terminal | None = None
        # Who wants no word of the run wants no picture of it either.
        self._has_terminal = logger.isEnabledFor(logging.INFO) and has_terminal()

    def begin(self, source: IO[Any] | None, lines_read: Callable[[], int]) -> None:
        """Learn what is read, and show the display where there is a terminal."""
        self._source, self._lines_read = source, lines_read
        if self._has_terminal:
            self._terminal = Terminal(self._standing)

    def say_if_due(self) -> None:
        """Say how far the run is, if nothing was said for a minute."""
        if self._clock() >= self._last + SECONDS_BETWEEN:
            self._last = self._clock()
            self._metrics.write()
            if not self._has_terminal:
                self._say_so_far()

    def say_done(self) -> None:
        """Say that the run went through."""
        self._end("Done", None)

    def say_stopped(self, error: BaseException) -> None:
        """Say how far a run came that was stopped, by an error or a signal."""
        self._end("Stopped", error)

    def _standing(self) -> Standing:
        if self._size is None:
            self._size = InputSize(self._source, self._lines_read)
        return self._standings.now(self._size)

    def _say_so_far(self) -> None:
        standing = self._standing()
        rate = f" ({standing.in_last_minute} in the last minute)" if standing.requests else ""
        parts = [f"{self._summary.sentence}{rate}"]
        if standing.seconds_to_wait >= 1:
            parts.append(f"the limit lets the next go in {duration(standing.seconds_to_wait)}")
        if standing.seconds_left:
            parts.append(f"about {duration(max(standing.seconds_left, 1))} to go")
        self._logger.info("So far: %s.", "; ".join(parts), extra=self._extra(standing))

    def _end(self, how: str, error: BaseException | None) -> None:
        self._observer.ended()
        self._metrics.write()
        if self._terminal is not None:
            self._terminal.close()
        if self._has_terminal:
            # Who closed the terminal has no table, and the run ends as it ended.
            with suppress(OSError):
                print_tables(self._summary, self._tally)
        else:
            log_rows(self._logger, self._summary, self._tally)
        where = self._where(self._report.write(error) if self._report else None)
        self._logger.info(
            "%s: %s%s.",
            how,
            self._summary.sentence,
            where,
            extra=self._extra(self._standings.now()),
        )

    def _where(self, report: Path | None) -> str:
        said = []
        if self._summary.set_aside:
            said.append(f"what was set aside is in {self._dead_letter_path}")
        if report is not None:
            said.append(f"the report is {report}")
        return "".join(f"; {each}" for each in said)

    def _extra(self, standing: Standing) -> dict[str, Any]:
        return {
            "read": standing.read,
            "delivered": standing.delivered,
            "unchanged": standing.unchanged,
            "merged": standing.merged,
            "rejected": standing.rejected,
            "in_doubt": standing.in_doubt,
            "skipped": standing.skipped,
            "requests": self._summary.requests,
            "requests_in_last_minute": standing.in_last_minute,
            "seconds": round(standing.seconds, 3),
            "seconds_waited": round(self._tally.waited, 3),
        }
