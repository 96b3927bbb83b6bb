"""Finding a customer's profile."""

from __future__ import annotations

from contextlib import closing, contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

import msgspec
from sqlalchemy import bindparam, select

from target_groove.profile.emails import comparable
from target_groove.profile.errors import sentences, store_error
from target_groove.profile.tables import PARTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import Connection, Engine

_DECODER: Final = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)
_OF_A_CUSTOMER: Final = (
    select(PARTS.c.attributes)
    .where(PARTS.c.email == bindparam("email"))
    .order_by(PARTS.c.changed_at, PARTS.c.stream, PARTS.c.record_key)
)
_STREAMS: Final = select(PARTS.c.stream).distinct().order_by(PARTS.c.stream)
_OF_A_STREAM: Final = (
    select(PARTS.c.email, PARTS.c.attributes)
    .where(PARTS.c.stream == bindparam("of_stream"))
    .limit(bindparam("most"))
)
_ALONE: Final = {
    "sqlite": "BEGIN IMMEDIATE",
    "postgresql": "SELECT pg_advisory_xact_lock(1919185021)",  # A number of our own.
}
"""Lets the others who write wait."""


class Sample(NamedTuple):
    """What a record of a stream says about a customer.

    Attributes:
        stream: Its stream.
        email: The customer, in the form of `comparable`.
        attributes: One level of names and values.
    """

    stream: str
    email: str
    attributes: Mapping[str, Any]


class FindsProfiles(Protocol):
    """What the service needs of a store."""

    def find(self, email: str) -> Mapping[str, Any] | None:
        """Find the attributes of a customer; None if nobody has this e-mail."""


class ProfileStore:
    """The profiles in a database; several threads may ask at once.

    Attributes:
        engine: The database.
    """

    def __init__(self, engine: Engine) -> None:
        """Take a database whose table is there."""
        self.engine = engine
        # Groove asks nothing else, and SQLAlchemy would take longer for it than the database.
        compiled = _OF_A_CUSTOMER.compile(dialect=engine.dialect)
        self._find, self._is_positional = str(compiled), bool(compiled.positional)

    def find(self, email: str) -> Mapping[str, Any] | None:
        """Find the attributes of a customer.

        Args:
            email: Compared without case.

        Returns:
            One level of names and values, numbers with a point as `Decimal`; of two records with
            the same attribute the one that changed last counts. None if nobody has this e-mail.

        Raises:
            ProfileStoreError: The database failed.
        """
        if "\0" in email:
            return None  # PostgreSQL takes no such text, and nobody has such an address.
        of: Any = (comparable(email),) if self._is_positional else {"email": comparable(email)}
        with sentences(self.engine), closing(self.engine.raw_connection()) as connection:
            cursor = connection.cursor()
            cursor.execute(self._find, of)
            rows = cursor.fetchall()
        if not rows:
            return None
        profile: dict[str, Any] = {}
        for (attributes,) in rows:
            profile |= self._decoded(attributes)
        return profile

    def sample(self, most: int) -> list[Sample]:
        """Give some records of each stream.

        Args:
            most: So many of each stream.

        Returns:
            These, in the order of the streams' names.

        Raises:
            ProfileStoreError: The database failed.
        """
        with self.reading() as connection:
            streams = connection.execute(_STREAMS).scalars().all()
            return [
                Sample(stream, row.email, self._decoded(row.attributes))
                for stream in streams
                for row in connection.execute(_OF_A_STREAM, {"of_stream": stream, "most": most})
            ]

    def _decoded(self, attributes: str) -> dict[str, Any]:
        try:
            return _DECODER.decode(attributes)
        except ValueError as error:  # somebody else wrote it
            raise store_error(self.engine.url, error) from None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection to read with.

        Raises:
            ProfileStoreError: The database failed.
        """
        with sentences(self.engine), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a transaction; others who write wait for its end, readers do not.

        So nothing changes between what is read in it and what is written.

        Raises:
            ProfileStoreError: The database failed; nothing was written.
        """
        with sentences(self.engine), self.engine.begin() as connection:
            connection.exec_driver_sql(_ALONE[self.engine.dialect.name])
            yield connection

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()
