"""The web page: what arrived, as a person would want to see it."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from target_groove.sandbox import articles, attachments, groups, people, widgets
from target_groove.sandbox.activity import activity
from target_groove.sandbox.exchange import Answer, Refusal
from target_groove.sandbox.graphql.bulk import carry_out
from target_groove.sandbox.graphql.execution import PATH as GRAPHQL_PATH
from target_groove.sandbox.knowledge_bases import knowledge_base_form
from target_groove.sandbox.log import KEPT_REPLIES
from target_groove.sandbox.messages import find_ticket, message_details
from target_groove.sandbox.page_links import page_of_list
from target_groove.sandbox.request_rows import request_row
from target_groove.sandbox.sanitise import sanitise
from target_groove.sandbox.showing import clock_time, colour_of, date_time, file_size, initials
from target_groove.sandbox.subject_pages import detail_page, list_page
from target_groove.sandbox.tickets import STATES, ticket_details

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from target_groove.sandbox.call import Call
    from target_groove.sandbox.service import Service

    Page = Callable[[Mapping[str, str], tuple[str, ...]], dict[str, Any]]

_HERE = Path(__file__).parent
_STATIC_TYPES = {
    "style.css": "text/css; charset=utf-8",
    "live.js": "text/javascript; charset=utf-8",
    "panel.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
        "connect-src 'self'; frame-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}


class Pages:
    """Renders the pages from the state of the sandbox."""

    def __init__(self, service: Service) -> None:
        """Load templates and static files."""
        self._service = service
        self._desk = service.desk
        # Part of every version, so that a page left open notices a restart.
        self._instance = secrets.token_hex(4)
        self._static = {name: (_HERE / "static" / name).read_bytes() for name in _STATIC_TYPES}
        self._pages: dict[tuple[str, int], tuple[str, Page]] = {
            ("", 1): ("inbox.html", self._inbox),
            ("tickets", 2): ("ticket.html", self._ticket),
            ("articles", 1): ("articles.html", self._articles),
            ("articles", 2): ("article.html", self._article),
            ("groups", 1): ("groups.html", self._groups),
            ("widgets", 1): ("widgets.html", self._widgets),
            ("requests", 1): ("requests.html", self._requests),
            ("activity", 1): ("activity.html", lambda _query, _rest: activity(service.log)),
        }
        for kind in ("contacts", "companies"):
            self._pages[kind, 1] = "subjects.html", self._subjects(kind)
            self._pages[kind, 2] = "subject.html", self._subject(kind)
        self._templates = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters.update(
            sanitise=sanitise,
            date_time=lambda when: date_time(when, self._desk.clock()),
            clock_time=clock_time,
            file_size=file_size,
            initials=initials,
            colour_of=colour_of,
        )

    def serves(self, call: Call) -> bool:
        """Tell whether a call is for a page, a static file or an attachment."""
        if call.method != "GET":
            return False
        segments = call.path.split("/")[1:]
        return (segments[0], len(segments)) in self._pages or segments[0] in {
            "static",
            "attachments",
            "favicon.ico",
        }

    def answer(self, call: Call, headers: Mapping[str, str]) -> Answer:
        """Return the page, file or attachment."""
        first, *rest = call.path.split("/")[1:]
        if first in {"static", "favicon.ico"}:
            return self._file("/".join(rest))
        if first == "attachments":
            return self._attachment(rest[0] if rest else "")
        template, page = self._pages[first, len(rest) + 1]
        carry_out(self._desk)
        version = f'"{self._instance}-{self._desk.store.version}-{self._service.log.version}"'
        if headers.get("if-none-match") == version:
            return Answer(304, b"", {**_HEADERS, "etag": version})
        status = 200
        try:
            shown = page(call.query, tuple(rest))
        except Refusal as refusal:
            status, template, shown = refusal.status, "missing.html", {}
        content = self._templates.get_template(template).render(
            {
                **shown,
                "fragment": "fragment" in call.query,
                "section": first,
                "version": version,
                "side": self._side(call.query if first == "" else {}),
            }
        )
        return Answer(
            status,
            content.encode(),
            {**_HEADERS, "content-type": "text/html; charset=utf-8", "etag": version},
        )

    def _file(self, name: str) -> Answer:
        content = self._static.get(name)
        if content is None:
            return Answer(404, b"not found", {**_HEADERS, "content-type": "text/plain"})
        return Answer(200, content, {**_HEADERS, "content-type": _STATIC_TYPES[name]})

    def _attachment(self, identity: str) -> Answer:
        content = self._desk.store.blob(identity)
        if content is None:
            return Answer(404, b"not found", {**_HEADERS, "content-type": "text/plain"})
        # Foreign content is for saving, never for showing: it would be on our own origin.
        return Answer(
            200,
            content,
            {
                **_HEADERS,
                "content-type": "application/octet-stream",
                "content-disposition": "attachment",
            },
        )

    def _side(self, query: Mapping[str, str]) -> dict[str, Any]:
        """Return what the sidebar shows."""
        store = self._desk.store
        return {
            "tickets": store.total("tickets"),
            "states": [(state, store.total("tickets", "state", state)) for state in STATES],
            "state": query.get("state"),
            "articles": store.total("articles"),
            "contacts": store.total("contacts"),
            "companies": store.total("companies"),
            "groups": store.total("groups"),
            "webhooks": store.total("webhooks") + store.total("widgets"),
            "requests": self._service.log.total,
            "api_url": f"{self._desk.url}/v1",
            "graphql_url": f"{self._desk.url}{GRAPHQL_PATH}",
        }

    def _inbox(self, query: Mapping[str, str], _rest: tuple[str, ...]) -> dict[str, Any]:
        store, state = self._desk.store, query.get("state")
        found, total = store.newest("tickets"), store.total("tickets")
        kept = {}
        if state in STATES:
            found = (ticket for ticket in found if ticket["state"] == state)
            total = store.total("tickets", "state", state)
        if state:
            kept["state"] = state
        page = page_of_list("/", query, found, total, **kept)
        tickets = [ticket_details(self._desk, ticket) for ticket in page.pop("shown")]
        return {**page, "tickets": tickets, "state": state}

    def _ticket(self, _query: Mapping[str, str], rest: tuple[str, ...]) -> dict[str, Any]:
        desk, options = self._desk, self._service.options
        ticket = find_ticket(desk, rest[0])
        messages = desk.store.find("messages", "ticket_id", ticket["id"])
        customer = desk.store.get("customers", ticket["customer_id"] or "")
        return {
            "ticket": ticket_details(desk, ticket),
            "customer": people.customer_form(desk, customer) if customer else None,
            "profile": options.profile_headline if options.profile_url else None,
            "messages": [
                {
                    **message_details(desk, message),
                    "author_name": self._name(message["author"]),
                    "attachments": [
                        attachments.attachment_details(desk, item)
                        for item in desk.store.find("attachments", "message_id", message["id"])
                    ],
                }
                for message in messages
            ],
        }

    def _name(self, address: str) -> str:
        agent = people.find_agent(self._desk, address)
        if agent is not None:
            return f"{agent['first_name']} {agent['last_name']}"
        customer = people.find_customer(self._desk, address)
        name: str | None = customer["name"] if customer else None
        return name or address

    def _articles(self, _query: Mapping[str, str], _rest: tuple[str, ...]) -> dict[str, Any]:
        desk = self._desk
        return {
            "bases": [
                {
                    **knowledge_base_form(desk, base),
                    "categories": [
                        articles.category_form(desk, category)
                        for category in desk.store.find(
                            "categories", "knowledge_base_id", base["id"]
                        )
                    ],
                    "articles": [
                        articles.article_form(desk, article)
                        for article in desk.store.find("articles", "knowledge_base_id", base["id"])
                    ],
                }
                for base in desk.store.all("knowledge_bases")
            ]
        }

    def _article(self, _query: Mapping[str, str], rest: tuple[str, ...]) -> dict[str, Any]:
        desk = self._desk
        article = desk.get("articles", rest[0], "article")
        base = desk.get("knowledge_bases", article["knowledge_base_id"], "knowledge base")
        category = desk.store.get("categories", article["category_id"] or "")
        author = desk.store.get("agents", article["author_id"] or "")
        return {
            "article": articles.article_form(desk, article),
            "base": knowledge_base_form(desk, base),
            "category": category["title"] if category else None,
            "author": self._name(author["email"]) if author else None,
        }

    def _subjects(self, kind: str) -> Page:
        return lambda query, _rest: list_page(self._desk, kind, query)

    def _subject(self, kind: str) -> Page:
        return lambda _query, rest: detail_page(self._desk, kind, rest[0])

    def _groups(self, _query: Mapping[str, str], _rest: tuple[str, ...]) -> dict[str, Any]:
        store = self._desk.store
        members = {agent["id"]: agent for agent in store.all("agents")}
        return {
            "groups": [
                {
                    **groups.group_form(self._desk, group),
                    "members": [members[it] for it in group["agent_ids"] if it in members],
                }
                for group in store.all("groups")
            ]
        }

    def _widgets(self, _query: Mapping[str, str], _rest: tuple[str, ...]) -> dict[str, Any]:
        store = self._desk.store
        return {
            "widgets": [
                {
                    **widgets.widget_form(self._desk, widget),
                    "settings": widgets.settings_form(widget),
                    "changed": widget["settings"],
                }
                for widget in store.all("widgets")
            ],
            "webhooks": store.all("webhooks"),
        }

    def _requests(self, _query: Mapping[str, str], _rest: tuple[str, ...]) -> dict[str, Any]:
        log = self._service.log
        return {
            "requests": [request_row(entry) for entry in log.newest(KEPT_REPLIES)],
            "total": log.total,
        }
