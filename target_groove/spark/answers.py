"""Groove's answers: tasks keep them in the ledger, and the driver tells them."""

from __future__ import annotations

import time
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any

from target_groove.errors import ConfigurationError, DeliveryError
from target_groove.ledger.ledger import Ledger
from target_groove.ledger.opening import open_database
from target_groove.responses.making import destinations_of, make_forwarding, tell_nowhere

if TYPE_CHECKING:
    from target_groove.ledger.without import WithoutLedger
    from target_groove.responses.forwarding import Forwarding
    from target_groove.settings import Settings
    from target_groove.spark.job import Job


def check_ways(job: Job) -> None:
    """Find out whether answers can be told, before anything is sent.

    Raises:
        ConfigurationError: A way cannot be used.
        DeliveryError: A way cannot be used now.
    """
    for each in destinations_of(job.settings, check=_nobody_asks, remembers=True):
        each.check()


def keep_answers(
    job: Job, settings: Settings, ledger: Ledger | WithoutLedger, **more: Any
) -> Forwarding:
    """Make what leaves answers in the ledger, for the driver to tell them as those of one run.

    Args:
        job: The write, which is that run.
        settings: The settings.
        ledger: Keeps them.
        more: What is known of one task's run, and not needed.
    """
    forwarding = tell_nowhere(settings, ledger, **{**more, "run_id": job.name})
    ledger.outbox.destinations = job.tells_answers
    return forwarding


def tell_answers(job: Job) -> str:
    """Tell the answers that tasks kept, those of earlier writes too.

    Returns:
        The sentence for which some were not told; empty if all were.

    Raises:
        LedgerError: The ledger cannot be used.
    """
    if not job.tells_answers:
        return ""
    settings = job.settings
    database = open_database(settings.ledger_url)
    account, namespace = settings.ledger_account, settings.ledger_namespace
    ledger = Ledger(database, account=account, namespace=namespace, now=time.time)
    with ExitStack() as stack:
        stack.callback(ledger.close, at_the_end=False)
        forwarding = make_forwarding(settings, ledger, run_id=job.name, check=_nobody_asks)
        stack.enter_context(closing(forwarding))
        try:
            forwarding.tell_for_others()
        except (ConfigurationError, DeliveryError) as error:
            return str(error)
    return ""


def _nobody_asks() -> None:
    """Go on: a signal ends the driver's process, and the ledger keeps what was not told."""
