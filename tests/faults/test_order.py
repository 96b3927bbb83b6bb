"""The oracle finds calls that are out of order: logs that were made up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.faults.order import after_refusal, check_order, most_at_once
from tests.faults.rows import Row

PENDING, CLOSED = (
    Row(
        stream="updates",
        name=f"k000{number}",
        record={"id": f"k000{number}"},
        sets={"ticket 7 state": state},
        about="ticket 7",
    )
    for number, state in ((1, "pending"), (2, "closed"))
)
WORD = Row(
    stream="messages",
    name="k0003",
    record={"id": "k0003"},
    marks=("message-0003",),
    about="ticket 7",
)
TICKET, OTHER, THIRD = (
    Row(stream="tickets", name=f"k000{n}", record={"id": f"k000{n}"}, marks=(f"ticket-000{n}",))
    for n in (4, 5, 6)
)
EDIT = Row(
    stream="edits",
    name="k0007",
    record={"id": "k0007"},
    sets={"article 3 title": "edit-0007", "article 3 body": "edit-0007"},
    about="article 3",
)


def log(*calls: Any, **later: int | None) -> list[dict[str, Any]]:
    """Calls one after the other; `n2=4` lets the second end when four have come."""
    entries: list[dict[str, Any]] = []
    for number, call in enumerate(calls, 1):
        is_state = isinstance(call, str) and not call[-1].isdigit()
        entries.append(
            {
                "n": number,
                "method": "PUT" if is_state else "POST",
                "path": "/v1/tickets/7/state" if is_state else "/v1/x",
                "body": {"state": call} if is_state else None,
                "raw": f'{{"title": "About {call}"}}',
                "status": call if isinstance(call, int) else 200,
                "arrived_by_end": later.get(f"n{number}", number),
                "duration_ms": 5.0,
            }
        )
    return entries


def found(rows: Sequence[Row], entries: list[dict[str, Any]]) -> list[str]:
    return list(check_order(rows, entries))


def test_what_is_in_order() -> None:
    rows = (PENDING, CLOSED, WORD, TICKET, OTHER, EDIT)
    calls = ("pending", "closed", "message-0003", "ticket-0004", "ticket-0005", "edit-0007")
    assert found(rows, log(*calls)) == []
    assert found(rows, log(*calls, n4=5)) == []
    assert found(rows, log("closed", "message-0003")) == []
    assert found(rows, log("pending", "pending", "closed")) == []


def test_an_object_whose_calls_come_the_other_way_round() -> None:
    assert found((PENDING, CLOSED), log("closed", "pending")) == [
        "ticket 7: ticket 7 state pending after ['ticket 7 state closed']"
    ]
    assert len(found((PENDING, WORD), log("message-0003", "pending"))) == 1


def test_an_object_that_has_two_calls_at_a_time() -> None:
    entries = log("pending", "closed", n1=2)
    assert found((PENDING, CLOSED), entries) == [
        "ticket 7: ticket 7 state closed while ['ticket 7 state pending'] was under way"
    ]
    entries[0]["duration_ms"] = 1000.0
    assert found((PENDING, CLOSED), entries) == []
    assert len(found((PENDING, CLOSED), log("pending", "closed", n1=None))) == 1


def test_a_ticket_whose_number_only_groove_knows() -> None:
    rows = tuple(
        Row(
            stream="issues",
            name=f"issue-000{n}",
            record={"id": "issue-9001"},
            sets={"issue issue-9001 state": state},
            about="issue issue-9001",
        )
        for n, state in enumerate(("pending", "closed"))
    )
    titles = {"7": "issue issue-9001"}
    assert list(check_order(rows, log("issue-9001", "pending", "closed"), titles)) == []
    assert list(check_order(rows, log("closed", "issue-9001", "pending"), titles)) == [
        "issue issue-9001: issue issue-9001 state pending after ['issue-9001']"
    ]


def test_a_stream_that_begins_too_early() -> None:
    rows = (TICKET, EDIT, OTHER)
    assert found(rows, log("edit-0007", "ticket-0004")) == [
        "ticket-0004 after a stream behind it had begun"
    ]
    assert found(rows, log("ticket-0004", "edit-0007", n1=2)) == [
        "edit-0007 while the stream before it was under way"
    ]
    assert len(found(rows, log("ticket-0004", "ticket-0005", "edit-0007"))) == 1


def test_a_stretch_that_goes_on_behind_what_is_unchanged() -> None:
    rows = (TICKET, EDIT, OTHER, THIRD)
    assert found(rows, log("ticket-0005", "ticket-0004", "ticket-0006", n1=3)) == []


def test_how_many_are_under_way() -> None:
    assert most_at_once(log(1, 2, 3)) == 1
    assert most_at_once(log(1, 2, 3, n1=3, n2=3)) == 3
    assert most_at_once([]) == 0


def test_what_comes_after_a_refusal() -> None:
    assert after_refusal(log(200, 200)) == 0
    assert after_refusal(log(401, 401, 401, n1=2, n2=3)) == 1
