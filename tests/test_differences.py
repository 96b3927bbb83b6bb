"""Which fields differ, by their digests alone."""

from __future__ import annotations

from typing import Any

import pytest

from target_groove.delivery.request import LookUp
from target_groove.differences import differences, field_digests
from target_groove.endpoints import TEMPLATES

TICKET = TEMPLATES["upsert_ticket"]
ARTICLE = TEMPLATES["upsert_article"]


def compared(before: dict[str, Any], now: dict[str, Any]) -> tuple[tuple[str, ...], ...]:
    """What changed, and what is fixed."""
    found = differences(TICKET, field_digests(TICKET, {}, now), field_digests(TICKET, {}, before))
    assert found.moved == ()
    return found.changed, found.fixed


@pytest.mark.parametrize(
    "before,now,changed,fixed",
    [
        ({"state": "opened"}, {"state": "opened"}, (), ()),
        ({"state": "opened"}, {}, (), ()),
        ({"state": "opened"}, {"state": "closed"}, ("state",), ()),
        ({"body": "a", "tags": ["a"]}, {"tags": ["b"], "body": "b"}, ("tags",), ("body",)),
        ({"body": "a"}, {"body": "a", "subject": "s"}, (), ("subject",)),
        ({"tags": ["a", "b"]}, {"tags": ["b", "a", "b"]}, (), ()),
        ({"tags": ["a"]}, {"tags": []}, ("tags",), ()),
        ({}, {"body": "a", "state": "opened"}, ("state",), ()),
        ({"body": "a"}, {"body": "a", "skip_notifications": True}, (), ()),
        (
            {"assignee": LookUp("agents", "1", "email")},
            {"assignee": LookUp("agents", "2", "email")},
            ("assignee",),
            (),
        ),
    ],
)
def test_what_differs(
    before: dict[str, Any],
    now: dict[str, Any],
    changed: tuple[str, ...],
    fixed: tuple[str, ...],
) -> None:
    assert compared(before, now) == (changed, fixed)


def test_a_path_parameter_is_no_field() -> None:
    one, other = (
        field_digests(ARTICLE, {"knowledge_base_id": base}, {"title": "A", "{x}": base})
        for base in "12"
    )
    found = differences(ARTICLE, other, one)
    assert (found.changed, found.fixed, found.moved) == (("{x}",), (), ("knowledge_base_id",))
    assert differences(ARTICLE, other, {}).moved == (), "nothing is known of where it is"
