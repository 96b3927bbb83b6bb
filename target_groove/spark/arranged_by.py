"""By which options a frame was arranged; it says so itself, so that it is written by the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from target_groove.ledger.identity import digest
from target_groove.ledger.opening import parsed_url

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from target_groove.spark.options import Options

NOTE: Final = "target-groove"
"""The name of the note in the metadata of the column that names the objects."""
MARK: Final = "_groove_object"
"""The column of an arranged frame that names the object of each row."""
UNCHANGED: Final = "_groove_unchanged"
"""The column of an arranged frame in which rows without an object count those left out."""
READS: Final = "_groove_reads"
"""The column beside it that counts the look-ups it took."""
PLACE: Final = "_groove_place"
"""The column of an arranged frame that keeps the order in which the rows were."""
OWN_COLUMNS: Final = (MARK, UNCHANGED, READS, PLACE)

_DECIDE: Final = (
    "account",
    "api_url",
    "exclude_attributes",
    "flattening_enabled",
    "flattening_max_depth",
    "flattening_max_key_length",
    "flattening_separator",
    "ledger_namespace",
    "profile_url",
    "stream_map_config",
    "stream_maps",
    "unknown_fields",
)
"""Settings that decide which rows are left out, or which of them belong together."""


def options_digested(options: Options, ledger_url: str) -> dict[str, str]:
    """Digest each option that decides what arranging makes of a frame.

    Args:
        options: The options of a write.
        ledger_url: Where its ledger is.
    """
    values: dict[str, Any] = {name: options.settings.get(name) for name in _DECIDE}
    values |= options.route
    values |= {
        "stream": options.stream,
        "account_column": options.account_column,
        "order_by": list(options.order_by),
        "ledger_url": parsed_url(ledger_url).set(password=None).render_as_string(),
    }
    return {name: digest(repr(each)) for name, each in values.items() if each}


def problems_of(fields: Sequence[Mapping[str, Any]], options: Mapping[str, str]) -> list[str]:
    """Find out whether a frame is as `arrange` made it, by the options of its write.

    Args:
        fields: The fields of the frame, as `StructType.jsonValue` has them.
        options: Those of the write, digested.

    Returns:
        What is wrong, as sentences.
    """
    found = {each["name"]: each.get("metadata") or {} for each in fields}
    missing = [each for each in OWN_COLUMNS if each not in found]
    if len(missing) == len(OWN_COLUMNS):
        return []
    note = found.get(MARK, {}).get(NOTE)
    if missing or not isinstance(note, str):
        return [
            f"The frame has columns that begin with _groove, but lacks {', '.join(missing)} of "
            "those that target_groove.spark.arrange adds; write just what arrange gave."
            if missing
            else "The frame has the columns that target_groove.spark.arrange adds, but no note of "
            "how it was arranged; write just what arrange gave."
        ]
    by: dict[str, str] = json.loads(note)
    others = sorted(
        name for name in by.keys() | options.keys() if by.get(name) != options.get(name)
    )
    names = ", ".join(others)
    sentence = f"The frame was arranged with another {names}; give arrange and the write the same."
    return [sentence] if others else []
