"""The Custom Profile panel beside a ticket: fetched from the user's server, as Groove does it.

Groove calls the webhook with `email` and `api_token` and renders what it answers with a Liquid
template; its own values win over six of the names
(https://help.groovehq.com/help/setting-up-your-custom-profile-app). Groove fetches after each
message of a customer; here it is done whenever the panel is looked at.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from html import escape
from http import HTTPStatus
from http.client import HTTPException
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, build_opener

from liquid import Environment

from target_groove.sandbox.exchange import Answer, Refusal
from target_groove.sandbox.messages import find_ticket

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_groove.sandbox.desk import Desk
    from target_groove.sandbox.options import Options

HEADERS = {
    "content-type": "text/html; charset=utf-8",
    # The template is the user's, the values are anybody's: no script runs, wherever it came from.
    "content-security-policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src http: https: data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
        "sandbox allow-popups allow-same-origin"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}
_SECONDS = 5.0
_MOST_BYTES = 1_000_000
_STYLE = (
    "body{margin:0;padding:8px 12px;font:14px/1.45 system-ui,sans-serif;color:#222;"
    "overflow-wrap:anywhere}"
    "table{border-collapse:collapse}td{padding:2px 12px 2px 0;vertical-align:top}"
)
_HEAD = f'<!doctype html><meta charset="utf-8"><style>{_STYLE}</style><base target="_blank">'


class _Bounded(Environment):
    """Renders no template for ever, whatever a value says of the length of a loop."""

    loop_iteration_limit = 100_000


class _NoRedirects(HTTPRedirectHandler):
    """Takes a redirect for an error: the token goes where the user said, and nowhere else."""

    def redirect_request(self, *_arguments: Any) -> None:
        """Follow none."""


class PanelProblem(Exception):
    """There is nothing to show; the text says why."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What one panel is made from.

    Attributes:
        url: The user's server.
        token: The account's token.
        template: The Liquid template; empty for a plain table.
        reserved: What Groove itself fills in, by name.
    """

    url: str
    token: str
    template: str
    reserved: Mapping[str, str]


def ask_about(desk: Desk, options: Options, number: str) -> Asked:
    """Gather what the panel of a ticket is made from; whoever calls holds the lock.

    Raises:
        Refusal: 404, there is no such ticket, or no server to ask.
    """
    if not options.profile_url:
        raise Refusal(HTTPStatus.NOT_FOUND, {"error": "profile_url is not set"})
    ticket = find_ticket(desk, number)
    customer = desk.store.get("customers", ticket["customer_id"] or "") or {}
    first, _, last = str(customer.get("name") or "").partition(" ")
    return Asked(
        options.profile_url,
        options.token,
        options.profile_template,
        {
            "email": str(customer.get("email") or ""),
            "first_name": first,
            "full_name": str(customer.get("name") or ""),
            "last_name": last,
            "name": options.profile_headline,
            "status": "",
        },
    )


def panel(asked: Asked) -> Answer:
    """Fetch the attributes of a customer, and render them. Takes as long as the server does."""
    try:
        inside = _rendered(asked, _fetched(asked))
    except PanelProblem as problem:
        inside = f"<p>{escape(str(problem))}</p>"
    return Answer(200, f"{_HEAD}{inside}".encode(errors="replace"), HEADERS)


def _fetched(asked: Asked) -> dict[str, Any]:
    given = urlencode({"email": asked.reserved["email"], "api_token": asked.token})
    url = f"{asked.url}{'&' if urlsplit(asked.url).query else '?'}{given}"
    opener = build_opener(ProxyHandler({}), _NoRedirects())
    try:
        with opener.open(url, timeout=_SECONDS) as answer:
            status, content = answer.status, answer.read(_MOST_BYTES)
    except HTTPError as error:
        status, content = error.code, b""
        error.close()
    except (OSError, HTTPException, ValueError) as error:
        reason = getattr(error, "reason", error)
        message = f"{asked.url} cannot be reached: {reason}."
        raise PanelProblem(message) from error
    if status != HTTPStatus.OK:
        message = f"{asked.url} answered {status}."
        raise PanelProblem(message)
    try:
        attributes = json.loads(content)
    except (ValueError, RecursionError) as error:
        message = f"{asked.url} answered no JSON."
        raise PanelProblem(message) from error
    if not isinstance(attributes, dict) or any(
        isinstance(each, dict | list) for each in attributes.values()
    ):
        message = f"{asked.url} answered no JSON of a single level."
        raise PanelProblem(message)
    return attributes


def _rendered(asked: Asked, attributes: Mapping[str, Any]) -> str:
    if not asked.template:
        rows = (
            f"<tr><td>{escape(name)}</td><td>{escape(str(value))}</td></tr>"
            for name, value in attributes.items()
        )
        return f"<table>{''.join(rows)}</table>" if attributes else "<p>No attributes.</p>"
    try:
        return _Bounded().from_string(asked.template).render({**attributes, **asked.reserved})
    except Exception as error:  # a filter raises whatever it likes
        message = f"The template cannot be rendered: {error}."
        raise PanelProblem(message) from error
