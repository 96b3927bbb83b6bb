"""An open ledger database, and who is at work on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_groove.ledger.liveness import Liveness
from target_groove.ledger.transactions import Transactions

if TYPE_CHECKING:
    from target_groove.ledger.liveness import RunLocks


class Database(Transactions):
    """An open ledger.

    Attributes:
        liveness: Which runs are alive.
    """

    def __init__(
        self,
        connection: Any,
        dialect_name: str,
        *,
        run_locks: RunLocks,
        shown_url: str,
        was_created: bool,
    ) -> None:
        """Take over a connection that has been found usable."""
        super().__init__(connection, dialect_name, shown_url=shown_url, was_created=was_created)
        self.liveness = Liveness(self, run_locks)
