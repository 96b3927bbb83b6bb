"""Resolvers that write. Each mutation happens as a whole or not at all."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from target_groove.sandbox.graphql import bulk
from target_groove.sandbox.graphql.changes import created_values, updated_values
from target_groove.sandbox.graphql.custom_fields import KINDS, add_category, add_field
from target_groove.sandbox.graphql.node_ids import CATEGORY, digits_of
from target_groove.sandbox.graphql.queries import typed
from target_groove.sandbox.graphql.subjects import (
    add_subject,
    delete_subject,
    find_subject,
    join,
    part,
    set_values,
    subject_id,
)
from target_groove.sandbox.graphql.user_errors import (
    BLANK,
    INVALID,
    NOT_FOUND,
    TAKEN,
    Refused,
    refused,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from target_groove.sandbox.desk import Desk
    from target_groove.sandbox.graphql.context import Context, Info
    from target_groove.sandbox.store import Thing

    Input = dict[str, Any]
    Payload = dict[str, Any]
    Mutation = Callable[[Context, Input], Payload]

_KEY = re.compile(r"[a-z][a-z0-9_]*")


def resolver(mutation: Mutation) -> Callable[..., Payload]:
    """Wrap a mutation so that its payload has errors and the client's mutation id."""

    def resolve(_root: None, info: Info, **args: Any) -> Payload:
        given = args["input"]
        errors: list[dict[str, Any]] = []
        payload: Payload = {}
        try:
            payload = mutation(info.context, given)
        except Refused as refusal:
            errors = [{"message": it.message, "path": list(it.path)} for it in refusal.errors]
        return {**payload, "errors": errors, "clientMutationId": given.get("clientMutationId")}

    return resolve


def _contact_create(context: Context, given: Input) -> Payload:
    desk = context.desk
    values = created_values(desk, "contacts", given.get("customFields") or [])
    return {"contact": add_subject(desk, "contacts", values, contact_type=given["contactType"])}


def _contact_update(context: Context, given: Input) -> Payload:
    desk, contact = context.desk, _contact(context.desk, given["contactId"], "contactId")
    changes = {"contact_type": given["contactType"], "updated_at": desk.now()}
    return {"contact": desk.store.change("contacts", contact, **changes)}


def _contact_delete(context: Context, given: Input) -> Payload:
    contact = _contact(context.desk, given["contactId"], "contactId")
    delete_subject(context.desk, contact)
    return {"deletedContactId": subject_id(contact)}


def _company_create(context: Context, given: Input) -> Payload:
    values = created_values(context.desk, "companies", given.get("customFields") or [])
    return {"company": add_subject(context.desk, "companies", values)}


def _company_delete(context: Context, given: Input) -> Payload:
    company = _company(context.desk, given["companyId"])
    delete_subject(context.desk, company)
    return {"deletedCompanyId": subject_id(company)}


def _company_add_contacts(context: Context, given: Input) -> Payload:
    return _with_contacts(context.desk, given, join)


def _company_remove_contacts(context: Context, given: Input) -> Payload:
    return _with_contacts(context.desk, given, part)


def _with_contacts(
    desk: Desk, given: Input, change: Callable[[Desk, Thing, Thing], None]
) -> Payload:
    company = _company(desk, given["companyId"])
    contacts = [
        _contact(desk, identity, "contactIds", str(position))
        for position, identity in enumerate(given["contactIds"])
    ]
    for contact in contacts:
        change(desk, company, contact)
    return {"company": company}


def _values_update(context: Context, given: Input) -> Payload:
    desk = context.desk
    subject = find_subject(desk, given["subjectId"])
    if subject is None:
        raise refused(NOT_FOUND, "subjectId")
    values = updated_values(desk, subject, given.get("customFieldList") or [])
    return {"subject": typed(set_values(desk, subject, values))}


def _values_bulk_update(context: Context, given: Input) -> Payload:
    return {"jid": bulk.enqueue(context.desk, given["items"], context.bulk_seconds)}


def _category_create(context: Context, given: Input) -> Payload:
    desk = context.desk
    taken = {category["key"] for category in desk.store.all("custom_field_categories")}
    _check_key(given["key"], taken)
    category = add_category(desk, given["key"], given["name"], KINDS[given["type"]])
    return {"customFieldCategory": category}


def _field_create(context: Context, given: Input) -> Payload:
    desk = context.desk
    digits = digits_of(CATEGORY, given["categoryId"])
    category = desk.store.get("custom_field_categories", digits)
    if category is None:
        raise refused(NOT_FOUND, "categoryId")
    _check_key(given["key"], {field["key"] for field in desk.store.all("custom_fields")})
    if given["type"] == "DROPDOWN" and not given.get("options"):
        raise refused(BLANK, "options")
    optional = ("description", "options", "placeholder", "position")
    attributes = {name: given[name] for name in optional if given.get(name) is not None}
    required = {name: given[name] for name in ("icon", "name", "type")}
    return {"customField": add_field(desk, category, given["key"], **required, **attributes)}


def _check_key(key: str, taken: set[str]) -> None:
    if not _KEY.fullmatch(key):
        raise refused(INVALID, "key")
    if key in taken:
        raise refused(TAKEN, "key")


def _contact(desk: Desk, identity: str, *path: str) -> Thing:
    subject = find_subject(desk, identity)
    if subject is None or subject["kind"] != "contacts":
        raise refused(NOT_FOUND, *path)
    return subject


def _company(desk: Desk, identity: str) -> Thing:
    subject = find_subject(desk, identity)
    if subject is None or subject["kind"] != "companies":
        raise refused(NOT_FOUND, "companyId")
    return subject


RESOLVERS = {
    name: resolver(mutation)
    for name, mutation in {
        "companyAddContacts": _company_add_contacts,
        "companyCreate": _company_create,
        "companyDelete": _company_delete,
        "companyRemoveContacts": _company_remove_contacts,
        "contactCreate": _contact_create,
        "contactDelete": _contact_delete,
        "contactUpdate": _contact_update,
        "customFieldCategoryCreate": _category_create,
        "customFieldCreate": _field_create,
        "customFieldValuesBulkUpdate": _values_bulk_update,
        "customFieldValuesUpdate": _values_update,
        # The name in the sample of the reference, where the heading has the one above.
        "customFieldBulkUpdate": _values_bulk_update,
    }.items()
}
