"""The part of `docs/performance.md` that is measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from benchmarks.measure import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

DOCUMENT = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
GOALS: Final = "Goals"


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


def write(measured: str, *, among: Sequence[str] = ()) -> None:
    """Write it into the document.

    Args:
        measured: What was measured.
        among: The headings of all sections in their order, if it is only some of them.
    """
    text = DOCUMENT.read_text(encoding="utf-8")
    if among:
        measured = merged(text.partition(BEGIN)[2].partition(END)[0], measured, among)
    DOCUMENT.write_text(with_measured(text, measured), encoding="utf-8")


def merged(earlier: str, measured: str, headings: Sequence[str]) -> str:
    """Put sections among those of an earlier run; each says where and when it was measured.

    Args:
        earlier: All that an earlier run measured.
        measured: What some sections measured.
        headings: Of all sections, in their order.
    """
    machine, sections = _sections(earlier)
    machine_now, now = _sections(measured)
    goals = _goals(sections.get(GOALS, ""), now.pop(GOALS))
    sections |= {heading: f"{machine_now}\n\n{text}" for heading, text in now.items()}
    sections[GOALS] = goals
    texts = [f"### {each}\n\n{sections[each]}" for each in (GOALS, *headings) if each in sections]
    return "\n\n".join((machine, *texts))


def _sections(text: str) -> tuple[str, dict[str, str]]:
    """Give what stands before the sections, and their texts by heading."""
    first, *sections = f"\n{text.strip()}".split("\n### ")
    parts = (each.partition("\n") for each in sections)
    return first.strip(), {heading: body.strip() for heading, _, body in parts}


def _goals(earlier: str, now: str) -> str:
    """Take those rows from an earlier table that this one has no figures for."""
    before = {_name(row): row for row in earlier.splitlines()}
    rows = now.splitlines()
    return "\n".join(
        before.get(_name(each), each) if "not measured" in each else each for each in rows
    )


def _name(row: str) -> str:
    return row.split("|")[1].strip()
