"""Keeps contacts and companies, which values identify them, and who belongs to which company."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_groove.sandbox.graphql.customers import address_of, keep_customer
from target_groove.sandbox.graphql.node_ids import COMPANY, CONTACT, digits_of, node_id

if TYPE_CHECKING:
    from target_groove.sandbox.desk import Desk
    from target_groove.sandbox.store import Thing

PREFIXES = {"contacts": CONTACT, "companies": COMPANY}
# Inferred: an address identifies one contact, whether it is the first or a secondary one, and
# a domain one company; neither depends on upper or lower case.
_SPACES = {
    "contact_email": "contact_email",
    "contact_secondary_emails": "contact_email",
    "company_domain": "company_domain",
    "company_secondary_domains": "company_domain",
}


def find_subject(desk: Desk, identity: str) -> Thing | None:
    """Return the contact or company with this node id."""
    for kind, prefix in PREFIXES.items():
        found = desk.store.get(kind, digits_of(prefix, identity))
        if found is not None:
            return found
    return None


def subject_id(subject: Thing) -> str:
    """Return the node id of a contact or company."""
    return node_id(PREFIXES[subject["kind"]], subject["id"])


def owner_of(desk: Desk, key: str, value: str) -> str | None:
    """Return the id of whoever has this value in a unique field, None if it is free."""
    claim = desk.store.get("unique_values", _claim(key, value))
    return None if claim is None else claim["subject_id"]


def add_subject(desk: Desk, kind: str, values: dict[str, Any], **attributes: Any) -> Thing:
    """Store a new contact or company with values that were checked."""
    now = desk.now()
    # A customer whose contact was deleted is still the same person.
    customer = desk.store.first("customers", "email", address_of(values))
    identity = customer["id"] if customer is not None else desk.store.next_id()
    blank: Thing = {
        "id": identity,
        "kind": kind,
        "values": {},
        "created_at": now,
        "updated_at": now,
    }
    return set_values(desk, {**blank, **attributes}, values)


def set_values(desk: Desk, subject: Thing, values: dict[str, Any]) -> Thing:
    """Store a contact or company with these values, which were checked, in place of its own."""
    before, after = _claims(desk, subject["values"]), _claims(desk, values)
    for claim in before - after:
        desk.store.delete("unique_values", {"id": claim})
    for claim in after - before:
        desk.store.put("unique_values", {"id": claim, "subject_id": subject["id"]})
    changed = desk.store.change(subject["kind"], subject, values=values, updated_at=desk.now())
    if subject["kind"] == "contacts":
        keep_customer(desk, changed)
    return changed


def delete_subject(desk: Desk, subject: Thing) -> None:
    """Remove a contact or company, and whatever points to it."""
    for claim in _claims(desk, subject["values"]):
        desk.store.delete("unique_values", {"id": claim})
    for membership in _memberships(desk, subject):
        desk.store.delete("memberships", membership)
    desk.store.delete(subject["kind"], subject)


def join(desk: Desk, company: Thing, contact: Thing) -> None:
    """Make a contact belong to a company; it may belong to several."""
    identity = f"{company['id']} {contact['id']}"
    if desk.store.get("memberships", identity) is None:
        desk.store.put(
            "memberships",
            {"id": identity, "companies": company["id"], "contacts": contact["id"]},
        )


def part(desk: Desk, company: Thing, contact: Thing) -> None:
    """Make a contact no longer belong to a company."""
    membership = desk.store.get("memberships", f"{company['id']} {contact['id']}")
    if membership is not None:
        desk.store.delete("memberships", membership)


def others_of(desk: Desk, subject: Thing) -> list[Thing]:
    """Return the companies of a contact, or the contacts of a company."""
    kind = "companies" if subject["kind"] == "contacts" else "contacts"
    found = (desk.store.get(kind, it[kind]) for it in _memberships(desk, subject))
    return [thing for thing in found if thing is not None]


def subject_form(desk: Desk, subject: Thing) -> dict[str, Any]:
    """Write a contact or company for tests and the page: its values by key, whom it belongs to."""
    kind = "companies" if subject["kind"] == "contacts" else "contacts"
    shown = {name: value for name, value in subject.items() if name != "kind"}
    others = [subject_id(other) for other in others_of(desk, subject)]
    return {**shown, "id": subject_id(subject), kind: others}


def _memberships(desk: Desk, subject: Thing) -> list[Thing]:
    return desk.store.find("memberships", subject["kind"], subject["id"])


def _claim(key: str, value: str) -> str:
    space = _SPACES.get(key)
    return f"{key} {value}" if space is None else f"{space} {value.lower()}"


def _claims(desk: Desk, values: dict[str, Any]) -> set[str]:
    found: set[str] = set()
    for key, value in values.items():
        field = desk.store.first("custom_fields", "key", key)
        if field is not None and field["is_unique"]:
            items = value if isinstance(value, list) else [value]
            found.update(_claim(key, item) for item in items)
    return found
