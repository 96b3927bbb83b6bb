"""Puts the parts of a run together, each made of the ones before it."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from target_groove.checkpoints import Checkpoints
from target_groove.delivery.adaptive_limit import AdaptiveLimit
from target_groove.delivery.adaptive_pacer import AdaptivePacer
from target_groove.delivery.client import Client
from target_groove.delivery.engine import Engine
from target_groove.delivery.pacing import Pacer
from target_groove.delivery.sender import Times
from target_groove.dispatch import Dispatch
from target_groove.in_doubt import Doubts
from target_groove.ledger.ledger import Ledger
from target_groove.ledger.opening import open_database
from target_groove.ledger.shared_pacer import SharedPacer
from target_groove.ledger.without import NO_LEDGER, WithoutLedger
from target_groove.not_sent import NotSent
from target_groove.outputs.dead_letters import DeadLetters
from target_groove.outputs.notices import Notices
from target_groove.outputs.progress import Progress
from target_groove.outputs.rejections import Rejections
from target_groove.outputs.summary import Summary
from target_groove.pipeline import Pipeline
from target_groove.recovery import recover
from target_groove.responses.downstream import Downstream
from target_groove.responses.forwarding import Forwarding
from target_groove.responses.making import destinations_of
from target_groove.sending import Sending
from target_groove.settling import Settling
from target_groove.standard_output import StandardOutput
from target_groove.state_output import StateOutput
from target_groove.subjects.carrying_out import Subjects
from target_groove.window import Window

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable

    from target_groove.settings import Settings
    from target_groove.stopping import StopRequest

"""Requests under way at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The parts of a run.

    Attributes:
        engine: Sends requests.
        ledger: Knows what was delivered, and what is under way.
        recover: Finds out what became of the sends of dead runs.
        checkpoints: Knows which records are settled.
        state_output: Prints STATE.
        dead_letters: The file of records that were set aside.
        rejections: Takes rejected records.
        notices: Says things once.
        progress: Tells how far the run is.
        summary: Counts.
        sending: Has requests under way.
        forwarding: Tells Groove's answers elsewhere.
        pipeline: Delivers records.
    """

    engine: Engine
    ledger: Ledger | WithoutLedger
    recover: Callable[[], None]
    checkpoints: Checkpoints
    state_output: StateOutput
    dead_letters: DeadLetters
    rejections: Rejections
    notices: Notices
    progress: Progress
    summary: Summary
    sending: Sending
    forwarding: Forwarding
    pipeline: Pipeline


def make_engine(
    settings: Settings,
    *,
    stop: StopRequest,
    pacer: Pacer | SharedPacer | None = None,
    before_a_pause: Callable[[], None] = lambda: None,
) -> Engine:
    """Make what sends requests; nothing is sent yet.

    Args:
        settings: The settings.
        stop: What signals ask for; ends every waiting.
        pacer: Counts requests as the setting says, if not this process alone decides.
        before_a_pause: Called when a request has to wait, in whichever thread it does.
    """

    def sleep(seconds: float) -> None:
        before_a_pause()
        stop.sleep(seconds)

    times = Times(
        clock=time.monotonic,
        now=lambda: datetime.now(UTC),
        sleep=sleep,
        check=stop.check_sending,
    )
    pacer = pacer or Pacer(settings.requests_per_minute, clock=times.clock, sleep=times.sleep)
    limit = AdaptiveLimit(settings.max_in_flight, jitter=times.jitter)
    return Engine(
        Client(settings, connections=settings.max_in_flight),
        AdaptivePacer(limit, pacer, clock=times.clock, sleep=times.sleep),
        times,
        api_url=settings.api_url,
        max_attempts=settings.max_attempts,
    )


def assemble(
    settings: Settings, *, stop: StopRequest, logger: logging.Logger, goes_on: bool = False
) -> Parts:
    """Open the ledger and make the parts of a run; nothing is sent yet.

    Args:
        settings: The settings.
        stop: What signals ask for; ends every waiting.
        logger: The log of the run.
        goes_on: Whether a loader behind this program gets Groove's answers on standard output.

    Raises:
        LedgerError: The ledger cannot be used.
    """
    notices = Notices(logger)
    ledger, pacer = _ledger_and_pacer(settings, stop, notices)

    def before_a_pause() -> None:
        sending.collect_before_a_pause()

    engine = make_engine(settings, stop=stop, pacer=pacer, before_a_pause=before_a_pause)
    checkpoints = Checkpoints(keep_each=settings.checkpoint_seconds == 0)
    summary = Summary()
    dead_letters = DeadLetters(settings.dead_letter_path)
    rejections = Rejections(
        dead_letters,
        checkpoints=checkpoints,
        summary=summary,
        logger=logger,
        max_rejected=settings.max_rejected,
    )
    settling = Settling(
        checkpoints=checkpoints,
        rejections=rejections,
        summary=summary,
        has_ledger=isinstance(ledger, Ledger),
    )
    doubts = Doubts(settings.on_in_doubt, engine=engine, ledger=ledger)
    output = StandardOutput()
    forwarding = _forwarding(settings, ledger, stop, output if goes_on else None)
    recover_runs = partial(recover, ledger, doubts, forwarding)
    state_output = StateOutput(
        checkpoints,
        ledger=ledger,
        seconds=settings.checkpoint_seconds,
        clock=time.monotonic,
        output=output,
        before_printing=forwarding.flush,
        goes_on=goes_on,
    )
    progress = Progress(
        summary, dead_letter_path=dead_letters.path, logger=logger, clock=time.monotonic
    )

    def on_progress() -> None:
        forwarding.flush_if_due()
        state_output.print_if_due()
        progress.say_if_due()

    sending = Sending(
        settings,
        engine=engine,
        ledger=ledger,
        doubts=doubts,
        settling=settling,
        forwarding=forwarding,
        summary=summary,
        stop=stop,
        on_progress=on_progress,
        clock=time.monotonic,
    )
    return Parts(
        engine=engine,
        ledger=ledger,
        recover=recover_runs,
        checkpoints=checkpoints,
        state_output=state_output,
        dead_letters=dead_letters,
        rejections=rejections,
        notices=notices,
        progress=progress,
        summary=summary,
        sending=sending,
        forwarding=forwarding,
        pipeline=Pipeline(
            settings,
            ledger=ledger,
            window=Window(ledger, recover=recover_runs, pause=stop.sleep, states_are_late=goes_on),
            dispatch=Dispatch(
                settings,
                sending=sending,
                subjects=Subjects(engine, create_missing_fields=settings.create_missing_fields),
                settling=settling,
                ledger=ledger,
                notices=notices,
            ),
            sending=sending,
            not_sent=NotSent(ledger=ledger, settling=settling, notices=notices),
            settling=settling,
            notices=notices,
            on_progress=on_progress,
            clock=time.monotonic,
        ),
    )


def _forwarding(
    settings: Settings,
    ledger: Ledger | WithoutLedger,
    stop: StopRequest,
    output: StandardOutput | None,
) -> Forwarding:
    destinations = destinations_of(settings, check=stop.check, remembers=ledger.remembers)
    if output is not None:
        destinations.insert(0, Downstream(output, stream=settings.responses_stream))
    began = datetime.now(UTC)
    return Forwarding(
        destinations,
        outbox=ledger.outbox,
        remembers=ledger.remembers,
        run_id=f"{began:%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:8]}",
        clock=time.monotonic,
    )


def _ledger_and_pacer(
    settings: Settings, stop: StopRequest, notices: Notices
) -> tuple[Ledger | WithoutLedger, SharedPacer | None]:
    if settings.ledger_url == NO_LEDGER:
        notices.no_ledger()
        return WithoutLedger(), None
    database = open_database(settings.ledger_url)
    if database.was_created:
        notices.new_ledger(database.shown_url)
    account = settings.api_url.rstrip("/")
    ledger = Ledger(database, account=account, namespace=settings.ledger_namespace, now=time.time)
    limit = settings.requests_per_minute
    if not limit:
        return ledger, None
    return ledger, SharedPacer(
        database,
        account=account,
        run_id=ledger.run_id,
        limit=limit,
        now=time.time,
        sleep=stop.sleep,
    )
