"""Looks up files that may have been attached to a message."""

from __future__ import annotations

import unicodedata
from collections import Counter
from typing import TYPE_CHECKING, Any

from target_groove.endpoints.find_listing import Lists, Thing
from target_groove.endpoints.finding import (
    Absent,
    Ambiguous,
    Evidence,
    Fetch,
    Finding,
    Found,
    UnexpectedAnswer,
    ambiguous_if_unexpected,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

_File = tuple[str, int]
"""Name and size in bytes."""


@ambiguous_if_unexpected
def find_attachments(evidence: Evidence, fetch: Fetch) -> Finding:
    """Look the files of an upload up among the attachments of its message.

    `GET /attachments?message=` lists only `filename`, `size` and `url`
    (http://www.groovehq.com/docs/attachments). So an older file of the same message with the same
    name and size that was not attached by us is taken for ours. A file of the same size under
    another name leaves it open: what Groove makes of unusual names is not documented.
    """
    wanted = Counter(_file(each, "sent") for each in _files(evidence.payload))
    listed = [
        _file(each, "listed") for each in Lists(fetch).attachments(evidence.params["message_id"])
    ]
    there = Counter(each for each in listed if each in wanted)
    if there == wanted:
        return Found("")
    total = wanted.total()
    if any(there[each] > wanted[each] for each in there):
        return Ambiguous("an equal file was attached more than once, and the list has no dates")
    if there:
        return Ambiguous(f"{there.total()} of {total} files are attached")
    sizes = {size for _, size in wanted}
    if any(size in sizes for _, size in listed):
        return Ambiguous("a file of the same size is attached under another name")
    return Absent()


def _files(payload: Mapping[str, Any]) -> list[Any]:
    files = payload.get("files", [payload])
    if not isinstance(files, list) or not files:
        msg = "what was uploaded is not known"
        raise UnexpectedAnswer(msg)
    return files


def _file(described: Thing, how: str) -> _File:
    name, size = described.get("filename"), described.get("size")
    if not isinstance(name, str) or type(size) is not int:
        msg = f"a file was {how} without its name and size in bytes"
        raise UnexpectedAnswer(msg)
    return unicodedata.normalize("NFC", name), size
