"""Requests for people and files: complete, but without the token."""

from __future__ import annotations

from typing import Any, Final

from target_groove.delivery.request import Content, LookUp, Request, Upload

MASKED_TOKEN: Final = "Bearer ***"  # noqa: S105 - the mask, not a token


def masked(request: Request) -> dict[str, Any]:
    """Describe a request.

    Returns:
        `{method, url, headers, body}`; of a file only its name, type and size.
    """
    return {
        "method": request.method,
        "url": request.url,
        "headers": {**request.headers, "Authorization": MASKED_TOKEN},
        "body": _body(request),
    }


def _body(request: Request) -> Any:
    match request.content:
        case Content.BINARY:
            return _file(request.payload)
        case Content.MULTIPART:
            return [_file(each) for each in request.payload]
        case _ if isinstance(request.payload, dict):
            return {
                name: str(each) if isinstance(each, LookUp) else each
                for name, each in request.payload.items()
            }
        case _:
            return request.payload


def _file(upload: Upload) -> dict[str, Any]:
    return {
        "filename": upload.filename,
        "content_type": upload.content_type,
        "bytes": len(upload.content),
    }
