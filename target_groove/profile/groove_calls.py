"""The calls that tell Groove's widget who the visitor is, with the fields of contact and company.

They are those of Groove's page on its widget
(https://help.groovehq.com/help/updating-custom-fields-through-the-groove-widget): a field that a
visitor or company is identified by comes first, then an object with all others.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from target_groove.endpoints.template import SubjectKind
from target_groove.endpoints.values import ValueProblem
from target_groove.profile.allowed import allowed_attributes
from target_groove.profile.script import Call, script
from target_groove.setting_widget import VISITOR_FIELD
from target_groove.subjects.custom_fields import (
    CustomField,
    CustomFieldType,
    fitted,
    guessed_type,
    is_blank,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from target_groove.setting_widget import WidgetField

_LOGGER: Final = logging.getLogger("target-groove.profile")
_WIDGET: Final = "window.groove && window.groove.widget"
_TYPES: Final = {
    "text": CustomFieldType.SINGLE_LINE,
    "multi_line": CustomFieldType.MULTI_LINE,
    "number": CustomFieldType.NUMBER,
    "date": CustomFieldType.DATE,
    "dropdown": CustomFieldType.DROPDOWN,
    "link": CustomFieldType.LINK,
    "address": CustomFieldType.ADDRESS,
}


class GrooveDialect:
    """Writes scripts for Groove's widget."""

    def __init__(self, fields: Sequence[WidgetField]) -> None:
        """Take the fields that may be set."""
        self._fields = fields
        self._names = {each.attribute for each in fields}
        self._said: set[str] = set()

    def for_nobody(self) -> str:
        """Write the script for a page without a visitor: the widget forgets the last one."""
        return script(_WIDGET, [Call("logout")])

    def for_visitor(self, email: str, profile: Mapping[str, Any]) -> str:
        """Write the script for a visitor.

        Args:
            email: The visitor's e-mail.
            profile: The attributes of that customer, empty if there are none.
        """
        contact, company, identifying = self._values(profile)
        calls = [Call("identifyContact", (VISITOR_FIELD, email))]
        if contact:
            calls.append(Call("setContact", (contact,)))
        if identifying:
            calls.append(Call("identifyCompany", (identifying, company.pop(identifying))))
            if company:
                calls.append(Call("setCompany", (company,)))
        return script(_WIDGET, calls)

    def _values(
        self, profile: Mapping[str, Any]
    ) -> tuple[dict[str, Any], dict[str, Any], str | None]:
        """Give the values of the contact's and the company's fields, and what identifies it."""
        attributes = allowed_attributes(self._names, profile)
        contact: dict[str, Any] = {}
        company: dict[str, Any] = {}
        identifying = None
        for field in self._fields:
            value = self._value(field, attributes.get(field.attribute))
            if is_blank(value):
                continue
            (company if field.is_of_company else contact)[field.key] = value
            if field.identifies and identifying is None and isinstance(value, str):
                identifying = field.key
        return contact, company, identifying

    def _value(self, field: WidgetField, value: Any) -> Any:
        if is_blank(value):
            return None
        try:
            return fitted(_custom_field(field, value), _separated(field, value))
        except ValueProblem:
            # The value is the customer's and does not belong into a log.
            if field.key not in self._said:
                self._said.add(field.key)
                _LOGGER.warning(
                    "The widget script leaves %s out for some visitors: their %s does not fit it.",
                    field.key,
                    field.attribute,
                )
            return None


def _separated(field: WidgetField, value: Any) -> Any:
    """Make a list again of what the profile store has as a text with commas."""
    if field.is_list and isinstance(value, str):
        return [each.strip() for each in value.split(",")]
    return value


def _custom_field(field: WidgetField, value: Any) -> CustomField:
    """Say of a field what is known of it; its type may have to be told from the value."""
    kind = _TYPES[field.type] if field.type else guessed_type(_separated(field, value))[0]
    if kind is CustomFieldType.DROPDOWN and not field.options:
        kind = CustomFieldType.SINGLE_LINE  # Groove's page writes the option's text.
    return CustomField(
        id="",
        key=field.key,
        type=kind,
        is_array=field.is_list,
        options={each: each for each in field.options},
        kind=SubjectKind.COMPANY if field.is_of_company else SubjectKind.CONTACT,
    )
