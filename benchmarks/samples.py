"""For each template a record to count requests with, and what is different in it later."""

from __future__ import annotations

import json
from string import Template
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmarks.local_groove import LocalGroove

Record = dict[str, Any]
COUNT = 4
"""Records of a template: enough to tell what is done once a run from what is done for each."""

_ON_TICKET = {"ticket_number": "$ticket"}
_IN_BASE = {"knowledge_base_id": "$first_base"}
_ON_ARTICLE = {**_IN_BASE, "article_id": "$article"}
_TICKET = {
    "body": "<p>The lid does not fit the pot.</p>",
    "from": "customer$n@example.org",
    "to": "support@sandbox.example",
    "subject": "Pot $n",
    "tags": ["web-form"],
}
_ARTICLE = {"title": "Refunds $n", "body": "<p>Ask us</p>", "tags": ["money"]}
_CONTACT = {
    "contact_email": "person$n@example.org",
    "contact_first_name": "Ada",
    "contact_last_name": "Number $n",
}
SAMPLES: dict[str, tuple[Record, Record]] = {
    "create_ticket": (_TICKET, {"subject": "Pan $n"}),
    "upsert_ticket": ({**_TICKET, "state": "opened"}, {"state": "closed", "tags": ["done"]}),
    "update_ticket_state": ({**_ON_TICKET, "state": "pending"}, {"state": "closed"}),
    "update_ticket_assignee": (
        {**_ON_TICKET, "assignee": "alan@sandbox.example"},
        {"assignee": "grace@sandbox.example"},
    ),
    "update_ticket_assigned_group": ({**_ON_TICKET, "group": "Billing"}, {"group": "Support"}),
    "update_ticket_priority": ({**_ON_TICKET, "priority": "high"}, {"priority": "low"}),
    "add_ticket_tags": ({**_ON_TICKET, "tags": ["vip"]}, {"tags": ["late"]}),
    "replace_ticket_tags": ({**_ON_TICKET, "tags": ["vip"]}, {"tags": ["late"]}),
    "create_message": ({**_ON_TICKET, "body": "We look into it"}, {"body": "It is done"}),
    "upload_attachment": (
        {"message_id": "$message", "filename": "note.txt", "content": "Ynl0ZXM="},
        {"content": "b3RoZXJz"},
    ),
    "create_webhook": (
        {"event": "ticket_started", "url": "https://example.org/a$n"},
        {"url": "https://example.org/b$n"},
    ),
    "delete_webhook": ({"webhook_id": "$webhook"}, {}),
    "create_group": ({"name": "Nights $n"}, {"description": "After hours"}),
    "upsert_group": ({"name": "Weekends $n"}, {"description": "From Saturday"}),
    "update_group": ({"group_id": "$group", "description": "Day"}, {"description": "Night"}),
    "delete_group": ({"group_id": "$old_group"}, {}),
    "create_knowledge_base": ({"title": "Docs $n", "subdomain": "docs$n"}, {"title": "Help $n"}),
    "upsert_knowledge_base": ({"title": "Wiki $n", "subdomain": "wiki$n"}, {"title": "Pedia $n"}),
    "update_knowledge_base": (
        {"knowledge_base_id": "$base", "title": "How to $n"},
        {"title": "Why $n"},
    ),
    "update_knowledge_base_settings": (
        {"knowledge_base_id": "$base", "ratings_type": "stars"},
        {"ratings_type": "thumbs"},
    ),
    "create_category": ({**_IN_BASE, "title": "Returns $n"}, {"title": "Refunds $n"}),
    "create_article": ({**_IN_BASE, **_ARTICLE}, {"body": "<p>Ask Ada</p>"}),
    "upsert_article": (
        {**_IN_BASE, **_ARTICLE, "title": "Delivery $n"},
        {"body": "<p>Ask Ada</p>"},
    ),
    "update_article": ({**_ON_ARTICLE, **_ARTICLE}, {"body": "<p>Ask Ada</p>"}),
    "publish_article": (_ON_ARTICLE, {}),
    "create_widget": ({"name": "Shop $n"}, {"name": "Store $n"}),
    "update_widget": ({"widget_id": "$widget", "name": "Shop"}, {"name": "Store"}),
    "update_widget_settings": ({"widget_id": "$widget", "icon_text": "Help"}, {"icon_text": "Us"}),
    "update_customer": ({"email": "kim$n@example.org", "title": "CTO"}, {"title": "CEO"}),
    "upsert_contact": (_CONTACT, {"contact_first_name": "Grace"}),
    "upsert_company": (
        {"company_domain": "firm$n.example", "company_name": "Firm $n"},
        {"company_name": "Company $n"},
    ),
}
LOCAL = {"custom_profile", "custom"}
"""Templates that no call of Groove's stands behind, or any."""


def fill(groove: LocalGroove) -> list[dict[str, str]]:
    """Put several things of each kind into a sandbox.

    Returns:
        For each record of a template, what its names stand for.
    """
    base = groove.things("knowledge_bases")[0]["id"]
    for number in range(COUNT):
        sender = f"kim{number}@example.org"
        hook = {"event": "ticket_started", "url": f"https://example.org/{number}"}
        groove.create("/tickets", {"body": "x", "from": sender, "to": "support@sandbox.example"})
        groove.create("/groups", {"name": f"Old {number}"})
        groove.create("/groups", {"name": f"Group {number}"})
        groove.create("/kb", {"title": f"Base {number}", "subdomain": f"base{number}"})
        groove.create(f"/kb/{base}/articles", {"title": f"Article {number}"})
        groove.create("/webhooks", hook)
        groove.create("/widgets", {"name": f"Widget {number}"})
    groups = [each["id"] for each in groove.things("groups")][-2 * COUNT :]
    found = {
        "ticket": [each["number"] for each in groove.things("tickets")],
        "message": [each["id"] for each in groove.things("messages")],
        "old_group": groups[::2],
        "group": groups[1::2],
        "base": [each["id"] for each in groove.things("knowledge_bases")],
        "article": [each["id"] for each in groove.things("articles")],
        "webhook": [each["id"] for each in groove.things("webhooks")],
        "widget": [each["id"] for each in groove.things("widgets")],
    }
    return [
        {
            "n": str(number),
            "first_base": str(base),
            **{kind: str(ids[number]) for kind, ids in found.items()},
        }
        for number in range(COUNT)
    ]


def records(sample: Record, names: list[dict[str, str]]) -> list[Record]:
    """Make the records of a template, each with a key."""
    text = json.dumps({"id": "$n", **sample})
    return [json.loads(Template(text).substitute(each)) for each in names]
