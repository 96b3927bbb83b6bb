"""The request limit of all processes that share a ledger."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from target_groove.delivery.line import Line
from target_groove.delivery.pacing import WINDOW_SECONDS, Permit
from target_groove.ledger import known

if TYPE_CHECKING:
    from collections.abc import Callable

    from target_groove.delivery.pacing import Seen
    from target_groove.ledger.opening import Database


class SharedPacer:
    """Counts the requests of all processes in a sliding window of 60 seconds.

    As in `Pacer` a request counts from its beginning until 60 seconds after its end. Processes on
    several machines need clocks that agree. Of the threads of a process only the one that is next
    looks into the ledger.
    """

    def __init__(
        self,
        database: Database,
        *,
        account: str,
        run_id: int,
        limit: int,
        now: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        """Take the parts.

        Args:
            database: The open ledger.
            account: Whose limit it is: the base URL of the API.
            run_id: The run whose requests these are.
            limit: Requests in a window, at least 1.
            now: Gives the time, seconds since 1970.
            sleep: Lets seconds pass.
        """
        self._database = database
        self._owner = {"owner": account}
        self._run_id = run_id
        self._limit = limit
        self._now = now
        self._sleep = sleep
        self._prepared: dict[Any, Any] = {
            each: database.prepare(each)
            for each in (
                known.TAKE_TURNS,
                known.FORGET_SLOTS,
                known.UNDER_WAY,
                known.END_OF_RUN,
                known.COUNT_SLOTS,
                known.DECIDING_SLOT,
                known.BEGIN_SLOT,
                known.END_SLOT,
            )
        }
        self._line = Line()

    def wait(self, *, sleep: Callable[[float], None] | None = None) -> Permit:
        """Return when one more request may leave.

        Args:
            sleep: Lets seconds pass, in place of the usual one.

        Raises:
            LedgerError: The ledger cannot be written.
        """
        sleep = sleep or self._sleep
        permit = Permit(slot=uuid.uuid4().hex)
        self._line.enter(sleep)
        try:
            while (seconds := self._take(permit.slot)) > 0:
                sleep(seconds)
        finally:
            self._line.leave()
        return permit

    def count(self, permit: Permit, seen: Seen) -> None:  # noqa: ARG002 - All count alike.
        """Count a request that has just ended.

        Raises:
            LedgerError: The ledger cannot be written.
        """
        with self._database.write(durable=False) as cursor:
            self._prepared[known.END_SLOT](cursor, {"slot": permit.slot, "now": self._now()})

    def _take(self, slot: str) -> float:
        """Take a slot, and return 0; or say in how many seconds there may be one."""
        with self._database.write(durable=False) as cursor:
            self._prepared[known.TAKE_TURNS](cursor, {})
            now = self._now()
            for (run_id,) in self._prepared[known.UNDER_WAY](cursor, self._owner).fetchall():
                if run_id != self._run_id and not self._database.liveness.is_alive(run_id):
                    ended = {"run": run_id, "now": now, "long_ago": now - known.LONGEST_REQUEST}
                    self._prepared[known.END_OF_RUN](cursor, {**self._owner, **ended})
            window = {**self._owner, "window_began": now - WINDOW_SECONDS}
            self._prepared[known.FORGET_SLOTS](cursor, window)
            count = self._prepared[known.COUNT_SLOTS](cursor, self._owner).fetchone()[0]
            if count < self._limit:
                values = {**self._owner, "run": self._run_id, "slot": slot, "now": now}
                self._prepared[known.BEGIN_SLOT](cursor, values)
                return 0.0
            behind = {**self._owner, "ended_before": count - self._limit}
            decides = self._prepared[known.DECIDING_SLOT](cursor, behind).fetchone()
        if decides is None:
            # It is under way and ends now at the earliest: there is no need to look sooner.
            return WINDOW_SECONDS
        return max(float(decides[0]) + WINDOW_SECONDS - now, 0.001)
