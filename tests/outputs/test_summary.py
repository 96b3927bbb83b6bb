"""The counts of a run, in one sentence."""

from __future__ import annotations

from target_groove.outputs.summary import Summary


def test_nothing() -> None:
    assert Summary().sentence == "0 delivered, 0 rejected, 0 requests"


def test_counts_of_all_streams_and_endpoints() -> None:
    summary = Summary(requests=9)
    summary.delivered["a", "create_ticket"] += 2
    summary.delivered["b", "custom"] += 1
    summary.rejected["a", "create_ticket"] += 4
    summary.rejected["a", ""] += 1
    summary.skipped["c"] += 6

    assert summary.sentence == "3 delivered, 5 rejected, 6 skipped, 9 requests"
