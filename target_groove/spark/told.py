"""What a task tells the driver."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pyspark.sql.datasource import WriterCommitMessage

from target_groove.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterable

OUTCOMES: Final = ("delivered", "unchanged", "merged", "rejected", "in_doubt", "set_aside")
_WORDS: Final = {"merged": "merged into a later one", "set_aside": "set aside"}


@dataclass
class Told(WriterCommitMessage):
    """The counts of a task, and where it left what others have to go on with.

    Attributes:
        rows: Rows that it read.
        counts: What became of them, by outcome; rows that wait for the driver are not among them.
        requests: Requests that left.
        ledger_reads: Look-ups in the ledger to find out which rows are unchanged.
        accounts: The accounts that rows were delivered to.
        staged: Rows that it left to the driver.
        token: Under which rows are staged; empty if none are.
        stopped: The sentence for which delivery ended early; empty if it did not.
    """

    rows: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    requests: int = 0
    ledger_reads: int = 0
    accounts: set[str] = field(default_factory=set)
    staged: int = 0
    token: str = ""
    stopped: str = ""

    def add(self, other: Told) -> None:
        """Count what another one tells; the first sentence stays."""
        self.rows += other.rows
        self.counts += other.counts
        self.requests += other.requests
        self.staged += other.staged
        self.ledger_reads += other.ledger_reads
        self.accounts |= other.accounts
        self.stopped = self.stopped or other.stopped

    @property
    def sentence(self) -> str:
        """All counts in one sentence, without a full stop."""
        outcomes = [
            f"{self.counts[each]} {_WORDS.get(each, each.replace('_', ' '))}"
            for each in OUTCOMES
            if self.counts[each] or each in {"delivered", "unchanged"}
        ]
        requests, reads = counted(self.requests, "request"), counted(self.ledger_reads, "look-up")
        return (
            f"{counted(self.rows, 'row')}: {', '.join(outcomes)}; {requests}, {reads} in the ledger"
        )


def total(messages: Iterable[Told | None]) -> Told:
    """Add up what the tasks of a job told; None is a task that came to nothing."""
    told = Told()
    for each in messages:
        if each is not None:
            told.add(each)
    return told
