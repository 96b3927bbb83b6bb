"""Where answers may be told, and the sentence for what cannot be meant."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from target_groove.setting_addresses import LOOPBACK
from target_groove.wording import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")
_KNOWN: Final = ("date", "run_id")


def responses_problems(values: Mapping[str, Any]) -> Iterator[str]:
    """Say what is wrong with the settings that begin with `responses_`.

    Args:
        values: All settings that are set, with their types.

    Yields:
        The problems, as sentences.
    """
    path = values.get("responses_path")
    for name in _PLACEHOLDER.findall(path or ""):
        if name not in _KNOWN:
            yield (
                f"Setting responses_path is {shown(path)}; it may hold {{date}} and {{run_id}}, "
                f"but not {{{name}}}."
            )
    if url := values.get("responses_webhook_url"):
        yield from _webhook_problems(url)
    if command := values.get("responses_command"):
        try:
            words = shlex.split(command)
        except ValueError as error:
            yield f"Setting responses_command is no command line ({str(error).rstrip('.')})."
        else:
            if not words or not words[0]:
                yield "Setting responses_command names no program."
    if values.get("responses_stream", "x").strip() == "":
        yield "Setting responses_stream is empty; it must name a stream."


def _webhook_problems(url: str) -> Iterator[str]:
    try:
        parts = urlsplit(url)
        is_usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        is_usable = is_usable and url.isprintable() and " " not in url
    except ValueError:  # brackets without an IPv6 address, a port that is none
        is_usable = False
    if not is_usable:
        # The address may hold a secret in any part.
        yield "Setting responses_webhook_url is no address like https://example.org/answers."
    elif parts.scheme == "http" and parts.hostname not in LOOPBACK:
        yield (
            "Setting responses_webhook_url: plain http is allowed on this machine only, use https."
        )
