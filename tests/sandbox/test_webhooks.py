from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests

    from target_groove.sandbox import Sandbox
    from tests.sandbox.conftest import Api

    Refused = Callable[[requests.Response], dict[str, str]]

HOOK = {"event": "ticket_started", "url": "https://hooks.example/a"}


def test_a_webhook_is_answered_without_an_id(api: Api, sandbox: Sandbox) -> None:
    answer = api.post("/webhooks", HOOK)
    assert answer.status_code == 201
    assert answer.json() == {"webhook": {**HOOK, "state": "active"}}
    assert len(sandbox.things("webhooks")[0]["id"]) == 10


def test_the_same_webhook_twice_is_two(api: Api, sandbox: Sandbox) -> None:
    api.post("/webhooks", HOOK)
    api.post("/webhooks", HOOK)
    assert len(sandbox.things("webhooks")) == 2


def test_a_webhook_is_deleted_by_id(api: Api, sandbox: Sandbox) -> None:
    api.post("/webhooks", HOOK)
    path = f"/webhooks/{sandbox.things('webhooks')[0]['id']}"
    answer = api.delete(path)
    assert (answer.status_code, answer.content) == (204, b"")
    assert sandbox.things("webhooks") == []
    assert api.delete(path).status_code == 404


@pytest.mark.parametrize(
    "body, field",
    [
        ({"event": "ticket_started"}, "url"),
        ({"url": "https://hooks.example/a"}, "event"),
        ({**HOOK, "event": "ticket_eaten"}, "event"),
        ({**HOOK, "event": ["ticket_started"]}, "event"),
        ({**HOOK, "url": "ftp://hooks.example"}, "url"),
        ({**HOOK, "url": "hooks.example"}, "url"),
        ({**HOOK, "webhook_url": "https://hooks.example/a"}, "webhook_url"),
    ],
)
def test_a_wrong_webhook_is_refused(
    api: Api, refused: Refused, body: dict[str, object], field: str
) -> None:
    assert set(refused(api.post("/webhooks", body))) == {field}


def test_webhooks_are_not_listed(api: Api) -> None:
    assert api.get("/webhooks").status_code == 405
