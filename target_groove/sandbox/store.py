"""Keeps what the sandbox holds: in memory, and in an SQLite file if one is named."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Thing = dict[str, Any]

# The attributes by which things are looked up.
INDEXES: dict[str, tuple[str, ...]] = {
    "agents": ("email",),
    "articles": ("knowledge_base_id",),
    "attachments": ("message_id",),
    "categories": ("knowledge_base_id",),
    "custom_fields": ("key",),
    "customers": ("email",),
    "folders": ("mailbox_id",),
    "groups": ("name",),
    "mailboxes": ("email",),
    "memberships": ("companies", "contacts"),
    "messages": ("ticket_id",),
    "tickets": ("number", "state", "customer_id"),
    "widgets": ("uuid",),
}

# Ids look like Groove's: ten digits, some with a leading zero. The multiplier shares no
# factor with 10**10, so that no two counts give the same id.
_MULTIPLIER, _OFFSET, _MODULUS = 7_368_787_001, 412_191_130, 10**10


class Store:
    """Things by kind and id. A stored thing is replaced, never changed in place.

    Args:
        path: An SQLite file that outlives the process; None keeps everything in memory.
    """

    def __init__(self, path: Path | str | None = None) -> None:
        """Open the file, if any, and load what it holds."""
        self.version = 0
        self._kinds: dict[str, dict[str, Thing]] = {}
        self._indexes: dict[tuple[str, str, Any], dict[str, None]] = {}
        self._counts: dict[str, int] = {}
        self._blobs: dict[str, bytes] = {}
        self._dirty: dict[tuple[str, str], None] = {}
        self._new_blobs: list[str] = []
        self._file: sqlite3.Connection | None = None
        if path is not None:
            self._file = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            try:
                # With a write-ahead log a commit survives the death of the process; only a
                # power cut could take the last ones, which does not matter here.
                self._file.execute("PRAGMA journal_mode=WAL")
                self._file.execute("PRAGMA synchronous=NORMAL")
                self._create_tables(self._file)
                self._load(self._file)
            except BaseException:
                self._file.close()
                raise

    @staticmethod
    def _create_tables(file: sqlite3.Connection) -> None:
        file.execute(
            "CREATE TABLE IF NOT EXISTS things ("
            "position INTEGER PRIMARY KEY, kind TEXT, id TEXT, thing TEXT, UNIQUE (kind, id))"
        )
        file.execute("CREATE TABLE IF NOT EXISTS counts (name TEXT PRIMARY KEY, value INTEGER)")
        file.execute("CREATE TABLE IF NOT EXISTS blobs (id TEXT PRIMARY KEY, content BLOB)")

    def _load(self, file: sqlite3.Connection) -> None:
        for kind, thing in file.execute("SELECT kind, thing FROM things ORDER BY position"):
            self.put(kind, json.loads(thing))
        self._counts = dict(file.execute("SELECT name, value FROM counts"))
        self._blobs = dict(file.execute("SELECT id, content FROM blobs"))
        self._dirty.clear()

    @property
    def empty(self) -> bool:
        """Whether nothing was ever stored."""
        return not self._counts

    def next_id(self) -> str:
        """Return an id that was never used: ten digits, as a string."""
        return f"{(self.count('id') * _MULTIPLIER + _OFFSET) % _MODULUS:010d}"

    def count(self, name: str) -> int:
        """Advance a named sequence, which starts at 1, and return its value."""
        value = self._counts[name] = self._counts.get(name, 0) + 1
        return value

    def put(self, kind: str, thing: Thing) -> Thing:
        """Store a thing under its ``id``, in place of what was there."""
        things = self._kinds.setdefault(kind, {})
        identity = thing["id"]
        old = things.get(identity)
        for name in INDEXES.get(kind, ()):
            if old is not None and old[name] == thing[name]:
                continue
            if old is not None:
                del self._indexes[kind, name, old[name]][identity]
            self._indexes.setdefault((kind, name, thing[name]), {})[identity] = None
        things[identity] = thing
        self._dirty[kind, identity] = None
        return thing

    def change(self, kind: str, thing: Thing, **changes: Any) -> Thing:
        """Store a thing anew with some attributes changed, and return it."""
        return self.put(kind, {**thing, **changes})

    def delete(self, kind: str, thing: Thing) -> None:
        """Remove a thing."""
        del self._kinds[kind][thing["id"]]
        for name in INDEXES.get(kind, ()):
            del self._indexes[kind, name, thing[name]][thing["id"]]
        self._dirty[kind, thing["id"]] = None

    def get(self, kind: str, identity: str) -> Thing | None:
        """Return a thing by id."""
        return self._kinds.get(kind, {}).get(identity)

    def find(self, kind: str, name: str, value: Any) -> list[Thing]:
        """Return the things whose indexed attribute has this value, oldest first."""
        things = self._kinds.get(kind, {})
        return [things[identity] for identity in self._indexes.get((kind, name, value), ())]

    def first(self, kind: str, name: str, value: Any) -> Thing | None:
        """Return the oldest thing whose indexed attribute has this value."""
        for identity in self._indexes.get((kind, name, value), ()):
            return self._kinds[kind][identity]
        return None

    def total(self, kind: str, name: str | None = None, value: Any = None) -> int:
        """Count the things of a kind, or those whose indexed attribute has a value."""
        if name is None:
            return len(self._kinds.get(kind, ()))
        return len(self._indexes.get((kind, name, value), ()))

    def all(self, kind: str) -> list[Thing]:
        """Return every thing of a kind, oldest first."""
        return list(self._kinds.get(kind, {}).values())

    def newest(self, kind: str) -> Iterator[Thing]:
        """Iterate over the things of a kind, newest first."""
        return reversed(self._kinds.get(kind, {}).values())

    def put_blob(self, identity: str, content: bytes) -> None:
        """Keep the content of an attachment."""
        self._blobs[identity] = content
        self._new_blobs.append(identity)

    def blob(self, identity: str) -> bytes | None:
        """Return the content of an attachment."""
        return self._blobs.get(identity)

    def commit(self) -> None:
        """Make what changed durable, in one transaction."""
        if not self._dirty:
            return
        if self._file is not None:
            self._write(self._file)
        self._dirty.clear()
        self._new_blobs.clear()
        self.version += 1

    def _write(self, file: sqlite3.Connection) -> None:
        file.execute("BEGIN IMMEDIATE")
        for kind, identity in self._dirty:
            thing = self.get(kind, identity)
            if thing is None:
                file.execute("DELETE FROM things WHERE kind = ? AND id = ?", (kind, identity))
                continue
            file.execute(
                "INSERT INTO things (kind, id, thing) VALUES (?, ?, ?) "
                "ON CONFLICT (kind, id) DO UPDATE SET thing = excluded.thing",
                (kind, identity, json.dumps(thing)),
            )
        for identity in self._new_blobs:
            file.execute("INSERT INTO blobs VALUES (?, ?)", (identity, self._blobs[identity]))
        file.executemany("INSERT OR REPLACE INTO counts VALUES (?, ?)", self._counts.items())
        file.execute("COMMIT")

    def clear(self) -> None:
        """Forget everything, and start the sequences anew."""
        self._kinds.clear()
        self._indexes.clear()
        self._counts.clear()
        self._blobs.clear()
        self._dirty.clear()
        self._new_blobs.clear()
        if self._file is not None:
            for table in ("things", "counts", "blobs"):
                self._file.execute(f"DELETE FROM {table}")  # noqa: S608 - fixed names
        self.version += 1

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
