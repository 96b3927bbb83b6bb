from __future__ import annotations

from datetime import UTC, datetime

import pytest

from target_groove.sandbox.showing import clock_time, colour_of, date_time, file_size, initials

NOW = datetime(2026, 2, 3, 10, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    "when, shown",
    [
        ("2026-02-03T00:05:00Z", "00:05"),
        ("2026-02-02T23:59:00Z", "2 Feb, 23:59"),
        ("2025-12-31T23:59:00Z", "31 Dec 2025"),
    ],
)
def test_times_are_as_long_as_they_need_be(when: str, shown: str) -> None:
    assert date_time(when, NOW) == shown


def test_requests_show_milliseconds() -> None:
    assert clock_time(1770113730.0415) == "10:15:30.041"


@pytest.mark.parametrize(
    "size, shown",
    [
        (0, "0 bytes"),
        (1023, "1023 bytes"),
        (1024, "1.0 KB"),
        (1_048_575, "1024.0 KB"),
        (20_971_520, "20.0 MB"),
    ],
)
def test_sizes(size: int, shown: str) -> None:
    assert file_size(size) == shown


@pytest.mark.parametrize(
    "name, shown",
    [
        ("Ada Byron", "AB"),
        ("Ada King Byron", "AB"),
        ("jo@acme.example", "J"),
        ("jo.smith@acme.example", "JS"),
        ("", "?"),
    ],
)
def test_initials(name: str, shown: str) -> None:
    assert initials(name) == shown


def test_a_name_keeps_its_colour() -> None:
    assert colour_of("Jo@acme.example") == colour_of("jo@acme.example")
    assert 0 <= colour_of("x") < 6
