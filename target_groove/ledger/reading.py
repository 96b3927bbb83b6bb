"""Reading entries by the things that they are about."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from target_groove.delivery.encoding import to_json
from target_groove.ledger import known
from target_groove.ledger.entry import Entry

if TYPE_CHECKING:
    from collections.abc import Iterable

    from target_groove.ledger.entry import Thing
    from target_groove.ledger.opening import Database


class EntryReader:
    """Reads entries, and writes nothing."""

    def __init__(self, database: Database) -> None:
        """Take an open ledger."""
        self._takes_lines = database.dialect_name == "postgresql"
        self._read = database.prepare(known.READ)

    def read(self, cursor: Any, things: Iterable[Thing]) -> dict[Thing, Entry]:
        """Read what is known of some things, in a transaction."""
        wanted: defaultdict[int, dict[str, Thing]] = defaultdict(dict)
        for each in things:
            wanted[each.scope][each.key] = each
        found = {}
        for scope, by_key in wanted.items():
            keys = self.as_parameter(by_key)
            for row in self._read(cursor, {"scope": scope, "keys": keys}).fetchall():
                found[by_key[row[1]]] = Entry._make(row)
        return found

    def as_parameter(self, keys: Iterable[str]) -> Any:
        """Write several keys as one value of a statement: lines, or in SQLite a JSON list.

        A list would be what PostgreSQL has for it, but its driver takes longer to write one than
        the server to read the entries.
        """
        return "\n".join(keys) if self._takes_lines else to_json(list(keys)).decode()
