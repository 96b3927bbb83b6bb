"""Every template, through a whole run, against the call that Groove documents."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from string import Template as Text
from typing import TYPE_CHECKING, Any

import pytest

from target_groove.endpoints import TEMPLATES
from target_groove.endpoints.template import Certainty
from tests.runs import records

if TYPE_CHECKING:
    from target_groove.sandbox import Sandbox
    from tests.conftest import Run

JSON = "application/json"
EVERY_CALL_HAS = {
    "accept",
    "accept-encoding",
    "authorization",
    "connection",
    "content-length",
    "host",
    "user-agent",
}


@dataclass(frozen=True)
class Case:
    """A record and the call that it must become; `$names` stand for ids of the sandbox.

    Attributes:
        call: Method and path as they arrive, with the query.
        certainty: How sure Groove's call is, from the notes on its API.
        record: The record.
        body: The body as it arrives; None for none.
        content_type: Its media type.
        status: What Groove answers.
    """

    call: str
    certainty: Certainty
    record: dict[str, Any]
    body: Any = None
    content_type: str = JSON
    status: int = 200


DOCUMENTED, OBSERVED, INFERRED = Certainty.DOCUMENTED, Certainty.OBSERVED, Certainty.INFERRED
TICKET = {
    "body": "<p>Hello</p>",
    "from": {"email": "ada@example.org", "name": "Ada L", "company_name": "Engines Ltd"},
    "to": "support@sandbox.example",
    "mailbox": "billing@sandbox.example",
    "assigned_group": "Support",
    "assignee": "grace@sandbox.example",
    "sent_at": "Tue, 03 Feb 2026 10:15:00 +0000",
    "note": False,
    "send_copy_to_customer": False,
    "state": "opened",
    "subject": "Invoice 17",
    "tags": ["billing", "urgent"],
    "starred": True,
    "skip_notifications": True,
}
MESSAGE = {
    "body": "We look into it",
    "author": "ada@sandbox.example",
    "sent_at": "Tue, 03 Feb 2026 10:15:00 +0000",
    "note": True,
    "send_copy_to_customer": False,
    "skip_unread_ticket": True,
    "skip_notifications": True,
}
CUSTOMER = {
    "email": "kim@example.org",
    "name": "Kim K",
    "about": "Met in Rome",
    "twitter_username": "kim",
    "title": "CTO",
    "company_name": "Engines Ltd",
    "phone_number": "+39 06 1",
    "location": "Rome",
    "linkedin_username": "kimk",
    "custom": {"plan": "gold", "seats": 7},
}
PAGE = {
    "title": "Refunds",
    "description": "How to get one",
    "author_id": "$agent",
    "slug": "refunds",
    "page_title": "Refunds, in short",
    "meta_description": "Refunds",
    "meta_robots": "NOINDEX",
    "og_title": "Money back",
    "og_description": "Yes",
    "og_image_url": "https://example.org/a.png",
}
ARTICLE = {
    **PAGE,
    "body": "<p>Ask us</p>",
    "category_id": "$category",
    "featured": True,
    "related_ids": ["$article"],
    "tags": ["money"],
}
GROUP = {
    "name": "Nights",
    "description": "After hours",
    "agents": ["ada@sandbox.example", "$agent"],
}
WIDGET_SETTINGS = {
    "branding_disabled": True,
    "contact.article_suggestions_enabled": True,
    "contact.attachments_enabled": True,
    "contact.consent_enabled": True,
    "contact.consent_optin_enabled": True,
    "contact.consent_optin_selected": False,
    "contact.enabled": True,
    "contact.id": "0412191130",
    "contact.name_field_enabled": False,
    "contact.subject_field_enabled": False,
    "enabled": True,
    "icon": "chat",
    "icon_display": "both",
    "icon_position": "right",
    "icon_style": "outline",
    "icon_text": "Help",
    "widget_style": "user",
    "z_index": "99",
    "primary_color": "#112233",
    "logo_image_url": "https://example.org/logo.png",
    "kb.enabled": True,
    "kb.id": "$kb",
    "kb.featured_enabled": True,
    "kb.ratings_enabled": True,
    "kb.ratings_count_enabled": True,
    "kb.ratings_negative_action_enabled": True,
    "kb.ratings_negative_action_kb_enabled": True,
    "kb.ratings_negative_action_contact_enabled": True,
}
WEBHOOK = {"event": "ticket_started", "url": "https://example.org/hook"}
IN_KB = {"knowledge_base_id": "$kb"}
IN_ARTICLE = {**IN_KB, "article_id": "$article"}
CASES = {
    "create_ticket": Case("POST /v1/tickets", DOCUMENTED, TICKET, TICKET, status=201),
    "upsert_ticket": Case("POST /v1/tickets", OBSERVED, TICKET, TICKET, status=201),
    "update_ticket_state": Case(
        "PUT /v1/tickets/1/state",
        OBSERVED,
        {"ticket_number": 1, "state": "pending"},
        {"state": "pending"},
        status=204,
    ),
    "update_ticket_assignee": Case(
        "PUT /v1/tickets/1/assignee",
        OBSERVED,
        {"ticket_number": 1, "assignee": "alan@sandbox.example", "skip_notifications": True},
        {"assignee": "alan@sandbox.example", "skip_notifications": True},
    ),
    "update_ticket_assigned_group": Case(
        "PUT /v1/tickets/1/assigned_group",
        OBSERVED,
        {"ticket_number": 1, "group": "Billing", "skip_notifications": False},
        {"group": "Billing", "skip_notifications": False},
    ),
    "update_ticket_priority": Case(
        "PUT /v1/tickets/1/priority",
        OBSERVED,
        {"ticket_number": 1, "priority": "high"},
        {"priority": "high"},
    ),
    "add_ticket_tags": Case(
        "POST /v1/tickets/1/tags",
        OBSERVED,
        {"ticket_number": 1, "tags": ["vip", "late"]},
        {"tags": ["vip", "late"]},
        status=204,
    ),
    "replace_ticket_tags": Case(
        "PUT /v1/tickets/1/tags",
        OBSERVED,
        {"ticket_number": 1, "tags": []},
        {"tags": []},
        status=204,
    ),
    "create_message": Case(
        "POST /v1/tickets/1/messages",
        DOCUMENTED,
        {"ticket_number": "1", **MESSAGE},
        MESSAGE,
        status=201,
    ),
    "upload_attachment": Case(
        "POST /messages/$message/attachments?filename=a%20note%26.txt",
        DOCUMENTED,
        {
            "message_id": "$message",
            "filename": "a note&.txt",
            "content": base64.b64encode(b"bytes, as they are").decode(),
        },
        "bytes, as they are",
        "text/plain",
    ),
    "create_webhook": Case("POST /v1/webhooks", DOCUMENTED, WEBHOOK, WEBHOOK, status=201),
    "delete_webhook": Case(
        "DELETE /v1/webhooks/$webhook", DOCUMENTED, {"webhook_id": "$webhook"}, status=204
    ),
    "create_group": Case("POST /v1/groups", DOCUMENTED, GROUP, GROUP, status=201),
    "upsert_group": Case("POST /v1/groups", DOCUMENTED, GROUP, GROUP, status=201),
    "update_group": Case(
        "PUT /v1/groups/$group", DOCUMENTED, {"group_id": "$group", **GROUP}, GROUP
    ),
    "delete_group": Case("DELETE /v1/groups/$group", DOCUMENTED, {"group_id": "$group"}),
    "create_knowledge_base": Case(
        "POST /v1/kb",
        INFERRED,
        {"title": "Docs", "subdomain": "docs", "language": "en"},
        {"title": "Docs", "subdomain": "docs", "language": "en"},
        status=201,
    ),
    "upsert_knowledge_base": Case(
        "POST /v1/kb",
        INFERRED,
        {"title": "Help", "subdomain": "help", "language": "en"},
        {"title": "Help", "subdomain": "help", "language": "en"},
        status=201,
    ),
    "update_knowledge_base": Case(
        "PUT /v1/kb/$kb",
        INFERRED,
        {**IN_KB, "title": "Docs", "subdomain": "docs", "ga_code": "G-1"},
        {"title": "Docs", "subdomain": "docs", "ga_code": "G-1"},
    ),
    "update_knowledge_base_settings": Case(
        "PUT /v1/kb/$kb/settings",
        INFERRED,
        {**IN_KB, "ratings_type": "stars", "enabled": True},
        {"ratings_type": "stars", "enabled": True},
    ),
    "create_category": Case(
        "POST /v1/kb/$kb/categories",
        DOCUMENTED,
        {**IN_KB, **PAGE, "article_ids": ["$article"]},
        {**PAGE, "article_ids": ["$article"]},
        status=201,
    ),
    "create_article": Case(
        "POST /v1/kb/$kb/articles", DOCUMENTED, {**IN_KB, **ARTICLE}, ARTICLE, status=201
    ),
    "upsert_article": Case(
        "POST /v1/kb/$kb/articles", INFERRED, {**IN_KB, **ARTICLE}, ARTICLE, status=201
    ),
    "update_article": Case(
        "PUT /v1/kb/$kb/articles/$article", INFERRED, {**IN_ARTICLE, **ARTICLE}, ARTICLE
    ),
    "publish_article": Case("PUT /v1/kb/$kb/articles/$article/publish", INFERRED, IN_ARTICLE),
    "create_widget": Case(
        "POST /v1/widgets", DOCUMENTED, {"name": "Shop"}, {"name": "Shop"}, status=201
    ),
    "update_widget": Case(
        "PUT /v1/widgets/$widget",
        INFERRED,
        {"widget_id": "$widget", "name": "Shop"},
        {"name": "Shop"},
    ),
    "update_widget_settings": Case(
        "PUT /v1/widgets/$widget/settings",
        DOCUMENTED,
        {"widget_id": "$widget", **WIDGET_SETTINGS},
        WIDGET_SETTINGS,
    ),
    "update_customer": Case(
        "PUT /v1/customers/kim@example.org", DOCUMENTED, {**CUSTOMER}, CUSTOMER
    ),
}


@pytest.fixture
def ids(run: Run, sandbox: Sandbox) -> dict[str, str]:
    """One object of each kind, by kind, with its id."""
    kb = sandbox.things("knowledge_bases")[0]["id"]
    ticket = {"body": "x", "from": "kim@example.org", "to": "support@sandbox.example"}
    result = run(
        {},
        [
            *records("create_ticket", ticket),
            *records("create_article", {"knowledge_base_id": kb, "title": "First"}),
            *records("create_webhook", WEBHOOK),
        ],
    )
    assert result.exit_code == 0, result.problems
    return {
        "kb": kb,
        "agent": sandbox.things("agents")[1]["id"],
        **{
            name: sandbox.things(kind)[0]["id"]
            for name, kind in {
                "article": "articles",
                "category": "categories",
                "group": "groups",
                "message": "messages",
                "webhook": "webhooks",
                "widget": "widgets",
            }.items()
        },
    }


def filled(value: Any, ids: dict[str, str]) -> Any:
    """Put ids in place of `$names`."""
    match value:
        case str():
            return Text(value).safe_substitute(ids)
        case dict():
            return {name: filled(each, ids) for name, each in value.items()}
        case list():
            return [filled(each, ids) for each in value]
        case _:
            return value


OF_THE_REST_API = [
    name
    for name, template in TEMPLATES.items()
    if template.subject is None and not template.is_local
]
"""The others are shown in `tests/subjects` and `tests/profile`."""


@pytest.mark.parametrize("template", OF_THE_REST_API)
def test_a_record_becomes_the_documented_call(
    template: str, run: Run, sandbox: Sandbox, ids: dict[str, str]
) -> None:
    assert template in CASES, f"describe the call of {template} in CASES"
    case = CASES[template]
    before = len(sandbox.log())
    result = run({}, records(template, filled(case.record, ids)))
    assert result.exit_code == 0, result.problems
    [call] = sandbox.log(since=before)
    query = f"?{call['query']}" if call["query"] else ""
    assert f"{call['method']} {call['path']}{query}" == filled(case.call, ids)
    assert call["authorized"]
    assert call["status"] == case.status
    if case.body is None:
        assert call["raw"] is None
        assert call["content_type"] == ""
        assert set(call["headers"]) == EVERY_CALL_HAS
    else:
        assert call["content_type"] == case.content_type
        assert set(call["headers"]) == EVERY_CALL_HAS | {"content-type"}
        arrived = call["body"] if case.content_type == JSON else call["raw"]
        assert arrived == filled(case.body, ids)


@pytest.mark.parametrize("template", OF_THE_REST_API)
def test_certainty_is_what_the_notes_on_the_api_say(template: str) -> None:
    assert TEMPLATES[template].certainty is CASES[template].certainty


@pytest.mark.parametrize(
    "template", [name for name, case in CASES.items() if isinstance(case.body, dict)]
)
def test_every_field_of_a_template_is_in_its_case(template: str) -> None:
    fields = {each.name for each in TEMPLATES[template].fields}
    calls_of_their_own = {each.field for each in TEMPLATES[template].follow_ups}
    for change in TEMPLATES[template].changes:
        calls_of_their_own.update(change.fields if change.follows_create else ())
    assert fields - calls_of_their_own <= set(CASES[template].body)


@pytest.mark.parametrize(
    "template", [name for name, case in CASES.items() if case.certainty is INFERRED]
)
def test_an_inferred_call_says_so_once_and_can_be_corrected(
    template: str, run: Run, sandbox: Sandbox
) -> None:
    route = {
        "stream": "s",
        "endpoint": template,
        "method": "PATCH",
        "url": "/echo/elsewhere",
        "on_error": "dead_letter",
        "exclude": ["state"],
    }
    rows = [{"title": "A"}, {"title": "B"}]
    result = run({"streams": [route]}, records("s", *rows))
    assert result.exit_code == 0, result.problems
    said = [each for each in result.warnings if "is inferred" in each]
    assert len(said) == 1
    assert said[0].startswith(f"Endpoint {template} (PATCH /echo/elsewhere) is inferred: ")
    assert {(each["method"], each["path"]) for each in sandbox.log()} <= {
        ("PATCH", "/v1/echo/elsewhere")
    }


def test_a_documented_call_is_not_called_inferred(run: Run) -> None:
    result = run({}, records("create_widget", {"name": "A"}))
    assert not result.warnings
