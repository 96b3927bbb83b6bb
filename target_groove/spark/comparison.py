"""Which rows are not as the ledger knows them, found out for many of them at once."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from target_groove.ledger import known
from target_groove.ledger.opening import open_database
from target_groove.ledger.records import RecordReader
from target_groove.spark.job import settings_for
from target_groove.streams import Stream

if TYPE_CHECKING:
    from target_groove.spark.job import Job
    from target_groove.spark.rows import Piece, Row


class Comparison:
    """Compares rows with the ledger's digests: one look-up for each piece, however many rows.

    Attributes:
        reads: How many look-ups there were.
    """

    def __init__(self, job: Job, partition: int) -> None:
        """Open the ledger, for reading only.

        Args:
            job: The write.
            partition: Whose rows they are.
        """
        target = job.configured()
        self._job = job
        self._partition = partition
        self._settings = target.settings
        self._route = target.routes.routes[0]
        self._database = open_database(job.ledger_url, create=False, read_only=True)
        self._records = RecordReader(self._database)
        self._find_scope = self._database.prepare(known.FIND_SCOPE)
        self._streams: dict[str, Stream | None] = {}
        self._passed: defaultdict[str, set[str]] = defaultdict(set)
        self.reads = 0

    def close(self) -> None:
        """Close the ledger."""
        self._database.close()

    def remaining(self, piece: Piece) -> list[Row]:
        """Give the rows that are not known as they are, in their order; see `remaining_at`."""
        return [row for _, row in self.remaining_at(piece)]

    def remaining_at(self, piece: Piece) -> list[tuple[int, Row]]:
        """Give the rows that are not known as they are, in their order, and where they stand.

        A row is known if the ledger has delivered exactly this row by this route, and nothing else
        since. A key that comes again is not compared: what becomes of the first row decides.
        """
        digests = piece.digests()
        keys = piece.keys(self._job.key)
        unchanged = self._unchanged(piece.account, keys, digests)
        indices = [index for index in range(len(keys)) if index not in unchanged]
        self._passed[piece.account].update(keys[index] for index in indices)
        # What is made of a row then does not follow from its digest.
        told = [b""] * len(digests) if self._job.maps_records else digests
        if not indices:
            return []
        return list(zip(indices, piece.take(indices, told, self._partition), strict=True))

    def forget(self) -> None:
        """Forget which keys were passed on: all rows of them are settled."""
        self._passed.clear()

    def _unchanged(self, account: str, keys: list[str], digests: list[bytes]) -> set[int]:
        stream = self._stream(account)
        if stream is None or not stream.recognises or self._job.maps_records:
            return set()
        places = dict(zip(keys, range(len(keys)), strict=True))
        settled_by_others = self._passed[account] & places.keys()
        if len(places) < len(keys):
            settled_by_others |= {key for key, count in Counter(keys).items() if count > 1}
        for key in settled_by_others:
            del places[key]
        self.reads += 1
        return {
            place
            for key, content_hash, record_hash in self._records.find_keys(stream.scope, places)
            if stream.row_hash(content_hash, digests[(place := places[key])]) == record_hash
        }

    def _stream(self, account: str) -> Stream | None:
        """Give what knows rows of an account; None if the ledger has nothing of them yet."""
        if account not in self._streams:
            owner: dict[str, Any] = {
                "account": settings_for(self._settings, account).ledger_account,
                "namespace": self._settings.ledger_namespace,
                "stream": self._job.stream,
                "endpoint": self._route.template.id,
            }
            with self._database.read() as cursor:
                row = self._find_scope(cursor, owner).fetchone()
            self._streams[account] = row and Stream(
                self._job.stream, self._route, scope=row[0], settings=self._settings
            )
        return self._streams[account]
