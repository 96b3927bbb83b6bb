"""What a new sandbox holds: people, places and custom fields, no tickets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_groove.sandbox.articles import add_category
from target_groove.sandbox.graphql.field_seed import seed_fields
from target_groove.sandbox.knowledge_bases import add_base
from target_groove.sandbox.tickets import STATES
from target_groove.sandbox.widgets import add_widget

if TYPE_CHECKING:
    from target_groove.sandbox.desk import Desk

AGENTS = (("Ada", "Byron"), ("Grace", "Murray"), ("Alan", "Mathison"))
MAILBOXES = (("Support", "support@sandbox.example"), ("Billing", "billing@sandbox.example"))


def seed(desk: Desk) -> None:
    """Fill an empty help desk. The token belongs to the first agent."""
    agents = [
        desk.add(
            "agents",
            email=f"{first.lower()}@sandbox.example",
            first_name=first,
            last_name=last,
        )
        for first, last in AGENTS
    ]
    ids = [agent["id"] for agent in agents]
    desk.add("groups", name="Support", description="First line", agent_ids=ids)
    desk.add("groups", name="Billing", description="Invoices and refunds", agent_ids=ids[:1])
    for name, address in MAILBOXES:
        mailbox = desk.add("mailboxes", name=name, email=address)
        for state in STATES:
            desk.add("folders", name=state.title(), mailbox_id=mailbox["id"], state=state)
    base = add_base(desk, title="Help Center", subdomain="help")
    add_category(desk, base, {"title": "Getting started"})
    desk.add("themes", name="Default")
    add_widget(desk, "Website")
    seed_fields(desk)
    desk.store.commit()
