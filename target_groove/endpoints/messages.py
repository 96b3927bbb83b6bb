"""Messages and notes of a ticket, and their attachments."""

from __future__ import annotations

from typing import Final

from target_groove.delivery.outcome import AnswerRule
from target_groove.delivery.request import Content
from target_groove.endpoints.find_attachments import find_attachments
from target_groove.endpoints.find_tickets import find_message
from target_groove.endpoints.template import (
    Certainty,
    Field,
    FieldType,
    PathParam,
    Template,
)
from target_groove.endpoints.tickets import NUMBER, SKIP_NOTIFICATIONS

MAX_ATTACHMENT_BYTES: Final = 20_971_520
"""Groove's limit for one file (https://www.groovehq.com/docs/attachments)."""
MAX_ATTACHMENTS: Final = 25
"""Groove's limit of files for one message (https://www.groovehq.com/docs/attachments)."""

TEMPLATES: Final = (
    Template(
        id="create_message",
        summary="Add a reply or a note to a ticket",
        method="POST",
        path="/tickets/{ticket_number}/messages",
        certainty=Certainty.DOCUMENTED,
        source="https://www.groovehq.com/docs/messages",
        path_params=(NUMBER,),
        answer=AnswerRule(resource="message", id_attributes=("id", "href")),
        find=find_message,
        fields=(
            Field(name="body", required=True, description="The message, text or HTML."),
            Field(
                name="author",
                email=True,
                description="E-mail of the agent or customer; the token's owner if absent.",
            ),
            Field(
                name="sent_at",
                type=FieldType.DATETIME,
                description="When it was sent, in the past.",
            ),
            Field(
                name="note",
                type=FieldType.BOOLEAN,
                description="A private note instead of a reply.",
            ),
            Field(
                name="send_copy_to_customer",
                type=FieldType.BOOLEAN,
                description="The customer gets it as e-mail; Groove's default is not known.",
            ),
            Field(
                name="skip_unread_ticket",
                type=FieldType.BOOLEAN,
                description="The ticket does not turn unread.",
            ),
            SKIP_NOTIFICATIONS,
        ),
    ),
    Template(
        id="upload_attachment",
        summary="Attach a file to a message",
        method="POST",
        path="/messages/{message_id}/attachments",
        certainty=Certainty.DOCUMENTED,
        source="https://www.groovehq.com/docs/attachments",
        path_params=(
            PathParam(name="message_id", description="Id of the message, not of the ticket."),
        ),
        answer=AnswerRule(resource="attachment", id_attributes=(), per_item=True),
        content=Content.BINARY,
        uploader=True,
        find=find_attachments,
        one_of=(("content", "path"),),
        fields=(
            Field(name="filename", required=True, description="Name of the file, no folders."),
            Field(name="content", description="The file's bytes as base64; or `path`."),
            Field(name="path", description="The file, below the setting `attachments_dir`."),
            Field(name="content_type", description="Media type; by default from the name."),
        ),
    ),
)
