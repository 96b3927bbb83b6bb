"""To which accounts nothing more is sent in a write, as all of its tasks have to know."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from target_groove.spark.job import Job
    from target_groove.spark.staging import Staging


class Stops:
    """Tells the other tasks of a write that one was stopped: by a token that is refused, a policy.

    They end by themselves before they send anything more to that account.
    """

    def __init__(self, job: Job, staging: Staging, *, attempt: int) -> None:
        """Take the parts.

        Args:
            job: The write.
            staging: Where it is written down.
            attempt: The number of the task attempt that this is; -1 for the driver.
        """
        self._job = job
        self._staging = staging
        self._attempt = attempt
        self._known: dict[str, str] = {}

    def of(self, account: str) -> str:
        """Give the sentence for which nothing more is sent to an account; empty if there is none.

        Raises:
            LedgerError: The ledger's database cannot be read.
        """
        if account not in self._known and (
            sentence := self._staging.stop_of(self._job.name, account)
        ):
            self._known[account] = sentence
        return self._known.get(account, "")

    def add(self, account: str, sentence: str) -> None:
        """Have nothing more sent to an account.

        Raises:
            LedgerError: The ledger's database cannot be written.
        """
        if account not in self._known:
            self._known[account] = sentence
            self._staging.add_stop(
                self._job.name, account, sentence, attempt=self._attempt, now=time.time()
            )
