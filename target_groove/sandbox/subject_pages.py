"""The pages of contacts and companies: one of each list, one of each thing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_groove.sandbox.exchange import existing
from target_groove.sandbox.graphql.node_ids import digits_of
from target_groove.sandbox.graphql.subjects import PREFIXES, others_of, subject_id
from target_groove.sandbox.page_links import page_of_list

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_groove.sandbox.desk import Desk
    from target_groove.sandbox.store import Thing

_OTHERS = {"contacts": "companies", "companies": "contacts"}
_FEW = 3


def list_page(desk: Desk, kind: str, query: Mapping[str, str]) -> dict[str, Any]:
    """Return what the list of contacts or companies shows, newest first."""
    found = page_of_list(f"/{kind}", query, desk.store.newest(kind), desk.store.total(kind))
    return {
        **found,
        "kind": kind,
        "shown": [
            {
                **_brief(subject),
                "held": len(subject["values"]),
                "others": [_brief(other) for other in others_of(desk, subject)[:_FEW]],
            }
            for subject in found["shown"]
        ],
    }


def detail_page(desk: Desk, kind: str, identity: str) -> dict[str, Any]:
    """Return what the page of one contact or company shows.

    Raises:
        Refusal: 404 if there is none.
    """
    subject = existing(desk.store.get(kind, digits_of(PREFIXES[kind], identity)), kind)
    values = []
    for key, value in subject["values"].items():
        field = desk.store.first("custom_fields", "key", key)
        items = value if isinstance(value, list) else [value]
        values.append(
            {
                "key": key,
                "name": field["name"] if field is not None else key,
                "texts": [_readable(item) for item in items],
                "unique": field is not None and field["is_unique"],
            }
        )
    return {
        "kind": subject["kind"],
        "others_kind": _OTHERS[subject["kind"]],
        "subject": _brief(subject),
        "values": values,
        "others": [_brief(other) for other in others_of(desk, subject)],
    }


def _brief(subject: Thing) -> dict[str, Any]:
    values = subject["values"]
    names = [values.get(f"contact_{part}_name") for part in ("first", "last")]
    name = values.get("company_name") or " ".join(name for name in names if name)
    address = values.get("contact_email") or values.get("company_domain")
    return {
        "id": subject_id(subject),
        "name": name or address or "(no name)",
        "address": address,
        "type": subject.get("contact_type"),
        "created_at": subject["created_at"],
        "updated_at": subject["updated_at"],
    }


def _readable(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(str(part) for part in value.values() if part)
    return str(value)
