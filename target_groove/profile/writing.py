"""Writing to the profile store: a window of records in one transaction."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, bindparam, delete, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from target_groove.profile.changes import Stored, decide
from target_groove.profile.opening import open_store
from target_groove.profile.tables import PARTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy import ColumnElement, Connection

    from target_groove.profile.changes import Became, Change, Thing
    from target_groove.profile.store import ProfileStore

_READ_AT_ONCE: Final = 500
"""Keys in one question; databases allow some thousands of values."""
_IS_THING: Final = and_(
    PARTS.c.stream == bindparam("of_stream"), PARTS.c.record_key == bindparam("of_key")
)
_READ: Final = select(PARTS).where(
    PARTS.c.stream == bindparam("of_stream"),
    PARTS.c.record_key.in_(bindparam("keys", expanding=True)),
)
_REMOVE: Final = delete(PARTS).where(_IS_THING)


class ProfileWriter:
    """Writes what records say about customers.

    Attributes:
        store: The store, open.
    """

    def __init__(self, store: ProfileStore, *, now: Callable[[], float]) -> None:
        """Take a store.

        Args:
            store: The store, open.
            now: Gives the time, in seconds since 1970.
        """
        self.store = store
        self._now = now
        dialect: Any = postgresql if store.engine.dialect.name == "postgresql" else sqlite
        insert = dialect.insert(PARTS)
        others = [each for each in PARTS.columns if not each.primary_key]
        self._put = insert.on_conflict_do_update(
            index_elements=list(PARTS.primary_key),
            set_={each.name: insert.excluded[each.name] for each in others},
        )

    def write(self, changes: Sequence[Change]) -> list[Became]:
        """Write what the records of a window ask for, all of it or nothing.

        Args:
            changes: The records, in input order.

        Returns:
            What became of each; it is on the disk.

        Raises:
            ProfileStoreError: The database failed; nothing was written.
        """
        with self.store.writing() as connection:
            stored = {row.thing: row for row in read(connection, (each.thing for each in changes))}
            decided = decide(changes, stored, now=self._now())
            if decided.removed:
                rows = [{"of_stream": stream, "of_key": key} for stream, key in decided.removed]
                connection.execute(_REMOVE, rows)
            if decided.put:
                connection.execute(self._put, [each._asdict() for each in decided.put])
        return decided.became

    def activate(self, stream: str, version: int) -> int:
        """Remove what a stream's table no longer has.

        Args:
            stream: The stream, after stream maps.
            version: Its version; rows of older ones, and of none, are gone.

        Returns:
            How many rows were removed.

        Raises:
            ProfileStoreError: The database failed; nothing was removed.
        """
        with self.store.writing() as connection:
            return connection.execute(delete(PARTS).where(_is_older(stream, version))).rowcount

    def close(self) -> None:
        """Let go of the store."""
        self.store.close()


def open_writer(url: str, *, now: Callable[[], float]) -> ProfileWriter:
    """Open the store of a `profile_url` for writing, or make it.

    Raises:
        ProfileStoreError: It cannot be used.
    """
    return ProfileWriter(open_store(url), now=now)


def read(connection: Connection, things: Iterable[Thing]) -> Iterable[Stored]:
    """Read what the store has of some records."""
    by_stream: defaultdict[str, list[str]] = defaultdict(list)
    for stream, key in things:
        by_stream[stream].append(key)
    for stream, keys in by_stream.items():
        for start in range(0, len(keys), _READ_AT_ONCE):
            values = {"of_stream": stream, "keys": keys[start : start + _READ_AT_ONCE]}
            yield from (Stored(*row) for row in connection.execute(_READ, values))


def older_keys(connection: Connection, stream: str, version: int) -> Iterable[str]:
    """Name the records of a stream that `ProfileWriter.activate` would remove."""
    keys = select(PARTS.c.record_key).where(_is_older(stream, version))
    return connection.execute(keys).scalars()


def _is_older(stream: str, version: int) -> ColumnElement[bool]:
    is_older = or_(PARTS.c.version.is_(None), PARTS.c.version < version)
    return and_(PARTS.c.stream == stream, is_older)
