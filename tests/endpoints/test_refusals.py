"""What Groove would refuse is refused here, by field, and costs no request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from target_groove.endpoints import TEMPLATES
from tests.runs import records

if TYPE_CHECKING:
    from target_groove.sandbox import Sandbox
    from tests.conftest import Run

TICKET = {"body": "x", "from": "kim@example.org", "to": "support@sandbox.example"}
EVENTS = (
    "ticket_started, ticket_opened, ticket_closed, ticket_assigned, ticket_priority_changed, "
    "ticket_deleted, ticket_tagged, ticket_moved, customer_replied, customer_added, "
    "agent_invited, agent_archived, note_added, agent_replied"
)
NO_PATH = "is missing; the path needs it"
STATES = "unread, opened, pending, closed, spam"

CASES: list[tuple[str, dict[str, Any], str]] = [
    ("create_ticket", {**TICKET, "body": None}, "body: is missing"),
    ("create_ticket", {**TICKET, "body": "  \n"}, "body: is empty"),
    ("create_ticket", {**TICKET, "body": {"html": "x"}}, "body: {'html': 'x'} is no text"),
    ("create_ticket", {**TICKET, "body": True}, "body: True is no text"),
    ("create_ticket", {**TICKET, "from": None}, "from: is missing"),
    ("create_ticket", {**TICKET, "from": "kim"}, "from: 'kim' is no e-mail address"),
    ("create_ticket", {**TICKET, "from": {"name": "Kim"}}, "from: has no email"),
    (
        "create_ticket",
        {**TICKET, "from": {"email": "kim"}},
        "from: 'kim' is no e-mail address",
    ),
    (
        "create_ticket",
        {**TICKET, "from": {"email": "kim@example.org", "name": ["Kim"]}},
        "from: ['Kim'] is no text",
    ),
    ("create_ticket", {**TICKET, "to": "a@b, c@d"}, "to: 'a@b, c@d' is no e-mail address"),
    ("create_ticket", {**TICKET, "to": None}, "to or mailbox: one of them is needed"),
    ("create_ticket", {**TICKET, "state": "new"}, f"state: 'new' is none of {STATES}"),
    ("create_ticket", {**TICKET, "starred": "maybe"}, "starred: 'maybe' is neither true nor false"),
    ("create_ticket", {**TICKET, "note": 2}, "note: 2 is neither true nor false"),
    ("create_ticket", {**TICKET, "sent_at": "soon"}, "sent_at: 'soon' is no date"),
    ("create_ticket", {**TICKET, "tags": [["a"]]}, "tags: ['a'] is no text"),
    ("create_ticket", {**TICKET, "mailbox": {"id": 1}}, "mailbox: {'id': 1} is no text"),
    ("create_ticket", {**TICKET, "to": None, "mailbox": ["a"]}, "mailbox: ['a'] is no text"),
    ("create_ticket", {**TICKET, "agent_id": {"id": 1}}, "agent_id: {'id': 1} is no text"),
    (
        "update_ticket_state",
        {"ticket_number": 1, "state": "snoozed"},
        f"state: 'snoozed' is none of {STATES}",
    ),
    ("update_ticket_state", {"ticket_number": 1}, "state: is missing"),
    ("update_ticket_state", {"state": "closed"}, f"ticket_number: {NO_PATH}"),
    (
        "update_ticket_state",
        {"ticket_number": "1a", "state": "closed"},
        "ticket_number: '1a' is no number",
    ),
    ("upsert_ticket", {"body": "x", "to": "a@example.org"}, "from: is missing"),
    ("upsert_ticket", {"body": "x", "from": "a@example.org"}, "to or mailbox: one of them"),
    ("upsert_group", {"description": "x"}, "name: is missing"),
    ("upsert_knowledge_base", {"subdomain": "x"}, "title: is missing"),
    ("upsert_article", {"title": "x"}, f"knowledge_base_id: {NO_PATH}"),
    ("update_ticket_assignee", {"ticket_number": 1}, "assignee: is missing"),
    (
        "update_ticket_assignee",
        {"ticket_number": 1, "assignee": "a b@example.org"},
        "assignee: 'a b@example.org' is no e-mail address",
    ),
    ("update_ticket_assigned_group", {"ticket_number": 1}, "group: is missing"),
    (
        "update_ticket_assigned_group",
        {"ticket_number": 1, "group": "A", "skip_notifications": []},
        "skip_notifications: [] is neither true nor false",
    ),
    ("update_ticket_priority", {"ticket_number": 1, "priority": ""}, "priority: is empty"),
    ("add_ticket_tags", {"ticket_number": 1}, "tags: is missing"),
    ("add_ticket_tags", {"tags": ["a"]}, f"ticket_number: {NO_PATH}"),
    ("replace_ticket_tags", {"ticket_number": 1, "tags": None}, "tags: is missing"),
    (
        "replace_ticket_tags",
        {"ticket_number": 1, "tags": [{"name": "a"}]},
        "tags: {'name': 'a'} is no text",
    ),
    ("create_message", {"ticket_number": 1}, "body: is missing"),
    (
        "create_message",
        {"ticket_number": 1, "body": "x", "author": "Kim"},
        "author: 'Kim' is no e-mail address",
    ),
    ("create_message", {"ticket_number": 0.5, "body": "x"}, "ticket_number: 0.5 cannot stand"),
    ("upload_attachment", {"message_id": "1", "content": "eA=="}, "filename: is missing"),
    ("upload_attachment", {"filename": "a", "content": "eA=="}, f"message_id: {NO_PATH}"),
    (
        "upload_attachment",
        {"message_id": "1", "filename": "a"},
        "content or path: one of them is needed",
    ),
    (
        "upload_attachment",
        {"message_id": "1", "filename": "a", "content": "eA==", "content_type": "text/\nx"},
        "content_type: 'text/\\nx' is no media type",
    ),
    (
        "create_webhook",
        {"event": "ticket_lost", "url": "https://example.org"},
        f"event: 'ticket_lost' is none of {EVENTS}",
    ),
    ("create_webhook", {"event": "ticket_started"}, "url: is missing"),
    ("create_webhook", {"event": [], "url": "https://example.org"}, "event: the list is empty"),
    (
        "create_webhook",
        {"event": ["ticket_started", "x"], "url": "https://example.org"},
        "event: 'x' is none of",
    ),
    ("delete_webhook", {"webhook_id": ""}, f"webhook_id: {NO_PATH}"),
    ("create_group", {"description": "x"}, "name: is missing"),
    ("create_group", {"name": "A", "agents": [True]}, "agents: True is no text"),
    ("update_group", {"name": "A"}, f"group_id: {NO_PATH}"),
    ("update_group", {"group_id": "1"}, "the record has no field for update_group"),
    ("delete_group", {"group_id": ["1"]}, "group_id: ['1'] cannot stand in a path"),
    ("create_knowledge_base", {"subdomain": "x"}, "title: is missing"),
    ("update_knowledge_base", {"title": "x"}, f"knowledge_base_id: {NO_PATH}"),
    (
        "update_knowledge_base_settings",
        {"enabled": True},
        f"knowledge_base_id: {NO_PATH}",
    ),
    (
        "create_category",
        {"knowledge_base_id": "1", "article_ids": [{}]},
        "article_ids: {} is no text",
    ),
    ("create_article", {"title": "x"}, f"knowledge_base_id: {NO_PATH}"),
    (
        "create_article",
        {"knowledge_base_id": "1", "title": "x", "state": "hidden"},
        "state: 'hidden' is none of draft, published",
    ),
    (
        "create_article",
        {"knowledge_base_id": "1", "state": "published"},
        "the record has no field for create_article",
    ),
    ("update_article", {"knowledge_base_id": "1", "title": "x"}, f"article_id: {NO_PATH}"),
    ("publish_article", {"article_id": "1"}, f"knowledge_base_id: {NO_PATH}"),
    ("create_widget", {"name": " "}, "name: is empty"),
    ("update_widget", {"name": "x"}, f"widget_id: {NO_PATH}"),
    (
        "update_widget_settings",
        {"widget_id": "1", "kb": {"enabled": "sometimes"}},
        "kb.enabled: 'sometimes' is neither true nor false",
    ),
    ("update_customer", {"name": "Kim"}, f"customer_email: {NO_PATH}"),
    ("update_customer", {"email": "kim", "name": "Kim"}, "customer_email: 'kim' is no e-mail"),
    (
        "update_customer",
        {"customer_email": "kim@example.org", "email": "k", "name": "Kim"},
        "email: 'k' is no e-mail address",
    ),
    (
        "upsert_contact",
        {"contact_first_name": "Kim"},
        "contact_email: is missing, and nothing else says which contact is meant; give it, ",
    ),
    (
        "upsert_company",
        {"company_name": "Acme"},
        "company_domain: is missing, and nothing else says which company is meant; give it, ",
    ),
    ("custom_profile", {"plan": "gold"}, "email: is missing"),
]


@pytest.mark.parametrize("template,values,sentence", CASES)
def test_a_bad_record_costs_no_request_and_its_sentence_names_the_field(
    template: str, values: dict[str, Any], sentence: str, run: Run, sandbox: Sandbox
) -> None:
    result = run({}, records(template, values))
    assert result.exit_code == 1
    assert result.problems[0].startswith(f"Line 2, stream {template}: ")
    assert sentence in result.problems[0]
    # What fields an account has for contacts is asked once a run.
    assert [each for each in sandbox.log() if not _asks_only(each)] == []


def _asks_only(request: dict[str, Any]) -> bool:
    return request["path"] == "/v2/graphql" and str(request["body"]["query"]).startswith("query")


def test_every_template_has_a_record_that_is_refused() -> None:
    assert {template for template, _, _ in CASES} == set(TEMPLATES)


def test_all_problems_of_a_record_are_said_at_once(run: Run) -> None:
    row = {"from": "kim", "state": "new", "note": "x"}
    result = run({}, records("create_ticket", row))
    assert result.problems == [
        (
            "Line 2, stream create_ticket: from: 'kim' is no e-mail address; "
            f"state: 'new' is none of {STATES}; "
            "note: 'x' is neither true nor false; body: is missing."
        )
    ]


def test_a_long_value_is_cut_in_the_sentence(run: Run) -> None:
    result = run({}, records("create_ticket", {**TICKET, "state": "n" * 5000}))
    assert f"state: '{'n' * 59}… is none of" in result.problems[0]
