"""Customers, agents and mailboxes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_groove.sandbox.checks import Field, check_object, checked, email, key_values, text
from target_groove.sandbox.desk import in_path
from target_groove.sandbox.exchange import Answer, existing, invalid, reply
from target_groove.sandbox.graphql.customers import blank_customer
from target_groove.sandbox.graphql.from_customers import keep_contact
from target_groove.sandbox.graphql.subjects import owner_of
from target_groove.sandbox.paging import page_of

if TYPE_CHECKING:
    from target_groove.sandbox.call import Call
    from target_groove.sandbox.desk import Desk
    from target_groove.sandbox.store import Thing

_ATTRIBUTES = (
    Field("name", text),
    Field("about", text),
    Field("twitter_username", text),
    Field("title", text),
    Field("company_name", text),
    Field("phone_number", text),
    Field("location", text),
    Field("linkedin_username", text),
)
CUSTOMER_OBJECT = (Field("email", email, required=True), *_ATTRIBUTES)
CUSTOMER_FIELDS = (Field("email", email), *_ATTRIBUTES, Field("custom", key_values))


def customer_form(desk: Desk, customer: Thing) -> dict[str, Any]:
    """Write a customer as the API does."""
    # The address is stored in lower case, the href keeps the case in which it came.
    href = desk.href(f"/customers/{in_path(customer['spelling'])}")
    first, _, last = (customer["name"] or "").partition(" ")
    return {
        "id": customer["id"],
        "type": "Customer",
        "email": customer["email"],
        "name": customer["name"],
        "first_name": first or None,
        "last_name": last or None,
        "about": customer["about"],
        "twitter_username": customer["twitter_username"],
        "title": customer["title"],
        "company_name": customer["company_name"],
        "phone_number": customer["phone_number"],
        "location": customer["location"],
        "website_url": None,
        "linkedin_username": customer["linkedin_username"],
        "custom": customer["custom"],
        "avatar_url": None,
        "href": href,
        "links": {"tickets": {"href": desk.href(f"/tickets?customer={customer['email']}")}},
        "created_at": customer["created_at"],
        "updated_at": customer["updated_at"],
    }


def agent_form(desk: Desk, agent: Thing) -> dict[str, Any]:
    """Write an agent as the API does."""
    return {
        "id": agent["id"],
        "email": agent["email"],
        "first_name": agent["first_name"],
        "last_name": agent["last_name"],
        "href": desk.href(f"/agents/{agent['email']}"),
        "links": {"tickets": {"href": desk.href(f"/tickets?assignee={agent['email']}")}},
    }


def mailbox_form(desk: Desk, mailbox: Thing) -> dict[str, Any]:
    """Write a mailbox as the API does."""
    return {
        "id": mailbox["id"],
        "name": mailbox["name"],
        "email": mailbox["email"],
        "href": desk.href(f"/mailboxes/{mailbox['id']}"),
    }


def find_customer(desk: Desk, address: str) -> Thing | None:
    """Return the customer with this e-mail address (in any case, also a secondary one) or id."""
    return desk.store.first("customers", "email", address.lower()) or desk.store.get(
        "customers", owner_of(desk, "contact_email", address) or address
    )


def find_agent(desk: Desk, address: str) -> Thing | None:
    """Return the agent with this e-mail address (in any case)."""
    return desk.store.first("agents", "email", address.lower())


def find_mailbox(desk: Desk, address: str) -> Thing | None:
    """Return the mailbox with this e-mail address (in any case) or id."""
    return desk.store.first("mailboxes", "email", address.lower()) or desk.store.get(
        "mailboxes", address
    )


def party(value: Any) -> dict[str, Any]:
    """Accept an e-mail address or a customer object, and return the latter."""
    if not isinstance(value, dict):
        return {"email": email(value)}
    return check_object(value, *CUSTOMER_OBJECT)


def save_customer(desk: Desk, attributes: dict[str, Any]) -> Thing:
    """Create the customer with this e-mail address, or overwrite the attributes given."""
    address = attributes["email"]
    known = find_customer(desk, address)
    if known is not None:
        given = {name: value for name, value in attributes.items() if name != "email"}
        if not given:
            return known
        customer = desk.store.change("customers", known, **given, updated_at=desk.now())
    else:
        described = {name: value for name, value in attributes.items() if name != "email"}
        customer = desk.add("customers", **{**blank_customer(desk, address), **described})
    keep_contact(desk, customer)
    return customer


def list_customers(desk: Desk, call: Call) -> Answer:
    """GET /customers."""
    return page_of(desk, call, "customers", desk.store.all("customers"), customer_form)


def get_customer(desk: Desk, call: Call) -> Answer:
    """GET /customers/:email, where an id works too."""
    return reply({"customer": customer_form(desk, _customer(desk, call))})


def update_customer(desk: Desk, call: Call) -> Answer:
    """PUT /customers/:email."""
    customer = _customer(desk, call)
    fields = checked(call, *CUSTOMER_FIELDS)
    if "email" in fields:
        fields["spelling"] = fields["email"]
        fields["email"] = fields["email"].lower()
        other = find_customer(desk, fields["email"])
        if other is not None and other["id"] != customer["id"]:
            raise invalid(email="belongs to another customer")
    if "custom" in fields:
        fields["custom"] = {**customer["custom"], **fields["custom"]}
    customer = desk.store.change("customers", customer, **fields, updated_at=desk.now())
    keep_contact(desk, customer)
    return reply({"customer": customer_form(desk, customer)})


def _customer(desk: Desk, call: Call) -> Thing:
    return existing(find_customer(desk, call.params[0]), "customer")


def me(desk: Desk, _call: Call) -> Answer:
    """GET /me: the agent to whom the token belongs."""
    owner = existing(desk.owner(), "user")
    return reply({"user": agent_form(desk, owner)})


def list_agents(desk: Desk, call: Call) -> Answer:
    """GET /agents, with ``?group=`` the members of a group."""
    agents = desk.store.all("agents")
    group_id = call.query.get("group")
    if group_id is not None:
        members = desk.get("groups", group_id, "group")["agent_ids"]
        agents = [agent for agent in agents if agent["id"] in members]
    return reply({"agents": [agent_form(desk, agent) for agent in agents]})


def get_agent(desk: Desk, call: Call) -> Answer:
    """GET /agents/:email."""
    agent = existing(find_agent(desk, call.params[0]), "agent")
    return reply({"agent": agent_form(desk, agent)})


def list_mailboxes(desk: Desk, _call: Call) -> Answer:
    """GET /mailboxes."""
    mailboxes = desk.store.all("mailboxes")
    return reply({"mailboxes": [mailbox_form(desk, mailbox) for mailbox in mailboxes]})


def list_folders(desk: Desk, call: Call) -> Answer:
    """GET /folders, with ``?mailbox=`` those of one mailbox."""
    folders = _folders(desk, call)
    return reply({"folders": [{"id": item["id"], "name": item["name"]} for item in folders]})


def ticket_counts(desk: Desk, call: Call) -> Answer:
    """GET /tickets/count: folder ids and numbers of tickets, without a wrapper."""
    folders = _folders(desk, call)
    counts = {folder["id"]: 0 for folder in folders}
    places = {(folder["mailbox_id"], folder["state"]): folder["id"] for folder in folders}
    for ticket in desk.store.all("tickets"):
        place = places.get((ticket["mailbox_id"], ticket["state"]))
        if place is not None:
            counts[place] += 1
    return reply(counts)


def _folders(desk: Desk, call: Call) -> list[Thing]:
    address = call.query.get("mailbox")
    if address is None:
        return desk.store.all("folders")
    mailbox = existing(find_mailbox(desk, address), "mailbox")
    return desk.store.find("folders", "mailbox_id", mailbox["id"])
