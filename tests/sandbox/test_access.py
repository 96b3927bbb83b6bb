from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

if TYPE_CHECKING:
    from target_groove.sandbox import Sandbox
    from tests.sandbox.conftest import Api


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer wrong", "Basic sandbox-token", "sandbox-token"]
)
def test_a_call_needs_the_token(sandbox: Sandbox, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    answer = requests.get(f"{sandbox.api_url}/agents", headers=headers, timeout=10)
    assert answer.status_code == 401
    assert answer.json() == {"error": "invalid or missing token"}
    assert [entry["authorized"] for entry in sandbox.log()] == [False]


def test_an_unknown_path_tells_nothing_without_a_token(sandbox: Sandbox) -> None:
    assert requests.get(f"{sandbox.api_url}/nothing", timeout=10).status_code == 401


def test_the_uploader_needs_the_token(sandbox: Sandbox) -> None:
    url = f"{sandbox.uploader_url}/messages/1/attachments?filename=a.txt"
    assert requests.post(url, data=b"a", timeout=10).status_code == 401


def test_the_token_in_the_query_is_not_taken(sandbox: Sandbox) -> None:
    url = f"{sandbox.api_url}/agents?access_token={sandbox.token}"
    assert requests.get(url, timeout=10).status_code == 401


def test_the_token_can_change(api: Api, sandbox: Sandbox) -> None:
    sandbox.configure(token="another")
    assert sandbox.token == "another"
    assert api.get("/agents").status_code == 401
    assert api.get("/agents", headers={"Authorization": "bearer another"}).status_code == 200


def test_more_tokens_can_be_taken_and_the_log_tells_which_it_was(
    api: Api, sandbox: Sandbox
) -> None:
    sandbox.configure(more_tokens="second,third")
    for token in (sandbox.token, "third", "second", "second,third", "fourth"):
        api.get("/agents", headers={"Authorization": f"Bearer {token}"})
    assert [entry["token_number"] for entry in sandbox.log()] == [0, 2, 1, None, None]
    assert [entry["status"] for entry in sandbox.log()] == [200, 200, 200, 401, 401]


@pytest.mark.parametrize("path", ["/nothing", "/tickets/1/nothing", "/tickets//state", "/"])
def test_an_unknown_path_is_404(api: Api, path: str) -> None:
    assert api.get(path).status_code == 404


def test_a_path_outside_the_api_is_404_and_logged(api: Api, sandbox: Sandbox) -> None:
    assert api.post(f"{sandbox.url}/v2/other", {}).status_code == 404
    assert api.post(f"{sandbox.url}/", {}).status_code == 404
    assert [entry["path"] for entry in sandbox.log()] == ["/v2/other", "/"]


def test_another_method_is_405_and_says_which_are_allowed(api: Api) -> None:
    answer = api.call("PATCH", "/tickets")
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, POST"


def test_echo_answers_anything_with_itself(api: Api) -> None:
    answer = api.call("PATCH", "/echo/batches/7?a=b", [{"x": 1}])
    assert answer.status_code == 200
    assert answer.json()["echo"] == {
        "method": "PATCH",
        "path": "/v1/echo/batches/7",
        "query": "a=b",
        "body": '[{"x": 1}]',
    }
    assert api.post("/echo", data=b"\xff").json()["echo"]["body"] is None


def test_echo_needs_the_token(sandbox: Sandbox) -> None:
    assert requests.post(f"{sandbox.api_url}/echo/x", timeout=10).status_code == 401
