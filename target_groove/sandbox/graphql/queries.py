"""Resolvers that read: the query root, contacts, companies and custom fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_groove.sandbox.graphql.connections import connection
from target_groove.sandbox.graphql.custom_fields import KINDS
from target_groove.sandbox.graphql.filters import filtered_companies, filtered_contacts
from target_groove.sandbox.graphql.node_ids import (
    ACCOUNT,
    CATEGORY,
    COMPANY,
    CONTACT,
    FIELD,
    VALUE,
    digits_of,
    node_id,
)
from target_groove.sandbox.graphql.subjects import others_of, subject_id
from target_groove.sandbox.graphql.values import value_form

if TYPE_CHECKING:
    from collections.abc import Callable

    from target_groove.sandbox.desk import Desk
    from target_groove.sandbox.graphql.context import Info
    from target_groove.sandbox.store import Thing

    Resolver = Callable[..., Any]

_TYPES = {kind: name for name, kind in KINDS.items()}
_NAMES = {"contacts": "Contact", "companies": "Company"}


def typed(subject: Thing) -> dict[str, Any]:
    """Mark a contact or company with the name of its type, for the union ``Subject``."""
    return {**subject, "__typename": _NAMES[subject["kind"]]}


def _account(_root: None, _info: Info) -> dict[str, Any]:
    # The sandbox has one account; its name and number are made up.
    return {"id": node_id(ACCOUNT, "0000000001"), "subdomain": "sandbox", "state": "active"}


def _contact(_root: None, info: Info, **args: Any) -> Thing | None:
    return _desk(info).store.get("contacts", digits_of(CONTACT, args["id"]))


def _company(_root: None, info: Info, **args: Any) -> Thing | None:
    return _desk(info).store.get("companies", digits_of(COMPANY, args["id"]))


def _contacts(_root: None, info: Info, **args: Any) -> dict[str, Any]:
    return connection(filtered_contacts(_desk(info), args.get("filter") or {}), args)


def _companies(_root: None, info: Info, **args: Any) -> dict[str, Any]:
    return connection(filtered_companies(_desk(info), args.get("filter") or {}), args)


def _custom_fields(_root: None, info: Info, **args: Any) -> dict[str, Any]:
    fields = _desk(info).store.all("custom_fields")
    wanted = (args.get("filter") or {}).get("categoryIds")
    if wanted is not None:
        categories = {digits_of(CATEGORY, identity) for identity in wanted}
        fields = [field for field in fields if field["category_id"] in categories]
    return connection(fields, args)


def _categories(_root: None, info: Info, **args: Any) -> dict[str, Any]:
    return connection(_desk(info).store.all("custom_field_categories"), args)


def _others(subject: Thing, info: Info, **args: Any) -> dict[str, Any]:
    return connection(others_of(_desk(info), subject), args)


def _values(subject: Thing, info: Info, **args: Any) -> dict[str, Any]:
    """List the values of a contact or company; an array gives a node for each of its items."""
    store = _desk(info).store
    nodes = []
    for key, value in subject["values"].items():
        field = store.first("custom_fields", "key", key)
        if field is None:
            continue
        for position, item in enumerate(value if isinstance(value, list) else [value]):
            nodes.append(
                {
                    "id": f"{node_id(VALUE, field['id'])}_{subject['id']}_{position}",
                    "customField": field,
                    "value": value_form(field, item),
                }
            )
    return connection(nodes, args)


def _name(contact: Thing, _info: Info) -> str | None:
    names = (contact["values"].get(f"contact_{part}_name") for part in ("first", "last"))
    return " ".join(name for name in names if name) or None


def _conversations(contact: Thing, info: Info) -> int:
    return _desk(info).store.total("tickets", "customer_id", contact["id"])


def _company_conversations(company: Thing, info: Info) -> int:
    return sum(_conversations(contact, info) for contact in others_of(_desk(info), company))


def _category(field: Thing, info: Info) -> Thing | None:
    return _desk(info).store.get("custom_field_categories", field["category_id"])


def _desk(info: Info) -> Desk:
    return info.context.desk


def _value(key: str) -> Resolver:
    return lambda subject, _info: subject["values"].get(key)


def _attribute(name: str) -> Resolver:
    return lambda thing, _info: thing[name]


def _identity(prefix: str) -> Resolver:
    return lambda thing, _info: node_id(prefix, thing["id"])


_SUBJECT: dict[str, Resolver] = {
    "id": lambda subject, _info: subject_id(subject),
    "createdAt": _attribute("created_at"),
    "updatedAt": _attribute("updated_at"),
    "customFieldValues": _values,
}
RESOLVERS: dict[str, dict[str, Resolver]] = {
    "Query": {
        "account": _account,
        "ping": lambda _root, _info: "pong",
        "contact": _contact,
        "contacts": _contacts,
        "company": _company,
        "companies": _companies,
        "customFields": _custom_fields,
        "customFieldCategories": _categories,
    },
    "Contact": {
        **_SUBJECT,
        "companies": _others,
        "contactType": _attribute("contact_type"),
        "conversationCount": _conversations,
        "email": _value("contact_email"),
        "firstName": _value("contact_first_name"),
        "lastName": _value("contact_last_name"),
        "name": _name,
    },
    "Company": {
        **_SUBJECT,
        "contacts": _others,
        "conversationCount": _company_conversations,
        "domain": _value("company_domain"),
        "name": _value("company_name"),
    },
    "CustomField": {
        "id": _identity(FIELD),
        "category": _category,
        "isArray": _attribute("is_array"),
        "isUnique": _attribute("is_unique"),
    },
    "CustomFieldCategory": {
        "id": _identity(CATEGORY),
        "type": lambda category, _info: _TYPES[category["subjects"]],
    },
}
