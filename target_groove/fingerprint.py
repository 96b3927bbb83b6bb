"""What decides, beside a record, what is sent of it, in one text."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

from target_groove import __version__
from target_groove.ledger.identity import digest
from target_groove.liquid import depends_on_the_clock, is_liquid, liquid_version

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from target_groove.settings import Settings

PAYLOADS: Final = 1
"""Raised whenever the same record and route give another payload than before; a test holds samples
of what they gave."""


def fingerprint(spec: Mapping[str, Any], settings: Settings) -> str:
    """Digest what decides, beside a record, what a route sends of it.

    That is all that a route is read from, and this program itself. Where it is another than it was,
    every payload is made again and compared; nothing is sent for that.

    Args:
        spec: The route as it was written.
        settings: The settings; those count that a route takes its defaults from.

    Returns:
        32 hexadecimal digits; an empty text if more decides than can be told beforehand.
    """
    templates = [each for each in _texts(spec) if is_liquid(each)]
    if any(map(depends_on_the_clock, templates)):
        return ""
    return digest(
        PAYLOADS,
        __version__,
        # Letters and digits are what Python takes for such.
        list(sys.version_info[:2]),
        liquid_version() if templates else "",
        # Not as an object: the order of names decides which of two synonyms counts.
        repr(spec),
        repr((settings.exclude_attributes, settings.unknown_fields)),
    )


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
