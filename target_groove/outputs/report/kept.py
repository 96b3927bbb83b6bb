"""Rejected records with request and answer, as many as a page can hold."""

from __future__ import annotations

from typing import Any, Final

from target_groove.delivery.encoding import to_json
from target_groove.delivery.masking import without_secrets
from target_groove.delivery.observer import Observer, Rejected
from target_groove.outputs.reasons import kind_of
from target_groove.wording import shortened

MOST_KEPT: Final = 500
MOST_CHARACTERS: Final = 4_000_000
"""Of all requests and answers together."""
LONGEST: Final = 8_000
"""Characters of one request or answer."""
LONGEST_WORDS: Final = 1_000
"""Characters of a key or a reason."""


class Kept(Observer):
    """Keeps the first of the rejected records; of the others it only knows how many they are.

    Attributes:
        records: What is kept of each, ready for JSON.
        not_kept: How many there are beside them.
    """

    def __init__(self) -> None:
        """Nothing is rejected yet."""
        self.records: list[dict[str, Any]] = []
        self.not_kept = 0
        self._characters = 0

    def rejected(self, rejected: Rejected) -> None:
        """Keep a record, unless there are too many already."""
        if len(self.records) == MOST_KEPT:
            self.not_kept += 1
            return
        source = rejected.source
        self.records.append(
            {
                "stream": source.stream,
                "endpoint": rejected.endpoint,
                "place": source.place,
                "key": shortened(source.key, LONGEST_WORDS),
                "reason": shortened(rejected.reason, LONGEST_WORDS),
                "kind": kind_of(rejected.reason),
                "inDoubt": rejected.in_doubt,
                "status": rejected.status,
                "request": self._text(rejected.request),
                "answer": self._text(without_secrets(rejected.answer)),
            }
        )

    def _text(self, value: Any) -> str | None:
        if value is None:
            return None
        try:
            text = to_json(value).decode()
        except (TypeError, ValueError):
            return None  # It could not be sent either, and the reason says so.
        if self._characters + min(len(text), LONGEST) > MOST_CHARACTERS:
            return "(left out: the page has enough of them)"
        text = shortened(text, LONGEST)
        self._characters += len(text)
        return text
