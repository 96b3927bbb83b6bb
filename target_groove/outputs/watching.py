"""Who watches a run: each of them is made, and loaded, only if it is wanted."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from target_groove.delivery.observer import Observer, Observers
from target_groove.outputs.metrics import Metrics
from target_groove.outputs.narrator import Narrator
from target_groove.outputs.progress import Progress
from target_groove.outputs.standing import Standings
from target_groove.outputs.summary import Summary
from target_groove.outputs.tally import Tally
from target_groove.outputs.telemetry_wish import wants_telemetry

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable
    from pathlib import Path

    from target_groove.outputs.report.writing import Report
    from target_groove.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What watches a run.

    Attributes:
        summary: Counts records.
        observer: Is told what happens.
        progress: Tells people.
    """

    summary: Summary
    observer: Observer
    progress: Narrator


def count_only(_: Settings, **more: Any) -> Watch:
    """Make what counts and tells nobody: no display, no report, no metrics."""
    del more
    return Watch(summary=Summary(), observer=Observer(), progress=Narrator())


def watch(
    settings: Settings,
    *,
    run_id: str,
    records_read: Callable[[], int],
    dead_letter_path: Path,
    logger: logging.Logger,
) -> Watch:
    """Make what watches a run.

    Args:
        settings: The settings.
        run_id: The name of the run.
        records_read: Gives how many records were read.
        dead_letter_path: Where rejected records are.
        logger: The log.
    """
    summary, tally = Summary(), Tally(time.monotonic)
    standings = Standings(
        summary,
        tally,
        records_read=records_read,
        requests_per_minute=settings.requests_per_minute,
    )
    observers: list[Observer] = [tally]
    report: Report | None = None
    if settings.report_path:
        from target_groove.outputs.report.kept import Kept  # noqa: PLC0415 - few runs need it
        from target_groove.outputs.report.writing import Report  # noqa: PLC0415

        kept = Kept()
        observers.append(kept)
        report = Report(
            settings,
            run_id=run_id,
            summary=summary,
            tally=tally,
            kept=kept,
            standings=standings,
            now=time.time,
            logger=logger,
        )
    if wants_telemetry(os.environ, logger):
        observers += _telemetry(summary, tally, logger)
    observer = Observers(observers) if len(observers) > 1 else tally
    progress = Progress(
        summary,
        tally,
        standings=standings,
        observer=observer,
        metrics=Metrics(summary, tally),
        report=report,
        dead_letter_path=dead_letter_path,
        logger=logger,
        clock=time.monotonic,
    )
    return Watch(summary=summary, observer=observer, progress=progress)


def _telemetry(summary: Summary, tally: Tally, logger: logging.Logger) -> list[Observer]:
    """Make what sends traces and metrics; a run goes on without it if that cannot be made."""
    try:
        from target_groove.outputs.telemetry import Telemetry  # noqa: PLC0415 - an optional extra

        return [Telemetry(summary, tally, logger=logger)]
    except Exception as error:  # noqa: BLE001 - variables that are meant for others raise anything
        logger.warning(
            "OpenTelemetry cannot be used, the run goes on without it (%s); mend the variables "
            "that begin with OTEL_, or set OTEL_SDK_DISABLED to true.",
            error,
        )
        return []
