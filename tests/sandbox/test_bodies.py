from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests

    from target_groove.sandbox import Sandbox
    from tests.sandbox.conftest import Api

    Refused = Callable[[requests.Response], dict[str, str]]

JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"[" * 100_000,
        b"{'a': 1}",
        b'{"body": NaN}',
        b'{"body": "\xff"}',
        b'{"body": "\\ud800"}',
    ],
)
def test_malformed_json_is_400(api: Api, content: bytes) -> None:
    answer = api.post("/tickets", data=content, headers=JSON)
    assert answer.status_code == 400
    assert "malformed JSON" in answer.json()["error"]


@pytest.mark.parametrize("content", [b"[]", b'"x"', b"null", b"1"])
def test_a_body_is_one_object(api: Api, refused: Refused, content: bytes) -> None:
    answer = api.post("/tickets", data=content, headers=JSON)
    assert refused(answer) == {"": "the body must be one JSON object"}


def test_escaped_text_is_taken(api: Api) -> None:
    assert api.ticket(subject="\u00e4 \U0001f600")["title"] == "\u00e4 \U0001f600"


def test_a_wrapped_body_is_refused(api: Api, refused: Refused) -> None:
    answer = api.post("/groups", {"group": {"name": "Sales"}})
    assert "bodies are flat" in refused(answer)["group"]


def test_another_media_type_is_415(api: Api) -> None:
    answer = api.post("/groups", data=b"<name/>", headers={"Content-Type": "text/xml"})
    assert answer.status_code == 415


def test_no_body_is_an_empty_one(api: Api, refused: Refused) -> None:
    assert refused(api.post("/groups")) == {"name": "name is required"}


def test_a_ticket_can_come_as_a_form(api: Api, sandbox: Sandbox) -> None:
    form = {
        "body": "Hello",
        "from[email]": "Jo@acme.example",
        "from[name]": "Jo Smith",
        "to": "support@sandbox.example",
        "tags[]": ["a", "b"],
        "starred": "true",
        "note": "false",
    }
    answer = api.post("/tickets", data=form)
    assert answer.status_code == 201
    assert answer.json()["ticket"]["tags"] == ["a", "b"]
    assert answer.json()["ticket"]["customer_name"] == "Jo Smith"
    assert sandbox.things("tickets")[0]["starred"] is True
    assert sandbox.log()[0]["body"]["tags[]"] == ["a", "b"]


def test_a_form_may_repeat_a_name_or_give_it_once(api: Api) -> None:
    api.ticket()
    assert api.put("/tickets/1/tags", data={"tags": ["a", "b"]}).status_code == 204
    assert api.get("/tickets/1").json()["ticket"]["tags"] == ["a", "b"]
    assert api.put("/tickets/1/tags", data={"tags": "c"}).status_code == 204
    assert api.get("/tickets/1").json()["ticket"]["tags"] == ["c"]


def test_a_form_that_contradicts_itself_is_400(api: Api) -> None:
    answer = api.post("/tickets", data={"from": "a@b.example", "from[name]": "A"})
    assert answer.status_code == 400


def test_only_a_form_may_write_a_boolean_as_text(api: Api, refused: Refused) -> None:
    api.ticket()
    answer = api.post("/tickets/1/messages", {"body": "x", "note": "true"})
    assert refused(answer) == {"note": "note must be a boolean"}
    answer = api.post("/tickets/1/messages", data={"body": "x", "note": "yes"})
    assert refused(answer) == {"note": "note must be a boolean"}


def test_a_refused_call_changes_nothing(api: Api, sandbox: Sandbox) -> None:
    api.post("/tickets", {"body": "x", "from": "jo@acme.example", "to": "x@y.example", "state": 1})
    assert sandbox.things("customers") == []
    assert sandbox.log()[0]["done"] is False


@pytest.mark.parametrize("path", ["/tickets", "/groups", "/webhooks", "/widgets"])
def test_an_unknown_field_is_refused(api: Api, refused: Refused, path: str) -> None:
    answer = api.post(path, {"internal_notes": "secret"})
    assert refused(answer)["internal_notes"] == "internal_notes is not a field of this call"
