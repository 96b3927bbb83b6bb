"""Transactions of an open ledger database, and statements that cost little."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from target_groove.ledger.statement import Cursor, Parameters, Statement

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import ClauseElement
    from sqlalchemy.engine import Dialect

    from target_groove.ledger.errors import LedgerError
    from target_groove.ledger.written import Written


class Transactions(ABC):
    """An open database; threads take turns, a transaction each.

    Attributes:
        connection: The driver's.
        dialect_name: "sqlite" or "postgresql".
        was_created: Whether there was no ledger before.
        shown_url: Where it is, without a password.
    """

    def __init__(
        self,
        connection: Any,
        dialect_name: str,
        *,
        shown_url: str,
        was_created: bool,
    ) -> None:
        """Take over a connection that has been found usable."""
        self.connection = connection
        self.dialect_name = dialect_name
        self.shown_url = shown_url
        self.was_created = was_created
        self._turn = threading.RLock()
        self._writing: Cursor | None = None
        self._is_durable = False

    @cached_property
    def dialect(self) -> Dialect:
        """What compiles statements for this database."""
        return self._make_dialect()

    def prepare(self, statement: ClauseElement | str) -> Statement:
        """Make a statement ready: one of `known.py` by its name, or another.

        The parameters of another are `bindparam`s, never expanding ones.
        """
        if isinstance(statement, str):
            return Statement(self._written(statement))
        # Runs know the statements that they need by name.
        from target_groove.ledger.definitions import compiled  # noqa: PLC0415

        return Statement(compiled(statement, self.dialect))

    def expanding(self, cursor: Cursor, statement: ClauseElement, parameters: Parameters) -> Cursor:
        """Run a statement with expanding parameters, which is compiled for them each time."""
        compiled: Any = statement.compile(dialect=self.dialect)
        expanded = compiled.construct_expanded_state({**compiled.params, **parameters})
        by_place = compiled.positional
        values = expanded.positional_parameters if by_place else expanded.parameters
        cursor.execute(expanded.statement, values)
        return cursor

    @contextmanager
    def read(self) -> Iterator[Cursor]:
        """See the ledger as it is at one moment, without keeping others from writing.

        Raises:
            LedgerError: The database failed.
        """
        with self.translated():
            try:
                cursor = self.cursor()
                self._begin_reading(cursor)
                yield cursor
                self._end_reading(cursor)
            except BaseException:
                self._roll_back()
                raise

    @contextmanager
    def write(self, *, durable: bool) -> Iterator[Cursor]:
        """Change the ledger, wholly or, on an exception, not at all.

        Inside of another such block of the same thread it is a part of that one.

        Args:
            durable: Whether this and all earlier changes must survive a power loss; else they
                survive the end of this process, whatever it is.

        Raises:
            LedgerError: The database failed.
        """
        # Not in `translated`: this is what a run spends most of its time with the ledger on.
        with self._turn:
            if self._writing is not None:
                if durable and not self._is_durable:
                    raise AssertionError  # pragma: no cover - parts are as durable as the whole
                yield self._writing
                return
            try:
                self._writing = cursor = self.cursor()
                self._is_durable = durable
                self._begin_writing(cursor, durable=durable)
                yield cursor
                self._commit(cursor, durable=durable)
            except BaseException as error:
                self._roll_back()
                if isinstance(error, Exception) and (sentence := self._translate(error)):
                    raise sentence from error
                raise
            finally:
                self._writing = None

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Make failures of the driver sentences.

        Raises:
            LedgerError: The database failed.
        """
        try:
            with self._turn:
                yield
        except Exception as error:
            if (sentence := self._translate(error)) is None:
                raise
            raise sentence from error

    def cursor(self) -> Cursor:
        """Give a cursor of the driver; its failures are not sentences."""
        cursor: Cursor = self.connection.cursor()
        return cursor

    @abstractmethod
    def close(self) -> None:
        """Let go of the ledger, and of the run's lock."""

    @abstractmethod
    def insert_run(self, cursor: Cursor, values: Sequence[Any]) -> int:
        """Add a row to the runs: host, pid, boot, began_at.

        Returns:
            Its id.
        """

    @abstractmethod
    def _written(self, name: str) -> Written:
        pass

    @abstractmethod
    def _make_dialect(self) -> Dialect:
        pass

    @abstractmethod
    def _begin_reading(self, cursor: Cursor) -> None:
        pass

    @abstractmethod
    def _end_reading(self, cursor: Cursor) -> None:
        pass

    @abstractmethod
    def _begin_writing(self, cursor: Cursor, *, durable: bool) -> None:
        pass

    @abstractmethod
    def _commit(self, cursor: Cursor, *, durable: bool) -> None:
        pass

    @abstractmethod
    def _roll_back(self) -> None:
        pass

    @abstractmethod
    def _translate(self, error: Exception) -> LedgerError | None:
        pass
