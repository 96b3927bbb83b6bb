"""Tickets: how they are written, created and found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_groove.sandbox.checks import Field, checked, email, filled, flag, moment, one_of
from target_groove.sandbox.checks import text as any_text
from target_groove.sandbox.checks import texts as names
from target_groove.sandbox.desk import in_path, stamp
from target_groove.sandbox.exchange import Answer, created, invalid, nothing, reply
from target_groove.sandbox.messages import add_message, customer_of, find_ticket
from target_groove.sandbox.paging import page_of
from target_groove.sandbox.people import (
    agent_form,
    find_agent,
    find_customer,
    find_mailbox,
    party,
    save_customer,
)

if TYPE_CHECKING:
    from datetime import datetime

    from target_groove.sandbox.call import Call
    from target_groove.sandbox.desk import Desk
    from target_groove.sandbox.store import Thing

STATES = ("unread", "opened", "pending", "closed", "spam")
FIELDS = (
    Field("body", filled, required=True),
    Field("from", party, required=True),
    Field("to", party, required=True),
    Field("mailbox", filled),
    Field("assigned_group", filled),
    Field("assignee", email),
    Field("sent_at", moment),
    Field("note", flag),
    Field("send_copy_to_customer", flag),
    Field("state", one_of(*STATES)),
    Field("subject", any_text),
    Field("tags", names),
    Field("starred", flag),
    Field("skip_notifications", flag),
)
_SUMMARY_LENGTH = 120


def ticket_form(desk: Desk, ticket: Thing) -> dict[str, Any]:
    """Write a ticket as the API does."""
    store, number = desk.store, ticket["number"]
    customer = customer_of(desk, ticket)
    group = store.get("groups", ticket["assigned_group_id"] or "")
    mailbox = store.get("mailboxes", ticket["mailbox_id"] or "")
    messages = store.find("messages", "ticket_id", ticket["id"])
    path = f"/tickets/{number}"
    links = {
        "assignee": {"href": desk.href(f"{path}/assignee")},
        "state": {"href": desk.href(f"{path}/state")},
        "messages": {"href": desk.href(f"{path}/messages")},
    }
    if customer is not None:
        links["customer"] = {"href": desk.href(f"/customers/{in_path(customer['spelling'])}")}
    return {
        "number": number,
        "href": desk.href(path),
        "title": ticket["title"],
        "summary": messages[0]["plain_text_body"][:_SUMMARY_LENGTH],
        "state": ticket["state"],
        "tags": ticket["tags"],
        "priority": ticket["priority"],
        "assigned_group": group["name"] if group else None,
        "assigned_group_id": group["id"] if group else None,
        "assignee": ticket["assignee"],
        "closed_by": ticket["closed_by"],
        "mailbox": mailbox["name"] if mailbox else None,
        "mailbox_id": ticket["mailbox_id"],
        "message_count": len(messages),
        "attachment_count": sum(
            store.total("attachments", "message_id", message["id"]) for message in messages
        ),
        "interaction_count": ticket["interaction_count"],
        "resolution_time": None,
        "created_at": ticket["created_at"],
        "updated_at": ticket["updated_at"],
        "system_updated_at": ticket["system_updated_at"],
        "state_changed_at": ticket["state_changed_at"],
        "assigned_at": ticket["assigned_at"],
        "deleted_at": None,
        "snoozed_until": None,
        "snoozed_by_id": None,
        "type": "Email",
        "app_url": f"{desk.url}/tickets/{number}",
        "customer_name": customer["name"] if customer else None,
        "last_message": messages[-1]["plain_text_body"],
        "links": links,
    }


def ticket_details(desk: Desk, ticket: Thing) -> dict[str, Any]:
    """Write a ticket with what only the sandbox tells, for tests and the page."""
    customer = customer_of(desk, ticket)
    return {
        **ticket_form(desk, ticket),
        "id": ticket["id"],
        "starred": ticket["starred"],
        "customer_email": customer["email"] if customer else None,
    }


def create_ticket(desk: Desk, call: Call) -> Answer:
    """POST /tickets."""
    fields = checked(call, *FIELDS)
    mailbox = _mailbox(desk, fields)
    group = group_named(desk, fields["assigned_group"]) if "assigned_group" in fields else None
    assignee = agent_addressed(desk, fields["assignee"]) if "assignee" in fields else None

    # Nothing is refused from here on.
    author, customer, recipient = _parties(desk, fields)
    now = desk.now()
    when = stamp(sent_at) if (sent_at := _sent_at(fields)) else now
    state = fields.get("state", "unread")
    ticket = desk.add(
        "tickets",
        number=desk.store.count("ticket"),
        title=fields.get("subject"),
        state=state,
        tags=list(dict.fromkeys(fields.get("tags", ()))),
        priority=None,
        assigned_group_id=group["id"] if group else None,
        assignee=assignee["email"] if assignee else None,
        closed_by=owner_address(desk) if state == "closed" else None,
        mailbox_id=mailbox["id"] if mailbox else None,
        customer_id=customer["id"] if customer else None,
        starred=fields.get("starred", False),
        interaction_count=1,
        created_at=when,
        updated_at=when,
        system_updated_at=now,
        state_changed_at=when,
        assigned_at=when if assignee or group else None,
    )
    by_agent = find_agent(desk, author) is not None
    add_message(
        desk,
        ticket,
        body=fields["body"],
        author=author,
        recipient=recipient,
        when=when,
        # Only an agent can leave a note or have a copy sent.
        note=by_agent and fields.get("note", False),
        send_copy=by_agent and fields.get("send_copy_to_customer", False),
    )
    form = ticket_form(desk, ticket)
    return created({"ticket": form}, form["href"])


def _sent_at(fields: dict[str, Any]) -> datetime | None:
    sent_at: datetime | None = fields.get("sent_at")
    return sent_at


def owner_address(desk: Desk) -> str | None:
    """Return the e-mail address of the agent to whom the token belongs."""
    owner = desk.owner()
    return owner["email"] if owner else None


def _parties(desk: Desk, fields: dict[str, Any]) -> tuple[str, Thing | None, str | None]:
    """Save the customers of a new ticket; return author, customer and the recipient customer.

    The author is the customer unless it is an agent, then the recipient is; an address
    that is a mailbox's or an agent's is nobody's customer.
    """
    sender, receiver = fields["from"], fields["to"]
    staff = find_agent(desk, sender["email"]) is not None
    receiver_is_ours = (
        find_mailbox(desk, receiver["email"]) is not None
        or find_agent(desk, receiver["email"]) is not None
    )
    addressee = None
    # A customer's letter to an address that is no mailbox says nothing about that address,
    # unless it describes a customer.
    if not receiver_is_ours and (staff or len(receiver) > 1):
        addressee = save_customer(desk, receiver)
    if staff:
        recipient = addressee["email"] if addressee else None
        return sender["email"].lower(), addressee, recipient
    customer = save_customer(desk, sender)
    return customer["email"], customer, addressee["email"] if addressee else None


def _mailbox(desk: Desk, fields: dict[str, Any]) -> Thing | None:
    if "mailbox" in fields:
        mailbox = find_mailbox(desk, fields["mailbox"])
        if mailbox is None:
            raise invalid(mailbox="is no mailbox's e-mail address or id")
        return mailbox
    return find_mailbox(desk, fields["to"]["email"]) or next(
        iter(desk.store.all("mailboxes")), None
    )


def group_named(desk: Desk, name: str, field: str = "assigned_group") -> Thing:
    """Return the group of this name.

    Raises:
        Refusal: 422 if there is none.
    """
    group = desk.store.first("groups", "name", name)
    if group is None:
        raise invalid(**{field: "is no group's name"})
    return group


def agent_addressed(desk: Desk, address: str) -> Thing:
    """Return the agent to assign a ticket to.

    Raises:
        Refusal: 422 if there is none.
    """
    agent = find_agent(desk, address)
    if agent is None:
        raise invalid(assignee="is no agent's e-mail address")
    return agent


def list_tickets(desk: Desk, call: Call) -> Answer:
    """GET /tickets: newest first, by customer, assignee, state or folder."""
    query, store = call.query, desk.store
    found = list(store.newest("tickets"))
    if "state" in query:
        found = [ticket for ticket in found if ticket["state"] == query["state"]]
    if "customer" in query:
        customer = find_customer(desk, query["customer"])
        wanted = customer["id"] if customer else ""
        found = [ticket for ticket in found if ticket["customer_id"] == wanted]
    if "assignee" in query:
        address = None if query["assignee"] == "unassigned" else query["assignee"].lower()
        found = [ticket for ticket in found if ticket["assignee"] == address]
    if "folder" in query:
        folder = store.get("folders", query["folder"]) or {"mailbox_id": "", "state": ""}
        place = (folder["mailbox_id"], folder["state"])
        found = [ticket for ticket in found if (ticket["mailbox_id"], ticket["state"]) == place]
    return page_of(desk, call, "tickets", found, ticket_form)


def get_ticket(desk: Desk, call: Call) -> Answer:
    """GET /tickets/:number."""
    return reply({"ticket": ticket_form(desk, find_ticket(desk, call.params[0]))})


def get_state(desk: Desk, call: Call) -> Answer:
    """GET /tickets/:number/state."""
    return reply({"state": find_ticket(desk, call.params[0])["state"]})


def get_assignee(desk: Desk, call: Call) -> Answer:
    """GET /tickets/:number/assignee: the agent, or an empty body."""
    assignee = find_ticket(desk, call.params[0])["assignee"]
    agent = find_agent(desk, assignee) if assignee else None
    return reply({"agent": agent_form(desk, agent)}) if agent else nothing(200)
