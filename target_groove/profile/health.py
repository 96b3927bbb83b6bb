"""Whether the service is up and its store can be read, for whoever watches over it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from target_groove.profile.envelope import HEALTH_PATH
from target_groove.profile.errors import ProfileStoreError
from target_groove.profile.part import Part

if TYPE_CHECKING:
    from starlette.requests import Request

    from target_groove.profile.store import FindsProfiles

_STATUS: Final = {
    "type": "object",
    "required": ["status"],
    "properties": {"status": {"enum": ["ok", "unavailable"]}},
}
_CONTENT: Final = {"application/json": {"schema": _STATUS}}


def health(store: FindsProfiles) -> Part:
    """Make the part of the service that says how it is; it says nothing else and needs no token."""

    async def answer(_request: Request) -> Response:
        try:
            await run_in_threadpool(store.find, "")
        except ProfileStoreError:
            return JSONResponse({"status": "unavailable"}, HTTPStatus.SERVICE_UNAVAILABLE)
        return JSONResponse({"status": "ok"})

    return Part(
        [Route(HEALTH_PATH, answer)],
        {
            HEALTH_PATH: {
                "get": {
                    "summary": "Whether the service is up and its store can be read",
                    "responses": {
                        "200": {"description": "It is.", "content": _CONTENT},
                        "503": {"description": "The store cannot be read.", "content": _CONTENT},
                    },
                }
            }
        },
    )
