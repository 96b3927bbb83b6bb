"""Turns the inputs of mutations into the values that a contact or company has afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_groove.sandbox.graphql.custom_fields import find_field
from target_groove.sandbox.graphql.subjects import owner_of
from target_groove.sandbox.graphql.user_errors import (
    NOT_FOUND,
    TAKEN,
    Refused,
    UserError,
)
from target_groove.sandbox.graphql.values import checked_value, value_of_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from target_groove.sandbox.desk import Desk
    from target_groove.sandbox.store import Thing

Item = dict[str, Any]


def created_values(desk: Desk, kind: str, items: Iterable[Item]) -> dict[str, Any]:
    """Return the values that ``customFields`` of a create give.

    Inferred: a field that is an array may be named several times, once for each value.

    Raises:
        Refused: With one error for each item that is wrong.
    """
    values: dict[str, Any] = {}
    errors: list[UserError] = []
    for position, item in enumerate(items):
        path = ("customFields", str(position))
        field = find_field(desk, item["customFieldId"])
        # By id only: the update is what also takes a key.
        if field is None or field["subjects"] != kind or field["key"] == item["customFieldId"]:
            errors.append(UserError(NOT_FOUND, (*path, "customFieldId")))
            continue
        try:
            value = value_of_text(field, item["value"])
            values[field["key"]] = _next_value(field, values.get(field["key"]), value)
            _must_be_free(desk, field, values[field["key"]], owner=None)
        except ValueError as error:
            errors.append(UserError(str(error), (*path, "value")))
    if errors:
        raise Refused(*errors)
    return values


def updated_values(desk: Desk, subject: Thing, items: Iterable[Item]) -> dict[str, Any]:
    """Return the values of a contact or company after a ``customFieldList``.

    Inferred: for a field that is an array, a list replaces the values, anything else is one
    more; null empties a field; ``remove`` empties it too, or takes out the item it names. An
    unknown key is an error.

    Raises:
        Refused: With one error for each item that is wrong; then nothing is to change.
    """
    values = dict(subject["values"])
    errors: list[UserError] = []
    for position, item in enumerate(items):
        path = ("customFieldList", str(position))
        field = find_field(desk, item["customFieldIdOrKey"])
        if field is None or field["subjects"] != subject["kind"]:
            errors.append(UserError(NOT_FOUND, (*path, "customFieldIdOrKey")))
            continue
        try:
            _change(desk, field, values, item, subject["id"])
        except ValueError as error:
            errors.append(UserError(str(error), (*path, "value")))
    if errors:
        raise Refused(*errors)
    return values


def lenient_values(desk: Desk, subject: Thing, items: Iterable[Item]) -> dict[str, Any]:
    """Return the values after a ``customFieldList`` of the bulk update.

    What is wrong is dropped without a word, as the widget does with unknown keys; that it does
    so with wrong values is inferred: there is nowhere to tell.
    """
    values = dict(subject["values"])
    for item in items:
        try:
            values = updated_values(desk, {**subject, "values": values}, [item])
        except Refused:
            continue
    return values


def _change(
    desk: Desk, field: Thing, values: dict[str, Any], item: Mapping[str, Any], owner: str
) -> None:
    key, value = field["key"], item.get("value")
    if value is None or value == [] or (item.get("remove") and not field["is_array"]):
        values.pop(key, None)
    elif item.get("remove"):
        gone = _next_value(field, None, value)
        kept = [it for it in values.get(key, []) if it not in gone]
        values.pop(key, None)
        if kept:
            values[key] = kept
    else:
        new = _next_value(field, values.get(key), value)
        _must_be_free(desk, field, new, owner)
        values[key] = new


def _next_value(field: Thing, before: Any, value: Any) -> Any:
    """Return what a field holds after being given a value."""
    if not field["is_array"]:
        return checked_value(field, value)
    given = [checked_value(field, it) for it in (value if isinstance(value, list) else [value])]
    kept = [] if isinstance(value, list) else list(before or [])
    return kept + [it for position, it in enumerate(given) if it not in kept + given[:position]]


def _must_be_free(desk: Desk, field: Thing, value: Any, owner: str | None) -> None:
    if not field["is_unique"]:
        return
    for item in value if isinstance(value, list) else [value]:
        if owner_of(desk, field["key"], item) not in {None, owner}:
            raise ValueError(TAKEN)
