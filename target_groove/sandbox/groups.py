"""Groups of agents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_groove.sandbox.checks import Field, checked, filled, identifiers, text
from target_groove.sandbox.exchange import Answer, created, invalid, reply
from target_groove.sandbox.people import find_agent

if TYPE_CHECKING:
    from target_groove.sandbox.call import Call
    from target_groove.sandbox.desk import Desk
    from target_groove.sandbox.store import Thing

FIELDS = (
    Field("name", filled, required=True),
    Field("description", text),
    Field("agents", identifiers),
)


def group_form(desk: Desk, group: Thing) -> dict[str, Any]:
    """Write a group as the API does."""
    return {
        "id": group["id"],
        "name": group["name"],
        "description": group["description"],
        "agent_ids": group["agent_ids"],
        "links": _links(desk, group),
    }


def _links(desk: Desk, group: Thing) -> dict[str, Any]:
    return {"agents": {"href": desk.href(f"/agents?group={group['id']}")}}


def list_groups(desk: Desk, _call: Call) -> Answer:
    """GET /groups: without description and members."""
    groups = desk.store.all("groups")
    short = [{"id": it["id"], "name": it["name"], "links": _links(desk, it)} for it in groups]
    return reply({"groups": short})


def get_group(desk: Desk, call: Call) -> Answer:
    """GET /groups/:id."""
    return reply({"group": group_form(desk, desk.get("groups", call.params[0], "group"))})


def create_group(desk: Desk, call: Call) -> Answer:
    """POST /groups."""
    fields = _read(desk, call)
    group = desk.add("groups", **{"description": None, "agent_ids": [], **fields})
    return created({"group": group_form(desk, group)}, desk.href(f"/groups/{group['id']}"))


def update_group(desk: Desk, call: Call) -> Answer:
    """PUT /groups/:id; ``agents`` is the full list of members."""
    group = desk.get("groups", call.params[0], "group")
    group = desk.store.change("groups", group, **_read(desk, call, partial=True))
    return reply({"group": group_form(desk, group)})


def delete_group(desk: Desk, call: Call) -> Answer:
    """DELETE /groups/:id, answered with the group that is gone."""
    group = desk.get("groups", call.params[0], "group")
    checked(call)
    desk.store.delete("groups", group)
    return reply({"group": group_form(desk, group)})


def _read(desk: Desk, call: Call, *, partial: bool = False) -> dict[str, Any]:
    """Return the fields of a group with its members' ids in place of their addresses."""
    fields = checked(call, *FIELDS, partial=partial)
    if "agents" in fields:
        members = [_member_id(desk, member) for member in fields.pop("agents")]
        fields["agent_ids"] = list(dict.fromkeys(members))
    return fields


def _member_id(desk: Desk, member: str) -> str:
    agent = desk.store.get("agents", member) or find_agent(desk, member)
    if agent is None:
        raise invalid(agents=f"has no agent with the e-mail address or id {member}")
    identity: str = agent["id"]
    return identity
