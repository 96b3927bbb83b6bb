"""What is written of the figures, and where."""

from __future__ import annotations

import pytest

from benchmarks import goals
from benchmarks.document import BEGIN, DOCUMENT, END, merged, with_measured
from benchmarks.pairing import in_turns, ratio
from benchmarks.tables import Section, Table


def test_a_table_is_markdown() -> None:
    table = Table("Runs", ("seconds",), (("one", "1.00"),), ("A note.",))
    lines = ["| Runs | seconds |", "| --- | ---: |", "| one | 1.00 |", "", "A note.", ""]
    assert list(table.lines()) == lines
    assert list(Section((table,), sentences=("Said.",)).lines()) == [*lines, "Said.", ""]


def test_goals_say_what_was_reached_and_what_was_not_measured() -> None:
    figures = {"share": 0.951, "startup": 0.61}
    rows = {row[0]: row[1:] for row in goals.table(figures, full_size=True).rows}
    assert rows["share of N / latency at 50 ms, N = 16"] == ("≥ 0.950", "0.951", "reached")
    startup = rows["start and end with one record, seconds"]
    assert startup == ("≤ 0.50", "0.61", "**not reached**")
    assert rows["answers 429 at it"] == ("≤ 0", "-", "not measured")


def test_a_small_run_says_nothing_about_goals() -> None:
    rows = goals.table({"startup": 0.61}, full_size=False).rows
    assert rows[-1][1:] == ("≤ 0.50", "0.61", "too few records to say")


def test_what_was_measured_stands_between_the_markers() -> None:
    written = with_measured(f"before\n{BEGIN}\nold\n{END}\nafter\n", "new\n")
    assert written == f"before\n{BEGIN}\nnew\n{END}\nafter\n"
    assert with_measured(DOCUMENT.read_text(encoding="utf-8"), "new")


def test_a_document_without_markers_is_left_alone() -> None:
    with pytest.raises(ValueError, match="measured: begin"):
        with_measured("no markers", "new")


def test_runs_take_turns_and_are_compared_round_by_round() -> None:
    order: list[str] = []

    def run(name: str, seconds: float) -> float:
        order.append(name)
        return seconds * len(order)

    runs = in_turns({"a": lambda: run("a", 1.0), "b": lambda: run("b", 2.0)}, 3)
    assert order == ["a", "b", "b", "a", "a", "b"]
    assert ratio(runs["b"], runs["a"]) == 2.4


def test_a_section_takes_the_place_of_its_own() -> None:
    goals = "### Goals\n\n| Goal | |\n| --- | ---: |\n"
    earlier = f"Then.\n\n{goals}| a | 1 |\n| b | 2 |\n\n### A\n\nold a\n\n### C\n\nold c\n"
    measured = f"Now.\n\n{goals}| a | not measured |\n| b | 3 |\n\n### B\n\nb\n\n### C\n\nc\n"
    assert merged(earlier, measured, ["A", "B", "C"]) == (
        f"Then.\n\n{goals}| a | 1 |\n| b | 3 |\n\n### A\n\nold a\n\n"
        "### B\n\nNow.\n\nb\n\n### C\n\nNow.\n\nc"
    )
