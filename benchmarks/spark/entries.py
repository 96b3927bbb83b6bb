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

_SCOPE: Final = """
SELECT id FROM target_groove_scopes
WHERE account = %s AND namespace = %s AND stream = %s AND endpoint = %s
"""
_ENTRIES: Final = """
SELECT record_key, content_hash, record_hash FROM target_groove_entries WHERE scope_id = %s
"""
_COPY: Final = """
COPY target_groove_entries
    (scope_id, record_key, content_hash, resource_id, delivered_at, record_hash) FROM STDIN
"""


class Entries:
    """Works out what the ledger says of rows that were delivered."""

    def __init__(self, job: Job, *, of_records: bool) -> None:
        """Ask the ledger for the number of the scope; something was delivered to it before.

        Args:
            job: The write.
            of_records: Whether they come as records through the pipe, not as rows of a frame.

        Raises:
            ValueError: Nothing was delivered before.
        """
        config = job.config_for("")
        if of_records:
            # The pipe is told of no route: its stream is named like a template.
            del config["streams"]
        target = ConfiguredTarget(config=config)
        route = target.routes.for_stream(job.stream)
        if route is None:
            msg = f"stream {job.stream} is no template"
            raise ValueError(msg)
        owner = (
            target.settings.ledger_account,
            target.settings.ledger_namespace,
            job.stream,
            route.template.id,
        )
        with psycopg.connect(job.ledger_url) as connection:
            found = connection.execute(_SCOPE, owner).fetchone()
        if found is None:
            msg = "nothing was delivered before"
            raise ValueError(msg)
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
            cursor.copy(_COPY) as copy,
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
            ValueError: They are not.
        """
        expected = sorted(entry for batch in batches for entry in self.of(batch))
        with psycopg.connect(self._job.ledger_url) as connection:
            found: list[Any] = connection.execute(_ENTRIES, (self.scope,)).fetchall()
        if sorted(found) != expected:
            msg = f"the {len(found)} entries that delivering wrote are others"
            raise ValueError(msg)
        return len(found)
