"""Rows that one process leaves in the ledger's database for another one of the same write."""

from __future__ import annotations

import base64
from contextlib import closing, contextmanager
from enum import IntEnum
from itertools import count, islice
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    URL,
    BigInteger,
    Column,
    Float,
    MetaData,
    SmallInteger,
    Table,
    Text,
    create_engine,
    delete,
    insert,
    or_,
    select,
    tuple_,
)
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from target_groove.delivery.encoding import to_json
from target_groove.ledger.errors import LedgerError
from target_groove.ledger.opening import file_named, parsed_url
from target_groove.lines import parse_object
from target_groove.spark.rows import Row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import Engine

_METADATA: Final = MetaData()
_STAGED: Final = Table(
    "target_groove_staged",
    _METADATA,
    Column("account", Text, primary_key=True),
    Column("token", Text, primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("kind", SmallInteger, nullable=False),
    Column("content", Text, nullable=False),
    Column("written_at", Float, nullable=False),
)
_AT_ONCE: Final = 1_000
_STOP: Final = "stop"
"""Ends the token of what is said to all tasks; the others' end with numbers."""
_BUSY_SECONDS: Final = 30
"""How long to wait for another process that is writing."""
_SECONDS_KEPT: Final = 7 * 86_400
"""What a write leaves that ended without a word is of no use to the next one, which reads its rows
itself."""


class Kind(IntEnum):
    """What is staged."""

    ROW = 0
    DEAD_LETTER = 1
    STOP = 2


def make_staging(url: str) -> None:
    """Make the table, unless it is there; tasks find it made.

    Args:
        url: The `ledger_url`.

    Raises:
        LedgerError: The database cannot be used.
    """
    with closing(Staging(url)) as staging:
        staging.make()


def name_of(token: str) -> str:
    """Give the name of the write that the token of a task attempt belongs to."""
    return token.partition("/")[0]


class Staging:
    """The rows that wait, by the token of the task attempt that found them.

    A token begins with the name of the write and the number of the partition, so that tokens sort
    as the rows do.
    """

    def __init__(self, url: str) -> None:
        """Take the ledger's database; nothing is opened yet.

        Args:
            url: The `ledger_url`.
        """
        self._engine = _engine(url)
        # Several threads of a task leave dead letters; what is drawn from it is nobody else's.
        self._numbers = count()

    def make(self) -> None:
        """Make the table, unless it is there."""
        with self._sentences():
            try:
                _METADATA.create_all(self._engine)
            except (IntegrityError, OperationalError, ProgrammingError):
                # Another driver made it at the same moment.
                _METADATA.create_all(self._engine)

    def close(self) -> None:
        """Let the connections go."""
        self._engine.dispose()

    def add_rows(self, token: str, account: str, rows: Iterable[Row], *, now: float) -> None:
        """Leave rows; durable when it returns."""
        self._add(token, Kind.ROW, account, map(_written, rows), now)

    def add_dead_letters(self, token: str, lines: Iterable[bytes], *, now: float) -> None:
        """Leave lines of a dead-letter file; durable when it returns."""
        self._add(token, Kind.DEAD_LETTER, "", (each.decode() for each in lines), now)

    def add_stop(self, job: str, account: str, sentence: str, *, attempt: int, now: float) -> None:
        """Have all tasks of a write know that nothing more is to be sent to an account."""
        row = {
            "account": account,
            "token": f"{job}/{_STOP}",
            "number": attempt,
            "kind": Kind.STOP,
            "content": sentence,
            "written_at": now,
        }
        with self._sentences(), self._engine.begin() as connection:
            connection.execute(insert(_STAGED), [row])

    def stop_of(self, job: str, account: str) -> str:
        """Give the sentence for which nothing more is sent to an account; else an empty text."""
        of_job = (_STAGED.c.account == account, _STAGED.c.token == f"{job}/{_STOP}")
        with self._sentences(), self._engine.connect() as connection:
            found = connection.execute(select(_STAGED.c.content).where(*of_job).limit(1)).scalar()
        return found or ""

    def rows(self, tokens: Sequence[str]) -> Iterator[tuple[str, Row]]:
        """Give rows with their accounts: account by account, each in the order of the frame."""
        for account, content in self._read(tokens, Kind.ROW):
            yield account, _read(content)

    def dead_letters(self, tokens: Sequence[str]) -> Iterator[bytes]:
        """Give the lines of dead letters, in their order."""
        for _, content in self._read(tokens, Kind.DEAD_LETTER):
            yield content.encode()

    def remove(self, job: str, *, now: float) -> None:
        """Remove what the attempts of a write left, and what others left a week ago."""
        of_job = _STAGED.c.token.startswith(f"{job}/", autoescape=True)
        is_old = _STAGED.c.written_at < now - _SECONDS_KEPT
        with self._sentences(), self._engine.begin() as connection:
            connection.execute(delete(_STAGED).where(or_(of_job, is_old)))

    def _add(
        self, token: str, kind: Kind, account: str, contents: Iterable[str], now: float
    ) -> None:
        left = iter(contents)
        with self._sentences(), self._engine.begin() as connection:
            while some := list(islice(left, _AT_ONCE)):
                connection.execute(
                    insert(_STAGED),
                    [
                        {
                            "token": token,
                            "number": next(self._numbers),
                            "kind": kind,
                            "account": account,
                            "content": each,
                            "written_at": now,
                        }
                        for each in some
                    ],
                )

    def _read(self, tokens: Sequence[str], kind: Kind) -> Iterator[tuple[str, str]]:
        """Read in pieces, each in a transaction of its own: between two of them hours may pass."""
        where = (_STAGED.c.account, _STAGED.c.token, _STAGED.c.number)
        wanted = (
            select(*where, _STAGED.c.content)
            .where(_STAGED.c.token.in_(tokens), _STAGED.c.kind == kind)
            .order_by(*where)
            .limit(_AT_ONCE)
        )
        some: Sequence[Any] = ()
        while True:
            # Each piece begins behind the last one.
            rest = wanted.where(tuple_(*where) > tuple_(*some[-1][:3])) if some else wanted
            with self._sentences(), self._engine.connect() as connection:
                some = connection.execute(rest).all()
            if not some:
                return
            for account, _, _, content in some:
                yield account, content

    @contextmanager
    def _sentences(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            reason = " ".join(str(getattr(error, "orig", None) or error).split())
            msg = f"The ledger's database cannot keep rows for the driver ({reason})."
            # Without the cause: it might hold the password.
            raise LedgerError(msg) from None


def _engine(url: str) -> Engine:
    path = file_named(url)
    if path is not None:
        # Not in the ledger's own file: it notices when others write to it.
        beside = path.with_name(f"{path.name}-staged")
        return create_engine(
            URL.create("sqlite", database=str(beside)),
            poolclass=NullPool,
            connect_args={"timeout": _BUSY_SECONDS},
            hide_parameters=True,
        )
    found = parsed_url(url).set(drivername="postgresql+psycopg")
    return create_engine(found, poolclass=NullPool, hide_parameters=True)


def _written(row: Row) -> str:
    digest = base64.b16encode(row.digest).decode()
    return to_json({"place": row.place, "digest": digest, "record": row.record}).decode()


def _read(content: str) -> Row:
    found = parse_object(content.encode())
    return Row(found["place"], found["record"], base64.b16decode(found["digest"]))
