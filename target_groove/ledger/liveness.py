"""Which runs are alive: a run holds a lock that its end takes away, however it ends."""

from __future__ import annotations

import os
import platform
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from target_groove.ledger import known

if TYPE_CHECKING:
    from target_groove.ledger.statement import Cursor
    from target_groove.ledger.transactions import Transactions

_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")


def boot_id() -> str:
    """Name the time since this machine was started; empty where the system does not name it."""
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""


class RunLocks(Protocol):
    """Locks that the system releases when their process is gone.

    Attributes:
        every_commit_is_durable: Whether what a run committed is there, even after a power loss.
    """

    every_commit_is_durable: bool

    def take(self, run_id: int) -> None:
        """Lock for as long as this process lives, or until `release`."""

    def is_taken(self, run_id: int) -> bool:
        """Say whether any process holds the lock, this one or another."""

    def release(self, run_id: int) -> None:
        """Unlock."""


class Liveness:
    """Tells runs that are alive from dead ones.

    Attributes:
        boot: The time since this machine was started; empty where the system does not name it.
        run_id: This run; None before `begin` and after `end`.
    """

    def __init__(self, database: Transactions, locks: RunLocks) -> None:
        """Know the database and its locks."""
        self.boot = boot_id()
        self.run_id: int | None = None
        self._database = database
        self._locks = locks
        self._unused = database.prepare(known.UNUSED_RUNS)
        self._remove = database.prepare(known.REMOVE_RUN)
        self._boot_of = database.prepare(known.BOOT_OF_RUN)

    def begin(self) -> int:
        """Enter this run, alive; and clear away dead ones that left nothing behind.

        Returns:
            The run's id.

        Raises:
            LedgerError: The database failed.
        """
        values = (platform.node()[:400], os.getpid(), self.boot, time.time())
        taken = None
        try:
            with self._database.write(durable=False) as cursor:
                self._clear_away(cursor)
                taken = self._database.insert_run(cursor, values)
                # Before anybody can see the row: one without a lock is a dead run's.
                self._locks.take(taken)
        except BaseException:
            if taken is not None:
                self._locks.release(taken)
            raise
        self.run_id = taken
        return taken

    def is_alive(self, run_id: int) -> bool:
        """Say whether a run's process is there; it may be this one.

        Raises:
            LedgerError: The database failed.
        """
        if run_id == self.run_id:
            return True
        with self._database.translated():
            return self._locks.is_taken(run_id)

    def died_in_this_boot(self, run_id: int) -> bool:
        """Say of a dead run whether everything that it committed is there.

        Raises:
            LedgerError: The database failed.
        """
        if self._locks.every_commit_is_durable:
            return True
        with self._database.translated():
            row = self._boot_of(self._database.cursor(), {"run_id": run_id}).fetchone()
        return bool(self.boot) and row is not None and row[0] == self.boot

    def end(self) -> None:
        """Take this run out, unless a send that it has begun is still open; it is dead then.

        Raises:
            LedgerError: The database failed.
        """
        if self.run_id is None:
            return
        run_id, self.run_id = self.run_id, None
        try:
            with self._database.write(durable=False) as cursor:
                self._remove(cursor, {"run_id": run_id})
        finally:
            with self._database.translated():
                self._locks.release(run_id)

    def _clear_away(self, cursor: Cursor) -> None:
        unused = [run_id for (run_id,) in self._unused(cursor, {}).fetchall()]
        dead = [{"run_id": run_id} for run_id in unused if not self._locks.is_taken(run_id)]
        if dead:
            self._remove.many(cursor, dead)
