"""The ways on which answers are told, as the settings want them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from target_groove.responses.file import ResponsesFile

if TYPE_CHECKING:
    from collections.abc import Callable

    from target_groove.responses.destination import Destination
    from target_groove.settings import Settings

UNDELIVERED: Final = "undelivered-responses.singer.jsonl"
"""Beside the dead-letter file: answers that the receiver of the webhook did not take."""


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
