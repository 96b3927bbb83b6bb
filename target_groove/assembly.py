"""Puts the parts of a run together, each made of the ones before it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from target_groove.checkpoints import Checkpoints
from target_groove.delivery.client import Client
from target_groove.delivery.engine import Engine
from target_groove.delivery.pacing import Pacer
from target_groove.delivery.sender import Times
from target_groove.outputs.dead_letters import DeadLetters
from target_groove.outputs.notices import Notices
from target_groove.outputs.progress import Progress
from target_groove.outputs.rejections import Rejections
from target_groove.outputs.summary import Summary
from target_groove.pipeline import Pipeline
from target_groove.state_output import StateOutput

if TYPE_CHECKING:
    import logging

    from target_groove.settings import Settings
    from target_groove.stopping import StopRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The parts of a run.

    Attributes:
        engine: Sends requests.
        checkpoints: Knows which records are settled.
        state_output: Prints STATE.
        dead_letters: The file of records that were set aside.
        rejections: Takes rejected records.
        notices: Says things once.
        progress: Tells how far the run is.
        summary: Counts.
        pipeline: Delivers records.
    """

    engine: Engine
    checkpoints: Checkpoints
    state_output: StateOutput
    dead_letters: DeadLetters
    rejections: Rejections
    notices: Notices
    progress: Progress
    summary: Summary
    pipeline: Pipeline


def assemble(settings: Settings, *, stop: StopRequest, logger: logging.Logger) -> Parts:
    """Make the parts of a run; nothing is opened or sent yet.

    Args:
        settings: The settings.
        stop: What signals ask for; ends every waiting.
        logger: The log of the run.
    """
    times = Times(
        clock=time.monotonic, now=lambda: datetime.now(UTC), sleep=stop.sleep, check=stop.check
    )
    engine = Engine(
        Client(settings),
        Pacer(settings.requests_per_minute, clock=times.clock, sleep=times.sleep),
        times,
        api_url=settings.api_url,
        max_attempts=settings.max_attempts,
    )
    checkpoints = Checkpoints()
    summary = Summary()
    notices = Notices(logger)
    dead_letters = DeadLetters(settings.dead_letter_path)
    rejections = Rejections(
        dead_letters,
        checkpoints=checkpoints,
        summary=summary,
        logger=logger,
        max_rejected=settings.max_rejected,
    )
    return Parts(
        engine=engine,
        checkpoints=checkpoints,
        state_output=StateOutput(
            checkpoints, seconds=settings.checkpoint_seconds, clock=times.clock
        ),
        dead_letters=dead_letters,
        rejections=rejections,
        notices=notices,
        progress=Progress(
            summary, dead_letter_path=dead_letters.path, logger=logger, clock=times.clock
        ),
        summary=summary,
        pipeline=Pipeline(
            settings,
            engine=engine,
            checkpoints=checkpoints,
            rejections=rejections,
            notices=notices,
            summary=summary,
        ),
    )
