"""Requests for people and files: complete enough to understand them, but without secrets."""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import unquote

from target_groove.delivery.encoding import to_json
from target_groove.delivery.request import Content, LookUp, Request, Upload

MASKED_TOKEN: Final = "Bearer ***"  # noqa: S105 - the mask, not a token
LONGEST_BODY_BYTES: Final = 65_536
"""Of a longer body only the length is told; the record that it was made of is told anyway."""
_MASK: Final = "***"
_SECRET_NAME: Final = re.compile("token|key|secret|authorization|cookie|password", re.IGNORECASE)
_SECRET_IN_ANSWER: Final = re.compile("token|secret|password|authorization", re.IGNORECASE)
"""An answer's `key` is mostly the name of a field."""
_QUERY_PARAMETER: Final = re.compile(r"(?<=[?&])([^=&#]+)=([^&#]*)")


def masked(request: Request) -> dict[str, Any]:
    """Describe a request.

    Returns:
        `{method, url, headers, body}`; of a file only its name, type and size. Values of headers
        and query parameters that are named like secrets are masked. A long body is None and
        `body_bytes` says how long it is. The body of several records is None too, and
        `records_in_request` says how many they are: each of them is described with the request,
        and none should repeat all the others.
    """
    return {
        "method": request.method,
        "url": masked_url(request.url),
        "headers": {
            **{
                name: _MASK if _SECRET_NAME.search(name) else value
                for name, value in request.headers.items()
            },
            "Authorization": MASKED_TOKEN,
        },
        **_described_body(request),
    }


def masked_url(url: str) -> str:
    """Mask what query parameters hold that are named like secrets."""
    return _QUERY_PARAMETER.sub(_masked_parameter, url)


def without_secrets(answer: Any) -> Any:
    """Mask what stands in an answer under a name like that of a secret."""
    if isinstance(answer, dict):
        return {
            name: _MASK
            if isinstance(value, str) and value and _SECRET_IN_ANSWER.search(name)
            else without_secrets(value)
            for name, value in answer.items()
        }
    return list(map(without_secrets, answer)) if isinstance(answer, list) else answer


def _masked_parameter(found: re.Match[str]) -> str:
    name = found[1]
    return f"{name}={_MASK}" if _SECRET_NAME.search(unquote(name)) else found[0]


def _described_body(request: Request) -> dict[str, Any]:
    if len(request.sources) > 1:
        return {"body": None, "records_in_request": len(request.sources)}
    body = _body(request)
    try:
        length = len(to_json(body))
    except TypeError:
        # It could not be sent either; the reason of the rejection says why.
        return {"body": None}
    return {"body": None, "body_bytes": length} if length > LONGEST_BODY_BYTES else {"body": body}


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
