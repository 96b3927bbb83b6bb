"""Keeps a contact for every customer of the REST API: the other half of ``customers.py``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_groove.sandbox.graphql.subjects import add_subject, set_values

if TYPE_CHECKING:
    from target_groove.sandbox.desk import Desk
    from target_groove.sandbox.store import Thing


def keep_contact(desk: Desk, customer: Thing) -> None:
    """Make the contact say what the customer says."""
    first, _, last = (customer["name"] or "").partition(" ")
    said = {
        "contact_email": customer["email"],
        "contact_first_name": first,
        "contact_last_name": last,
        "contact_phone_number": customer["phone_number"],
    }
    contact = desk.store.get("contacts", customer["id"])
    values = {} if contact is None else dict(contact["values"])
    values.update({key: value for key, value in said.items() if value})
    if contact is None:
        add_subject(desk, "contacts", values, contact_type="contact")
    elif values != contact["values"]:
        set_values(desk, contact, values)
