"""Makes what tells answers, as the settings want it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from target_groove.responses.downstream import Downstream
from target_groove.responses.file import ResponsesFile
from target_groove.responses.forwarding import Forwarding

if TYPE_CHECKING:
    from collections.abc import Callable

    from target_groove.ledger.ledger import Ledger
    from target_groove.ledger.without import WithoutLedger
    from target_groove.responses.destination import Destination
    from target_groove.settings import Settings
    from target_groove.standard_output import StandardOutput

UNDELIVERED: Final = "undelivered-responses.singer.jsonl"
"""Beside the dead-letter file: answers that the receiver of the webhook did not take."""


def make_forwarding(
    settings: Settings,
    ledger: Ledger | WithoutLedger,
    *,
    run_id: str,
    check: Callable[[], None],
    output: StandardOutput | None = None,
) -> Forwarding:
    """Make what tells the answers of a run; nothing is opened yet.

    Args:
        settings: The settings.
        ledger: Keeps answers until they arrived.
        run_id: The name of the run.
        check: Raises if a signal asked for the end.
        output: Where a loader behind this program reads them, if there is one.
    """
    destinations = destinations_of(settings, check=check, remembers=ledger.remembers)
    if output is not None:
        destinations.insert(0, Downstream(output, stream=settings.responses_stream))
    return _forwarding(ledger, destinations, run_id)


def tell_nowhere(
    _: Settings, ledger: Ledger | WithoutLedger, *, run_id: str, **more: Any
) -> Forwarding:
    """Make what tells no answers, whatever the settings say."""
    del more
    return _forwarding(ledger, [], run_id)


def _forwarding(
    ledger: Ledger | WithoutLedger, destinations: list[Destination], run_id: str
) -> Forwarding:
    return Forwarding(
        destinations,
        outbox=ledger.outbox,
        remembers=ledger.remembers,
        run_id=run_id,
        clock=time.monotonic,
    )


def destinations_of(
    settings: Settings, *, check: Callable[[], None], remembers: bool
) -> list[Destination]:
    """Make what the settings name; nothing is opened yet.

    Args:
        settings: The settings.
        check: Raises if a signal asked for the end.
        remembers: Whether a later run can tell what this one leaves.
    """
    stream = settings.responses_stream
    made: list[Destination] = []
    if settings.responses_path:
        made.append(ResponsesFile(settings.responses_path, stream=stream))
    # The others are loaded by who uses them only.
    if settings.responses_webhook_url:
        from target_groove.responses.posting import Poster, name_of  # noqa: PLC0415
        from target_groove.responses.webhook import Webhook  # noqa: PLC0415

        beside = Path(settings.dead_letter_path).with_name(UNDELIVERED)
        made.append(
            Webhook(
                Poster(settings.responses_webhook_url),
                name=name_of(settings.responses_webhook_url),
                dead_letters=ResponsesFile(str(beside), stream=stream),
                check=check,
                leaves_the_rest=remembers,
            )
        )
    if settings.responses_command:
        from target_groove.responses.child import ChildTarget  # noqa: PLC0415

        made.append(
            ChildTarget(
                settings.responses_command, stream=stream, token=settings.api_token, check=check
            )
        )
    return made
