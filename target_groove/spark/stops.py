"""To which accounts nothing more is sent in a write, as all of its tasks have to know."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from target_groove.errors import DeliveryError

if TYPE_CHECKING:
    from collections.abc import Callable

    from target_groove.spark.job import Job
    from target_groove.spark.staging import Staging

_SECONDS_BETWEEN_LOOKS: Final = 5.0


class Stops:
    """Tells the other tasks of a write that one was stopped: by a token that is refused, a policy.

    They end by themselves: those that are at it a few seconds later, others before they begin.
    """

    def __init__(
        self,
        job: Job,
        staging: Staging,
        *,
        attempt: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the parts.

        Args:
            job: The write.
            staging: Where it is written down.
            attempt: The number of the task attempt that this is; -1 for the driver.
            clock: Gives seconds that only grow.
        """
        self._job = job
        self._staging = staging
        self._attempt = attempt
        self._clock = clock
        self._known: dict[str, str] = {}
        self._looked: dict[str, float] = {}

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

    def check(self, account: str) -> None:
        """Do nothing, unless nothing more is sent to an account; look for that now and then only.

        Raises:
            DeliveryError: It is so.
            LedgerError: The ledger's database cannot be read.
        """
        now = self._clock()
        if now - self._looked.setdefault(account, now) < _SECONDS_BETWEEN_LOOKS:
            return
        self._looked[account] = now
        if sentence := self.of(account):
            raise DeliveryError(sentence)

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
