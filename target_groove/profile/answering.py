"""Groove's question about a customer, and the answer to it."""

from __future__ import annotations

import hmac
import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from target_groove.delivery.encoding import to_json
from target_groove.profile.envelope import address_of, query_of, too_often
from target_groove.profile.errors import ProfileStoreError
from target_groove.profile.part import Part

if TYPE_CHECKING:
    from starlette.requests import Request

    from target_groove.profile.rate_limit import RateLimit
    from target_groove.profile.store import FindsProfiles

_LOGGER: Final = logging.getLogger("target-groove.profile")
_PROBLEM: Final = {
    "type": "object",
    "required": ["error"],
    "properties": {"error": {"type": "string"}},
}


def answering(store: FindsProfiles, *, token: str, refusals: RateLimit) -> Part:
    """Make the part of the service that Groove asks.

    Args:
        store: Finds profiles.
        token: The API token of the Groove account, which Groove sends with each question.
        refusals: How often an address may come with a wrong token.
    """
    expected = token.encode()

    async def answer(request: Request) -> Response:
        address, query = address_of(request.scope), query_of(request)
        if wait := refusals.seconds_until_free(address):
            return too_often(wait)
        given = query.get("api_token", "").encode()
        if not hmac.compare_digest(given, expected):
            refusals.count(address)
            return problem("unauthorized", HTTPStatus.UNAUTHORIZED)
        if not query.get("email"):
            return problem("email is missing", HTTPStatus.BAD_REQUEST)
        # A plus sign that nobody encoded comes as a space, which no address has.
        email = query["email"].strip().replace(" ", "+")
        try:
            profile = await run_in_threadpool(store.find, email)
        except ProfileStoreError as error:
            _LOGGER.error("%s", error)  # noqa: TRY400 - a sentence, no traceback
            return problem("the profiles cannot be read now", HTTPStatus.SERVICE_UNAVAILABLE)
        return Response(to_json(profile or {}), media_type="application/json")

    return Part([Route("/", answer)], {"/": {"get": _DESCRIPTION}})


def problem(text: str, status: HTTPStatus) -> Response:
    """Answer with an error in one short sentence."""
    return JSONResponse({"error": text}, status)


def described_problem(text: str) -> dict[str, Any]:
    """Describe an answer that is an error, for OpenAPI."""
    return {"description": text, "content": {"application/json": {"schema": _PROBLEM}}}


_DESCRIPTION: Final = {
    "summary": "The attributes of a customer, as Groove's Custom Profile asks for them",
    "parameters": [
        {
            "name": "email",
            "in": "query",
            "required": True,
            "description": "The customer's e-mail; case does not count.",
            "schema": {"type": "string", "minLength": 1},
        },
        {
            "name": "api_token",
            "in": "query",
            "required": True,
            "description": "The API token of the Groove account.",
            "schema": {"type": "string"},
        },
    ],
    "responses": {
        "200": {
            "description": "One level of names and values; empty for an unknown customer.",
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "additionalProperties": {
                            "type": ["string", "number", "boolean", "null"],
                        },
                    }
                }
            },
        },
        "400": described_problem("There is no e-mail in it."),
        "401": described_problem("The token is missing or wrong."),
        "429": described_problem("Too many requests, or too many with a wrong token."),
        "503": described_problem("The profile store cannot be read now."),
    },
}
