"""Custom fields: what Groove has them as, and what a record's values must be to fit them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from target_groove.endpoints.values import ValueProblem, is_email, listed
from target_groove.wording import shown

if TYPE_CHECKING:
    from target_groove.endpoints.template import SubjectKind


class CustomFieldType(StrEnum):
    """Groove's types of custom fields (github.com/GrooveHQ/docs, `CustomFieldType`)."""

    SINGLE_LINE = "SINGLE_LINE"
    MULTI_LINE = "MULTI_LINE"
    NUMBER = "NUMBER"
    DATE = "DATE"
    DROPDOWN = "DROPDOWN"
    LINK = "LINK"
    ADDRESS = "ADDRESS"


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomField:
    """A custom field of the account.

    Attributes:
        id: Groove's id of it.
        key: Its key, which never changes.
        type: Its type; None for one that is not known here, whose values pass as they are.
        is_array: Whether it holds a list.
        options: Of a dropdown: the label of each value, by value.
        is_unique: Whether no two contacts or companies have the same value.
        kind: Whether contacts or companies have it.
    """

    id: str
    key: str
    type: CustomFieldType | None
    is_array: bool = False
    options: Mapping[str, str]
    is_unique: bool = False
    kind: SubjectKind

    @property
    def is_text(self) -> bool:
        """Whether each of its values is a text, which a create can take."""
        return self.type not in {CustomFieldType.LINK, CustomFieldType.ADDRESS}


ADDRESS_PARTS: Final[Mapping[str, str]] = {
    "street": "street",
    "street2": "street2",
    "city": "city",
    "state": "state",
    "postal_code": "postal_code",
    "postalCode": "postal_code",
    "zip": "postal_code",
    "zip_code": "postal_code",
    "country": "country",
}
"""Names for the parts of an address, and Groove's own (Groove's page on its widget)."""
_LINK_PARTS: Final = frozenset({"link", "text", "url"})
_DATE: Final = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})([T ].*)?", re.ASCII | re.DOTALL)
_DIGITS: Final = re.compile(r"\d+(\.\d+)?", re.ASCII)
_A_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}.*)?", re.ASCII)
_A_LINK: Final = re.compile(r"https?://\S+")
_MOST_PLACES: Final = 40
"""Before or behind the point, in which a number such as 1e-7 is written out."""
_A_SCRIPT: Final = re.compile("(javascript|vbscript|data):", re.IGNORECASE)
"""What an agent who follows the link would run."""
_BETWEEN_DIGITS: Final = re.compile(r"[ ()/\u00a0-]")


def is_blank(value: Any) -> bool:
    """Tell whether a value leaves the field alone: null, no text, an empty list or object."""
    return value is None or (isinstance(value, str) and not value.strip()) or value in ([], {})


def fitted(field: CustomField, value: Any) -> Any:
    """Give a value the form in which Groove takes it.

    Args:
        field: The field.
        value: What the record brings, not blank.

    Returns:
        A text, a link `{link, text}`, an address with Groove's parts; a list of such for an array.

    Raises:
        ValueProblem: Groove would refuse it, or make something else of it.
    """
    if field.is_array:
        return [_one(field, each) for each in listed(value) if not is_blank(each)]
    if isinstance(value, list):
        if len(value) != 1:
            msg = f"{shown(value)} is a list, and the field takes one value"
            raise ValueProblem(msg)
        value = value[0]
    return _one(field, value)


def _one(field: CustomField, value: Any) -> Any:
    fit = _FORMS.get(field.type) if field.type else None
    return fit(field, value) if fit else value


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, Decimal) and abs(value.adjusted()) <= _MOST_PLACES:
        return f"{value:f}"
    if isinstance(value, int | float | Decimal):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    msg = f"{shown(value)} is no text"
    raise ValueProblem(msg)


def _line(field: CustomField, value: Any) -> str:
    text = _text(value).strip()
    if len(text.splitlines()) > 1:
        msg = f"{shown(text)} has several lines, and the field takes one"
        raise ValueProblem(msg)
    is_address = field.key in {"contact_email", "contact_secondary_emails"}
    if is_address and not is_email(text):
        msg = f"{shown(text)} is no e-mail address"
        raise ValueProblem(msg)
    return text


def _number(_: CustomField, value: Any) -> str:
    text = "" if isinstance(value, bool) else _text(value).strip()
    sign = text[:1] if text[:1] in {"+", "-"} else ""
    digits = _BETWEEN_DIGITS.sub("", text.removeprefix(sign))
    if not _DIGITS.fullmatch(digits):
        msg = f"{shown(value)} is no number"
        raise ValueProblem(msg)
    return sign + digits


def _date(_: CustomField, value: Any) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    found = _DATE.fullmatch(_text(value).strip())
    try:
        if found:
            return date(*(int(each) for each in found.groups()[:3])).isoformat()
    except ValueError:
        pass
    msg = f"{shown(value)} is no date like 2026-02-03"
    raise ValueProblem(msg)


def _option(field: CustomField, value: Any) -> str:
    word = _text(value).strip()
    if word in field.options:
        return word
    folded = word.casefold()
    meant = {
        option
        for option, label in field.options.items()
        if folded in {option.casefold(), label.casefold()}
    }
    if len(meant) == 1:
        return meant.pop()
    allowed = ", ".join(
        option if option == label or not label else f"{option} ({label})"
        for option, label in field.options.items()
    )
    msg = f"{shown(value)} is none of the options: {allowed or 'there are none'}"
    raise ValueProblem(msg)


def _link(_: CustomField, value: Any) -> dict[str, str]:
    if isinstance(value, Mapping):
        if unknown := sorted(set(value) - _LINK_PARTS):
            msg = f"a link has link and text, not {', '.join(unknown)}"
            raise ValueProblem(msg)
        link, text = value.get("link") or value.get("url"), value.get("text")
    else:
        link, text = value, None
    address = _text(link).strip() if link is not None else ""
    is_one = address.isprintable() and " " not in address and not _A_SCRIPT.match(address)
    if not address or not is_one:
        msg = f"{shown(value)} is no link"
        raise ValueProblem(msg)
    return {"link": address, "text": address if is_blank(text) else _text(text)}


def _address(_: CustomField, value: Any) -> dict[str, str]:
    parts = "street, street2, city, state, postal_code, country"
    if not isinstance(value, Mapping):
        msg = f"{shown(value)} is no address; an object with {parts} is needed"
        raise ValueProblem(msg)
    if unknown := sorted(set(value) - set(ADDRESS_PARTS)):
        msg = f"an address has {parts}, not {', '.join(unknown)}"
        raise ValueProblem(msg)
    return {ADDRESS_PARTS[name]: _text(each) for name, each in value.items() if not is_blank(each)}


_FORMS: Final[Mapping[CustomFieldType, Callable[[CustomField, Any], Any]]] = {
    CustomFieldType.SINGLE_LINE: _line,
    CustomFieldType.MULTI_LINE: lambda _, value: _text(value),
    CustomFieldType.NUMBER: _number,
    CustomFieldType.DATE: _date,
    CustomFieldType.DROPDOWN: _option,
    CustomFieldType.LINK: _link,
    CustomFieldType.ADDRESS: _address,
}


def guessed_type(value: Any) -> tuple[CustomFieldType, bool]:
    """Guess the type of a field that is to hold a value.

    Returns:
        The type, and whether the field holds a list.
    """
    if isinstance(value, list):
        inner = next((each for each in value if not is_blank(each)), "")
        return guessed_type(inner)[0], True
    if isinstance(value, Mapping):
        is_link = bool(value.keys() & {"link", "url"})
        return CustomFieldType.LINK if is_link else CustomFieldType.ADDRESS, False
    is_number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    text = str(value).strip()
    if is_number:
        guess = CustomFieldType.NUMBER
    elif isinstance(value, date) or _A_DATE.fullmatch(text):
        guess = CustomFieldType.DATE
    elif _A_LINK.fullmatch(text):
        guess = CustomFieldType.LINK
    else:
        several = len(text.splitlines()) > 1
        guess = CustomFieldType.MULTI_LINE if several else CustomFieldType.SINGLE_LINE
    return guess, False
