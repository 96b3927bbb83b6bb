"""Payloads as bytes: numbers and dates leave as they came."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import urlencode

import msgspec
from urllib3.filepost import encode_multipart_formdata

from target_groove.delivery.request import Content, Upload

MULTIPART_FIELD: Final = "file"
"""Name of each file's part; Groove's page on attachments does not name one."""


_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")


def to_json(value: Any) -> bytes:
    """Write a value as JSON.

    Decimals keep their digits (`1.10` stays `1.10`), dates are written as ISO 8601.

    Raises:
        TypeError: The value has no form in JSON.
    """
    return _ENCODER.encode(value)


def encode(payload: Any, content: Content) -> tuple[bytes | None, str | None]:
    """Write a payload as the body of a request.

    Args:
        payload: For `Content.NDJSON` a list; for `BINARY` one `Upload`, for `MULTIPART` several.
        content: How it is written.

    Returns:
        The body and its media type, both None for an empty body.
    """
    match content:
        case Content.EMPTY:
            return None, None
        case Content.FORM:
            pairs = list(_form_pairs(payload))
            return urlencode(pairs).encode(), "application/x-www-form-urlencoded"
        case Content.NDJSON:
            lines = b"".join(to_json(each) + b"\n" for each in payload)
            return lines, "application/x-ndjson"
        case Content.BINARY:
            upload: Upload = payload
            return upload.content, upload.content_type
        case Content.MULTIPART:
            files: Iterable[Upload] = payload
            return encode_multipart_formdata(
                [
                    (MULTIPART_FIELD, (each.filename, each.content, each.content_type))
                    for each in files
                ]
            )
        case Content.JSON:
            return to_json(payload), "application/json"


def _form_pairs(value: Any, name: str = "") -> Iterable[tuple[str, str]]:
    """Flatten data into form fields: `tags[]` for lists, `from[email]` for objects."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _form_pairs(each, f"{name}[{key}]" if name else str(key))
    elif isinstance(value, list):
        for each in value:
            yield from _form_pairs(each, f"{name}[]")
    elif isinstance(value, bool):
        yield name, "true" if value else "false"
    else:
        yield (
            name,
            "" if value is None else value if isinstance(value, str) else to_json(value).decode(),
        )
