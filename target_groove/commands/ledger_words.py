"""How the ledger is shown to people and to programs, and how its keys are read and written."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from rich.table import Table

from target_groove.ledger.identity import record_key
from target_groove.ledger.readable import plain, readable_key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from target_groove.ledger.inspection import Run, Status
    from target_groove.ledger.states import Row, State

_STATUS_HEADER: Final = (
    "stream",
    "endpoint",
    "delivered",
    "last delivered (UTC)",
    "under way",
    "in doubt",
    "held",
    "unfinished",
)
_LIST_HEADER: Final = (
    "stream",
    "endpoint",
    "key",
    "Groove's id",
    "state",
    "delivered (UTC)",
    "open since (UTC)",
    "why it is held",
)
_KILO: Final = 1024


def keys_meant(text: str) -> tuple[str, ...]:
    """Read a key as somebody wrote it: one value, a JSON list of values, or the ledger's own text.

    Returns:
        The keys of the ledger that it can mean.
    """
    meant = [text, record_key([text])]
    try:
        values = json.loads(text)
    except ValueError:
        values = None
    if isinstance(values, list):
        meant.append(record_key(values))
    return tuple(dict.fromkeys(meant))


def moment(seconds: float | None) -> str:
    """Write a time for people, in UTC."""
    return _utc(seconds).strftime("%Y-%m-%d %H:%M:%S") if seconds is not None else ""


def describe(run: Run) -> str:
    """Name a run that goes on."""
    return f"process {run.pid} on {plain(run.host)}, since {moment(run.began_at)} UTC"


def size(number: int) -> str:
    """Write a size in bytes for people."""
    if number < _KILO:
        return f"{number} bytes"
    if number < _KILO**2:
        return f"{number / _KILO:.0f} KiB"
    return f"{number / _KILO**2:,.1f} MiB"


def counted(number: int, one: str, many: str = "") -> str:
    """Write a number with its noun."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def status_table(status: Status) -> Table:
    """Make the table of `status`."""
    table = Table(*_STATUS_HEADER, box=None, pad_edge=False)
    for number in (2, 4, 5, 6, 7):
        table.columns[number].justify = "right"
    for each in status.counts:
        numbers = (each.under_way, each.in_doubt, each.held, each.unfinished)
        table.add_row(
            plain(each.stream),
            plain(each.endpoint),
            f"{each.delivered:,}",
            moment(each.last_delivered_at),
            *(f"{number:,}" if number else "" for number in numbers),
        )
    return table


def status_object(status: Status, **more: Any) -> dict[str, Any]:
    """Make the JSON object of `status`."""
    return {
        **more,
        "version": int(status.version),
        "size_bytes": status.size_bytes,
        "streams": [
            {**each._asdict(), "last_delivered_at": _written(each.last_delivered_at)}
            for each in status.counts
        ],
        "live_runs": [
            {"host": each.host, "pid": each.pid, "began_at": _written(each.began_at)}
            for each in status.alive
        ],
        "entries_elsewhere": status.elsewhere,
    }


def list_table(found: Iterable[tuple[Row, State]]) -> Table:
    """Make the table of `list`; columns with nothing in them are left out."""
    cells = [
        (
            plain(row.stream),
            plain(row.endpoint),
            readable_key(row.record_key),
            plain(row.resource_id),
            state.value,
            moment(row.last_delivered_at),
            moment(row.left_at or row.begun_at),
            plain(row.held_because),
        )
        for row, state in found
    ]
    used = [number for number in range(len(_LIST_HEADER)) if any(row[number] for row in cells)]
    table = Table(*(_LIST_HEADER[number] for number in used), box=None, pad_edge=False)
    for row in cells:
        table.add_row(*(row[number] for number in used))
    return table


def list_object(row: Row, state: State) -> dict[str, Any]:
    """Make the JSON object of an entry."""
    return {
        "stream": row.stream,
        "endpoint": row.endpoint,
        "record_key": row.record_key,
        "resource_id": row.resource_id,
        "content_hash": row.content_hash,
        "delivered_at": _written(row.last_delivered_at),
        "state": state.value,
        "held_because": row.held_because,
        "begun_at": _written(row.begun_at),
        "left_at": _written(row.left_at),
    }


def _written(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    return _utc(seconds).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
