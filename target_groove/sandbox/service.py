"""What happens to one call: token, limit, handler, and the durable outcome."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
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
from target_groove.sandbox.graphql.schema import ACCESS
from target_groove.sandbox.graphql.subjects import subject_form
from target_groove.sandbox.knowledge_bases import knowledge_base_form
from target_groove.sandbox.limit import RETRY_AFTER_FORMS, WINDOWS, Limiter, too_many
from target_groove.sandbox.log import Log
from target_groove.sandbox.messages import message_details
from target_groove.sandbox.seed import seed
from target_groove.sandbox.tickets import ticket_details

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from target_groove.sandbox.call import Call
    from target_groove.sandbox.desk import Desk
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


@dataclass(frozen=True, slots=True)
class Options:
    """What can be set while the sandbox runs.

    Attributes:
        token: The token that calls must carry.
        latency_ms: How long every call waits before it is answered.
        requests_per_minute: Calls per window and token; 0 is no limit.
        retry_after: The form of Retry-After on a 429.
        window: ``sliding`` or ``fixed``.
        window_seconds: Length of the window.
        graphql: As which the token sees the GraphQL API, one of ``ACCESS``.
        bulk_seconds: How long after a bulk update its changes are to be seen.
        max_in_flight: Calls at a time, more are answered with 429; 0 is no limit.
    """

    token: str = "sandbox-token"  # noqa: S105 - opens nothing but the sandbox
    latency_ms: float = 0
    requests_per_minute: int = 0
    retry_after: str = "seconds"
    window: str = "sliding"
    window_seconds: float = 60.0
    graphql: str = "full"
    bulk_seconds: float = 0
    max_in_flight: int = 0

    def changed(self, changes: Mapping[str, Any]) -> Options:
        """Return these options with some of them changed.

        Raises:
            ValueError: An option is unknown or its value is wrong; says which.
        """
        for name, value in changes.items():
            if name not in _OPTION_TYPES:
                message = f"unknown option {name!r}; there are {', '.join(_OPTION_TYPES)}"
            elif isinstance(value, bool) or not isinstance(value, _OPTION_TYPES[name]):
                message = f"wrong value {value!r} for {name!r}"
            elif name in _WORDS and value not in _WORDS[name]:
                message = f"{name!r} must be one of {', '.join(_WORDS[name])}"
            elif isinstance(value, int | float) and value < _LEAST.get(name, 0):
                message = f"{name!r} must not be {value!r}"
            else:
                continue
            raise ValueError(message)
        return replace(self, **changes)


_OPTION_TYPES: dict[str, type | tuple[type, ...]] = {
    "token": str,
    "latency_ms": (int, float),
    "requests_per_minute": int,
    "retry_after": str,
    "window": str,
    "window_seconds": (int, float),
    "graphql": str,
    "bulk_seconds": (int, float),
    "max_in_flight": int,
}
_LEAST = {"window_seconds": 0.001}
_WORDS: dict[str, tuple[str, ...]] = {
    "retry_after": RETRY_AFTER_FORMS,
    "window": WINDOWS,
    "graphql": ACCESS,
}


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
        self.log = Log()
        self.faults = Faults()
        self._limiter = Limiter()
        self._seeded = seeded
        if seeded and desk.store.empty:
            seed(desk)
        elif seeded and not desk.store.total("custom_fields"):
            # A file of before there were contacts.
            seed_fields(desk)
            desk.store.commit()

    def authorized(self, header: str | None) -> bool:
        """Tell whether an Authorization header carries the token."""
        scheme, _, token = (header or "").partition(" ")
        return scheme.lower() == "bearer" and token.strip() == self.options.token

    def answer(self, call: Call, *, authorized: bool, query: str = "") -> Answer:
        """Do what a call asks for; what it changed is durable when this returns."""
        try:
            self._admit(call, authorized=authorized)
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

    def _admit(self, call: Call, *, authorized: bool) -> None:
        known = call.path.startswith(("/v1/", "/messages/")) or call.path == execution.PATH
        if not known or (call.path == execution.PATH and self.options.graphql == "off"):
            raise Refusal(404, {"error": "not found"})
        if call.path.startswith(OPEN_PREFIX):
            return
        if not authorized:
            raise Refusal(401, {"error": "invalid or missing token"})
        options, now = self.options, self.desk.clock()
        wait = self._limiter.take(
            options.token,
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
