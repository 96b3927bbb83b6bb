from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests

    from target_groove.sandbox import Sandbox
    from tests.sandbox.conftest import Api

    Refused = Callable[[requests.Response], dict[str, str]]


def test_a_group_is_created_with_members_by_address_or_id(api: Api, sandbox: Sandbox) -> None:
    ids = [agent["id"] for agent in sandbox.things("agents")]
    answer = api.post(
        "/groups", {"name": "Sales", "agents": ["Ada@sandbox.example", ids[1], ids[0]]}
    )
    assert answer.status_code == 201
    group = answer.json()["group"]
    assert group["agent_ids"] == ids[:2]
    assert group["description"] is None
    assert answer.headers["Location"] == f"{sandbox.api_url}/groups/{group['id']}"
    assert api.get(f"/groups/{group['id']}").json()["group"] == group


def test_an_update_replaces_the_members(api: Api, sandbox: Sandbox) -> None:
    group = sandbox.things("groups")[0]
    answer = api.put(f"/groups/{group['id']}", {"agents": ["alan@sandbox.example"]})
    assert answer.status_code == 200
    assert answer.json()["group"]["agent_ids"] == [sandbox.things("agents")[2]["id"]]
    assert answer.json()["group"]["name"] == "Support"


def test_a_renamed_group_keeps_its_tickets(api: Api, sandbox: Sandbox) -> None:
    api.ticket(assigned_group="Support")
    api.put(f"/groups/{sandbox.things('groups')[0]['id']}", {"name": "Help"})
    assert api.get("/tickets/1").json()["ticket"]["assigned_group"] == "Help"
    assert api.put("/tickets/1/assigned_group", {"group": "Support"}).status_code == 422


def test_a_deleted_group_is_answered_once_more(api: Api, sandbox: Sandbox) -> None:
    api.ticket(assigned_group="Support")
    group = sandbox.things("groups")[0]
    answer = api.delete(f"/groups/{group['id']}")
    assert answer.status_code == 200
    assert answer.json()["group"] == group
    assert api.get(f"/groups/{group['id']}").status_code == 404
    assert api.get("/tickets/1").json()["ticket"]["assigned_group"] is None


def test_lists_are_short(api: Api) -> None:
    groups = api.get("/groups").json()["groups"]
    assert [set(group) for group in groups] == [{"id", "name", "links"}] * 2


@pytest.mark.parametrize(
    "body, field",
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x", "agents": ["nobody@acme.example"]}, "agents"),
        ({"name": "x", "agents": "ada@sandbox.example"}, "agents"),
        ({"name": "x", "agents": [True]}, "agents"),
        ({"name": "x", "agent_ids": []}, "agent_ids"),
    ],
)
def test_a_wrong_group_is_refused(
    api: Api, refused: Refused, body: dict[str, object], field: str
) -> None:
    assert set(refused(api.post("/groups", body))) == {field}


def test_an_unknown_group_is_404(api: Api) -> None:
    for method in ("GET", "PUT", "DELETE"):
        assert api.call(method, "/groups/0000000000").status_code == 404
