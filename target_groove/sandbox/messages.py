"""The messages of a ticket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_groove.sandbox.checks import Field, checked, email, filled, flag, moment
from target_groove.sandbox.desk import in_path, stamp
from target_groove.sandbox.exchange import Answer, created, existing, reply
from target_groove.sandbox.paging import page_of
from target_groove.sandbox.people import find_agent, find_customer, save_customer
from target_groove.sandbox.plain_text import plain_text

if TYPE_CHECKING:
    from target_groove.sandbox.call import Call
    from target_groove.sandbox.desk import Desk
    from target_groove.sandbox.store import Thing

FIELDS = (
    Field("body", filled, required=True),
    Field("author", email),
    Field("sent_at", moment),
    Field("note", flag),
    Field("send_copy_to_customer", flag),
    Field("skip_unread_ticket", flag),
    Field("skip_notifications", flag),
)


def message_form(desk: Desk, message: Thing) -> dict[str, Any]:
    """Write a message as the API does: its id stands only in its ``href``."""
    author = message["author"]
    kind = "agents" if message["by_agent"] else "customers"
    path = f"/messages/{message['id']}"
    recipient = message["recipient"]
    links = {
        "author": {"href": desk.href(f"/{kind}/{in_path(author)}")},
        "ticket": {"href": desk.href(f"/tickets/{message['ticket_number']}")},
        "attachments": {"href": desk.href(f"/attachments?message={message['id']}")},
    }
    if recipient is not None:
        links["recipient"] = {"href": desk.href(f"/customers/{in_path(recipient)}")}
    return {
        "created_at": message["created_at"],
        "updated_at": message["updated_at"],
        "note": message["note"],
        "body": message["body"],
        "plain_text_body": message["plain_text_body"],
        "href": desk.href(path),
        "links": links,
    }


def message_details(desk: Desk, message: Thing) -> dict[str, Any]:
    """Write a message with what only the sandbox tells, for tests and the page."""
    return {
        **message_form(desk, message),
        "id": message["id"],
        "ticket_number": message["ticket_number"],
        "author": message["author"],
        "agent_response": message["by_agent"],
        "send_copy_to_customer": message["send_copy_to_customer"],
    }


def add_message(
    desk: Desk,
    ticket: Thing,
    *,
    body: str,
    author: str,
    recipient: str | None,
    when: str,
    note: bool,
    send_copy: bool | None,
) -> Thing:
    """Store a message of a ticket."""
    return desk.add(
        "messages",
        ticket_id=ticket["id"],
        ticket_number=ticket["number"],
        author=author,
        by_agent=find_agent(desk, author) is not None,
        recipient=recipient,
        body=body,
        plain_text_body=plain_text(body),
        note=note,
        send_copy_to_customer=send_copy,
        created_at=when,
        updated_at=when,
    )


def create_message(desk: Desk, call: Call) -> Answer:
    """POST /tickets/:number/messages."""
    ticket = find_ticket(desk, call.params[0])
    fields = checked(call, *FIELDS)
    owner = desk.owner()
    author = fields.get("author") or (owner["email"] if owner else "nobody@sandbox.example")
    if find_agent(desk, author) is None:
        author = save_customer(desk, {"email": author})["email"]
    customer = desk.store.get("customers", ticket["customer_id"] or "")
    when = stamp(fields.get("sent_at") or desk.clock())
    message = add_message(
        desk,
        ticket,
        body=fields["body"],
        author=author.lower(),
        recipient=customer["email"] if customer else None,
        when=when,
        note=fields.get("note", False),
        send_copy=fields.get("send_copy_to_customer"),
    )
    desk.store.change(
        "tickets",
        ticket,
        updated_at=max(ticket["updated_at"], when),
        interaction_count=ticket["interaction_count"] + 1,
    )
    form = message_form(desk, message)
    return created({"message": form}, form["href"])


def list_messages(desk: Desk, call: Call) -> Answer:
    """GET /tickets/:number/messages."""
    ticket = find_ticket(desk, call.params[0])
    found = desk.store.find("messages", "ticket_id", ticket["id"])
    return page_of(desk, call, "messages", found, message_form)


def get_message(desk: Desk, call: Call) -> Answer:
    """GET /messages/:id."""
    message = desk.get("messages", call.params[0], "message")
    return reply({"message": message_form(desk, message)})


def find_ticket(desk: Desk, number: str) -> Thing:
    """Return the ticket with this number.

    Raises:
        Refusal: 404 if there is none.
    """
    known = number.isascii() and number.isdigit() and len(number) < 16  # noqa: PLR2004
    ticket = desk.store.first("tickets", "number", int(number)) if known else None
    return existing(ticket, "ticket")


def customer_of(desk: Desk, ticket: Thing) -> Thing | None:
    """Return the customer of a ticket."""
    return find_customer(desk, ticket["customer_id"]) if ticket["customer_id"] else None
