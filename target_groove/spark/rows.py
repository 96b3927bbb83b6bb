"""Rows on their way from a frame to the target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from target_groove.ledger.identity import record_key, record_keys
from target_groove.spark.columns import records_of
from target_groove.spark.row_digests import row_digests

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from target_groove.spark.job import Job


class Row(NamedTuple):
    """A row that is to be delivered.

    Attributes:
        place: Where it stands, for people: `partition 3, row 17`.
        record: The row as a record.
        digest: Digest of the row as Spark has it; empty if it is not known by that.
    """

    place: str
    record: dict[str, Any]
    digest: bytes


class Piece(NamedTuple):
    """Rows of one account.

    Attributes:
        account: The account; empty if there is one.
        rows: The columns that become attributes.
        numbers: Where each row stands in its partition, from 1.
    """

    account: str
    rows: pa.RecordBatch
    numbers: Sequence[int]

    def digests(self) -> list[bytes]:
        """Digest each row."""
        return row_digests(self.rows)

    def keys(self, names: Sequence[str]) -> list[str]:
        """Give the record key of each row; see `record_key`.

        Args:
            names: The columns of the key.
        """
        places = [self.rows.schema.get_field_index(each) for each in names]
        columns = [self.rows.column(each) for each in places]
        if all(_is_plain(each.type) for each in columns):
            return record_keys(each.cast(pa.string()).to_pylist() for each in columns)
        rows = pa.record_batch(columns, names=list(names))
        return [record_key(each.values()) for each in records_of(rows)]

    def take(self, indices: Sequence[int], digests: Sequence[bytes], partition: int) -> list[Row]:
        """Make records of some rows.

        Args:
            indices: Which.
            digests: Of all rows of the piece.
            partition: Where they are.
        """
        records = records_of(self.rows.take(pa.array(indices, pa.int64())))
        return [
            Row(f"partition {partition}, row {self.numbers[index]}", record, digests[index])
            for index, record in zip(indices, records, strict=True)
        ]


def _is_plain(kind: pa.DataType) -> bool:
    """Whether keys have values of a kind as Arrow writes them."""
    kinds = (pa.types.is_string, pa.types.is_large_string, pa.types.is_integer)
    return any(each(kind) for each in kinds)


def pieces_of(batch: pa.RecordBatch, job: Job, first: int) -> Iterator[Piece]:
    """Divide rows by their account.

    Args:
        batch: Rows with the columns of the frame.
        job: Says which columns are what.
        first: The number of its first row.
    """
    rows = batch.select(list(job.columns))
    numbers: Sequence[int] = range(first, first + batch.num_rows)
    if not job.account_column:
        yield Piece("", rows, numbers)
        return
    names = pc.fill_null(batch.column(job.account_column).cast(pa.string()), "")
    accounts = names.dictionary_encode()
    # Sorted once, and cut into pieces: a batch may hold rows of thousands of accounts.
    order = pc.array_sort_indices(accounts.indices)
    rows, numbers = rows.take(order), [first + each for each in order.to_pylist()]
    begin = 0
    for name, each in zip(
        accounts.dictionary.to_pylist(), pc.value_counts(accounts.indices), strict=True
    ):
        count = each["counts"].as_py()
        yield Piece(name, rows.slice(begin, count), numbers[begin : begin + count])
        begin += count
