"""The benchmark knows every template, and its inputs are what they are called."""

from __future__ import annotations

from benchmarks.samples import LOCAL, SAMPLES, records
from benchmarks.syncs import SYNCS
from target_groove.endpoints import TEMPLATES


def test_every_template_has_a_sample() -> None:
    assert set(TEMPLATES) - LOCAL <= set(SAMPLES)


def test_records_have_keys_and_ids_of_their_own() -> None:
    sample = {"ticket_number": "$ticket", "tags": ["a"]}
    made = records(sample, [{"n": "0", "ticket": "7"}, {"n": "1", "ticket": "8"}])
    assert made == [
        {"id": "0", "ticket_number": "7", "tags": ["a"]},
        {"id": "1", "ticket_number": "8", "tags": ["a"]},
    ]


def test_the_nightly_run_of_contacts_changes_one_in_a_hundred() -> None:
    [sync] = [each for each in SYNCS if each.stream == "upsert_contact"]
    before, after = list(sync.make(1_000, 0)), list(sync.make(1_000, 1))
    changed = [one for one, other in zip(before, after, strict=True) if one != other]
    assert len(changed) == 10
