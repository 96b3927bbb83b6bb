"""What happens to one call: token, limit, handler, and the durable outcome."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from target_groove.sandbox import articles, attachments, groups, people, widgets
from target_groove.sandbox.api import OPEN_PREFIX, ROUTER
from target_groove.sandbox.exchange import Answer, Refusal, reply
from target_groove.sandbox.faults import Faults
from target_groove.sandbox.graphql import execution
from target_groove.sandbox.graphql.bulk import carry_out
from target_groove.sandbox.graphql.context import Context
from target_groove.sandbox.graphql.custom_fields import field_form
from target_groove.sandbox.graphql.field_seed import seed_fields
from target_groove.sandbox.graphql.from_customers import keep_contact
from target_groove.sandbox.graphql.subjects import subject_form
from target_groove.sandbox.knowledge_bases import knowledge_base_form
from target_groove.sandbox.limit import Limiter, too_many
from target_groove.sandbox.log import Log
from target_groove.sandbox.messages import message_details
from target_groove.sandbox.seed import seed
from target_groove.sandbox.tickets import ticket_details

if TYPE_CHECKING:
    from collections.abc import Callable

    from target_groove.sandbox.call import Call
    from target_groove.sandbox.desk import Desk
    from target_groove.sandbox.options import Options
    from target_groove.sandbox.store import Thing

_FORMS: dict[str, Callable[[Desk, Thing], dict[str, Any]]] = {
    "tickets": ticket_details,
    "messages": message_details,
    "customers": people.customer_form,
    "groups": groups.group_form,
    "agents": people.agent_form,
    "mailboxes": people.mailbox_form,
    "webhooks": lambda _desk, webhook: dict(webhook),
    "knowledge_bases": lambda desk, base: {
        **knowledge_base_form(desk, base),
        "settings": base["settings"],
    },
    "categories": articles.category_form,
    "articles": articles.article_form,
    "widgets": lambda desk, widget: {
        **widgets.widget_form(desk, widget),
        "settings": widgets.settings_form(widget),
    },
    "attachments": attachments.attachment_details,
    "contacts": subject_form,
    "companies": subject_form,
    "custom_fields": field_form,
    "custom_field_categories": lambda _desk, category: dict(category),
}
_ECHO = "/v1/echo"
# Whoever comes while there are too many is told to come back soon: the others take no minute.
_CROWDED_SECONDS = 1


class Service:
    """The state of a sandbox. Whoever touches it holds the lock.

    Args:
        desk: The help desk.
        options: The options to begin with.
        seeded: Whether an empty help desk is filled.
    """

    def __init__(self, desk: Desk, options: Options, *, seeded: bool) -> None:
        """Fill the help desk if it is new."""
        self.lock = threading.RLock()
        self.desk = desk
        self.options = options
        self.in_flight = 0
        self.log = Log()
        self.faults = Faults()
        self._limiter = Limiter()
        self._seeded = seeded
        if seeded and desk.store.empty:
            seed(desk)
        elif seeded and not desk.store.total("custom_fields"):
            # A file of before there were contacts.
            seed_fields(desk)
            for customer in desk.store.all("customers"):
                keep_contact(desk, customer)
            desk.store.commit()

    def token(self, header: str | None) -> str | None:
        """Read the token of an Authorization header; None if it is none of those that count."""
        scheme, _, token = (header or "").partition(" ")
        token = token.strip()
        known = scheme.lower() == "bearer" and self.options.number_of(token) is not None
        return token if known else None

    def answer(
        self, call: Call, *, token: str | None, query: str = "", in_flight: int = 1
    ) -> Answer:
        """Do what a call asks for; what it changed is durable when this returns.

        Args:
            call: The call.
            token: The token that it carries; None if it has none that counts.
            query: Its query as sent.
            in_flight: How many calls were under way when it arrived, itself included.
        """
        try:
            self._admit(call, token=token, in_flight=in_flight)
            if call.path == _ECHO or call.path.startswith(f"{_ECHO}/"):
                return _echo(call, query)
            carry_out(self.desk)
            if call.path == execution.PATH:
                return self._graphql(call)
            handler, params = ROUTER.find(call.method, call.path)
            answer = handler(self.desk, replace(call, params=params))
        except Refusal as refusal:
            return refusal.answer()
        self.desk.store.commit()
        return answer

    def _admit(self, call: Call, *, token: str | None, in_flight: int) -> None:
        known = call.path.startswith(("/v1/", "/messages/")) or call.path == execution.PATH
        if not known or (call.path == execution.PATH and self.options.graphql == "off"):
            raise Refusal(404, {"error": "not found"})
        if call.path.startswith(OPEN_PREFIX):
            return
        if token is None:
            raise Refusal(401, {"error": "invalid or missing token"})
        options, now = self.options, self.desk.clock()
        if options.crowded(in_flight):
            raise too_many(_CROWDED_SECONDS, options.retry_after, now)
        wait = self._limiter.take(
            token,
            now.timestamp(),
            options.requests_per_minute,
            options.window_seconds,
            options.window,
        )
        if wait > 0:
            raise too_many(wait, options.retry_after, now)

    def _graphql(self, call: Call) -> Answer:
        if call.method != "POST":
            raise Refusal(405, {"error": "method not allowed"}, {"allow": "POST"})
        context = Context(self.desk, self.options.bulk_seconds)
        answer = execution.execute(context, call, self.options.graphql)
        self.desk.store.commit()
        return answer

    def things(self, kind: str) -> list[dict[str, Any]]:
        """Return every stored thing of a kind.

        Raises:
            ValueError: There is no such kind.
        """
        form = _FORMS.get(kind)
        if form is None:
            message = f"unknown kind {kind!r}; there are {', '.join(_FORMS)}"
            raise ValueError(message)
        carry_out(self.desk)
        return [form(self.desk, thing) for thing in self.desk.store.all(kind)]

    def reset(self) -> None:
        """Forget log, faults and data, and fill the help desk anew."""
        self.desk.store.clear()
        self.log.clear()
        self.faults.replace([])
        self._limiter.clear()
        if self._seeded:
            seed(self.desk)


def _echo(call: Call, query: str) -> Answer:
    """Answer any call below /v1/echo with itself. Not part of Groove: a place for batches."""
    try:
        body = call.body.content.decode("utf-8")
    except UnicodeDecodeError:
        body = None
    said = {"method": call.method, "path": call.path, "query": query, "body": body}
    return reply({"echo": said})


def read_query(query: str) -> dict[str, str]:
    """Decode a query; of a repeated name the last value counts."""
    return dict(parse_qsl(query, keep_blank_values=True))
