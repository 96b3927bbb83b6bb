from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

if TYPE_CHECKING:
    from target_groove.sandbox import Sandbox
    from tests.sandbox.conftest import Api, Clock


def statuses(api: Api, count: int) -> list[int]:
    return [api.get("/agents").status_code for _ in range(count)]


def test_no_limit_unless_asked_for(api: Api) -> None:
    assert statuses(api, 100) == [200] * 100


def test_a_sliding_window(api: Api, sandbox: Sandbox, clock: Clock) -> None:
    sandbox.configure(requests_per_minute=3)
    assert statuses(api, 2) == [200, 200]
    clock.advance(20)
    assert statuses(api, 3) == [200, 429, 429]
    clock.advance(39.9)
    assert statuses(api, 1) == [429]
    clock.advance(0.1)
    assert statuses(api, 3) == [200, 200, 429]
    clock.advance(20)
    assert statuses(api, 2) == [200, 429]


def test_a_fixed_window(api: Api, sandbox: Sandbox, clock: Clock) -> None:
    sandbox.configure(requests_per_minute=2, window="fixed")
    assert statuses(api, 3) == [200, 200, 429]
    answer = api.get("/agents")
    assert answer.headers["Retry-After"] == "30"
    clock.advance(29.9)
    assert statuses(api, 1) == [429]
    clock.advance(0.1)
    assert statuses(api, 3) == [200, 200, 429]


def test_each_token_has_a_limit_of_its_own(api: Api, sandbox: Sandbox) -> None:
    sandbox.configure(requests_per_minute=2, more_tokens="another")
    assert statuses(api, 3) == [200, 200, 429]
    others = {"Authorization": "Bearer another"}
    found = [api.get("/agents", headers=others).status_code for _ in range(3)]
    assert found == [200, 200, 429]


def test_the_window_can_be_short(api: Api, sandbox: Sandbox, clock: Clock) -> None:
    sandbox.configure(requests_per_minute=1, window_seconds=0.5)
    assert statuses(api, 2) == [200, 429]
    clock.advance(0.5)
    assert statuses(api, 1) == [200]


@pytest.mark.parametrize(
    "form, value",
    [
        ("seconds", "50"),
        ("date", "Tue, 03 Feb 2026 10:16:31 GMT"),
        ("none", None),
        ("huge", "31536000"),
        ("negative", "-5"),
        ("zero", "0"),
        ("garbage", "soon"),
    ],
)
def test_retry_after_has_many_forms(
    api: Api, sandbox: Sandbox, clock: Clock, form: str, value: str | None
) -> None:
    sandbox.configure(requests_per_minute=1, retry_after=form)
    api.get("/agents")
    clock.advance(10)
    answer = api.get("/agents")
    assert answer.status_code == 429
    assert answer.headers.get("Retry-After") == value


def test_a_refused_call_takes_no_effect(api: Api, sandbox: Sandbox) -> None:
    sandbox.configure(requests_per_minute=1)
    api.ticket()
    assert api.put("/tickets/1/state", {"state": "closed"}).status_code == 429
    assert sandbox.things("tickets")[0]["state"] == "unread"


def test_only_calls_with_the_token_count(api: Api, sandbox: Sandbox) -> None:
    sandbox.configure(requests_per_minute=1)
    assert requests.get(f"{sandbox.api_url}/agents", timeout=10).status_code == 401
    assert requests.get(sandbox.url, timeout=10).status_code == 200
    assert requests.get(f"{sandbox.url}/_log", timeout=10).status_code == 200
    assert statuses(api, 2) == [200, 429]


def test_each_token_has_its_own_window(api: Api, sandbox: Sandbox) -> None:
    sandbox.configure(requests_per_minute=1)
    assert statuses(api, 2) == [200, 429]
    sandbox.configure(token="another")
    answer = api.get("/agents", headers={"Authorization": "Bearer another"})
    assert answer.status_code == 200


def test_reset_forgets_the_window(api: Api, sandbox: Sandbox) -> None:
    sandbox.configure(requests_per_minute=1)
    assert statuses(api, 2) == [200, 429]
    sandbox.reset()
    assert statuses(api, 2) == [200, 429]
