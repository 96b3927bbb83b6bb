from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests

    from target_groove.sandbox import Sandbox
    from tests.sandbox.conftest import Api, Clock

    Refused = Callable[[requests.Response], dict[str, str]]

FULL = {
    "body": "<p>Hello<br>there</p>",
    "from": {"email": "Jo@Acme.example", "name": "Jo Smith", "company_name": "Acme"},
    "to": "billing@sandbox.example",
    "assigned_group": "Billing",
    "assignee": "grace@sandbox.example",
    "sent_at": "Mon, 02 Feb 2026 11:15:00 +0100",
    "note": False,
    "send_copy_to_customer": False,
    "state": "pending",
    "subject": "Invoice 17",
    "tags": ["billing", "vip", "billing"],
    "starred": True,
    "skip_notifications": True,
}


def test_a_ticket_is_answered_as_documented(api: Api, sandbox: Sandbox) -> None:
    answer = api.post("/tickets", FULL)
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"{sandbox.api_url}/tickets/1"
    ticket = answer.json()["ticket"]
    assert (
        ticket
        | {
            "number": 1,
            "title": "Invoice 17",
            "summary": "Hello\nthere",
            "state": "pending",
            "tags": ["billing", "vip"],
            "assigned_group": "Billing",
            "assignee": "grace@sandbox.example",
            "mailbox": "Billing",
            "customer_name": "Jo Smith",
            "message_count": 1,
            "created_at": "2026-02-02T10:15:00Z",
            "updated_at": "2026-02-02T10:15:00Z",
            "href": f"{sandbox.api_url}/tickets/1",
        }
        == ticket
    )
    assert "id" not in ticket
    assert api.get("/tickets/1").json()["ticket"] == ticket
    assert sandbox.things("tickets")[0]["starred"] is True


def test_what_is_left_out_has_its_default(api: Api, sandbox: Sandbox) -> None:
    ticket = api.ticket()
    assert ticket["state"] == "unread"
    assert ticket["title"] is None
    assert ticket["tags"] == []
    assert ticket["mailbox"] == "Support"
    assert ticket["created_at"] == "2026-02-03T10:15:30Z"
    assert sandbox.things("tickets")[0]["starred"] is False


def test_numbers_count_from_one(api: Api) -> None:
    assert [api.ticket()["number"] for _ in range(3)] == [1, 2, 3]


def test_ids_are_ten_digits(api: Api, sandbox: Sandbox) -> None:
    for _ in range(30):
        api.ticket()
    ids = [thing["id"] for kind in ("tickets", "messages") for thing in sandbox.things(kind)]
    assert len(set(ids)) == 60
    assert all(len(it) == 10 and it.isdigit() for it in ids)
    assert any(it.startswith("0") for it in ids)


@pytest.mark.parametrize("name", ["body", "from", "to"])
def test_three_fields_are_required(api: Api, refused: Refused, name: str) -> None:
    body: dict[str, Any] = {**FULL, name: None}
    assert refused(api.post("/tickets", body)) == {name: f"{name} is required"}


@pytest.mark.parametrize(
    "name, value, says",
    [
        ("body", 1, "must be a string"),
        ("body", "  ", "must not be empty"),
        ("from", "nobody", "must be an e-mail address"),
        ("to", ["a@b.example"], "must be a string"),
        ("state", "open", "must be one of unread, opened"),
        ("starred", "true", "must be a boolean"),
        ("note", 1, "must be a boolean"),
        ("tags", "billing", "must be an array of strings"),
        ("tags", ["a", 1], "must be an array of strings"),
        ("sent_at", "2026-02-03T10:15:00Z", "must be an RFC 822 date"),
        ("sent_at", 1770113700, "must be a string"),
        ("sent_at", "Tue, 35 Feb 2026 10:15:00 +0000", "day"),
        ("assigned_group", "Nobody", "is no group's name"),
        ("assignee", "nobody@sandbox.example", "is no agent's e-mail address"),
        ("assignee", "ada", "must be an e-mail address"),
        ("mailbox", "nobody@sandbox.example", "is no mailbox's e-mail address or id"),
    ],
)
def test_a_wrong_value_is_refused(
    api: Api, refused: Refused, sandbox: Sandbox, name: str, value: object, says: str
) -> None:
    assert says in refused(api.post("/tickets", {**FULL, name: value}))[name]
    assert sandbox.things("tickets") == []


def test_every_complaint_is_told(api: Api, refused: Refused) -> None:
    assert set(refused(api.post("/tickets", {"state": 1, "x": 2}))) == {
        *("body", "from", "to", "state", "x"),
    }


def test_an_unknown_attribute_of_a_customer_is_refused(api: Api, refused: Refused) -> None:
    answer = api.post("/tickets", {**FULL, "from": {"email": "a@b.example", "custom": {}}})
    assert refused(answer) == {"custom": "custom is not a field of this call"}


@pytest.mark.parametrize(
    "sent_at",
    [
        "Tue, 03 Feb 2026 10:15:00 +0000",
        "3 Feb 2026 10:15 GMT",
        "Tue, 3 Feb 2026 10:15:00 -0000",
        "Tue, 3 Feb 2026 05:15:00 EST",
    ],
)
def test_rfc_822_dates_are_taken(api: Api, sent_at: str) -> None:
    assert api.ticket(sent_at=sent_at)["created_at"] == "2026-02-03T10:15:00Z"


def test_a_customer_is_found_again_in_any_case_and_overwritten(api: Api, sandbox: Sandbox) -> None:
    api.ticket(**{"from": {"email": "Jo@Acme.example", "name": "Jo", "about": "old"}})
    api.ticket(**{"from": {"email": "jo@acme.EXAMPLE", "about": "new"}})
    api.ticket(**{"from": "JO@acme.example"})
    (customer,) = sandbox.things("customers")
    assert (customer["email"], customer["name"], customer["about"]) == (
        *("jo@acme.example", "Jo", "new"),
    )
    assert customer["href"].endswith("/Jo@Acme.example")


def test_an_agent_writes_to_a_customer(api: Api, sandbox: Sandbox) -> None:
    api.ticket(
        **{"from": "Ada@sandbox.example", "to": {"email": "jo@acme.example", "name": "Jo"}},
        note=True,
        send_copy_to_customer=True,
    )
    (ticket,) = sandbox.things("tickets")
    assert ticket["customer_email"] == "jo@acme.example"
    (message,) = sandbox.things("messages")
    assert message["author"] == "ada@sandbox.example"
    assert message["agent_response"] is True
    assert message["note"] is True
    assert message["send_copy_to_customer"] is True


def test_a_customer_leaves_no_note(api: Api, sandbox: Sandbox) -> None:
    api.ticket(note=True, send_copy_to_customer=True)
    (message,) = sandbox.things("messages")
    assert (message["note"], message["send_copy_to_customer"]) == (False, False)


def test_the_address_of_nobody_becomes_no_customer(api: Api, sandbox: Sandbox) -> None:
    assert api.ticket(to="help@elsewhere.example")["mailbox"] == "Support"
    api.ticket(to={"email": "kim@acme.example", "name": "Kim"})
    api.ticket(**{"from": "ada@sandbox.example", "to": "support@sandbox.example"})
    addresses = [customer["email"] for customer in sandbox.things("customers")]
    assert addresses == ["jo@acme.example", "kim@acme.example"]
    assert sandbox.things("tickets")[2]["customer_email"] is None


def test_a_mailbox_is_named_by_address_or_id(api: Api) -> None:
    billing = api.get("/mailboxes").json()["mailboxes"][1]
    assert api.ticket(mailbox=billing["id"])["mailbox"] == "Billing"
    assert api.ticket(mailbox="Billing@sandbox.example")["mailbox_id"] == billing["id"]


def test_closing_says_by_whom(api: Api) -> None:
    assert api.ticket(state="closed")["closed_by"] == "ada@sandbox.example"


@pytest.mark.parametrize("number", ["2", "0", "x", "-1", "99999999999999999999"])
def test_an_unknown_number_is_404(api: Api, number: str) -> None:
    api.ticket()
    assert api.get(f"/tickets/{number}").status_code == 404


def test_lists_are_newest_first_and_filtered(api: Api) -> None:
    api.ticket(state="opened")
    api.ticket(assignee="ada@sandbox.example")
    api.ticket(**{"from": "kim@acme.example"}, mailbox="billing@sandbox.example")
    customer = api.get("/customers/kim@acme.example").json()["customer"]
    folders = api.get("/folders?mailbox=billing@sandbox.example").json()["folders"]

    def numbers(query: str) -> list[int]:
        return [ticket["number"] for ticket in api.get(f"/tickets{query}").json()["tickets"]]

    assert numbers("") == [3, 2, 1]
    assert numbers("?state=opened") == [1]
    assert numbers("?state=nothing") == []
    assert numbers("?customer=Kim@acme.example") == [3]
    assert numbers(f"?customer={customer['id']}") == [3]
    assert numbers("?customer=nobody@acme.example") == []
    assert numbers("?assignee=Ada@sandbox.example") == [2]
    assert numbers("?assignee=unassigned") == [3, 1]
    assert numbers(f"?folder={folders[0]['id']}") == [3]
    assert numbers("?folder=0000000000") == []


def test_counts_are_by_folder_and_bare(api: Api) -> None:
    api.ticket(state="opened")
    api.ticket(mailbox="billing@sandbox.example")
    folders = {it["id"]: it["name"] for it in api.get("/folders").json()["folders"]}
    counts = api.get("/tickets/count").json()
    assert set(counts) == set(folders)
    assert sum(counts.values()) == 2
    billing = api.get("/tickets/count?mailbox=billing@sandbox.example").json()
    assert {folders[it]: count for it, count in billing.items() if count} == {"Unread": 1}


def test_state_is_put_without_an_answer(api: Api, clock: Clock) -> None:
    api.ticket()
    clock.advance(60)
    answer = api.put("/tickets/1/state", {"state": "closed"})
    assert (answer.status_code, answer.content) == (204, b"")
    assert api.get("/tickets/1/state").json() == {"state": "closed"}
    ticket = api.get("/tickets/1").json()["ticket"]
    assert ticket["closed_by"] == "ada@sandbox.example"
    assert ticket["updated_at"] == ticket["state_changed_at"] == "2026-02-03T10:16:30Z"
    api.put("/tickets/1/state", {"state": "opened"})
    assert api.get("/tickets/1").json()["ticket"]["closed_by"] is None


def test_assignee_is_put_and_read(api: Api) -> None:
    api.ticket()
    empty = api.get("/tickets/1/assignee")
    assert (empty.status_code, empty.content) == (200, b"")
    body = {"assignee": "alan@sandbox.example", "skip_notifications": True}
    answer = api.put("/tickets/1/assignee", body)
    assert answer.status_code == 200
    assert answer.json()["ticket"]["assignee"] == "alan@sandbox.example"
    agent = api.get("/tickets/1/assignee").json()["agent"]
    assert agent["email"] == "alan@sandbox.example"


def test_group_and_priority_are_put(api: Api) -> None:
    api.ticket()
    answer = api.put("/tickets/1/assigned_group", {"group": "Support"})
    assert answer.json()["ticket"]["assigned_group"] == "Support"
    answer = api.put("/tickets/1/priority", {"priority": "high"})
    assert answer.json()["ticket"]["priority"] == "high"


def test_tags_are_added_or_replaced(api: Api) -> None:
    api.ticket(tags=["a"])
    answer = api.post("/tickets/1/tags", {"tags": ["b", "a", "b"]})
    assert (answer.status_code, answer.content) == (204, b"")
    assert api.get("/tickets/1").json()["ticket"]["tags"] == ["a", "b"]
    assert api.put("/tickets/1/tags", {"tags": ["c"]}).status_code == 204
    assert api.get("/tickets/1").json()["ticket"]["tags"] == ["c"]


@pytest.mark.parametrize(
    "path, body",
    [
        ("state", {"state": "open"}),
        ("state", {}),
        ("assignee", {"assignee": "nobody@acme.example"}),
        ("assignee", {"assignee": ""}),
        ("assignee", {"assignee": None}),
        ("assigned_group", {"assigned_group": "Support"}),
        ("assigned_group", {"group": "Nobody"}),
        ("priority", {"priority": "highest"}),
        ("tags", {"tags": "a"}),
        ("tags", ["a"]),
    ],
)
def test_a_wrong_update_is_refused(api: Api, path: str, body: object) -> None:
    before = api.ticket()
    assert api.put(f"/tickets/1/{path}", body).status_code == 422
    assert api.get("/tickets/1").json()["ticket"] == before


@pytest.mark.parametrize("path", ["state", "assignee", "assigned_group", "priority", "tags"])
def test_an_update_of_an_unknown_ticket_is_404(api: Api, path: str) -> None:
    assert api.put(f"/tickets/9/{path}", {}).status_code == 404


def test_the_mailbox_can_change(api: Api, sandbox: Sandbox) -> None:
    api.ticket()
    mailbox = sandbox.things("mailboxes")[1]["id"]
    identity = sandbox.things("tickets")[0]["id"]
    for name in ("1", identity):
        answer = api.post(f"/tickets/{name}/change_mailbox/{mailbox}")
        assert answer.json()["ticket"]["mailbox"] == "Billing"
    assert api.post("/tickets/1/change_mailbox/0000000000").status_code == 404
