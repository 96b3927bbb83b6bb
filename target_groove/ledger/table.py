"""The entries of the ledger as a run reads and changes them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from target_groove.ledger.errors import LedgerError
from target_groove.ledger.reading import EntryReader

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from target_groove.ledger.entry import Entry, Thing
    from target_groove.ledger.opening import Database
    from target_groove.ledger.statement import Cursor, Statement


class EntryTable:
    """Runs statements, each compiled once.

    Attributes:
        database: The open ledger.
        run_id: The run whose hand this is.
        is_synced: Whether all that was written survives a loss of power.
    """

    def __init__(self, database: Database) -> None:
        """Begin a run.

        Args:
            database: The open ledger.
        """
        self.database = database
        self.run_id = database.liveness.begin()
        self.is_synced = True
        self._statements: dict[Any, Statement] = {}
        self._reader = EntryReader(database)

    def run(self, cursor: Any, statement: Any, values: Mapping[str, Any]) -> Any:
        """Run a statement in a transaction; returns what the driver's cursor is then."""
        prepared = self._statements.get(statement)
        if prepared is None:
            prepared = self._statements[statement] = self.database.prepare(statement)
        return prepared(cursor, values)

    @contextmanager
    def durable(self) -> Iterator[Cursor]:
        """Change the ledger so that this and all earlier changes survive a loss of power."""
        try:
            with self.database.write(durable=True) as cursor:
                # Before the commit: what another thread notes after it is not synced.
                self.is_synced = True
                yield cursor
        except BaseException:
            self.is_synced = False
            raise

    def sync(self) -> None:
        """Make everything that was written survive a loss of power."""
        if not self.is_synced:
            with self.durable():
                pass

    def rows(self, statement: Any, values: Mapping[str, Any]) -> list[Any]:
        """Run a statement that only reads, in a transaction of its own."""
        with self.database.read() as cursor:
            found: list[Any] = self.run(cursor, statement, values).fetchall()
        return found

    def change(
        self, statement: Any, rows: Iterable[Mapping[str, Any]], *, needed: bool = True
    ) -> None:
        """Run a statement for each of some rows, all or none.

        Args:
            statement: Changes one entry.
            rows: Its values.
            needed: Whether each of them must change an entry.

        Raises:
            LedgerError: A thing is not in this run's hand any more; nothing may be sent.
        """
        # In one order everywhere, so that two runs do not wait for each other in a circle.
        rows = sorted(rows, key=lambda each: (each["scope"], each["key"]))
        if not rows:
            return
        with self.database.write(durable=False) as cursor:
            for row in rows:
                changed = self.run(cursor, statement, row).rowcount
                if needed and changed != 1:
                    msg = (
                        "Another run has taken over what this one had in hand; it was taken for "
                        "dead. Nothing more is sent; run again when no other run uses the ledger."
                    )
                    raise LedgerError(msg)
            self.is_synced = False

    def mine(self, thing: Thing) -> dict[str, Any]:
        """Write the values by which a statement finds an entry in this run's hand."""
        return {"scope": thing.scope, "key": thing.key, "run": self.run_id}

    def read_entries(self, cursor: Any, things: Iterable[Thing]) -> dict[Thing, Entry]:
        """Read what is known of some things, in a transaction."""
        return self._reader.read(cursor, things)

    def as_parameter(self, keys: Iterable[str]) -> Any:
        """Write several keys as one value of a statement."""
        return self._reader.as_parameter(keys)
