"""Dead letters for tests: how they are made and how they are read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from target_groove.delivery.request import Source
from target_groove.outputs.dead_letters import DeadLetters
from tests.runs import Message, record, schema

REFUSAL = {"action": "status", "status": 422, "body_text": '{"error": "no"}'}
ID = {"id": {"type": "integer"}}


def rows(*ids: int, stream: str = "s") -> list[Message]:
    return [schema(stream, ["id"], ID), *(record(stream, {"id": each}) for each in ids)]


def entries(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def plain_reader(path: Path) -> list[tuple[str, dict[str, Any]]]:
    """Read a Singer file as the first generation of targets did."""
    schemas: dict[str, dict[str, Any]] = {}
    found = []
    for message in entries(path):
        match message["type"]:
            case "SCHEMA":
                schemas[message["stream"]] = message["schema"]
                assert isinstance(message["key_properties"], list)
            case "RECORD":
                assert message["stream"] in schemas
                found.append((message["stream"], message["record"]))
            case other:
                raise AssertionError(other)
    return found


def source(number: int, stream: str = "s", **properties: Any) -> Source:
    return Source(
        stream=stream,
        message=record(stream, {"id": number}),
        schema=schema(stream, ["id"], properties),
        place=f"line {number}",
        key=f"id={number}",
        position=number,
    )


def add(letters: DeadLetters, *sources: Source) -> None:
    for each in sources:
        letters.add([each], {"reason": "no"})
