"""Reasons that differ only in a value are one kind."""

from __future__ import annotations

from target_groove.outputs.reasons import MOST_REASONS, Reasons
from tests.outputs.watched import rejected, source


def test_values_do_not_keep_reasons_apart() -> None:
    reasons = Reasons()
    for number in range(5):
        reasons.add(rejected(f"from: 'c{number}' is no address, at 2026-01-0{number}T10:00:00"))
    (only,) = reasons.by_count
    assert (only.count, only.words) == (5, "from: 'c0' is no address, at 2026-01-00T10:00:00")
    assert only.first == "line 2, stream s, record id=1"


def test_quotes_within_a_value_do_not_end_it() -> None:
    reasons = Reasons()
    for value in ("one", '"two"', "it's", "'3' and \"4\"", "\\"):
        reasons.add(rejected(f"from: {value!r} is no address"))
    (only,) = reasons.by_count
    assert (only.count, only.kind) == (5, "from: … is no address")


def test_streams_and_endpoints_do() -> None:
    reasons = Reasons()
    reasons.add(rejected("no"))
    reasons.add(rejected("no", endpoint=""))
    reasons.add(rejected("no", source=source("t")))
    assert [each.count for each in reasons.by_count] == [1, 1, 1]


def test_the_most_frequent_comes_first_and_those_in_doubt_are_told() -> None:
    reasons = Reasons()
    for reason in ("rare", "often", "often"):
        reasons.add(rejected(reason, in_doubt=reason == "often"))
    assert [(each.words, each.in_doubt) for each in reasons.by_count] == [("often", 2), ("rare", 0)]


def test_kinds_beyond_a_hundred_are_only_counted() -> None:
    reasons = Reasons()
    for number in range(MOST_REASONS + 7):
        reasons.add(rejected("x" * (number + 1)))
    reasons.add(rejected("x"))
    assert len(reasons.by_count) == MOST_REASONS
    assert reasons.others == 7
    assert reasons.by_count[0].count == 2
