"""What the filters of contacts and companies find.

The names are Groove's, but for ``search`` of companies (inferred). Inferred as well: several
filters narrow each other down, an address or domain also finds secondary ones, and a custom
handle is a value of one of the account's own unique fields.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_groove.sandbox.graphql.subjects import owner_of
from target_groove.sandbox.graphql.values import texts_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_groove.sandbox.desk import Desk
    from target_groove.sandbox.store import Thing

# A filter, and the unique field whose values it compares.
_CONTACT_KEYS = {
    "email": "contact_email",
    "facebook": "contact_facebook",
    "linkedin": "contact_linkedin",
    "twitter": "contact_twitter",
}
_HANDLES = {*_CONTACT_KEYS.values(), "contact_secondary_emails"}


def filtered_contacts(desk: Desk, wanted: Mapping[str, Any]) -> list[Thing]:
    """Return the contacts that a ``ContactFilter`` selects; all of them oldest first."""
    found = [
        [owner_of(desk, key, wanted[name].strip())]
        for name, key in _CONTACT_KEYS.items()
        if wanted.get(name) is not None
    ]
    if wanted.get("customHandle") is not None:
        found.append(_with_handle(desk, wanted["customHandle"]))
    return _selected(desk, "contacts", found, wanted.get("search"))


def filtered_companies(desk: Desk, wanted: Mapping[str, Any]) -> list[Thing]:
    """Return the companies that a ``CompanyFilter`` selects; all of them oldest first."""
    domain = wanted.get("domain")
    found = [] if domain is None else [[owner_of(desk, "company_domain", domain.strip())]]
    return _selected(desk, "companies", found, wanted.get("search"))


def _selected(
    desk: Desk, kind: str, found: list[list[str | None]], search: str | None
) -> list[Thing]:
    if found:
        wanted = [it for it in found[0] if all(it in others for others in found)]
        things = (desk.store.get(kind, it) for it in wanted if it is not None)
        selected = [thing for thing in things if thing is not None]
    else:
        selected = desk.store.all(kind)
    if search is None:
        return selected
    text = search.strip().lower()
    return [thing for thing in selected if text in _searched(thing)]


def _searched(subject: Thing) -> str:
    values = subject["values"]
    # The name as a person would type it, across the two fields.
    name = f"{values.get('contact_first_name', '')} {values.get('contact_last_name', '')}"
    texts = [text for value in values.values() for text in texts_in(value)]
    return "\n".join([name, *texts]).lower()


def _with_handle(desk: Desk, handle: str) -> list[str | None]:
    owners = (
        owner_of(desk, field["key"], handle.strip())
        for field in desk.store.all("custom_fields")
        if field["subjects"] == "contacts" and field["is_unique"] and field["key"] not in _HANDLES
    )
    return list(dict.fromkeys(owners))
