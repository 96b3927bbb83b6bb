"""Rows of one Groove object leave in their order, wherever they lie."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

import requests

from tests.conftest import TOKEN

if TYPE_CHECKING:
    from target_groove.sandbox import Sandbox
    from tests.spark.door import Door

MESSAGES: Final = {"endpoint": "create_message", "key": "id"}
STATES: Final = {"endpoint": "update_ticket_state", "key": "ticket_number"}
COLUMNS: Final = "id long, ticket_number long, body string"
TICKETS: Final = 3
ROWS: Final = [(number, number % TICKETS + 1, f"m{number:03d}") for number in range(36)]


def with_tickets(sandbox: Sandbox) -> None:
    for number in range(TICKETS):
        ticket = {"from": f"{number}@example.org", "to": "help@example.com", "body": "?"}
        answer = requests.post(
            f"{sandbox.api_url}/tickets",
            json=ticket,
            headers={"Authorization": f"Bearer {TOKEN}"},
            timeout=10,
        )
        assert answer.json()["ticket"]["number"] == number + 1


def sent(door: Door) -> dict[str, list[str]]:
    """Give the bodies that were sent to each ticket, in the order in which they came."""
    found = defaultdict(list)
    for each in door.writes():
        if each["path"].endswith("/messages"):
            found[each["path"].split("/")[-2]].append(each["body"]["body"])
    return found


def wanted(rows: list[tuple[int, int, str]]) -> dict[str, list[str]]:
    found = defaultdict(list)
    for _, ticket, body in rows:
        found[str(ticket)].append(body)
    return found


def test_rows_of_several_partitions_leave_in_the_order_of_the_frame(door: Door) -> None:
    with_tickets(door.sandbox)
    frame = door.spark.frame(ROWS, COLUMNS, partitions=4)
    told = door.save(frame, **MESSAGES, max_in_flight="8")
    assert (told["row"], told["delivered"]) == (36, 36)
    assert sent(door) == wanted(ROWS)
    told = door.save(frame, **MESSAGES)
    assert (told["unchanged"], told["request"]) == (36, 0)


def test_an_arranged_frame_is_delivered_by_its_tasks_in_the_wanted_order(door: Door) -> None:
    with_tickets(door.sandbox)
    options = {**MESSAGES, "order_by": "id"}
    frame = door.spark.frame(ROWS[::-1], COLUMNS, partitions=4)
    begun = len(door.spark.log)
    told = door.save(door.arranged(frame, **options), **options)
    assert (told["row"], told["delivered"]) == (36, 36)
    assert sent(door) == wanted(ROWS)
    assert len({each["connection"] for each in door.writes()[TICKETS:]}) > 1, "by several tasks"

    changed = [(number, ticket, body.upper()) for number, ticket, body in ROWS if number < 4]
    frame = door.spark.frame([*changed, *ROWS[4:]], COLUMNS, partitions=4)
    told = door.save(door.arranged(frame, **options), **options)
    assert (told["row"], told["delivered"], told["unchanged"]) == (36, 4, 32)
    assert "Exception" not in door.spark.log[begun:]


def test_of_rows_with_one_key_the_last_wins(door: Door) -> None:
    with_tickets(door.sandbox)
    states = ["closed", "pending", "opened", "pending", "closed", "opened"]
    rows = [(place, 1 + place % 2, state) for place, state in enumerate(states)]
    columns = "place long, ticket_number long, state string"
    options = {**STATES, "order_by": "place"}
    frame = door.spark.frame(rows[::-1], columns, partitions=3)
    door.save(door.arranged(frame, **options), **options)
    assert [each["state"] for each in door.sandbox.things("tickets")[:2]] == ["closed", "opened"]
    # Once more: what was there in the end is there in the end again.
    door.save(door.arranged(frame, **options), **options)
    assert [each["state"] for each in door.sandbox.things("tickets")[:2]] == ["closed", "opened"]
