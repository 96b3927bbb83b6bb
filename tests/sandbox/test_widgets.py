from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

if TYPE_CHECKING:
    from collections.abc import Callable

    from target_groove.sandbox import Sandbox
    from tests.sandbox.conftest import Api

    Refused = Callable[[requests.Response], dict[str, str]]


def test_a_widget_is_created_renamed_and_listed(api: Api, sandbox: Sandbox) -> None:
    answer = api.post("/widgets", {"name": "Shop"})
    assert answer.status_code == 201
    widget = answer.json()["widget"]
    assert widget["published_settings"] == {}
    assert answer.headers["Location"] == f"{sandbox.api_url}/widgets/{widget['id']}"
    answer = api.put(f"/widgets/{widget['id']}", {"name": "Store"})
    assert answer.json()["widget"]["name"] == "Store"
    names = [it["name"] for it in api.get("/widgets").json()["widgets"]]
    assert names == ["Website", "Store"]


def test_settings_have_dotted_names(api: Api, sandbox: Sandbox) -> None:
    path = f"/widgets/{sandbox.things('widgets')[0]['id']}/settings"
    before = api.get(path).json()["settings"]
    assert (before["branding_disabled"], before["enabled"], before["published"]) == (
        *(True, False, False),
    )
    answer = api.put(path, {"contact.enabled": True, "icon_text": "Help"})
    assert answer.status_code == 200
    after = {**before, "contact.enabled": True, "icon_text": "Help"}
    assert answer.json()["settings"] == after
    assert api.get(path).json()["settings"] == after


@pytest.mark.parametrize(
    "body, field",
    [
        ({"contact": {"enabled": True}}, "contact"),
        ({"contact.enabled": "true"}, "contact.enabled"),
        ({"z_index": 7}, "z_index"),
        ({"contact.colour": "red"}, "contact.colour"),
        ({"published": True}, "published"),
    ],
)
def test_wrong_settings_are_refused(
    api: Api, refused: Refused, sandbox: Sandbox, body: dict[str, object], field: str
) -> None:
    path = f"/widgets/{sandbox.things('widgets')[0]['id']}/settings"
    assert set(refused(api.put(path, body))) == {field}


def test_a_widget_needs_a_name(api: Api, refused: Refused) -> None:
    assert set(refused(api.post("/widgets", {}))) == {"name"}


def test_a_public_widget_needs_no_token(sandbox: Sandbox) -> None:
    sandbox.configure(requests_per_minute=1)
    uuid = sandbox.things("widgets")[0]["uuid"]
    for _ in range(2):
        answer = requests.get(f"{sandbox.api_url}/public/widgets/{uuid}", timeout=10)
        assert answer.status_code == 200
    assert answer.json()["widget"]["enabled"] is False
    answer = requests.get(f"{sandbox.api_url}/public/widgets/nothing", timeout=10)
    assert answer.status_code == 404


def test_an_unknown_widget_is_404(api: Api) -> None:
    for method, path in (("PUT", ""), ("GET", "/settings"), ("PUT", "/settings")):
        assert api.call(method, f"/widgets/0000000000{path}").status_code == 404
