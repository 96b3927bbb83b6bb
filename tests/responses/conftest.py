"""Runs whose answers are told, and readers of what was told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.runs import Message

from tests.runs import records

TICKETS = {
    "stream": "entries",
    "endpoint": "create_ticket",
    "fields": {"body": "message", "from": "email"},
    "defaults": {"to": "support@sandbox.example"},
}


@pytest.fixture
def ticket_config(config: dict[str, Any]) -> dict[str, Any]:
    """Settings that make a ticket of each entry, once, several at a time."""
    return {**config, "load_method": "upsert", "max_in_flight": 8, "streams": [TICKETS]}


def entries(*ids: int) -> list[Message]:
    """An entry for each id."""
    rows = [
        {"id": each, "message": f"Entry {each}.", "email": f"p{each}@customers.example"}
        for each in ids
    ]
    return [*records("entries", *rows, keys=["id"])]


def messages_in(lines: Iterable[str | bytes]) -> list[dict[str, Any]]:
    """Read Singer messages."""
    return [json.loads(line) for line in lines]


def told_in(path: Path) -> list[dict[str, Any]]:
    """Read the answers in a Singer file."""
    messages = messages_in(path.read_bytes().splitlines())
    return [each["record"] for each in messages if each["type"] == "RECORD"]
