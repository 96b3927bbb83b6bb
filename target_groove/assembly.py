"""Puts the parts of a run together, each made of the ones before it."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from target_groove.checkpoints import Checkpoints
from target_groove.dispatch import Dispatch
from target_groove.in_doubt import Doubts
from target_groove.ledger.ledger import Ledger
from target_groove.ledger.opening import open_database
from target_groove.ledger.shared_pacer import SharedPacer
from target_groove.ledger.without import NO_LEDGER, WithoutLedger
from target_groove.makers import Makers
from target_groove.not_sent import NotSent
from target_groove.outputs.dead_letters import DeadLetters
from target_groove.outputs.notices import Notices
from target_groove.profile_pipeline import PipelineWithProfiles
from target_groove.recovery import recover
from target_groove.state_output import StateOutput
from target_groove.subjects.carrying_out import Subjects
from target_groove.window import Window

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable

    from target_groove.delivery.engine import Engine
    from target_groove.outputs.narrator import Narrator
    from target_groove.outputs.rejections import Rejections
    from target_groove.outputs.summary import Summary
    from target_groove.responses.forwarding import Forwarding
    from target_groove.sending import Sending
    from target_groove.settings import Settings
    from target_groove.stopping import StopRequest


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
    progress: Narrator
    summary: Summary
    sending: Sending
    forwarding: Forwarding
    pipeline: PipelineWithProfiles


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
    ledger, pacer = ledger_and_pacer(settings, stop, notices)
    return put_together(
        settings, ledger, pacer, stop=stop, logger=logger, notices=notices, goes_on=goes_on
    )


def put_together(
    settings: Settings,
    ledger: Ledger | WithoutLedger,
    pacer: SharedPacer | None,
    *,
    stop: StopRequest,
    logger: logging.Logger,
    notices: Notices,
    makers: Makers | None = None,
    goes_on: bool = False,
) -> Parts:
    """Make the parts of a run around its ledger; nothing is sent yet.

    Args:
        settings: The settings.
        ledger: The ledger, open.
        pacer: Counts requests, if not this process alone decides.
        stop: What signals ask for.
        logger: The log of the run.
        notices: Says things once.
        makers: Makes the parts that are not to be those of a run.
        goes_on: As for `assemble`.
    """
    makers = makers or Makers()

    def before_a_pause() -> None:
        sending.collect_before_a_pause()

    checkpoints = Checkpoints(keep_each=settings.checkpoint_seconds == 0)
    dead_letters = DeadLetters(settings.dead_letter_path)
    run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:8]}"
    watched = makers.watch(
        settings,
        run_id=run_id,
        records_read=lambda: checkpoints.records_read,
        dead_letter_path=dead_letters.path,
        logger=logger,
    )
    summary, progress = watched.summary, watched.progress
    engine = makers.engine(
        settings,
        stop=stop,
        pacer=pacer,
        observer=watched.observer,
        before_a_pause=before_a_pause,
    )
    rejections = makers.rejections(
        dead_letters,
        checkpoints=checkpoints,
        summary=summary,
        logger=logger,
        max_rejected=settings.max_rejected,
        observer=watched.observer,
    )
    settling = makers.settling(
        checkpoints=checkpoints,
        rejections=rejections,
        summary=summary,
        has_ledger=isinstance(ledger, Ledger),
    )
    doubts = Doubts(settings.on_in_doubt, engine=engine, ledger=ledger)
    output = makers.output()
    forwarding = makers.forwarding(
        settings, ledger, run_id=run_id, check=stop.check, output=output if goes_on else None
    )
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

    def on_progress() -> None:
        forwarding.flush_if_due()
        state_output.print_if_due()
        progress.say_if_due()

    sending = makers.sending(
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
    window = Window(ledger, recover=recover_runs, pause=stop.sleep, states_are_late=goes_on)
    preparing = makers.preparing(window=window, notices=notices)
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
        pipeline=PipelineWithProfiles(
            settings,
            ledger=ledger,
            window=window,
            preparing=preparing,
            dispatch=Dispatch(
                settings,
                sending=sending,
                subjects=Subjects(
                    engine,
                    create_missing_fields=settings.create_missing_fields,
                    account=makers.account(),
                ),
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
            profiles=makers.profiles(
                settings,
                preparing=preparing,
                settling=settling,
                notices=notices,
                on_progress=on_progress,
            ),
        ),
    )


def ledger_and_pacer(
    settings: Settings, stop: StopRequest, notices: Notices
) -> tuple[Ledger | WithoutLedger, SharedPacer | None]:
    """Open the ledger that a run writes, and count its requests with it.

    Raises:
        LedgerError: The ledger cannot be used.
    """
    if settings.ledger_url == NO_LEDGER:
        notices.no_ledger()
        return WithoutLedger(), None
    database = open_database(settings.ledger_url)
    if database.was_created:
        notices.new_ledger(database.shown_url)
    account = settings.ledger_account
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
