"""Every call that the sandbox answers."""

from __future__ import annotations

from target_groove.sandbox import (
    articles,
    attachments,
    groups,
    knowledge_bases,
    messages,
    people,
    ticket_updates,
    tickets,
    webhooks,
    widgets,
)
from target_groove.sandbox.routing import Route, Router

_TICKET = "/v1/tickets/{number}"
_KB = "/v1/kb/{knowledge_base_id}"
_ARTICLE = f"{_KB}/articles/{{id}}"

ROUTES = (
    Route("GET", "/v1/me", people.me),
    Route("GET", "/v1/agents", people.list_agents),
    Route("GET", "/v1/agents/{email}", people.get_agent),
    Route("GET", "/v1/mailboxes", people.list_mailboxes),
    Route("GET", "/v1/folders", people.list_folders),
    Route("GET", "/v1/customers", people.list_customers),
    Route("GET", "/v1/customers/{email}", people.get_customer),
    Route("PUT", "/v1/customers/{email}", people.update_customer),
    Route("GET", "/v1/tickets", tickets.list_tickets),
    Route("POST", "/v1/tickets", tickets.create_ticket),
    Route("GET", "/v1/tickets/count", people.ticket_counts),
    Route("GET", _TICKET, tickets.get_ticket),
    Route("GET", f"{_TICKET}/state", tickets.get_state),
    Route("PUT", f"{_TICKET}/state", ticket_updates.update_state),
    Route("GET", f"{_TICKET}/assignee", tickets.get_assignee),
    Route("PUT", f"{_TICKET}/assignee", ticket_updates.update_assignee),
    Route("PUT", f"{_TICKET}/assigned_group", ticket_updates.update_group),
    Route("PUT", f"{_TICKET}/priority", ticket_updates.update_priority),
    Route("POST", f"{_TICKET}/tags", ticket_updates.add_tags),
    Route("PUT", f"{_TICKET}/tags", ticket_updates.replace_tags),
    Route("POST", f"{_TICKET}/change_mailbox/{{mailbox_id}}", ticket_updates.change_mailbox),
    Route("GET", f"{_TICKET}/messages", messages.list_messages),
    Route("POST", f"{_TICKET}/messages", messages.create_message),
    Route("GET", "/v1/messages/{id}", messages.get_message),
    Route("GET", "/v1/attachments", attachments.list_attachments),
    Route("POST", "/messages/{message_id}/attachments", attachments.upload),
    Route("POST", "/v1/webhooks", webhooks.create_webhook),
    Route("DELETE", "/v1/webhooks/{id}", webhooks.delete_webhook),
    Route("GET", "/v1/groups", groups.list_groups),
    Route("POST", "/v1/groups", groups.create_group),
    Route("GET", "/v1/groups/{id}", groups.get_group),
    Route("PUT", "/v1/groups/{id}", groups.update_group),
    Route("DELETE", "/v1/groups/{id}", groups.delete_group),
    Route("GET", "/v1/kb", knowledge_bases.list_bases),
    Route("POST", "/v1/kb", knowledge_bases.create_base),
    Route("GET", "/v1/kb/themes", knowledge_bases.list_themes),
    Route("GET", _KB, knowledge_bases.get_base),
    Route("PUT", _KB, knowledge_bases.update_base),
    Route("DELETE", _KB, knowledge_bases.delete_base),
    Route("GET", f"{_KB}/settings", knowledge_bases.get_settings),
    Route("PUT", f"{_KB}/settings", knowledge_bases.update_settings),
    Route("POST", f"{_KB}/categories", articles.create_category),
    Route("GET", f"{_KB}/categories/search", articles.search_categories),
    Route("POST", f"{_KB}/articles", articles.create_article),
    Route("GET", f"{_KB}/articles/search", articles.search_articles),
    Route("GET", "/v1/kb/public/{id}/articles/search", articles.search_public_articles),
    Route("GET", _ARTICLE, articles.get_article),
    Route("PUT", _ARTICLE, articles.update_article),
    Route("DELETE", _ARTICLE, articles.delete_article),
    Route("PUT", f"{_ARTICLE}/publish", articles.publish_article),
    Route("PUT", f"{_ARTICLE}/unpublish", articles.unpublish_article),
    Route("GET", "/v1/widgets", widgets.list_widgets),
    Route("POST", "/v1/widgets", widgets.create_widget),
    Route("PUT", "/v1/widgets/{id}", widgets.update_widget),
    Route("GET", "/v1/widgets/{id}/settings", widgets.get_settings),
    Route("PUT", "/v1/widgets/{id}/settings", widgets.update_settings),
    Route("GET", "/v1/public/widgets/{uuid}", widgets.get_public_widget),
)
ROUTER = Router(ROUTES)

# The only call that Groove answers without a token.
OPEN_PREFIX = "/v1/public/widgets/"
