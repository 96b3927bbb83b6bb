"""The calls that change a ticket: one for each attribute."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_groove.sandbox.checks import Field, checked, email, filled, flag, one_of
from target_groove.sandbox.checks import texts as names
from target_groove.sandbox.exchange import Answer, nothing, reply
from target_groove.sandbox.messages import find_ticket
from target_groove.sandbox.tickets import (
    STATES,
    agent_addressed,
    group_named,
    owner_address,
    ticket_form,
)

if TYPE_CHECKING:
    from target_groove.sandbox.call import Call
    from target_groove.sandbox.desk import Desk
    from target_groove.sandbox.store import Thing

PRIORITIES = ("low", "normal", "high", "urgent")


def update_state(desk: Desk, call: Call) -> Answer:
    """PUT /tickets/:number/state, answered without a body."""
    ticket = find_ticket(desk, call.params[0])
    state = checked(call, Field("state", one_of(*STATES), required=True))["state"]
    closed_by = owner_address(desk) if state == "closed" else None
    _change(desk, ticket, state=state, closed_by=closed_by, state_changed_at=desk.now())
    return nothing()


def update_assignee(desk: Desk, call: Call) -> Answer:
    """PUT /tickets/:number/assignee."""
    ticket = find_ticket(desk, call.params[0])
    fields = checked(
        call, Field("assignee", email, required=True), Field("skip_notifications", flag)
    )
    agent = agent_addressed(desk, fields["assignee"])
    return _show(desk, _change(desk, ticket, assignee=agent["email"], assigned_at=desk.now()))


def update_group(desk: Desk, call: Call) -> Answer:
    """PUT /tickets/:number/assigned_group, whose field is called ``group``."""
    ticket = find_ticket(desk, call.params[0])
    fields = checked(call, Field("group", filled, required=True), Field("skip_notifications", flag))
    group = group_named(desk, fields["group"], "group")
    changed = _change(desk, ticket, assigned_group_id=group["id"], assigned_at=desk.now())
    return _show(desk, changed)


def update_priority(desk: Desk, call: Call) -> Answer:
    """PUT /tickets/:number/priority."""
    ticket = find_ticket(desk, call.params[0])
    fields = checked(call, Field("priority", one_of(*PRIORITIES), required=True))
    return _show(desk, _change(desk, ticket, priority=fields["priority"]))


def add_tags(desk: Desk, call: Call) -> Answer:
    """POST /tickets/:number/tags, answered without a body."""
    ticket = find_ticket(desk, call.params[0])
    tags = checked(call, Field("tags", names, required=True))["tags"]
    _change(desk, ticket, tags=list(dict.fromkeys([*ticket["tags"], *tags])))
    return nothing()


def replace_tags(desk: Desk, call: Call) -> Answer:
    """PUT /tickets/:number/tags, answered without a body."""
    ticket = find_ticket(desk, call.params[0])
    tags = checked(call, Field("tags", names, required=True))["tags"]
    _change(desk, ticket, tags=list(dict.fromkeys(tags)))
    return nothing()


def change_mailbox(desk: Desk, call: Call) -> Answer:
    """POST /tickets/:ticket_id/change_mailbox/:mailbox_id.

    Whether the first is the number or an id is not known; both are taken.
    """
    ticket = desk.store.get("tickets", call.params[0]) or find_ticket(desk, call.params[0])
    checked(call)
    mailbox = desk.get("mailboxes", call.params[1], "mailbox")
    return _show(desk, _change(desk, ticket, mailbox_id=mailbox["id"]))


def _change(desk: Desk, ticket: Thing, **changes: Any) -> Thing:
    now = desk.now()
    return desk.store.change(
        "tickets", ticket, **{"updated_at": now, "system_updated_at": now, **changes}
    )


def _show(desk: Desk, ticket: Thing) -> Answer:
    return reply({"ticket": ticket_form(desk, ticket)})
