"""What a custom field takes, by its type, and how its values are read.

The forms are those of Groove's page on updating custom fields through the widget: a date as
``2026-02-03`` (its sample has slashes), a number also as text with a sign, a dropdown's option
by its value, addresses and links as objects. The wording of the errors is inferred.
"""

from __future__ import annotations

import json
import re
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from target_groove.sandbox.store import Thing

_EMAIL = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+")
_DATE = re.compile(r"(\d{4})([-/])(\d\d)\2(\d\d)")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_ADDRESS = ("street", "city", "state", "postal_code", "country")
_EMAIL_KEYS = {"contact_email", "contact_secondary_emails"}
_DOMAIN_KEYS = {"company_domain", "company_secondary_domains"}


def checked_value(field: Thing, value: Any) -> Any:
    """Return one value of a field (of an array, one item) as it is kept.

    Raises:
        ValueError: The field does not take it; says why.
    """
    kept = _CHECKS[field["type"]](field, value)
    if field["key"] in _EMAIL_KEYS:
        if not _EMAIL.fullmatch(kept):
            _complain("is not a valid email address")
        return kept.lower()
    return kept.lower() if field["key"] in _DOMAIN_KEYS else kept


def value_of_text(field: Thing, text: str) -> Any:
    """Return what a text means where a value can only be a text (``CustomFieldInput``).

    Inferred: an object or an array is written as JSON; a link may be the bare address.
    """
    wants_object = field["type"] in {"ADDRESS", "LINK"}
    if (wants_object and text.startswith(("{", "["))) or (
        field["is_array"] and text.startswith("[")
    ):
        try:
            return json.loads(text)
        except ValueError:
            _complain("is not valid JSON")
    return {"link": text} if field["type"] == "LINK" else text


def value_form(field: Thing, value: Any) -> dict[str, Any]:
    """Write a kept value as a member of the union ``Value``."""
    if field["type"] == "LINK":
        return {"__typename": "Link", **value}
    if field["type"] == "ADDRESS":
        address = {name: value.get(name) for name in _ADDRESS}
        return {"__typename": "Address", **address, "postalCode": address.pop("postal_code")}
    return {"__typename": "Text", "content": value}


def texts_in(value: Any) -> list[str]:
    """Return the texts that a search looks into."""
    if isinstance(value, dict):
        return [str(part) for part in value.values() if part]
    return value if isinstance(value, list) else [value]


def _complain(message: str) -> None:
    raise ValueError(message)


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        _complain("must be a text")
    text = str(value).strip()
    if not text:
        _complain("can't be blank")
    return text


def _single_line(_field: Thing, value: Any) -> str:
    text = _text(value)
    if "\n" in text or "\r" in text:
        _complain("must be a single line")
    return text


def _multi_line(_field: Thing, value: Any) -> str:
    return _text(value)


def _date(_field: Thing, value: Any) -> str:
    match = _DATE.fullmatch(_text(value))
    try:
        if match is None:
            raise ValueError  # noqa: TRY301 - both ways of being no date are told alike
        return date(int(match[1]), int(match[3]), int(match[4])).isoformat()
    except ValueError:
        message = "is not a valid date"
        raise ValueError(message) from None


def _number(_field: Thing, value: Any) -> str:
    text = _text(value)
    if not _NUMBER.fullmatch(text):
        _complain("is not a number")
    return text


def _option(field: Thing, value: Any) -> str:
    text = _text(value)
    if text not in {option["value"] for option in field["options"]}:
        _complain("is not included in the list")
    return text


def _object(value: Any, names: tuple[str, ...], what: str) -> dict[str, str | None]:
    if not isinstance(value, dict) or not value:
        _complain(f"must be {what}")
    unknown = [name for name in value if name not in names]
    if unknown:
        _complain(f"has no {unknown[0]}")
    return {name: None if part is None else _text(part) for name, part in value.items()}


def _address(_field: Thing, value: Any) -> dict[str, str | None]:
    return _object(value, _ADDRESS, f"an address, an object of {', '.join(_ADDRESS)}")


def _link(_field: Thing, value: Any) -> dict[str, str | None]:
    link = _object(value, ("link", "text"), "a link, an object of link and text")
    if not link.get("link"):
        _complain("must have a link")
    return {"text": None, **link}


_CHECKS: dict[str, Callable[[Thing, Any], Any]] = {
    "SINGLE_LINE": _single_line,
    "MULTI_LINE": _multi_line,
    "DATE": _date,
    "NUMBER": _number,
    "DROPDOWN": _option,
    "ADDRESS": _address,
    "LINK": _link,
}
