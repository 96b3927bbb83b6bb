"""An answer of Groove's, and the sentence that is in its errors."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import msgspec

from target_groove.delivery.depth import is_deeper

MAX_REASON_CHARACTERS: Final = 500
MAX_DEPTH: Final = 64
"""Lists and objects in each other; Groove's answers have a few, and more is walked by nobody."""
_TAGS: Final = re.compile(r"<[^>]*>")
_NO_JSON: Final = object()


@dataclass(frozen=True)
class Answer:
    """An HTTP answer, read up to a bound.

    Attributes:
        status_code: Its status.
        headers: Its headers, names in any case.
        content: Its body, decoded; cut at the bound.
    """

    status_code: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def body(self) -> Any:
        """The body, parsed if it is JSON; None if it is empty or something else."""
        return None if self._parsed is _NO_JSON else self._parsed

    @property
    def is_text(self) -> bool:
        """Whether the body says something, but not in JSON; JSON that is cut is none."""
        return self._parsed is _NO_JSON

    @cached_property
    def _parsed(self) -> Any:
        if not self.content.strip():
            return None
        try:
            body = msgspec.json.decode(self.content)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return _NO_JSON
        return _NO_JSON if is_deeper(body, self.content, MAX_DEPTH) else body

    @property
    def error(self) -> str:
        """What the answer complains about, in one line; empty if it says nothing.

        The form of version 1's errors is not documented, so the forms that clients were seen to
        read are tried in turn.
        """
        body = self.body
        if isinstance(body, Mapping):
            words = _from_object(body)
        elif isinstance(body, list):
            words = "; ".join(_messages(body))
        else:
            words = _TAGS.sub(
                " ", self.content[: 8 * MAX_REASON_CHARACTERS].decode(errors="replace")
            )
        return " ".join(words.split())[:MAX_REASON_CHARACTERS]

    @property
    def is_refusal(self) -> bool:
        """Whether the body says that it failed, whatever the status says."""
        body = self.body
        if not isinstance(body, Mapping):
            return False
        return bool(body.get("errors") or body.get("error")) or body.get("success") is False


def _from_object(body: Mapping[str, Any]) -> str:
    for name in ("errors", "message", "error_description", "error"):
        if messages := "; ".join(_messages(body.get(name))):
            return messages
    return ""


def _messages(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        if value:
            yield value
    elif isinstance(value, list):
        for each in value:
            yield from _messages(each)
    elif isinstance(value, Mapping):
        if message := _from_object(value):
            field = value.get("field") or value.get("path")
            yield f"{field}: {message}" if isinstance(field, str) else message
        else:
            for name, each in value.items():
                yield from (f"{name} {message}" for message in _messages(each))
