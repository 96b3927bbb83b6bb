"""Values of payload fields: put right where the meaning is certain, refused otherwise."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any, Final

import msgspec

from target_groove.delivery.request import LookUp
from target_groove.endpoints.template import PERSON_ATTRIBUTES, Field, FieldType, IdLookUp
from target_groove.wording import shown

_TEXTS: Final = frozenset({FieldType.STRING})
_YES: Final = frozenset({"true", "yes", "1"})
_NO: Final = frozenset({"false", "no", "0"})
_EMAIL: Final = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+")
_ISO_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}([T ].+)?", re.ASCII | re.DOTALL)
_LIST_DECODER: Final = msgspec.json.Decoder(list[Any], float_hook=Decimal)


class ValueProblem(ValueError):
    """A value that Groove would refuse; the text is the end of a sentence that begins with it."""


def is_email(text: str) -> bool:
    """Tell whether a text has the form of an e-mail address."""
    return _EMAIL.fullmatch(text) is not None


def to_field(field: Field, value: Any) -> Any:
    """Give a value the form that a field wants.

    Args:
        field: The field of the template.
        value: What the record brings, not null.

    Returns:
        The value to send, or a `LookUp` that stands for it.

    Raises:
        ValueProblem: The value cannot be meant for this field.
    """
    if isinstance(value, LookUp):
        return value
    if (to_form := _FORMS.get(field.type)) is not None:
        return to_form(value)
    return _string_for(field, value) if field.type in _TEXTS else value


def takes_any_text(field: Field) -> bool:
    """Whether every text is sent as it is."""
    is_text = field.type in {FieldType.STRING, FieldType.ANY}
    is_checked = field.required or field.enum or field.look_up or field.email
    return is_text and not (is_checked or field.lower_case)


def id_look_up(rule: IdLookUp, value: Any) -> LookUp:
    """Say that the id in a record stands for an attribute that Groove knows.

    Raises:
        ValueProblem: The value is no id.
    """
    return LookUp(rule.collection, _text(value).strip(), rule.attribute)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | date):
        msg = f"{shown(value)} is no text"
        raise ValueProblem(msg)
    return value.isoformat() if isinstance(value, date) else str(value)


def _string_for(field: Field, value: Any) -> Any:
    text = _text(value)
    if field.required and not text.strip():
        msg = "is empty"
        raise ValueProblem(msg)
    if field.enum:
        word = text.strip().lower()
        word = field.value_synonyms.get(word, word)
        if word not in field.enum:
            msg = f"{shown(value)} is none of {', '.join(field.enum)}"
            raise ValueProblem(msg)
        return word
    if field.lower_case:
        return text.strip().lower()
    if field.look_up and field.look_up.unless_email and "@" not in text:
        return id_look_up(field.look_up, text)
    return _email(text) if field.email else text


def _email(text: str) -> str:
    address = text.strip()
    if _EMAIL.fullmatch(address) is None:
        msg = f"{shown(text)} is no e-mail address"
        raise ValueProblem(msg)
    return address


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word in _YES:
        return True
    if word in _NO:
        return False
    msg = f"{shown(value)} is neither true nor false"
    raise ValueProblem(msg)


def _rfc_822(value: Any) -> str:
    if isinstance(value, datetime):
        moment = value
    else:
        text = value.isoformat() if isinstance(value, date) else value
        if not isinstance(text, str):
            # A number may count seconds or milliseconds.
            msg = f"{shown(value)} is no date"
            raise ValueProblem(msg)
        try:
            moment = _moment(text.strip())
        except (ValueError, OverflowError) as error:
            msg = f"{shown(value)} is no date"
            raise ValueProblem(msg) from error
    return format_datetime(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _moment(text: str) -> datetime:
    # Python takes any character between date and time, so that it finds a year in 1712345678.
    if _ISO_DATE.fullmatch(text):
        return datetime.fromisoformat(text)
    return parsedate_to_datetime(text)


def listed(value: Any) -> list[Any]:
    """Give the items of a list, which may be written as JSON text, as taps of databases do."""
    if isinstance(value, list):
        return value
    if isinstance(value, str) and value.lstrip().startswith("["):
        # What only begins like a list is a text of its own.
        with contextlib.suppress(ValueError, ArithmeticError, RecursionError):
            return _LIST_DECODER.decode(value)
    return [value]


def _strings(value: Any) -> list[str]:
    return [_text(item) for item in listed(value) if item is not None]


def _person(value: Any) -> Any:
    if isinstance(value, str):
        return _email(value)
    if not isinstance(value, Mapping):
        return _email(_text(value))
    email = value.get("email")
    if email is None:
        msg = "has no email"
        raise ValueProblem(msg)
    attributes = {
        name: _text(each) if name in PERSON_ATTRIBUTES else each
        for name, each in value.items()
        if each is not None
    }
    return {**attributes, "email": _email(_text(email))}


_FORMS: Final[Mapping[FieldType, Callable[[Any], Any]]] = {
    FieldType.BOOLEAN: _boolean,
    FieldType.DATETIME: _rfc_822,
    FieldType.STRINGS: _strings,
    FieldType.PERSON: _person,
}
