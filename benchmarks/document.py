"""The part of `docs/performance.md` that is measured."""

from __future__ import annotations

from benchmarks.measure import ROOT

DOCUMENT = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def with_measured(document: str, measured: str) -> str:
    """Put what was measured between the markers.

    Raises:
        ValueError: The document has no markers.
    """
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        msg = f"there must be {BEGIN} and {END} in the document"
        raise ValueError(msg)
    return f"{before}{BEGIN}\n{measured.strip()}\n{END}{after}"


def write(measured: str) -> None:
    """Write it into the document."""
    text = DOCUMENT.read_text(encoding="utf-8")
    DOCUMENT.write_text(with_measured(text, measured), encoding="utf-8")
