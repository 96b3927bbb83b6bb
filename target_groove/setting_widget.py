"""What the widget script may show: the entries of `widget_fields`, read and checked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from target_groove.setting_calls import read_calls
from target_groove.wording import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

FIELD_TYPES: Final = ("text", "multi_line", "number", "date", "dropdown", "link", "address")
"""Types of custom fields (Groove's page on its widget)."""
IDENTIFYING_COMPANIES: Final = frozenset(
    {
        "company_domain",
        "company_secondary_domains",
        "company_facebook",
        "company_twitter",
        "company_linkedin",
    }
)
"""Default fields that a company may be identified by (Groove's page on its widget)."""
VISITOR_FIELD: Final = "contact_email"
"""The field that a visitor is identified by."""
LEAST_SECRET: Final = 32
"""Characters; a shorter key could be guessed from one signed visitor."""
_KEYS: Final = ("field", "from", "type", "options", "list", "identifies")
_ATTRIBUTE: Final = re.compile(r"[\w-]+")
_FIELD: Final = re.compile(r"(contact|company)_[A-Za-z0-9_-]+", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class WidgetField:
    """A custom field that the script sets.

    Attributes:
        key: Its key in Groove; begins with `contact_` or `company_`.
        attribute: The attribute of the profile that has its value.
        type: One of `FIELD_TYPES`; None for what the value looks like.
        options: Of a dropdown: its values, if they are known.
        is_list: Whether it holds several values.
        identifies: Whether a company may be identified by it.
    """

    key: str
    attribute: str
    type: str | None = None
    options: tuple[str, ...] = ()
    is_list: bool = False
    identifies: bool = False

    @property
    def is_of_company(self) -> bool:
        """Whether the visitor's company has it."""
        return self.key.startswith("company_")


def read_widget_fields(entries: Iterable[Any]) -> tuple[list[WidgetField], list[str]]:
    """Read the entries of `widget_fields`.

    Args:
        entries: Names, or objects with `field`, `from`, `type`, `options`, `list`, `identifies`.

    Returns:
        The fields, and what is wrong, as sentences.
    """
    fields: dict[str, WidgetField] = {}
    problems = []
    for index, entry in enumerate(entries):
        given = {"field": entry} if isinstance(entry, str) else entry
        ends = list(_problems(given))
        if not ends:
            field = _field(given)
            if field.key in fields:
                ends.append(f"sets {field.key}, which an earlier one sets")
            fields[field.key] = field
        problems += [f"Setting widget_fields[{index}] {end}." for end in ends]
    return list(fields.values()), problems


def widget_problems(values: Mapping[str, Any]) -> Iterator[str]:
    """Say what is wrong with the settings that begin with `widget_`.

    Args:
        values: All settings that are set, with their types.

    Yields:
        The problems, as sentences.
    """
    yield from read_widget_fields(values.get("widget_fields", ()))[1]
    yield from read_calls(values.get("widget_calls", ()))[1]
    secret = values.get("widget_secret")
    if secret is not None and len(secret) < LEAST_SECRET:
        yield f"Setting widget_secret is too short; at least {LEAST_SECRET} characters are needed."


def _field(given: Mapping[str, Any]) -> WidgetField:
    name = str(given["field"])
    key = _key(name)
    return WidgetField(
        key=key,
        attribute=given.get("from", name),
        type=given.get("type"),
        options=tuple(given.get("options", ())),
        is_list=given.get("list", False),
        identifies=given.get("identifies", key in IDENTIFYING_COMPANIES),
    )


def _key(name: str) -> str:
    """Give the key of a field that may be named without `contact_`, as in `upsert_contact`."""
    return name if name.startswith(("contact_", "company_")) else f"contact_{name}"


def _problems(given: Mapping[str, Any]) -> Iterator[str]:
    """Find what is wrong with an entry; the ends of sentences that begin with its place."""
    if unknown := [str(each) for each in given if each not in _KEYS]:
        yield f"has {', '.join(unknown)}; allowed are {', '.join(_KEYS)}"
    name = given.get("field")
    if not isinstance(name, str) or not _FIELD.fullmatch(_key(name)):
        yield f"has the field {shown(name)}; a key like contact_plan or company_domain is needed"
    elif _key(name) == VISITOR_FIELD:
        yield f"names {VISITOR_FIELD}, which the visitor is identified by anyway"
    elif given.get("identifies") and not name.startswith("company_"):
        yield "identifies a contact; that is done by the visitor's e-mail"
    attribute = given.get("from", "x")
    if not isinstance(attribute, str) or not _ATTRIBUTE.fullmatch(attribute):
        yield (
            f"is from {shown(attribute)}; an attribute is named as in the profile, "
            "such as stripe_plan"
        )
    kind = given.get("type")
    if kind is not None and kind not in FIELD_TYPES:
        yield f"has the type {shown(kind)}; allowed are {', '.join(FIELD_TYPES)}"
    options = given.get("options")
    is_list = isinstance(options, list | tuple) and all(isinstance(each, str) for each in options)
    if options is not None and not (is_list and kind == "dropdown"):
        yield "has options; they are a list of texts, and of a dropdown"
    for switch in ("list", "identifies"):
        if not isinstance(given.get(switch, False), bool):
            yield f"has {switch}: {shown(given[switch])}; true or false is allowed"
