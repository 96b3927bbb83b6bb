"""Runs of the loader to be measured, and the input for them."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

from benchmarks.measure import Measured, measure

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_AT_ONCE = 1_000


def write_input(path: Path, count: int) -> None:
    """Write a Singer file of tickets with a key, about 430 bytes each."""
    text = "The lid does not fit the pot. " * 10
    properties = {name: {"type": "string"} for name in ("id", "body", "from", "to", "subject")}
    schema = {"type": "object", "properties": properties}
    with path.open("w", encoding="utf-8") as file:
        message = {
            "type": "SCHEMA",
            "stream": "create_ticket",
            "schema": schema,
            "key_properties": ["id"],
        }
        file.write(json.dumps(message) + "\n")
        for number in range(count):
            record = {
                "id": str(number),
                "subject": f"Ticket {number}",
                "body": text,
                "from": f"customer{number}@example.org",
                "to": "support@example.org",
            }
            line = {"type": "RECORD", "stream": "create_ticket", "record": record}
            file.write(json.dumps(line) + "\n")


class Loader:
    """Runs `target-groove` against a server."""

    def __init__(self, folder: Path, api_url: str) -> None:
        """Keep where ledgers go, and where requests."""
        self._folder = folder
        self._settings = {"api_token": "token", "api_url": api_url, "requests_per_minute": 0}
        self._numbers = itertools.count()

    def without_ledger(self, source: Path) -> Measured:
        """Deliver a file, and remember nothing."""
        return self._run(source, {"ledger_url": "none"})

    def with_new_ledger(self, source: Path) -> Measured:
        """Deliver a file for the first time."""
        return self._run(source, {"ledger_url": self._new_ledger()})

    def fill_ledger(self, source: Path) -> Callable[[Path], Measured]:
        """Deliver a file in large batches.

        Returns:
            What delivers it again.
        """
        route = {
            "stream": "create_ticket",
            "endpoint": "custom",
            "method": "POST",
            "url": "/tickets/many",
            "batch": {"grouping": "array", "size": _AT_ONCE},
        }
        settings = {"ledger_url": self._new_ledger(), "streams": [route]}
        self._run(source, {**settings, "batch_size_rows": _AT_ONCE})
        return lambda again: self._run(again, settings)

    def _new_ledger(self) -> str:
        return f"sqlite:///{self._folder}/ledger-{id(self)}-{next(self._numbers)}.db"

    def _run(self, source: Path, settings: dict[str, Any]) -> Measured:
        config = self._folder / "config.json"
        config.write_text(json.dumps({**self._settings, **settings}), encoding="utf-8")
        return measure(["-m", "target_groove", "--config", str(config), "--input", str(source)])
