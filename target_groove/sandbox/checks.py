"""Checks the fields of a body: which are known, which are required, of which type."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from target_groove.sandbox.bodies import FormText
from target_groove.sandbox.exchange import Refusal, error_list, invalid

if TYPE_CHECKING:
    from target_groove.sandbox.call import Call

# A check returns the value to keep, or raises ValueError with the end of a sentence
# that begins with the field's name.
Check = Callable[[Any], Any]

_EMAIL = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+")
_DAY = r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),\s+)?"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_ZONE = r"(?:[+-]\d{4}|UT|GMT|[ECMP][SD]T)"
_RFC_822 = re.compile(rf"{_DAY}\d{{1,2}}\s+{_MONTH}\s+\d{{4}}\s+\d\d:\d\d(?::\d\d)?\s+{_ZONE}")


@dataclass(frozen=True, slots=True)
class Field:
    """One field that a call accepts."""

    name: str
    check: Check
    required: bool = False


def checked(call: Call, *fields: Field, partial: bool = False) -> dict[str, Any]:
    """Return the fields of a call, checked; optional ones that are null count as absent.

    Args:
        call: The call whose body is read.
        fields: What the call accepts; anything else is refused.
        partial: Do not insist on required fields (an update).

    Raises:
        Refusal: 422 with one error per field, or what reading the body raised.
    """
    return check_object(call.body.payload(), *fields, partial=partial)


def check_object(payload: dict[str, Any], *fields: Field, partial: bool = False) -> dict[str, Any]:
    """Return the fields of an object, checked.

    Raises:
        Refusal: 422 with one error per field.
    """
    complaints: dict[str, str] = {}
    result: dict[str, Any] = {}
    for field in fields:
        value = payload.get(field.name)
        if value is None:
            if field.required and not partial:
                complaints[field.name] = "is required"
            continue
        try:
            result[field.name] = field.check(value)
        except ValueError as error:
            complaints[field.name] = str(error)
    known = {field.name for field in fields}
    for name, value in payload.items():
        if name not in known:
            flat = isinstance(value, dict) and len(payload) == 1
            hint = ": bodies are flat, without a wrapper" if flat else ""
            complaints[name] = f"is not a field of this call{hint}"
    if complaints:
        raise Refusal(422, {"errors": error_list(complaints)})
    return result


def _must(condition: bool, be: str) -> None:  # noqa: FBT001 - reads like a sentence
    if not condition:
        message = f"must {be}"
        raise ValueError(message)


def text(value: Any) -> str:
    """Accept a string."""
    _must(isinstance(value, str), "be a string")
    return str(value)


def filled(value: Any) -> str:
    """Accept a string with something in it."""
    _must(text(value).strip() != "", "not be empty")
    return text(value)


def flag(value: Any) -> bool:
    """Accept a JSON boolean, or its word where a form leaves no other way."""
    if isinstance(value, FormText) and value in {"true", "false"}:
        return value == "true"
    _must(isinstance(value, bool), "be a boolean")
    return bool(value)


def one_of(*words: str) -> Check:
    """Accept one of these words."""

    def check(value: Any) -> str:
        _must(value in words, f"be one of {', '.join(words)}")
        return str(value)

    return check


def texts(value: Any) -> list[str]:
    """Accept an array of strings."""
    values = [value] if isinstance(value, FormText) else value
    _must(
        isinstance(values, list) and all(isinstance(item, str) for item in values),
        "be an array of strings",
    )
    return [str(item) for item in values]


def identifier(value: Any) -> str:
    """Accept an id, as a string or (as some pages of the documentation have it) an integer."""
    _must(isinstance(value, str | int) and not isinstance(value, bool), "be an id")
    return str(value)


def identifiers(value: Any) -> list[str]:
    """Accept an array of ids."""
    values = [value] if isinstance(value, FormText) else value
    _must(isinstance(values, list), "be an array of ids")
    return [identifier(item) for item in values]


def email(value: Any) -> str:
    """Accept an e-mail address and return it in the case in which it came."""
    _must(_EMAIL.fullmatch(text(value)) is not None, "be an e-mail address")
    return text(value)


def web_address(value: Any) -> str:
    """Accept an http(s) address."""
    parts = urlsplit(text(value))
    _must(parts.scheme in {"http", "https"} and bool(parts.hostname), "be an http(s) address")
    return text(value)


def moment(value: Any) -> datetime:
    """Accept an RFC 822 date with a zone and return it in UTC."""
    _must(
        _RFC_822.fullmatch(text(value)) is not None,
        "be an RFC 822 date, like Tue, 03 Feb 2026 10:15:00 +0000",
    )
    parsed = parsedate_to_datetime(value)
    # "-0000" means UTC too, but comes back without a zone.
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)


def scalar(value: Any) -> str | int | float | bool:
    """Accept a string, a number or a boolean."""
    _must(isinstance(value, str | int | float), "be a string, a number or a boolean")
    return str(value) if isinstance(value, FormText) else value


def key_values(value: Any) -> dict[str, Any]:
    """Accept an object."""
    _must(isinstance(value, dict), "be an object")
    return dict(value)


def scalars(call: Call) -> dict[str, Any]:
    """Return a body of which only this is known: that it is flat.

    Raises:
        Refusal: 422 for a value that is a list or an object.
    """
    result = {}
    for name, value in call.body.payload().items():
        try:
            result[name] = None if value is None else scalar(value)
        except ValueError as error:
            raise invalid(**{name: str(error)}) from error
    return result
