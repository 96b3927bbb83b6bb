"""Knowledge bases, their settings and the themes.

Creating, updating and deleting one, and its settings, are inferred from the rest of the
API; which fields they take is not known, so that anything flat is taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_groove.sandbox.checks import checked, filled, scalars
from target_groove.sandbox.exchange import Answer, created, invalid, nothing, reply

if TYPE_CHECKING:
    from target_groove.sandbox.call import Call
    from target_groove.sandbox.desk import Desk
    from target_groove.sandbox.store import Thing

_OWN = ("id", "created_at", "updated_at")


def knowledge_base_form(_desk: Desk, base: Thing) -> dict[str, Any]:
    """Write a knowledge base as the API does."""
    return {
        "id": base["id"],
        **base["attributes"],
        "created_at": base["created_at"],
        "updated_at": base["updated_at"],
    }


def find_base(desk: Desk, call: Call) -> Thing:
    """Return the knowledge base that the path names first.

    Raises:
        Refusal: 404 if there is none.
    """
    return desk.get("knowledge_bases", call.params[0], "knowledge base")


def list_bases(desk: Desk, _call: Call) -> Answer:
    """GET /kb."""
    bases = desk.store.all("knowledge_bases")
    return reply({"knowledge_bases": [knowledge_base_form(desk, base) for base in bases]})


def get_base(desk: Desk, call: Call) -> Answer:
    """GET /kb/:id."""
    return reply({"knowledge_base": knowledge_base_form(desk, find_base(desk, call))})


def create_base(desk: Desk, call: Call) -> Answer:
    """POST /kb."""
    fields = _read(call)
    if "title" not in fields:
        raise invalid(title="is required")
    base = add_base(desk, **fields)
    return created(
        {"knowledge_base": knowledge_base_form(desk, base)}, desk.href(f"/kb/{base['id']}")
    )


def add_base(desk: Desk, **fields: Any) -> Thing:
    """Store a new knowledge base."""
    now = desk.now()
    attributes = {"subdomain": None, **fields}
    return desk.add(
        "knowledge_bases", attributes=attributes, settings={}, created_at=now, updated_at=now
    )


def update_base(desk: Desk, call: Call) -> Answer:
    """PUT /kb/:id."""
    base = find_base(desk, call)
    attributes = {**base["attributes"], **_read(call)}
    base = desk.store.change("knowledge_bases", base, attributes=attributes, updated_at=desk.now())
    return reply({"knowledge_base": knowledge_base_form(desk, base)})


def _read(call: Call) -> dict[str, Any]:
    fields = scalars(call)
    for name in _OWN:
        if name in fields:
            raise invalid(**{name: "cannot be set"})
    if "title" in fields:
        try:
            filled(fields["title"])
        except ValueError as error:
            raise invalid(title=str(error)) from error
    return fields


def delete_base(desk: Desk, call: Call) -> Answer:
    """DELETE /kb/:id, with all that is in it."""
    base = find_base(desk, call)
    checked(call)
    for kind in ("articles", "categories"):
        for thing in desk.store.find(kind, "knowledge_base_id", base["id"]):
            desk.store.delete(kind, thing)
    desk.store.delete("knowledge_bases", base)
    return nothing()


def get_settings(desk: Desk, call: Call) -> Answer:
    """GET /kb/:id/settings."""
    return reply({"settings": find_base(desk, call)["settings"]})


def update_settings(desk: Desk, call: Call) -> Answer:
    """PUT /kb/:id/settings."""
    base = find_base(desk, call)
    settings = {**base["settings"], **scalars(call)}
    desk.store.change("knowledge_bases", base, settings=settings, updated_at=desk.now())
    return reply({"settings": settings})


def list_themes(desk: Desk, _call: Call) -> Answer:
    """GET /kb/themes."""
    return reply({"themes": desk.store.all("themes")})
