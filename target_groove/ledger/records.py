"""By which records things were delivered, so that these are known again without their payloads."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from target_groove.ledger import known
from target_groove.ledger.entry import Known
from target_groove.ledger.reading import EntryReader

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from target_groove.ledger.entry import Intent, Thing
    from target_groove.ledger.opening import Database
    from target_groove.ledger.table import EntryTable


class RecordReader:
    """Finds digests of records, and writes nothing."""

    def __init__(self, database: Database) -> None:
        """Take an open ledger."""
        self._database = database
        self._entries = EntryReader(database)
        self._known = database.prepare(known.KNOWN_RECORDS)

    def find(self, things: Iterable[Thing]) -> list[Known]:
        """Give those of some things that are delivered and settled, and whose record is known."""
        wanted: defaultdict[int, dict[str, Thing]] = defaultdict(dict)
        for each in things:
            wanted[each.scope][each.key] = each
        found = []
        with self._database.read() as cursor:
            for scope, by_key in wanted.items():
                keys = self._entries.as_parameter(by_key)
                rows = self._known(cursor, {"scope": scope, "keys": keys}).fetchall()
                found += [Known(by_key[key], content, record) for key, content, record in rows]
        return found

    def find_keys(self, scope: int, keys: Iterable[str]) -> list[tuple[str, str, str]]:
        """Give the same of many keys of one scope: key, digest of the content, of the record."""
        with self._database.read() as cursor:
            wanted = {"scope": scope, "keys": self._entries.as_parameter(keys)}
            return self._known(cursor, wanted).fetchall()


class Records(RecordReader):
    """Remembers digests of records."""

    def __init__(self, table: EntryTable) -> None:
        """Take the entries."""
        super().__init__(table.database)
        self._table = table

    def remember(self, intents: Sequence[Intent]) -> None:
        """Note by which records unchanged things are known from now on."""
        rows = (
            {"scope": scope, "key": key, "hash": content, "record": record}
            for (scope, key), content, record in intents
        )
        self._table.change(known.REMEMBER_RECORD, rows, needed=False)
