"""Webhooks: Groove can create and delete them, but neither list nor change them."""

from __future__ import annotations

from typing import Final

from target_groove.delivery.outcome import AnswerRule
from target_groove.endpoints.template import Certainty, Field, PathParam, Template

WEBHOOKS_PAGE: Final = "https://www.groovehq.com/docs/webhooks"
EVENTS: Final = (
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

TEMPLATES: Final = (
    Template(
        id="create_webhook",
        summary="Register a webhook, one call for each event",
        method="POST",
        path="/webhooks",
        certainty=Certainty.DOCUMENTED,
        source=WEBHOOKS_PAGE,
        answer=AnswerRule(resource="webhook"),
        one_call_per="event",
        fields=(
            Field(
                name="event",
                required=True,
                enum=EVENTS,
                synonyms=("event_types", "event_type", "events"),
                description="The event, or a list of them.",
            ),
            Field(
                name="url",
                required=True,
                synonyms=("webhook_url",),
                description="Where Groove sends the event.",
            ),
        ),
    ),
    Template(
        id="delete_webhook",
        summary="Delete a webhook",
        method="DELETE",
        path="/webhooks/{webhook_id}",
        certainty=Certainty.DOCUMENTED,
        source=WEBHOOKS_PAGE,
        path_params=(
            PathParam(name="webhook_id", synonyms=("id",), description="Groove's id of it."),
        ),
        repeatable=True,
        answer=AnswerRule(),
    ),
)
