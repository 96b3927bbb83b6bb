"""Delivers rows in bundles, to several accounts at once."""

from __future__ import annotations

import math
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from target_groove.errors import DeliveryError, InputError, Interrupted
from target_groove.ledger.errors import LedgerError
from target_groove.spark.target import RowTarget
from target_groove.spark.told import Told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from concurrent.futures import Future

    from target_groove.spark.job import Job
    from target_groove.spark.rows import Row
    from target_groove.spark.stops import Stops

_BUNDLE: Final = 10_000
"""Rows that are given to a target, and settled, before more are read."""
_MAKING: Final = threading.Lock()
"""The SDK sets up the log of the process whenever it makes a target."""


class Delivering:
    """Takes rows, those of an account one after the other, and tells what became of them.

    Attributes:
        told: The counts so far.
    """

    def __init__(
        self,
        job: Job,
        *,
        keep_dead_letters: Callable[[list[bytes]], None] | None,
        stops: Stops,
        told: Told,
    ) -> None:
        """Begin with nothing.

        Args:
            job: The write.
            keep_dead_letters: Takes the lines of dead letters; None if they go into their file.
            stops: Knows to which accounts nothing more is to be sent.
            told: What is counted.
        """
        self.told = told
        self._stops = stops
        self._bundle = math.inf if job.is_one_bundle else _BUNDLE
        self._job = job
        self._keep = keep_dead_letters
        self._account = ""
        self._rows: list[Row] = []
        self._pool = ThreadPoolExecutor(job.accounts_at_once) if job.account_column else None
        self._under_way: dict[Future[Told], str] = {}

    def close(self) -> None:
        """Wait for what is under way; what has not begun is left."""
        if self._pool:
            self._pool.shutdown(cancel_futures=True)

    def take(self, account: str, rows: Iterable[Row]) -> bool:
        """Take rows of an account, and deliver what is there when it is enough.

        Returns:
            Whether every row that was ever taken is settled.
        """
        if account != self._account and self._rows:
            self._deliver()
        self._account = account
        self._rows += rows
        if len(self._rows) >= self._bundle:
            self._deliver()
        return not self._rows and not self._under_way

    def finish(self) -> None:
        """Deliver the rest, and wait until all of it is settled."""
        if self._rows:
            self._deliver()
        while self._under_way:
            self._collect()

    def recover(self, accounts: Iterable[str]) -> None:
        """Find out what dead tasks left in doubt."""
        for each in accounts:
            self._account = each
            self._deliver()
        self.finish()

    def _deliver(self) -> None:
        account, rows = self._account, self._rows
        self._rows = []
        if self._pool is None:
            if self._may_send(account):
                self._count(deliver(self._job, account, rows, self._keep, self._stops))
            return
        while account in self._under_way.values() or (
            len(self._under_way) >= self._job.accounts_at_once
        ):
            self._collect()
        if self._may_send(account):
            begun = self._pool.submit(deliver, self._job, account, rows, self._keep, self._stops)
            self._under_way[begun] = account

    def _collect(self) -> None:
        """Wait for the bundle that has been under way for longest."""
        first = next(iter(self._under_way))
        self._count(first.result())
        del self._under_way[first]

    def _may_send(self, account: str) -> bool:
        """Whether no task of the write was stopped; one account's end is not that of the others."""
        sentence = self._stops.of(account)
        self.told.stopped = self.told.stopped or sentence
        return not sentence

    def _count(self, told: Told) -> None:
        self.told.add(told)
        if told.stopped:
            for each in told.accounts:
                self._stops.add(each, told.stopped)


def deliver(
    job: Job,
    account: str,
    rows: list[Row],
    keep_dead_letters: Callable[[list[bytes]], None] | None,
    stops: Stops,
) -> Told:
    """Deliver rows to one account.

    Args:
        job: The write.
        account: The account; empty if there is one.
        rows: The rows, those of one object in their order.
        keep_dead_letters: Takes the lines of dead letters; None if they go into their file.
        stops: Knows to which accounts nothing more is to be sent.

    Returns:
        The counts, and the sentence if delivery stopped.

    Raises:
        LedgerError: The ledger cannot be used; nothing is lost by trying again.
    """
    if keep_dead_letters is None:
        return _deliver(job, account, rows, stops, job.config.get("dead_letter_path"))
    with tempfile.TemporaryDirectory(prefix="target-groove-") as folder:
        path = Path(folder, "dead-letters.singer.jsonl")
        told = _deliver(job, account, rows, stops, str(path))
        if path.exists():
            keep_dead_letters(path.read_bytes().splitlines(keepends=True))
    return told


def _deliver(
    job: Job, account: str, rows: list[Row], stops: Stops, dead_letter_path: str | None
) -> Told:
    with _MAKING:
        target = RowTarget(job, account=account, dead_letter_path=dead_letter_path)
    told = Told(accounts={account})
    with closing(target):
        try:
            if job.account_column and account not in job.tokens:
                name = account or "none"
                target.refuse_rows(rows, f"api_tokens has no token of its account ({name})")
            else:
                target.deliver_rows(rows, go_on=partial(stops.check, account))
        except LedgerError:
            # It says nothing of the rows: Spark's next attempt goes on from what is there.
            raise
        except (DeliveryError, InputError, Interrupted) as error:
            told.stopped = str(error)
        summary = target.parts.summary
        counters = {
            "delivered": summary.delivered,
            "unchanged": summary.unchanged,
            "merged": summary.merged,
            "rejected": summary.rejected,
            "in_doubt": summary.in_doubt,
        }
        told.counts.update({name: each.total() for name, each in counters.items()})
        told.counts["set_aside"] += summary.set_aside
        told.requests = summary.requests
    return told
