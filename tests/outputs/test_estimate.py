"""When a run will be done."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from target_groove.outputs import estimate
from target_groove.outputs.durations import duration
from target_groove.outputs.estimate import InputSize, seconds_left


@pytest.fixture
def hundred_lines(tmp_path: Path) -> Path:
    path = tmp_path / "in.jsonl"
    path.write_bytes(b"{}\n" * 100)
    return path


def test_lines_of_a_file_are_counted_without_moving_in_it(hundred_lines: Path) -> None:
    with hundred_lines.open("rb") as file:
        size = InputSize(file, lambda: 10)
        assert size.lines == 100
        assert file.read(3) == b"{}\n"


def test_lines_of_a_long_file_are_guessed(
    hundred_lines: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(estimate, "_SAMPLE_BYTES", 30)
    monkeypatch.setattr(estimate, "_CHUNK_BYTES", 30)
    with hundred_lines.open("rb") as file:
        assert InputSize(file, lambda: 0).lines == 100


def test_what_is_no_file_has_no_size(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.touch()
    with Path("/dev/null").open("rb") as nothing, empty.open("rb") as nobody:
        for source in (None, io.BytesIO(b"{}\n"), nothing, nobody):
            size = InputSize(source, lambda: 1)
            assert size.lines is None
            assert size.records_left(1, 1) is None


def test_what_comes_is_taken_to_be_like_what_came(hundred_lines: Path) -> None:
    lines_read = 0
    with hundred_lines.open("rb") as file:
        size = InputSize(file, lambda: lines_read)
    assert size.records_left(0, 0) is None
    lines_read = 20
    assert size.records_left(10, 4) == 80 / 2 + 6
    lines_read = 101
    assert size.records_left(60, 60) == 0


@pytest.mark.parametrize(
    "left, settled, requests, seconds, limit, expected",
    [
        (0, 5, 5, 9.0, 30, 0.0),
        (10, 0, 0, 9.0, 30, None),
        (10, 5, 5, 0.0, 30, None),
        (10, 5, 5, 9.0, 0, 18.0),
        # The first 30 went within a second, the others cannot.
        (60, 30, 30, 1.0, 30, 120.0),
        # Unchanged records cost no request.
        (100, 1000, 0, 10.0, 30, 1.0),
        # The limit is not met: 20 may still go at once.
        (20, 10, 10, 5.0, 30, 10.0),
    ],
)
def test_the_rest_takes_what_pace_and_limit_allow(
    left: float, settled: int, requests: int, seconds: float, limit: int, expected: float | None
) -> None:
    found = seconds_left(
        left, settled=settled, requests=requests, seconds=seconds, requests_per_minute=limit
    )
    assert found == expected


@pytest.mark.parametrize(
    "seconds, words",
    [
        (0.0004, "0.4 ms"),
        (0.0124, "12 ms"),
        (1.52, "1.5 s"),
        (59.4, "59 s"),
        (59.7, "1 min"),
        (185, "3 min 5 s"),
        (3600, "1 h"),
        (7800, "2 h 10 min"),
    ],
)
def test_durations_are_said_as_people_say_them(seconds: float, words: str) -> None:
    assert duration(seconds) == words
