"""Writes the README's tables of endpoints and settings from the code; `make tables` runs it."""

from __future__ import annotations

from pathlib import Path

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


if __name__ == "__main__":
    README.write_text(with_tables(README.read_text(encoding="utf-8")), encoding="utf-8")
