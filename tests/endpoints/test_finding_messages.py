"""A message whose create is in doubt."""

from __future__ import annotations

from typing import Any

import pytest

from target_groove.endpoints.finding import Absent, Found
from tests.endpoints.looking import BODY, Groove, reason

SENT_AT = "Mon, 02 Feb 2026 08:00:00 +0100"


@pytest.fixture
def number(groove: Groove) -> str:
    number = groove.ticket(body="First")
    groove.clock.advance(60)
    return number


def find_message(groove: Groove, number: str, **fields: Any) -> Any:
    known = groove.evidence({"body": BODY, **fields}, {"ticket_number": number})
    return groove.find("create_message", known)


def test_a_message_that_is_there_is_found_by_the_id_in_its_href(
    groove: Groove, number: str
) -> None:
    made = groove.message(number)
    assert find_message(groove, number) == Found(made)


def test_a_message_that_is_not_there_is_absent(groove: Groove, number: str) -> None:
    assert find_message(groove, number) == Absent()


@pytest.mark.parametrize("number", ["4711", "a/../b c"])
def test_without_its_ticket_a_message_is_absent(groove: Groove, number: str) -> None:
    assert find_message(groove, number) == Absent()


@pytest.mark.parametrize(
    "ours,theirs,is_ours",
    [
        ({}, {"note": True}, False),
        ({"note": True}, {}, False),
        ({"note": True}, {"note": True}, True),
        ({"note": False}, {}, True),
        ({"note": None}, {}, True),
        ({"author": "grace@sandbox.example"}, {"author": "Grace@Sandbox.example"}, True),
        ({"author": "Kim+1@example.org"}, {"author": "kim+1@example.org"}, True),
        ({"author": "grace@sandbox.example"}, {"author": "alan@sandbox.example"}, False),
        ({}, {"author": "alan@sandbox.example"}, True),
        ({"body": "My order 17 did not arrive."}, {}, True),
        ({"body": "My order 18 did not arrive."}, {}, False),
        ({"sent_at": SENT_AT}, {"sent_at": SENT_AT}, True),
        ({"sent_at": SENT_AT}, {"sent_at": "Mon, 02 Feb 2026 08:00:01 +0100"}, False),
        ({}, {"sent_at": SENT_AT}, False),
    ],
)
def test_what_makes_a_message_ours(
    groove: Groove,
    number: str,
    ours: dict[str, Any],
    theirs: dict[str, Any],
    is_ours: bool,  # noqa: FBT001
) -> None:
    made = groove.message(number, **theirs)
    assert find_message(groove, number, **ours) == (Found(made) if is_ours else Absent())


def test_an_author_who_is_linked_by_id_is_not_compared(groove: Groove, number: str) -> None:
    made = groove.message(number, author="alan@sandbox.example")
    groove.changed = {"author": {"href": "https://api.groovehq.com/v1/agents/3217430596"}}
    assert find_message(groove, number, author="grace@sandbox.example") == Found(made)


def test_an_older_equal_message_is_not_ours(groove: Groove, number: str) -> None:
    groove.message(number)
    groove.clock.advance(60)
    assert find_message(groove, number) == Absent()
    made = groove.message(number)
    assert find_message(groove, number) == Found(made)


def test_a_recorded_message_is_another_ones(groove: Groove, number: str) -> None:
    groove.recorded.add(groove.message(number))
    assert find_message(groove, number) == Absent()


def test_two_equal_messages_are_left_open(groove: Groove, number: str) -> None:
    ids = [groove.message(number), groove.message(number)]
    assert reason(find_message(groove, number)) == f"2 messages look like it: {', '.join(ids)}"


def test_every_page_is_read(groove: Groove, number: str) -> None:
    for count in range(60):
        groove.message(number, body=f"Reply {count}")
    made = groove.message(number)
    assert find_message(groove, number) == Found(made)


@pytest.mark.parametrize("created_at", [..., "soon"])
def test_a_message_without_a_date_is_left_open(
    groove: Groove, number: str, created_at: Any
) -> None:
    groove.message(number)
    groove.changed = {"created_at": created_at}
    assert "no date" in reason(find_message(groove, number))


def test_a_message_without_a_text_cannot_be_compared(groove: Groove, number: str) -> None:
    groove.changed = {"body": ..., "plain_text_body": None}
    assert "without a text" in reason(find_message(groove, number))


def test_a_message_without_an_id_cannot_be_named(groove: Groove, number: str) -> None:
    groove.message(number)
    groove.changed = {"href": ...}
    assert "without an id" in reason(find_message(groove, number))
