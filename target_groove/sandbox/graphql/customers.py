"""Keeps a customer of the REST API for every contact that has an e-mail address.

They are the same people in Groove, under the same ten digits. What the sandbox keeps in step
is the address, the name and the telephone number; twitter, LinkedIn, company name and custom
attributes of the REST API stay there (inferred, and kept small on purpose).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from target_groove.sandbox.desk import Desk
    from target_groove.sandbox.store import Thing

_ATTRIBUTES = (
    *("name", "about", "twitter_username", "title", "company_name"),
    *("phone_number", "location", "linkedin_username"),
)


def blank_customer(desk: Desk, address: str) -> dict[str, Any]:
    """Return a customer of whom nothing but the address is known, without an id."""
    now = desk.now()
    return {
        **dict.fromkeys(_ATTRIBUTES),
        "email": address.lower(),
        "spelling": address,
        "custom": {},
        "created_at": now,
        "updated_at": now,
    }


def address_of(values: dict[str, Any]) -> str | None:
    """Return the first address among the values of a contact."""
    address: str | None = values.get("contact_email")
    return address or next(iter(values.get("contact_secondary_emails", ())), None)


def keep_customer(desk: Desk, contact: Thing) -> None:
    """Make the customer say what the contact says."""
    values = contact["values"]
    address = address_of(values)
    if address is None:
        return
    known = desk.store.get("customers", contact["id"])
    customer = known or {"id": contact["id"], **blank_customer(desk, address)}
    names = (values.get(f"contact_{part}_name") for part in ("first", "last"))
    changes = {
        "name": " ".join(name for name in names if name),
        "phone_number": values.get("contact_phone_number"),
    }
    changes = {name: value for name, value in changes.items() if value}
    if customer["email"] != address:
        changes |= {"email": address, "spelling": address}
    if known is None or any(customer[name] != value for name, value in changes.items()):
        desk.store.put("customers", {**customer, **changes, "updated_at": desk.now()})
