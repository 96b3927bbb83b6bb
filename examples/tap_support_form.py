#!/usr/bin/env python3
"""A small Singer tap: the entries of a web form, those after the last run's only.

Meltano calls it with --config, and with --state once there is one.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

STREAM = "form_entries"
SCHEMA = {
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "order_id": {"type": "integer"},
        "topic": {"type": "string"},
        "message": {"type": "string"},
        "customer": {
            "type": "object",
            "properties": {"email": {"type": "string"}, "name": {"type": ["string", "null"]}},
        },
        "browser": {"type": "string"},
    },
}
ENTRIES: list[dict[str, Any]] = [
    {
        "id": 1,
        "order_id": 2041,
        "topic": "The lamp flickers",
        "message": "Hello,\n\nit flickers when the lift starts. Is that safe?\n\nNoor",
        "customer": {"email": "noor@customers.example", "name": "Noor Haddad"},
        "browser": "Firefox",
    },
    {
        "id": 2,
        "order_id": 1987,
        "topic": "Wrong colour",
        "message": 'I ordered "sea green" and got grey.',
        "customer": {"email": "tomas@customers.example", "name": None},
        "browser": "Safari",
    },
    {
        "id": 3,
        "order_id": 2050,
        "topic": "Invoice without my company's name",
        "message": "Please add: Brandt & Söhne, Köln.",
        "customer": {"email": "jule@customers.example", "name": "Jule Brandt"},
        "browser": "Chromium",
    },
]


def main() -> None:
    """Print the entries that are new, and the state that says which were seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config")
    parser.add_argument("--state", type=Path)
    state = parser.parse_args().state
    seen = json.loads(state.read_text())["last_id"] if state else 0
    say({"type": "SCHEMA", "stream": STREAM, "schema": SCHEMA, "key_properties": ["id"]})
    for entry in ENTRIES:
        if entry["id"] > seen:
            say({"type": "RECORD", "stream": STREAM, "record": entry})
            say({"type": "STATE", "value": {"last_id": entry["id"]}})


def say(message: dict[str, Any]) -> None:
    """Print a Singer message."""
    print(json.dumps(message), flush=True)


if __name__ == "__main__":
    main()
