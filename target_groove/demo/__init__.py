"""The sample that `target-groove demo` delivers: a small tea shop's streams and their routes."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

SAMPLE = files(__name__) / "sample.singer.jsonl"
"""Singer messages of nine streams."""


def demo_config(
    *, api_url: str, api_token: str, ledger_url: str, profile_url: str, knowledge_base_id: str
) -> dict[str, Any]:
    """Make the configuration for the sample.

    Args:
        api_url: Base URL of the sandbox's API.
        api_token: The sandbox's token.
        ledger_url: Where the ledger is.
        profile_url: Where the profiles are.
        knowledge_base_id: The knowledge base that gets the articles.
    """
    return {
        "api_url": api_url,
        "api_token": api_token,
        "ledger_url": ledger_url,
        "profile_url": profile_url,
        "requests_per_minute": 0,
        "streams": [
            {
                "stream": "teams",
                "endpoint": "create_group",
                "fields": {"name": "team", "description": "purpose", "agents": "members"},
            },
            {
                "stream": "form_entries",
                "endpoint": "create_ticket",
                "fields": {
                    "subject": "Order {{ order_id }}: {{ topic }}",
                    "body": "text",
                    "from": "customer",
                    "tags": ["kind"],
                    "sent_at": "received_at",
                },
                "defaults": {"to": "support@sandbox.example", "skip_notifications": True},
            },
            {
                "stream": "agent_answers",
                "endpoint": "create_message",
                "path_params": {"ticket_number": "ticket"},
                "fields": {"body": "text", "author": "agent", "note": "internal"},
                "defaults": {"send_copy_to_customer": False},
            },
            {
                "stream": "routing",
                "endpoint": "update_ticket_assigned_group",
                "path_params": {"ticket_number": "ticket"},
                "fields": {"group": "team"},
            },
            {
                "stream": "owners",
                "endpoint": "update_ticket_assignee",
                "path_params": {"ticket_number": "ticket"},
                "fields": {"assignee": "agent"},
            },
            {
                "stream": "done_issues",
                "endpoint": "update_ticket_state",
                "path_params": {"ticket_number": "groove_ticket"},
                "fields": {},
                "defaults": {"state": "closed"},
            },
            {
                "stream": "shop_customers",
                "endpoint": "custom_profile",
            },
            {
                "stream": "payments",
                "endpoint": "custom_profile",
                "exclude": ["id"],
                "prefix": "billing",
            },
            {
                "stream": "help_pages",
                "endpoint": "create_article",
                "fields": {"title": "title", "body": "html", "state": "live"},
                "defaults": {"knowledge_base_id": knowledge_base_id},
            },
        ],
    }
