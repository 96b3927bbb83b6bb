"""The script that a page includes, so that its widget knows the visitor."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, Protocol

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

from target_groove.errors import ConfigurationError
from target_groove.profile.answering import described_problem, problem
from target_groove.profile.envelope import address_of, query_of, too_often
from target_groove.profile.errors import ProfileStoreError
from target_groove.profile.groove_calls import GrooveDialect
from target_groove.profile.part import Part
from target_groove.profile.script import NOTHING
from target_groove.profile.visitor import signing_key, verified
from target_groove.profile.web1on1 import web1on1_dialect
from target_groove.setting_widget import read_widget_fields

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request

    from target_groove.profile.rate_limit import RateLimit
    from target_groove.profile.store import FindsProfiles
    from target_groove.settings import Settings

WIDGET_PATH: Final = "/widget.js"
_LOGGER: Final = logging.getLogger("target-groove.profile")
_HEADERS: Final = {
    # A page of another site includes it by a script tag; without CORS it cannot be read as text.
    "Cross-Origin-Resource-Policy": "cross-origin",
    # Opened by itself it is a text in which nothing runs.
    "Content-Security-Policy": "default-src 'none'; sandbox",
}


class Dialect(Protocol):
    """Writes scripts for the widget of somebody."""

    def for_nobody(self) -> str:
        """Write the script for a page without a visitor."""

    def for_visitor(self, email: str, profile: Mapping[str, Any]) -> str:
        """Write the script for a visitor."""


def dialects_of(settings: Settings) -> Mapping[str, Dialect]:
    """Make the dialects that a page can ask for, by name.

    Raises:
        ConfigurationError: A template of `widget_calls` is none, or shows what it may not.
    """
    fields, _ = read_widget_fields(settings.widget_fields)
    web1on1 = web1on1_dialect(settings)
    if web1on1.problems:
        raise ConfigurationError(web1on1.problems)
    return {"groove": GrooveDialect(fields), "web1on1": web1on1}


def widget(
    settings: Settings, store: FindsProfiles, *, refusals: RateLimit, now: Callable[[], float]
) -> Part:
    """Make the part of the service that pages include.

    Args:
        settings: The settings.
        store: Finds profiles.
        refusals: How often an address may come with a visitor that nobody signed.
        now: Gives the time, in seconds since 1970.

    Raises:
        ConfigurationError: See `dialects_of`.
    """
    dialects, key = dialects_of(settings), signing_key(settings)

    async def answer(request: Request) -> Response:
        address, query = address_of(request.scope), query_of(request)
        if wait := refusals.seconds_until_free(address):
            return too_often(wait)
        dialect = dialects.get(query.get("dialect", "groove"))
        if dialect is None:
            text = f"the dialect is none of {', '.join(dialects)}"
            return problem(text, HTTPStatus.BAD_REQUEST)
        if not query.get("v"):
            return _javascript(dialect.for_nobody())
        visitor = verified(query["v"], key)
        if visitor is None:
            refusals.count(address)
        if visitor is None or not visitor.is_current(now()):
            return _javascript(NOTHING)
        try:
            written = await run_in_threadpool(_script_for, visitor.email, dialect, store)
        except ProfileStoreError as error:
            _LOGGER.error("%s", error)  # noqa: TRY400 - a sentence, no traceback
            return problem("the profiles cannot be read now", HTTPStatus.SERVICE_UNAVAILABLE)
        return _javascript(written)

    return Part([Route(WIDGET_PATH, answer)], {WIDGET_PATH: {"get": _DESCRIPTION}})


def _script_for(email: str, dialect: Dialect, store: FindsProfiles) -> str:
    """Write the script for a visitor; templates may take their time, so not in the event loop."""
    return dialect.for_visitor(email, store.find(email) or {})


def _javascript(text: str) -> Response:
    return Response(text, media_type="text/javascript", headers=_HEADERS)


_DESCRIPTION: Final = {
    "summary": "The calls that tell a page's widget who its visitor is",
    "parameters": [
        {
            "name": "v",
            "in": "query",
            "description": "The signed visitor; without one the widget forgets the last one.",
            "schema": {"type": "string"},
        },
        {
            "name": "dialect",
            "in": "query",
            "description": "Whose widget it is.",
            "schema": {"enum": ["groove", "web1on1"], "default": "groove"},
        },
    ],
    "responses": {
        "200": {
            "description": "A script; one that does nothing for a visitor who is not believed.",
            "content": {"text/javascript": {"schema": {"type": "string"}}},
        },
        "400": described_problem("There is no such dialect."),
        "429": described_problem("Too many requests, or too many with a visitor nobody signed."),
        "503": described_problem("The profile store cannot be read now."),
    },
}
