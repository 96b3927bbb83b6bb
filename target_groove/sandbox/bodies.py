"""Reads request bodies: JSON, forms, multipart uploads and raw bytes."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from target_groove.sandbox.exchange import Refusal

FORM_TYPE = "application/x-www-form-urlencoded"
MULTIPART_TYPE = "multipart/form-data"
_BRACKETS = re.compile(r"^([^\[\]]+)\[([^\[\]]*)\]$")


class FormText(str):
    """A value that arrived in a form, where everything is text."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a multipart body."""

    field: str
    filename: str | None
    content_type: str
    content: bytes

    def summary(self) -> dict[str, Any]:
        """Describe the part without its content."""
        return {
            "field": self.field,
            "filename": self.filename,
            "content_type": self.content_type,
            "size": len(self.content),
            "sha256": sha256(self.content).hexdigest(),
        }


@dataclass(frozen=True, slots=True)
class Body:
    """A request body.

    Attributes:
        content: The bytes as sent.
        content_type: The whole Content-Type header, "" if there was none.
        parts: The parts of a multipart body; None if it is not one, or is broken.
    """

    content: bytes
    content_type: str = ""
    parts: tuple[Part, ...] | None = None

    @property
    def media_type(self) -> str:
        """The content type without its parameters, lower case."""
        return self.content_type.partition(";")[0].strip().lower()

    def payload(self) -> dict[str, Any]:
        """Return the body as an object.

        Raises:
            Refusal: 400 for what cannot be parsed, 415 for another media type, 422 for
                JSON that is no object.
        """
        if self.media_type == FORM_TYPE:
            return form_object(self.content)
        if not self.content:
            return {}
        if self.media_type not in {"", "application/json"}:
            message = f"cannot read a body of type {self.media_type}"
            raise Refusal(415, {"error": message})
        try:
            value = parse_json(self.content)
        except ValueError as error:
            raise Refusal(400, {"error": f"malformed JSON: {error}"}) from error
        if not isinstance(value, dict):
            raise Refusal(422, {"errors": [{"message": "the body must be one JSON object"}]})
        return value


def read_body(content: bytes, content_type: str) -> Body:
    """Take a body apart as far as its media type asks for it."""
    body = Body(content, content_type)
    if body.media_type != MULTIPART_TYPE:
        return body
    return Body(content, content_type, parse_multipart(content, content_type))


def parse_json(content: bytes) -> Any:
    """Parse UTF-8 JSON strictly: no NaN, no Infinity, no lone surrogates.

    Raises:
        ValueError: The content is something else.
    """
    text = content.decode("utf-8")
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except RecursionError as error:
        message = "nested too deeply"
        raise ValueError(message) from error
    if "\\u" in text:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    return value


def _refuse_constant(name: str) -> NoReturn:
    message = f"{name} is not JSON"
    raise ValueError(message)


def form_lists(content: bytes) -> dict[str, list[str]]:
    """Return a form as it was sent: every name with its values."""
    values: dict[str, list[str]] = {}
    for name, value in parse_qsl(content.decode("utf-8", "replace"), keep_blank_values=True):
        values.setdefault(name, []).append(value)
    return values


def form_object(content: bytes) -> dict[str, Any]:
    """Return a form as an object: ``a[]`` makes a list, ``a[b]`` an object, one level deep."""
    result: dict[str, Any] = {}
    for name, values in form_lists(content).items():
        texts = [FormText(value) for value in values]
        match = _BRACKETS.match(name)
        if match is None:
            result[name] = texts[0] if len(texts) == 1 else texts
        elif match[2] == "":
            result[match[1]] = texts
        else:
            inner = result.setdefault(match[1], {})
            if not isinstance(inner, dict):
                raise Refusal(400, {"error": f"{match[1]} is both a value and an object"})
            inner[match[2]] = texts[-1]
    return result


def parse_multipart(content: bytes, content_type: str) -> tuple[Part, ...] | None:
    """Return the parts of a multipart body, or None if it is broken."""
    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if not boundary:
        return None
    collector = _Collector()
    try:
        parser = MultipartParser(
            boundary,
            {
                "on_part_begin": collector.part_begin,
                "on_part_data": collector.part_data,
                "on_part_end": collector.part_end,
                "on_header_field": collector.header_field,
                "on_header_value": collector.header_value,
                "on_header_end": collector.header_end,
                "on_end": collector.end,
            },
        )
        parser.write(content)
        parser.finalize()
    except MultipartParseError:
        return None
    return tuple(collector.parts) if collector.complete else None


class _Collector:
    """Gathers what the multipart parser reports, part by part."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.complete = False
        self._headers: dict[bytes, bytes] = {}
        self._name = b""
        self._value = b""
        self._data: list[bytes] = []

    def part_begin(self) -> None:
        self._headers, self._data = {}, []
        self._name = self._value = b""

    def part_data(self, data: bytes, start: int, end: int) -> None:
        self._data.append(data[start:end])

    def header_field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def header_end(self) -> None:
        self._headers[self._name.lower()] = self._value
        self._name = self._value = b""

    def part_end(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        filename = options.get(b"filename")
        content_type = self._headers.get(b"content-type", b"application/octet-stream")
        self.parts.append(
            Part(
                field=options.get(b"name", b"").decode("utf-8", "replace"),
                filename=None if filename is None else filename.decode("utf-8", "replace"),
                content_type=content_type.decode("latin-1"),
                content=b"".join(self._data),
            )
        )

    def end(self) -> None:
        self.complete = True
