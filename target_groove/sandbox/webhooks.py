"""Webhooks: registered and deleted, never listed. Nothing is delivered to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_groove.sandbox.checks import Field, checked, one_of, web_address
from target_groove.sandbox.exchange import Answer, nothing, reply

if TYPE_CHECKING:
    from target_groove.sandbox.call import Call
    from target_groove.sandbox.desk import Desk

EVENTS = (
    "ticket_started",
    "ticket_opened",
    "ticket_closed",
    "ticket_assigned",
    "ticket_priority_changed",
    "ticket_deleted",
    "ticket_tagged",
    "ticket_moved",
    "customer_replied",
    "customer_added",
    "agent_invited",
    "agent_archived",
    "note_added",
    "agent_replied",
)
FIELDS = (
    Field("event", one_of(*EVENTS), required=True),
    Field("url", web_address, required=True),
)


def create_webhook(desk: Desk, call: Call) -> Answer:
    """POST /webhooks; the documented answer holds no id."""
    fields = checked(call, *FIELDS)
    desk.add("webhooks", **fields, state="active", created_at=desk.now())
    return reply({"webhook": {**fields, "state": "active"}}, 201)


def delete_webhook(desk: Desk, call: Call) -> Answer:
    """DELETE /webhooks/:id."""
    webhook = desk.get("webhooks", call.params[0], "webhook")
    checked(call)
    desk.store.delete("webhooks", webhook)
    return nothing()
