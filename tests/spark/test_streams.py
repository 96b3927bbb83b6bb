"""Micro-batches of a stream: each row once, also when Spark repeats a batch."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from tests.spark.door import TICKETS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.spark.door import Door

COLUMNS = "order_id long, `from` string, `to` string, body string, subject string"


def put(folder: Path, name: str, orders: range) -> None:
    """Let a file of orders appear, whole."""
    lines = [
        json.dumps(
            {
                "order_id": number,
                "from": f"c{number}@example.org",
                "to": "help@example.com",
                "body": f"hello {number}",
                "subject": f"order {number}",
            }
        )
        for number in orders
    ]
    made = folder.parent / name
    made.write_text("\n".join(lines))
    made.rename(folder / name)


def run(door: Door, source: Path, checkpoint: Path, **more: str) -> None:
    """Take in all files that are there, one a batch."""
    frame = (
        door.spark.session.readStream.schema(COLUMNS)
        .option("maxFilesPerTrigger", 1)
        .json(str(source))
    )
    query = (
        frame.writeStream.format("groove")
        .options(**{**door.options, **TICKETS, **more})
        .option("checkpointLocation", str(checkpoint))
        .trigger(availableNow=True)
        .start()
    )
    assert query.awaitTermination(120)


def test_a_stream_of_files_arrives_once_also_when_a_batch_is_repeated(door: Door) -> None:
    source, checkpoint = door.folder / "source", door.folder / "checkpoint"
    source.mkdir()
    put(source, "a.json", range(5))
    put(source, "b.json", range(5, 10))
    run(door, source, checkpoint)
    titles = Counter(each["title"] for each in door.sandbox.things("tickets"))
    assert titles == Counter(f"order {number}" for number in range(10))

    # As if Spark had died after the batch was delivered, before it wrote that down.
    commits = checkpoint / "commits"
    last = max((each for each in commits.iterdir() if each.name.isdecimal()), key=_number)
    for each in (last, last.with_name(f".{last.name}.crc")):
        each.unlink(missing_ok=True)
    begun = len(door.spark.log)
    run(door, source, checkpoint)
    assert "5 rows: 0 delivered, 5 unchanged" in door.spark.said(begun, "to Groove: ")
    assert len(door.writes()) == 10

    put(source, "c.json", range(8, 12))
    run(door, source, checkpoint)
    titles = Counter(each["title"] for each in door.sandbox.things("tickets"))
    assert titles == Counter(f"order {number}" for number in range(12))


def _number(path: Path) -> int:
    return int(path.name)
