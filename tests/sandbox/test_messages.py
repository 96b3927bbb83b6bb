from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests

    from target_groove.sandbox import Sandbox
    from tests.sandbox.conftest import Api

    Refused = Callable[[requests.Response], dict[str, str]]


def test_a_message_is_answered_with_its_address_but_no_id(api: Api, sandbox: Sandbox) -> None:
    api.ticket()
    answer = api.post(
        "/tickets/1/messages",
        {
            "body": "<p>One</p><p>Two &amp; three</p><script>four()</script>",
            "author": "Grace@sandbox.example",
            "sent_at": "Mon, 02 Feb 2026 10:15:00 +0000",
            "note": True,
            "send_copy_to_customer": False,
            "skip_unread_ticket": True,
            "skip_notifications": True,
        },
    )
    assert answer.status_code == 201
    message = answer.json()["message"]
    assert "id" not in message
    assert message["plain_text_body"] == "One\nTwo & three"
    assert message["note"] is True
    assert message["created_at"] == "2026-02-02T10:15:00Z"
    assert message["links"]["author"]["href"].endswith("/agents/grace@sandbox.example")
    assert message["links"]["recipient"]["href"].endswith("/customers/jo@acme.example")
    assert answer.headers["Location"] == message["href"]
    identity = message["href"].rpartition("/")[2]
    assert api.get(f"/messages/{identity}").json()["message"] == message
    assert sandbox.things("messages")[1]["id"] == identity


def test_the_author_is_the_owner_of_the_token(api: Api, sandbox: Sandbox) -> None:
    api.ticket()
    api.message()
    assert sandbox.things("messages")[1]["author"] == "ada@sandbox.example"


def test_a_new_author_becomes_a_customer(api: Api, sandbox: Sandbox) -> None:
    api.ticket()
    api.message(author="Kim@acme.example")
    assert sandbox.things("customers")[1]["email"] == "kim@acme.example"
    assert sandbox.things("messages")[1]["agent_response"] is False


def test_a_message_counts_in_its_ticket(api: Api) -> None:
    api.ticket()
    api.message(body="Last")
    ticket = api.get("/tickets/1").json()["ticket"]
    assert (ticket["message_count"], ticket["last_message"]) == (2, "Last")


def test_a_ticket_without_a_customer_has_no_recipient(api: Api) -> None:
    api.ticket(**{"from": "ada@sandbox.example"})
    answer = api.post("/tickets/1/messages", {"body": "x"})
    assert "recipient" not in answer.json()["message"]["links"]


def test_messages_are_listed_oldest_first(api: Api) -> None:
    api.ticket(body="1")
    api.message(body="2")
    api.ticket(body="another")
    messages = api.get("/tickets/1/messages").json()["messages"]
    assert [message["body"] for message in messages] == ["1", "2"]


@pytest.mark.parametrize(
    "body, field",
    [
        ({}, "body"),
        ({"body": ""}, "body"),
        ({"body": "x", "author": "ada"}, "author"),
        ({"body": "x", "note": "no"}, "note"),
        ({"body": "x", "sent_at": "yesterday"}, "sent_at"),
        ({"body": "x", "subject": "y"}, "subject"),
    ],
)
def test_a_wrong_message_is_refused(
    api: Api, refused: Refused, body: dict[str, object], field: str
) -> None:
    api.ticket()
    assert set(refused(api.post("/tickets/1/messages", body))) == {field}
    assert len(api.get("/tickets/1/messages").json()["messages"]) == 1


def test_what_does_not_exist_is_404(api: Api) -> None:
    assert api.post("/tickets/1/messages", {"body": "x"}).status_code == 404
    assert api.get("/tickets/1/messages").status_code == 404
    assert api.get("/messages/0000000000").status_code == 404


def test_without_agents_nobody_owns_the_token(api: Api, sandbox: Sandbox) -> None:
    for agent in sandbox.things("agents"):
        sandbox._service.desk.store.delete("agents", agent)
    api.ticket(state="closed")
    api.message()
    assert sandbox.things("messages")[1]["author"] == "nobody@sandbox.example"
    assert api.get("/me").status_code == 404
