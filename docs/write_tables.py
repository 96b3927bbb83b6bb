"""Writes what follows from the code; `make tables` runs it.

That is: the README's tables of endpoints and settings, and the ledger's statements for SQLite.
"""

from __future__ import annotations

import json
from pathlib import Path

from sqlalchemy.dialects import sqlite

from target_groove.ledger.definitions import everything
from target_groove.ledger.written import FILE as STATEMENTS
from target_groove.reference import endpoints_markdown, settings_markdown

README = Path(__file__).parents[1] / "README.md"
TABLES = {"endpoints": endpoints_markdown, "settings": settings_markdown}


def with_tables(text: str) -> str:
    """Put the tables of today between their marks."""
    for name, make in TABLES.items():
        begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
        before, _, rest = text.partition(begin)
        _, _, after = rest.partition(end)
        text = f"{before}{begin}\n{make()}\n{end}{after}"
    return text


def statements() -> str:
    """Write the ledger's statements of today."""
    return json.dumps(everything(sqlite.dialect()), indent=1) + "\n"


if __name__ == "__main__":
    STATEMENTS.write_text(statements(), encoding="utf-8")
    README.write_text(with_tables(README.read_text(encoding="utf-8")), encoding="utf-8")
