"""Why records are rejected, those of one kind together."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from target_groove.wording import printable

if TYPE_CHECKING:
    from target_groove.delivery.observer import Rejected

MOST_REASONS: Final = 100
_LONGEST: Final = 300
_VALUE: Final = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|\b\d[\w.:-]*""")


def kind_of(reason: str) -> str:
    """Write a reason with `…` for each value in it, and not longer than people read."""
    return _VALUE.sub("…", printable(reason[:_LONGEST]))


@dataclass(slots=True)
class Reason:
    """A kind of reason.

    Attributes:
        stream: The stream of the records.
        endpoint: Where they were to go.
        kind: What all of them have in common.
        words: The reason of the first, without a full stop.
        first: The first record, in words.
        count: How many there are.
        in_doubt: How many of them may be in Groove all the same.
    """

    stream: str
    endpoint: str
    kind: str
    words: str
    first: str
    count: int = 0
    in_doubt: int = 0


class Reasons:
    """Groups reasons that differ only in a value; the first hundred kinds are kept apart.

    Attributes:
        others: How many records were rejected for reasons of further kinds.
    """

    def __init__(self) -> None:
        """Nothing is rejected yet."""
        self._kinds: dict[tuple[str, str, str], Reason] = {}
        self.others = 0

    def add(self, rejected: Rejected) -> None:
        """Count a record."""
        source = rejected.source
        key = source.stream, rejected.endpoint, kind_of(rejected.reason)
        known = self._kinds.get(key)
        if known is None:
            if len(self._kinds) == MOST_REASONS:
                self.others += 1
                return
            words = printable(rejected.reason[:_LONGEST])
            known = Reason(*key, words, printable(str(source)[:_LONGEST]))
            self._kinds[key] = known
        known.count += 1
        known.in_doubt += rejected.in_doubt

    @property
    def by_count(self) -> list[Reason]:
        """The kinds, the most frequent first."""
        return sorted(self._kinds.values(), key=lambda each: -each.count)
