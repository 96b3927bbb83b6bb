"""A digest of each row of a table, a column at a time."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Iterator

_BYTES: Final = 16
_ABSENT: Final = "~"
"""Stands for null; no length looks like that."""

_BETWEEN: Final = pa.scalar(":", pa.large_string())


def row_digests(batch: pa.RecordBatch) -> list[bytes]:
    """Digest all that each row says, names and types of its columns among it.

    The same row has the same digest in every batch, in whatever time zone the session shows it.

    Args:
        batch: The rows.

    Returns:
        16 bytes a row.
    """
    begun = hashlib.blake2b(digest_size=_BYTES)
    parts: list[Any] = []
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        kind = _kind(column.type)
        begun.update(repr((name, kind, _has_zone(column.type))).encode())
        text = _as_text(column)
        # A length before each value: ("a", "b:c") and ("a:b", "c") are two rows.
        parts += [pc.cast(pc.binary_length(text), pa.large_string()), text]
    if not parts:
        return [begun.digest()] * batch.num_rows
    rows = pc.binary_join_element_wise(
        *parts, _BETWEEN, null_handling="replace", null_replacement=_ABSENT
    )
    return list(_digested(begun, rows.cast(pa.large_binary()).to_pylist()))


def _digested(begun: Any, rows: list[bytes]) -> Iterator[bytes]:
    for each in rows:
        whole = begun.copy()
        whole.update(each)
        yield whole.digest()


def _kind(kind: pa.DataType) -> str:
    """Name a kind as all sessions do; some have larger texts than others, or coarser times."""
    return "timestamp" if pa.types.is_timestamp(kind) else str(kind).removeprefix("large_")


def _has_zone(kind: pa.DataType) -> bool:
    return pa.types.is_timestamp(kind) and kind.tz is not None


def _as_text(column: pa.Array) -> pa.Array:
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return column.cast(pa.large_string())
    if pa.types.is_timestamp(kind):
        # The instant: how it is written depends on the zone of the session.
        return column.cast(pa.int64()).cast(pa.large_string())
    if pa.types.is_nested(kind) or pa.types.is_null(kind):
        values = [None if each is None else repr(each) for each in column.to_pylist()]
        return pa.array(values, pa.large_string())
    return column.cast(pa.large_string())
