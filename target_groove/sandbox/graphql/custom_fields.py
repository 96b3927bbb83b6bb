"""Custom fields and their categories: everything that is known of a contact or company is one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_groove.sandbox.graphql.node_ids import FIELD, digits_of

if TYPE_CHECKING:
    from target_groove.sandbox.desk import Desk
    from target_groove.sandbox.store import Thing

# A category's type, and the kind of thing whose fields it holds.
KINDS = {"CONTACT": "contacts", "COMPANY": "companies"}


def add_category(desk: Desk, key: str, name: str, kind: str) -> Thing:
    """Store a category of the fields of a kind: ``contacts`` or ``companies``."""
    return desk.add("custom_field_categories", key=key, name=name, subjects=kind)


def add_field(desk: Desk, category: Thing, key: str, **attributes: Any) -> Thing:
    """Store a custom field; what is not given is as of a plain line of text."""
    return desk.add(
        "custom_fields",
        **{
            "category_id": category["id"],
            "subjects": category["subjects"],
            "key": key,
            "name": key.partition("_")[2].replace("_", " ").capitalize(),
            "type": "SINGLE_LINE",
            "is_array": False,
            "is_unique": False,
            "options": [],
            "description": None,
            "icon": "text",
            "placeholder": None,
            "position": desk.store.total("custom_fields"),
            **attributes,
        },
    )


def find_field(desk: Desk, id_or_key: str) -> Thing | None:
    """Return the field with this node id or key."""
    return desk.store.first("custom_fields", "key", id_or_key) or desk.store.get(
        "custom_fields", digits_of(FIELD, id_or_key)
    )


def field_form(desk: Desk, field: Thing) -> dict[str, Any]:
    """Write a field for tests and the page."""
    category = desk.store.get("custom_field_categories", field["category_id"])
    shown = {name: value for name, value in field.items() if name != "category_id"}
    return {**shown, "category": category["key"] if category else None}
