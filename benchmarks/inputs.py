"""Singer files to deliver."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

TEXT = "The lid does not fit the pot. " * 10


def write_tickets(path: Path, count: int, *, changed: int = 0) -> Path:
    """Write tickets with a key, about 430 bytes each.

    Args:
        path: The file.
        count: How many.
        changed: How many, from the first, are other than they are without this.
    """
    properties = {name: {"type": "string"} for name in ("id", "body", "from", "to", "subject")}
    records = (
        {
            "id": str(number),
            "subject": f"Ticket {number}" + (", again" if number < changed else ""),
            "body": TEXT,
            "from": f"customer{number}@example.org",
            "to": "support@example.org",
        }
        for number in range(count)
    )
    return write_stream(path, "create_ticket", records, properties=properties)


def write_stream(
    path: Path,
    stream: str,
    records: Iterable[dict[str, Any]],
    *,
    key: str = "id",
    properties: dict[str, Any] | None = None,
) -> Path:
    """Write a stream with one key.

    Args:
        path: The file.
        stream: Its name.
        records: One after the other; not kept.
        key: The attribute that identifies a record.
        properties: What the schema says of the attributes; nothing, if it is left out.
    """
    schema = {"type": "object", "properties": properties or {}}
    head = {"type": "SCHEMA", "stream": stream, "schema": schema, "key_properties": [key]}
    with path.open("w", encoding="utf-8") as file:
        file.write(json.dumps(head) + "\n")
        for record in records:
            line = {"type": "RECORD", "stream": stream, "record": record}
            file.write(json.dumps(line) + "\n")
    return path
