"""What Groove documents of its GraphQL, as introspection would tell it.

Types, fields and inputs are those of https://developer.groovehq.com/graphql and of
github.com/GrooveHQ/docs, as far as contacts and companies need them. A token may see less, and
names have changed over the years; so a run asks, and a preview can only take this for the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from target_groove.endpoints import TEMPLATES
from target_groove.endpoints.contacts import IDENTIFIERS
from target_groove.endpoints.template import FieldType, SubjectKind

_Members = Mapping[str, str | tuple[str, Mapping[str, str]]]
_FIELDS: Final[Mapping[str, _Members]] = {
    "Query": {
        "contact": "Contact",
        "contacts": ("ContactConnection", {"filter": "ContactFilter"}),
        "company": "Company",
        "companies": ("CompanyConnection", {"filter": "CompanyFilter"}),
        "customFields": "CustomFieldConnection",
    },
    "Mutation": {
        name: (
            f"{name[0].upper()}{name[1:]}Payload",
            {"input": f"{name[0].upper()}{name[1:]}Input"},
        )
        for name in (
            "companyAddContacts",
            "companyCreate",
            "contactCreate",
            "customFieldValuesBulkUpdate",
            "customFieldValuesUpdate",
        )
    },
    "Contact": {"id": "ID", "email": "String", "companies": "CompanyConnection"},
    "Company": {"id": "ID", "domain": "String"},
    "CustomField": {
        "id": "ID",
        "key": "String",
        "type": "CustomFieldType",
        "isArray": "Boolean",
        "isUnique": "Boolean",
        "options": "CustomFieldOption",
        "category": "CustomFieldCategory",
    },
    "CustomFieldCategory": {"type": "CustomFieldCategoryType"},
    "CustomFieldValue": {"customField": "CustomField", "value": "Value"},
    "Address": dict.fromkeys(("street", "city", "state", "postalCode", "country"), "String"),
    "Link": {"link": "String", "text": "String"},
    "Text": {"content": "String"},
}
_INPUTS: Final[Mapping[str, Mapping[str, str]]] = {
    "ContactFilter": {"email": "String", "search": "String"}
    | dict.fromkeys(("facebook", "twitter", "linkedin", "customHandle"), "String"),
    "CompanyFilter": {"domain": "String", "search": "String"},
    "CustomFieldValuesUpdateInput": {"subjectId": "ID", "customFieldList": "CustomFieldListInput"},
}
_VALUE_TYPES: Final = ("Address", "IpAddress", "Link", "Session", "Text", "UserAgent")


def _member(name: str, of: str | tuple[str, Mapping[str, str]]) -> dict[str, Any]:
    type_, arguments = of if isinstance(of, tuple) else (of, {})
    given = [{"name": each, "type": {"name": kind}} for each, kind in arguments.items()]
    return {"name": name, "type": {"name": type_}, "args": given}


def _members(of: _Members) -> list[dict[str, Any]]:
    return [_member(*each) for each in of.items()]


INTROSPECTED: Final[Mapping[str, Any]] = {
    "__schema": {
        "queryType": {"name": "Query"},
        "mutationType": {"name": "Mutation"},
        "types": [
            *({"name": name, "fields": _members(each)} for name, each in _FIELDS.items()),
            *({"name": name, "inputFields": _members(each)} for name, each in _INPUTS.items()),
            {"name": "Value", "possibleTypes": [{"name": each} for each in _VALUE_TYPES]},
        ],
    }
}
"""The data of the answer to `INTROSPECTION`."""


def field_id(key: str) -> str:
    """Stand for the id of a custom field."""
    return f"<id of the custom field {key}>"


def documented_fields() -> list[dict[str, Any]]:
    """List the custom fields that every account has, as `customFields` would."""
    unique = {key for keys in IDENTIFIERS.values() for key in keys}
    found = {
        field.name: field
        for template in TEMPLATES.values()
        if template.subject
        for field in template.fields
    }
    return [
        {
            "id": field_id(name),
            "key": name,
            "type": "SINGLE_LINE",
            "isArray": field.type is FieldType.STRINGS,
            "isUnique": name in unique,
            "options": None,
            "category": {"type": _kind(name).upper()},
        }
        for name, field in found.items()
    ]


def _kind(key: str) -> SubjectKind:
    is_company = key.startswith(f"{SubjectKind.COMPANY}_")
    return SubjectKind.COMPANY if is_company else SubjectKind.CONTACT
