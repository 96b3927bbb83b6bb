"""Tickets: one call creates them, then one call for each attribute that changes."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import Final

from target_groove.delivery.outcome import AnswerRule
from target_groove.delivery.request import LookUp
from target_groove.endpoints.find_tickets import find_ticket
from target_groove.endpoints.later_calls import Change
from target_groove.endpoints.template import (
    Certainty,
    Field,
    FieldType,
    IdLookUp,
    ParamKind,
    PathParam,
    Payload,
    Template,
)

STATES: Final = ("unread", "opened", "pending", "closed", "spam")
STATE_SYNONYMS: Final = MappingProxyType(
    {"open": "opened", "solved": "closed", "resolved": "closed"}
)
TICKETS_PAGE: Final = "https://www.groovehq.com/docs/tickets"
RUBY_CLIENT: Final = "Fodoj/groovehq (its integration tests ran live)"
MINDCLOUD: Final = "mindcloud-inc/universal-api-reference"
TAGS_SOURCE: Final = f"{MINDCLOUD}; the automation service Make.com"

TICKET: Final = AnswerRule(resource="ticket", id_attributes=("number",))
NUMBER: Final = PathParam(
    name="ticket_number",
    kind=ParamKind.NUMBER,
    synonyms=("number",),
    description="The ticket's number, as the inbox shows it.",
)
AGENT: Final = IdLookUp(
    names=("agent_id", "assignee_id"), collection="agents", attribute="email", unless_email=True
)
GROUP: Final = IdLookUp(
    names=("group_id", "assigned_group_id"), collection="groups", attribute="name"
)
STATE: Final = Field(
    name="state",
    enum=STATES,
    value_synonyms=STATE_SYNONYMS,
    description="The state; a new ticket is unread.",
)
SKIP_NOTIFICATIONS: Final = Field(
    name="skip_notifications",
    type=FieldType.BOOLEAN,
    description="Agents are not notified.",
)
TAGS: Final = Field(
    name="tags", type=FieldType.STRINGS, is_set=True, description="Names of labels."
)
PRIORITY: Final = Field(
    name="priority",
    lower_case=True,
    description="`low` and `high` were seen; the full list is not known.",
)
NEW_TICKET: Final = (
    Field(name="body", required=True, description="The first message, text or HTML."),
    Field(
        name="from",
        type=FieldType.PERSON,
        required=True,
        email=True,
        description="E-mail of the customer or agent, or an object with `email`, `name` …",
    ),
    Field(
        name="to",
        type=FieldType.PERSON,
        email=True,
        description="E-mail of the addressee; needed unless `mailbox` says it.",
    ),
    Field(name="mailbox", description="E-mail or id of the mailbox."),
    Field(name="subject", description="The ticket's title."),
    STATE,
    TAGS,
    Field(
        name="assignee",
        email=True,
        look_up=AGENT,
        description="E-mail of the agent.",
    ),
    Field(
        name="assigned_group",
        look_up=GROUP,
        description="Name of the group.",
    ),
    Field(
        name="sent_at",
        type=FieldType.DATETIME,
        description="When it was sent, in the past; sets the ticket's dates.",
    ),
    Field(
        name="note",
        type=FieldType.BOOLEAN,
        description="From an agent: the message is a private note.",
    ),
    Field(
        name="send_copy_to_customer",
        type=FieldType.BOOLEAN,
        description="From an agent: the customer gets it as e-mail.",
    ),
    Field(name="starred", type=FieldType.BOOLEAN, description="The ticket gets a star."),
    SKIP_NOTIFICATIONS,
)
"""The fields of a ticket that is created."""


def address_the_mailbox(payload: Payload) -> Payload:
    """Let a ticket's mailbox serve as its addressee when there is no other.

    Groove takes the mailbox as e-mail or id, but `to` only as e-mail.
    """
    mailbox = payload.get("mailbox")
    if payload.get("to") is None and mailbox is not None and mailbox != "":
        is_email = "@" in str(mailbox)
        to = mailbox if is_email else LookUp("mailboxes", str(mailbox), "email")
        return {**payload, "to": to}
    return payload


def prepare_upsert(payload: Payload) -> Payload:
    """Do so, and take a blank priority for none: Groove has no such priority."""
    payload = address_the_mailbox(payload)
    if str(payload.get("priority") or "").strip():
        return payload
    return {name: each for name, each in payload.items() if name != "priority"}


def _on_one_ticket(
    name: str,
    summary: str,
    method: str,
    attribute: str,
    *fields: Field,
    source: str = f"{RUBY_CLIENT}; {MINDCLOUD}",
    list_field: str = "",
    replaces_list: bool = False,
) -> Template:
    """Describe a call about one attribute of a ticket; all of them may be repeated."""
    return Template(
        id=name,
        summary=summary,
        method=method,
        path=f"/tickets/{{ticket_number}}/{attribute}",
        certainty=Certainty.OBSERVED,
        source=source,
        path_params=(NUMBER,),
        fields=fields,
        repeatable=True,
        answer=TICKET,
        list_field=list_field,
        replaces_list=replaces_list,
    )


TEMPLATES: Final = (
    Template(
        id="create_ticket",
        summary="Create a ticket",
        method="POST",
        path="/tickets",
        certainty=Certainty.DOCUMENTED,
        source=TICKETS_PAGE,
        answer=TICKET,
        prepare=address_the_mailbox,
        find=find_ticket,
        one_of=(("to", "mailbox"),),
        fields=NEW_TICKET,
    ),
    Template(
        id="upsert_ticket",
        summary="Create a ticket, and later send what changed, one call for each attribute",
        method="POST",
        path="/tickets",
        certainty=Certainty.OBSERVED,
        source=f"{TICKETS_PAGE}; changes: {RUBY_CLIENT}; {TAGS_SOURCE}",
        answer=TICKET,
        prepare=prepare_upsert,
        find=find_ticket,
        one_of=(("to", "mailbox"),),
        fields=(*NEW_TICKET, PRIORITY),
        changes=(
            Change(endpoint="update_ticket_state", id_param=NUMBER.name, fields=("state",)),
            Change(
                endpoint="update_ticket_assignee",
                id_param=NUMBER.name,
                fields=("assignee",),
                along=("skip_notifications",),
            ),
            Change(
                endpoint="update_ticket_assigned_group",
                id_param=NUMBER.name,
                fields=("assigned_group",),
                renamed={"assigned_group": "group"},
                along=("skip_notifications",),
            ),
            Change(endpoint="replace_ticket_tags", id_param=NUMBER.name, fields=("tags",)),
            Change(
                endpoint="update_ticket_priority",
                id_param=NUMBER.name,
                fields=("priority",),
                follows_create=True,
            ),
        ),
        if_fixed="use create_message to add to a ticket, or create_ticket to make a new one",
    ),
    _on_one_ticket(
        "update_ticket_state",
        "Change a ticket's state",
        "PUT",
        "state",
        Field(
            name="state",
            required=True,
            enum=STATES,
            value_synonyms=STATE_SYNONYMS,
            description="The new state.",
        ),
    ),
    _on_one_ticket(
        "update_ticket_assignee",
        "Assign a ticket to an agent",
        "PUT",
        "assignee",
        Field(
            name="assignee",
            required=True,
            email=True,
            look_up=AGENT,
            description="E-mail of the agent.",
        ),
        SKIP_NOTIFICATIONS,
    ),
    _on_one_ticket(
        "update_ticket_assigned_group",
        "Assign a ticket to a group",
        "PUT",
        "assigned_group",
        Field(
            name="group",
            required=True,
            synonyms=("assigned_group",),
            look_up=GROUP,
            description="Name of the group.",
        ),
        SKIP_NOTIFICATIONS,
    ),
    _on_one_ticket(
        "update_ticket_priority",
        "Change a ticket's priority",
        "PUT",
        "priority",
        replace(PRIORITY, required=True),
        source=f"{RUBY_CLIENT}, in 2016; a list of endpoints of 2026 lacks it",
    ),
    _on_one_ticket(
        "add_ticket_tags",
        "Add tags to a ticket",
        "POST",
        "tags",
        Field(name="tags", type=FieldType.STRINGS, required=True, description="Names to add."),
        source=TAGS_SOURCE,
        list_field="tags",
    ),
    _on_one_ticket(
        "replace_ticket_tags",
        "Replace a ticket's tags",
        "PUT",
        "tags",
        Field(
            name="tags",
            type=FieldType.STRINGS,
            required=True,
            description="All the names that the ticket shall have.",
        ),
        source=TAGS_SOURCE,
        list_field="tags",
        replaces_list=True,
    ),
)
