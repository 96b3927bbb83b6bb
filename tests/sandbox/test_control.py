from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

if TYPE_CHECKING:
    from target_groove.sandbox import Sandbox
    from tests.sandbox.conftest import Api

KINDS = [
    *("tickets", "messages", "customers", "groups", "agents", "mailboxes", "webhooks"),
    *("knowledge_bases", "categories", "articles", "widgets", "attachments"),
    *("contacts", "companies", "custom_fields", "custom_field_categories"),
]


def control(sandbox: Sandbox, method: str, path: str, **more: Any) -> requests.Response:
    return requests.request(method, sandbox.url + path, timeout=10, **more)


def test_the_log(api: Api, sandbox: Sandbox) -> None:
    api.get("/me")
    api.get("/agents")
    assert control(sandbox, "GET", "/_log").json() == sandbox.log()
    assert [it["n"] for it in control(sandbox, "GET", "/_log?since=1").json()] == [2]
    assert control(sandbox, "GET", "/_log?since=x").status_code == 422


@pytest.mark.parametrize("kind", KINDS)
def test_things(api: Api, sandbox: Sandbox, kind: str) -> None:
    api.ticket()
    assert control(sandbox, "GET", f"/_things/{kind}").json() == sandbox.things(kind)


def test_an_unknown_kind(sandbox: Sandbox) -> None:
    assert "unknown kind" in control(sandbox, "GET", "/_things/dogs").json()["error"]
    with pytest.raises(ValueError, match="unknown kind 'dogs'"):
        sandbox.things("dogs")


def test_faults(api: Api, sandbox: Sandbox) -> None:
    rules = [{"action": "status", "status": 418}]
    assert control(sandbox, "POST", "/_faults", json=rules).status_code == 204
    assert api.get("/me").status_code == 418
    answer = control(sandbox, "POST", "/_faults", json=[{"action": "explode"}])
    assert answer.status_code == 422
    assert "must be one of" in answer.json()["error"]


def test_configure(sandbox: Sandbox) -> None:
    options = {"token": "t", "latency_ms": 1.5, "window": "fixed", "window_seconds": 1}
    assert control(sandbox, "POST", "/_configure", json=options).status_code == 204
    assert sandbox.token == "t"


@pytest.mark.parametrize(
    "options, says",
    [
        ({"colour": "red"}, "unknown option 'colour'"),
        ({"latency_ms": "1"}, "wrong value '1' for 'latency_ms'"),
        ({"requests_per_minute": True}, "wrong value True"),
        ({"requests_per_minute": -1}, "must not be -1"),
        ({"window_seconds": 0}, "must not be 0"),
        ({"retry_after": "never"}, "'retry_after' must be one of seconds"),
        ({"graphql": "some"}, "'graphql' must be one of full, no_crm"),
        ({"max_in_flight": 1.5}, "wrong value 1.5"),
        ({"latency_knee": -1}, "must not be -1"),
        ({"bulk_seconds": -1}, "must not be -1"),
        ({"window": "open"}, "'window' must be one of sliding"),
        ([], "options must be an object"),
    ],
)
def test_a_wrong_option_is_refused(sandbox: Sandbox, options: Any, says: str) -> None:
    answer = control(sandbox, "POST", "/_configure", json=options)
    assert answer.status_code == 422
    assert says in answer.json()["error"]


def test_reset(api: Api, sandbox: Sandbox) -> None:
    seeded = {kind: sandbox.things(kind) for kind in KINDS}
    api.ticket()
    sandbox.faults([{"action": "status"}])
    assert control(sandbox, "POST", "/_reset").status_code == 204
    assert sandbox.log() == []
    assert {kind: sandbox.things(kind) for kind in KINDS} == seeded
    assert api.ticket()["number"] == 1
    assert sandbox.log()[0]["n"] == 1


def test_another_method_or_path(sandbox: Sandbox) -> None:
    for method, path in (
        *(("POST", "/_log"), ("GET", "/_faults"), ("GET", "/_configure")),
        *(("GET", "/_reset"), ("POST", "/_things/tickets")),
    ):
        assert control(sandbox, method, path).status_code == 405
    assert control(sandbox, "GET", "/_nothing").status_code == 404


def test_a_foreign_web_page_is_refused(sandbox: Sandbox) -> None:
    answer = control(sandbox, "POST", "/_reset", headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    own = {"Origin": sandbox.url}
    assert control(sandbox, "POST", "/_reset", headers=own).status_code == 204


def test_configure_needs_no_http(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="unknown option"):
        sandbox.configure(colour="red")
