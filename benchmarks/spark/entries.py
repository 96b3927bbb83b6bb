"""Entries of a ledger, as delivering rows would have written them, without delivering."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

import psycopg

from target_groove.configured_target import ConfiguredTarget
from target_groove.ledger.identity import record_key
from target_groove.spark.rows import pieces_of
from target_groove.streams import Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pyarrow as pa

    from target_groove.spark.job import Job

COLUMNS: Final = "scope_id, record_key, content_hash, resource_id, delivered_at, record_hash"
COMPARED: Final = "record_key, content_hash, record_hash"
_SCOPE: Final = """
SELECT id FROM target_groove_scopes
WHERE account = %s AND namespace = %s AND stream = %s AND endpoint = %s
"""


class Entries:
    """Works out what the ledger says of rows that were delivered."""

    def __init__(self, job: Job, *, of_records: bool) -> None:
        """Ask the ledger for the number of the scope; something was delivered to it before.

        Args:
            job: The write.
            of_records: Whether they come as records through the pipe, not as rows of a frame.
        """
        target = ConfiguredTarget(config=job.config_for(""))
        route = target.routes.routes[0]
        owner = (
            target.settings.ledger_account,
            target.settings.ledger_namespace,
            job.stream,
            route.template.id,
        )
        with psycopg.connect(job.ledger_url) as connection:
            found = connection.execute(_SCOPE, owner).fetchone()
        assert found, "nothing was delivered before"
        self.scope: int = found[0]
        self._job = job
        self._of_records = of_records
        self._stream = Stream(job.stream, route, scope=self.scope, settings=target.settings)

    def of(self, batch: pa.RecordBatch) -> Iterator[tuple[str, str, str]]:
        """Give key, content hash and record hash of each row."""
        stream = self._stream
        for piece in pieces_of(batch, self._job, 1):
            digests = piece.digests()
            rows = piece.take(range(len(digests)), digests, 0)
            for row in rows:
                payload = stream.builder.build(row.record)
                assert not payload.problems, payload.problems
                content = stream.content_hash(payload.params, payload.fields)
                known = (
                    stream.record_hash(content, row.record)
                    if self._of_records
                    else stream.row_hash(content, row.digest)
                )
                yield record_key(row.record[each] for each in self._job.key), content, known

    def write(self, batches: Iterable[pa.RecordBatch]) -> int:
        """Write the entries of rows that have none; give their number."""
        count = 0
        with (
            psycopg.connect(self._job.ledger_url) as connection,
            connection.cursor() as cursor,
            cursor.copy(f"COPY target_groove_entries ({COLUMNS}) FROM STDIN") as copy,
        ):
            for batch in batches:
                for key, content, known in self.of(batch):
                    count += 1
                    copy.write_row((self.scope, key, content, str(count), time.time(), known))
        return count

    def check(self, batches: Iterable[pa.RecordBatch]) -> int:
        """Make sure that they are what delivering exactly these rows has written.

        Returns:
            How many were compared.

        Raises:
            AssertionError: They are not.
        """
        expected = sorted(entry for batch in batches for entry in self.of(batch))
        wanted = f"SELECT {COMPARED} FROM target_groove_entries WHERE scope_id = %s"
        with psycopg.connect(self._job.ledger_url) as connection:
            found: list[Any] = connection.execute(wanted, (self.scope,)).fetchall()
        assert sorted(found) == expected, f"{len(found)} entries are not {expected[:1]} ..."
        return len(found)
