"""A ledger in a PostgreSQL database."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from target_groove.ledger import migrations
from target_groove.ledger.database import Database
from target_groove.ledger.definitions import making, write
from target_groove.ledger.errors import LedgerError
from target_groove.ledger.known import RUNS_TABLE
from target_groove.ledger.postgres_words import Words

if TYPE_CHECKING:
    from collections.abc import Sequence

    import psycopg
    from sqlalchemy import URL
    from sqlalchemy.engine import Dialect

    from target_groove.ledger.statement import Cursor
    from target_groove.ledger.written import Written

_MAKING: Final = int.from_bytes(b"tGroove", "big")
"""The advisory lock of whoever makes or changes the tables."""
_WAYS: Final[dict[str, Any]] = {
    "connect_timeout": 10,
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    # Milliseconds.
    "tcp_user_timeout": 30_000,
    "application_name": "target-groove",
    "client_encoding": "utf8",
}
"""How to connect, unless the URL says otherwise."""
_SESSION: Final = """
SELECT set_config('lock_timeout', %s, false),
       set_config('default_transaction_read_only', %s, false),
       set_config('default_transaction_isolation', 'read committed', false),
       set_config('tcp_keepalives_idle', '10', false),
       set_config('tcp_keepalives_interval', '10', false),
       set_config('tcp_keepalives_count', '3', false),
       set_config('synchronous_commit',
                  CASE current_setting('synchronous_commit')
                       WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END,
                  false)
"""
"""The server has to notice as well that a client's machine is gone, or its locks would stay."""
_INSERT_RUN: Final = (
    f"INSERT INTO {RUNS_TABLE} (host, pid, boot, began_at) VALUES (%s, %s, %s, %s) RETURNING id"  # noqa: S608 - our own name
)
_IS_TAKEN: Final = """
SELECT EXISTS (SELECT FROM pg_locks
    WHERE locktype = 'advisory' AND classid = %s AND objid = %s AND objsubid = 2 AND granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
"""


class PostgresDatabase(Database):
    """A ledger in a PostgreSQL database, open."""

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        *,
        words: Words,
        shown_url: str,
        was_created: bool,
    ) -> None:
        """Take over a connection that has been found usable."""
        self._raw = connection
        self._words = words
        super().__init__(
            connection,
            "postgresql",
            run_locks=_SessionLocks(connection),
            shown_url=shown_url,
            was_created=was_created,
        )
        words.is_open = True

    def close(self) -> None:
        """Let go of the ledger, and of the run's lock."""
        self._raw.close()

    def insert_run(self, cursor: Cursor, values: Sequence[Any]) -> int:
        """Add a row to the runs: host, pid, boot, began_at."""
        return int(cursor.execute(_INSERT_RUN, values).fetchone()[0])

    def _written(self, name: str) -> Written:
        return write(name, self.dialect)

    def _make_dialect(self) -> Dialect:
        return _dialect()

    def _begin_reading(self, cursor: Cursor) -> None:
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    def _end_reading(self, cursor: Cursor) -> None:
        cursor.execute("COMMIT")

    def _begin_writing(self, cursor: Cursor, *, durable: bool) -> None:
        del durable  # It always is.
        cursor.execute("BEGIN")

    def _commit(self, cursor: Cursor, *, durable: bool) -> None:
        del durable
        cursor.execute("COMMIT")

    def _roll_back(self) -> None:
        with suppress(self._words.errors):
            self._raw.rollback()

    def _translate(self, error: Exception) -> LedgerError | None:
        return self._words.sentence_of(error)


class _SessionLocks:
    """Advisory locks of a session; they go when it ends, and it ends with its process."""

    every_commit_is_durable = True

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._raw = connection
        # Locks are the whole database's; the table's id tells ledgers in several schemas apart.
        row = connection.execute("SELECT to_regclass(%s)::oid::bigint", (RUNS_TABLE,)).fetchone()
        assert row  # noqa: S101 - a SELECT without a table has one row.
        self._table: int = row[0]

    def take(self, run_id: int) -> None:
        """Lock for as long as the session lasts."""
        self._raw.execute("SELECT pg_advisory_lock(%s::int, %s::int)", (self._signed, run_id))

    def is_taken(self, run_id: int) -> bool:
        """Say whether any session has the lock."""
        row = self._raw.execute(_IS_TAKEN, (self._table, run_id)).fetchone()
        return bool(row and row[0])

    def release(self, run_id: int) -> None:
        """Unlock."""
        self._raw.execute("SELECT pg_advisory_unlock(%s::int, %s::int)", (self._signed, run_id))

    @property
    def _signed(self) -> int:
        return self._table - (1 << 32) if self._table >= 1 << 31 else self._table


def open_url(
    url: URL,
    *,
    shown_url: str,
    secrets: Sequence[str],
    create: bool,
    read_only: bool,
    busy_timeout: float,
) -> PostgresDatabase:
    """Connect, and make the tables where there are none.

    Raises:
        LedgerError: It cannot be used.
    """
    try:
        import psycopg  # noqa: PLC0415 - it is optional.
    except ImportError as error:
        msg = (
            "A ledger_url that begins with postgresql:// needs psycopg: "
            "pip install 'target-groove[postgres]'"
        )
        raise LedgerError(msg) from error
    dialect = _dialect()
    words = Words(shown_url, secrets, busy_timeout)
    connection = None
    try:
        ways: dict[str, Any] = dialect.create_connect_args(url)[1]  # type: ignore[no-untyped-call]
        connection = psycopg.connect(**{**_WAYS, **ways}, autocommit=True)
        session = (f"{busy_timeout * 1000:.0f}", "on" if read_only else "off")
        connection.execute(_SESSION, session)
        was_created = _make_tables(
            connection, dialect, shown_url, create=create and not read_only, read_only=read_only
        )
        return PostgresDatabase(
            connection, words=words, shown_url=shown_url, was_created=was_created
        )
    except BaseException as error:
        if connection is not None:
            connection.close()
        if isinstance(error, Exception) and (sentence := words.sentence_of(error)):
            # Without the cause: it might hold the password.
            raise sentence from None
        raise


def _dialect() -> PGDialect_psycopg:
    return PGDialect_psycopg()  # type: ignore[no-untyped-call]


def _make_tables(
    connection: psycopg.Connection[Any],
    dialect: PGDialect_psycopg,
    where: str,
    *,
    create: bool,
    read_only: bool,
) -> bool:
    cursor = connection.cursor()
    with connection.transaction():
        # At one moment: another may be making the tables, which appear all at once.
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        version = migrations.found_version(cursor, dialect.name, where)
    if version is not None and not migrations.is_older(version):
        return False
    if version is None and not create:
        msg = f"There is no delivery ledger at {where}."
        raise LedgerError(msg)
    if read_only:
        raise migrations.too_old(where)
    with connection.transaction():
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", (_MAKING,))
        version = migrations.found_version(cursor, dialect.name, where)
        if version is None:
            migrations.make_tables(cursor, making(dialect))
        elif migrations.is_older(version):
            migrations.bring_up_to_date(cursor, version)
    return version is None
