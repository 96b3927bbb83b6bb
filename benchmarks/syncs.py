"""Inputs as people have them every night: much of them is as it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Record = dict[str, Any]


@dataclass(frozen=True)
class Sync:
    """Two runs of one input.

    Attributes:
        name: What people would call the second run.
        stream: A template's id.
        records: How many.
        make: Gives that many records; as they are at first for 0, later for 1.
    """

    name: str
    stream: str
    records: int
    make: Callable[[int, int], Iterator[Record]]


def _contacts(count: int, run: int) -> Iterator[Record]:
    for number in range(count):
        yield {
            "id": str(number),
            "contact_email": f"person{number}@example.org",
            "contact_first_name": "Grace" if run and number % 100 == 0 else "Ada",
            "contact_last_name": f"Number {number}",
        }


def _companies(count: int, run: int) -> Iterator[Record]:
    for number in range(count):
        name = "Company" if run and number % 100 == 0 else "Firm"
        yield {
            "id": str(number),
            "company_domain": f"firm{number}.example",
            "company_name": f"{name} {number}",
        }


def _ticket(number: int) -> Record:
    return {
        "id": str(number),
        "body": "<p>The lid does not fit the pot.</p>",
        "from": f"customer{number}@example.org",
        "to": "support@sandbox.example",
        "subject": f"Pot {number}",
        "state": "opened",
        "tags": ["web-form"],
    }


def _unchanged(count: int, _run: int) -> Iterator[Record]:
    return map(_ticket, range(count))


def _two_attributes(count: int, run: int) -> Iterator[Record]:
    changes: Record = {"state": "closed", "tags": ["done"]} if run else {}
    for number in range(count):
        yield {**_ticket(number), **changes}


def _assigned_by_id(count: int, run: int) -> Iterator[Record]:
    """An agent is named by an id, as in a warehouse; Groove wants the e-mail."""
    for number in range(count):
        yield {**_ticket(number), "assignee": ("grace", "alan")[run] + "@sandbox.example"}


def _superseded(count: int, run: int) -> Iterator[Record]:
    """A log of changes, in which every tenth makes the nine before it void."""
    for number in range(count):
        ticket, change = divmod(number, 10)
        last = change == 9  # noqa: PLR2004 - the tenth
        state = ("pending", "closed")[run] if last else ("opened", "unread")[change % 2]
        yield {"id": str(ticket), "ticket_number": ticket + 1, "state": state}


SYNCS = (
    Sync("10,000 contacts, 1 % changed", "upsert_contact", 10_000, _contacts),
    Sync("1,000 companies, 1 % changed", "upsert_company", 1_000, _companies),
    Sync("1,000 tickets, unchanged", "create_ticket", 1_000, _unchanged),
    Sync("200 tickets, state and tags changed", "upsert_ticket", 200, _two_attributes),
    Sync("200 tickets, another assignee", "upsert_ticket", 200, _assigned_by_id),
    Sync("1,000 state changes of 100 tickets", "update_ticket_state", 1_000, _superseded),
)
