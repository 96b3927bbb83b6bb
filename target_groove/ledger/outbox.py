"""Answers of Groove's that are to be told elsewhere, from when they came until they arrived."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, NamedTuple

from target_groove.ledger import known as statements

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from target_groove.ledger.table import EntryTable

_ONE_READ: Final = 500
"""Answers that are read at once."""
_SPENT: Final = " (told)"
"""Ends the name under which told answers of a destination wait that cannot confirm them."""


class Written(NamedTuple):
    """An answer as it is told.

    Attributes:
        answer_id: Its own id, the same however often it is told.
        text: The answer, a JSON object in one line.
    """

    answer_id: str
    text: str


class Outbox:
    """A run's answers on their way, in the ledger.

    An answer is written in the transaction that says what became of its send, so that none is lost
    and none made up, whenever the run dies; and it goes when it has arrived.

    Attributes:
        destinations: Where answers are told; nothing is kept if it is nowhere.
    """

    def __init__(self, table: EntryTable, owner: Mapping[str, str]) -> None:
        """Take the parts.

        Args:
            table: The ledger.
            owner: Account and namespace.
        """
        self._table = table
        self._owner = owner
        self._last_place = 0
        self.destinations: Sequence[str] = ()

    @contextmanager
    def with_answers(self, answers: Sequence[Written]) -> Iterator[None]:
        """Keep answers in one transaction with what is noted inside the block."""
        if not answers or not self.destinations:
            yield
            return
        with self._table.database.write(durable=False) as cursor:
            self._table.is_synced = False
            yield
            for each in answers:
                self._last_place = max(self._last_place + 1, time.time_ns() // 1_000)
                row = {
                    "run": self._table.run_id,
                    "answer": each.answer_id,
                    "place": self._last_place,
                    "written": each.text,
                }
                for name in self.destinations:
                    values = {**self._owner, **row, "to": name}
                    self._table.run(cursor, statements.ADD_ANSWER, values)

    def left_behind(self, destination: str) -> Iterator[Written]:
        """Take over what runs that are gone left on its way, and give it in its order."""
        if self._take_over(destination):
            yield from self._of_this_run(destination)

    def arrived(self, destination: str, answers: Iterable[str]) -> None:
        """Forget answers that are where they belong."""
        with self._table.database.write(durable=False) as cursor:
            self._table.is_synced = False
            for each in answers:
                gone = {"answer": each, "to": destination}
                self._table.run(cursor, statements.FORGET_ANSWER, gone)

    def told(self, destination: str) -> None:
        """Set this run's answers apart that were told to one who cannot confirm them.

        They stay until a later run tells others there, or `tell_again` is asked for.
        """
        values = {**self._owner, "run": self._table.run_id}
        spent = destination + _SPENT
        with self._table.database.write(durable=False) as cursor:
            self._table.is_synced = False
            new = {**values, "to": destination, "new_name": spent}
            if self._table.run(cursor, statements.RENAME_ANSWERS, new).rowcount:
                self._table.run(cursor, statements.FORGET_ANSWERS, {**values, "to": spent})

    def tell_again(self, destination: str) -> Iterator[Written]:
        """Give the answers once more that were `told` there last."""
        values = {**self._owner, "run": self._table.run_id, "to": destination + _SPENT}
        self._take_over(destination + _SPENT)
        with self._table.database.write(durable=False) as cursor:
            self._table.is_synced = False
            renamed = {**values, "new_name": destination}
            self._table.run(cursor, statements.RENAME_ANSWERS, renamed)
        yield from self._of_this_run(destination)

    def _take_over(self, destination: str) -> bool:
        values = {**self._owner, "to": destination, "run": self._table.run_id}
        runs = [found for (found,) in self._table.rows(statements.RUNS_WITH_ANSWERS, values)]
        is_alive = self._table.database.liveness.is_alive
        gone = [each for each in runs if each != self._table.run_id and not is_alive(each)]
        with self._table.database.write(durable=False) as cursor:
            self._table.is_synced = False
            for each in gone:
                taken = {**values, "other": each}
                self._table.run(cursor, statements.TAKE_OVER_ANSWERS, taken)
        return bool(gone)

    def _of_this_run(self, destination: str) -> Iterator[Written]:
        values = {**self._owner, "to": destination, "run": self._table.run_id}
        behind, last = -1, ""
        while True:
            asked = {**values, "behind": behind, "last": last, "most": _ONE_READ}
            rows = self._table.rows(statements.ANSWERS, asked)
            for answer_id, place, text in rows:
                behind, last = place, answer_id
                yield Written(answer_id, text)
            if len(rows) < _ONE_READ:
                return
