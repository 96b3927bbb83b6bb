"""The request limit of all processes that share a ledger."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, case, delete, func, insert, select, update

from target_groove.delivery.line import Line
from target_groove.delivery.pacing import WINDOW_SECONDS, Permit
from target_groove.ledger.schema import about, request_slots

if TYPE_CHECKING:
    from collections.abc import Callable

    from target_groove.delivery.pacing import Seen
    from target_groove.ledger.opening import Database

LONGEST_REQUEST: Final = 120.0
"""Seconds."""
_columns: Final = request_slots.c
_OURS: Final = _columns.account == bindparam("owner")
# Whoever reads this row to change it makes the others wait; SQLite has one writer anyway.
_TAKE_TURNS: Final = select(about.c.value).where(about.c.name == "version").with_for_update()
_FORGET: Final = delete(request_slots).where(_OURS, _columns.ended_at <= bindparam("window_began"))
_UNDER_WAY: Final = select(_columns.run_id).distinct().where(_OURS, _columns.ended_at.is_(None))
_END_OF_RUN: Final = (
    update(request_slots)
    .where(_OURS, _columns.run_id == bindparam("run"), _columns.ended_at.is_(None))
    .values(
        ended_at=case(
            (_columns.begun_at < bindparam("long_ago"), _columns.begun_at + LONGEST_REQUEST),
            else_=bindparam("now"),
        )
    )
)
"""A run that died: its last requests ended when it did, which was before now."""
_COUNTED: Final = (
    select(_columns.ended_at).where(_OURS).order_by(func.coalesce(_columns.ended_at, 1e300))
)
_BEGIN: Final = insert(request_slots).values(
    id=bindparam("slot"),
    account=bindparam("owner"),
    run_id=bindparam("run"),
    begun_at=bindparam("now"),
)
_END: Final = (
    update(request_slots).where(_columns.id == bindparam("slot")).values(ended_at=bindparam("now"))
)


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
            for each in (_TAKE_TURNS, _FORGET, _UNDER_WAY, _END_OF_RUN, _COUNTED, _BEGIN, _END)
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
            self._prepared[_END](cursor, {"slot": permit.slot, "now": self._now()})

    def _take(self, slot: str) -> float:
        """Take a slot, and return 0; or say in how many seconds there may be one."""
        with self._database.write(durable=False) as cursor:
            self._prepared[_TAKE_TURNS](cursor, {})
            now = self._now()
            for (run_id,) in self._prepared[_UNDER_WAY](cursor, self._owner).fetchall():
                if run_id != self._run_id and not self._database.liveness.is_alive(run_id):
                    ended = {"run": run_id, "now": now, "long_ago": now - LONGEST_REQUEST}
                    self._prepared[_END_OF_RUN](cursor, {**self._owner, **ended})
            window = {**self._owner, "window_began": now - WINDOW_SECONDS}
            self._prepared[_FORGET](cursor, window)
            ends = [row[0] for row in self._prepared[_COUNTED](cursor, self._owner).fetchall()]
            if len(ends) < self._limit:
                values = {**self._owner, "run": self._run_id, "slot": slot, "now": now}
                self._prepared[_BEGIN](cursor, values)
                return 0.0
        decides: float | None = ends[len(ends) - self._limit]
        if decides is None:
            # It is under way and ends now at the earliest: there is no need to look sooner.
            return WINDOW_SECONDS
        return max(decides + WINDOW_SECONDS - now, 0.001)
