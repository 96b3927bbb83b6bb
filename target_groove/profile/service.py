"""The service, an ASGI application: its parts put together, with what is the same for all."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from target_groove import __version__
from target_groove.profile.answering import answering
from target_groove.profile.envelope import Envelope
from target_groove.profile.errors import ProfileStoreError
from target_groove.profile.health import health
from target_groove.profile.rate_limit import RateLimit
from target_groove.profile.widget import widget

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from starlette.requests import Request

    from target_groove.profile.part import Part
    from target_groove.profile.store import FindsProfiles
    from target_groove.settings import Settings

OPENAPI_PATH: Final = "/openapi.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How often one address may ask; 0 for no limit.

    Attributes:
        requests_per_second: Questions of all kinds; so many may also come at once.
        refusals_per_minute: Questions with a wrong token; after so many at once each of the
            address is refused unread, a right token too. Visitors that nobody signed are counted
            apart in the same way.
    """

    requests_per_second: float = 500
    refusals_per_minute: float = 30


def make_app(
    settings: Settings,
    store: FindsProfiles,
    *,
    limits: Limits | None = None,
    clock: Callable[[], float] = time.monotonic,
    now: Callable[[], float] = time.time,
    on_end: Callable[[], None] = lambda: None,
) -> Starlette:
    """Put the service together.

    Args:
        settings: The settings; `api_token` is what Groove sends with each question.
        store: Finds profiles.
        limits: How often one address may ask.
        clock: Gives seconds that only grow.
        now: Gives the time, in seconds since 1970.
        on_end: Called when the server shuts down.

    Raises:
        ConfigurationError: A template of `widget_calls` is none, or shows what it may not.
    """
    parts = _parts(settings, store, limits or Limits(), clock=clock, now=now)
    described = describe(parts)

    async def openapi(_request: Request) -> Response:
        return JSONResponse(described)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        with suppress(ProfileStoreError):  # What is wrong is said when somebody asks.
            await run_in_threadpool(store.find, "")  # The first question takes longest.
        yield
        on_end()

    per_second = (limits or Limits()).requests_per_second
    limit = RateLimit(per_second, per_second, clock=clock)
    app = Starlette(
        routes=[*(route for part in parts for route in part.routes), Route(OPENAPI_PATH, openapi)],
        middleware=[Middleware(Envelope, limit=limit, clock=clock)],
        exception_handlers={HTTPException: _as_json},
        lifespan=lifespan,
    )
    # A redirect would lose the query, which is no longer there: the visitor in it, for instance.
    app.router.redirect_slashes = False
    return app


def describe(parts: Sequence[Part]) -> dict[str, Any]:
    """Describe the service as an OpenAPI document."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "target-groove profile service", "version": __version__},
        "paths": {path: each for part in parts for path, each in part.paths.items()},
    }


def _parts(
    settings: Settings,
    store: FindsProfiles,
    limits: Limits,
    *,
    clock: Callable[[], float],
    now: Callable[[], float],
) -> list[Part]:
    """List the parts; another route of the service is another part here."""

    def refusals() -> RateLimit:
        # One for each: a page that signs wrongly must not keep Groove from asking.
        refused = limits.refusals_per_minute
        return RateLimit(refused / 60, refused, clock=clock)

    return [
        answering(store, token=settings.api_token, refusals=refusals()),
        health(store),
        widget(settings, store, refusals=refusals(), now=now),
    ]


async def _as_json(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for no other
    return JSONResponse({"error": error.detail.lower()}, error.status_code, headers=error.headers)
