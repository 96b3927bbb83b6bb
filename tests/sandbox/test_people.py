from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests

    from tests.sandbox.conftest import Api

    Refused = Callable[[requests.Response], dict[str, str]]


def test_a_customer_is_updated(api: Api) -> None:
    api.ticket(**{"from": {"email": "jo@acme.example", "name": "Jo Anne Smith"}})
    body = {"email": "jo@acme.example", "about": "VIP", "custom": {"plan": "gold"}}
    answer = api.put("/customers/jo@acme.example", body)
    assert answer.status_code == 200
    customer = answer.json()["customer"]
    assert customer["about"] == "VIP"
    assert customer["custom"] == {"plan": "gold"}
    assert (customer["first_name"], customer["last_name"]) == ("Jo", "Anne Smith")
    api.put("/customers/jo@acme.example", {"custom": {"seats": 3}})
    answer = api.get(f"/customers/{customer['id']}")
    assert answer.json()["customer"]["custom"] == {"plan": "gold", "seats": 3}


def test_a_customer_can_move_to_a_free_address(api: Api, refused: Refused) -> None:
    api.ticket()
    api.ticket(**{"from": "kim@acme.example"})
    answer = api.put("/customers/jo@acme.example", {"email": "kim@acme.example"})
    assert refused(answer) == {"email": "email belongs to another customer"}
    assert api.put("/customers/jo@acme.example", {"email": "Jo@new.example"}).status_code == 200
    assert api.get("/customers/jo@acme.example").status_code == 404
    assert api.get("/customers/JO@new.example").json()["customer"]["email"] == "jo@new.example"


def test_an_unknown_customer_is_404(api: Api) -> None:
    assert api.put("/customers/nobody@acme.example", {"about": "x"}).status_code == 404
    assert api.get("/customers/nobody@acme.example").status_code == 404


def test_a_percent_encoded_at_sign_is_404(api: Api) -> None:
    api.ticket()
    assert api.get("/customers/jo@acme.example").status_code == 200
    assert api.put("/customers/jo%40acme.example", {"about": "x"}).status_code == 404


def test_other_characters_may_be_percent_encoded(api: Api) -> None:
    api.ticket(**{"from": "jo+x@acme.example"})
    assert api.get("/customers/jo%2Bx@acme.example").status_code == 200
    api.ticket(**{"from": "jo/x@acme.example"})
    href = api.get("/customers/jo%2Fx@acme.example").json()["customer"]["href"]
    assert href.endswith("/customers/jo%2Fx@acme.example")


@pytest.mark.parametrize(
    "body, field",
    [
        ({"name": 1}, "name"),
        ({"first_name": "Jo"}, "first_name"),
        ({"custom": "x"}, "custom"),
        ({"email": "x"}, "email"),
    ],
)
def test_a_wrong_customer_is_refused(
    api: Api, refused: Refused, body: dict[str, object], field: str
) -> None:
    api.ticket()
    assert set(refused(api.put("/customers/jo@acme.example", body))) == {field}


def test_customers_are_listed(api: Api) -> None:
    api.ticket()
    api.ticket(**{"from": "kim@acme.example"})
    customers = api.get("/customers").json()["customers"]
    assert [it["email"] for it in customers] == ["jo@acme.example", "kim@acme.example"]


def test_customers_are_not_created(api: Api) -> None:
    assert api.post("/customers", {"email": "jo@acme.example"}).status_code == 405


def test_me_is_the_first_agent(api: Api) -> None:
    assert api.get("/me").json()["user"]["email"] == "ada@sandbox.example"


def test_agents_are_listed_and_found(api: Api) -> None:
    agents = api.get("/agents").json()["agents"]
    assert [it["first_name"] for it in agents] == ["Ada", "Grace", "Alan"]
    assert api.get("/agents/Ada@sandbox.example").json()["agent"] == agents[0]
    assert api.get("/agents/nobody@sandbox.example").status_code == 404


def test_agents_of_a_group(api: Api) -> None:
    billing = api.get("/groups").json()["groups"][1]
    agents = api.get(f"/agents?group={billing['id']}").json()["agents"]
    assert [it["first_name"] for it in agents] == ["Ada"]
    assert api.get("/agents?group=0000000000").status_code == 404


def test_mailboxes_and_folders(api: Api) -> None:
    mailboxes = api.get("/mailboxes").json()["mailboxes"]
    assert [it["email"] for it in mailboxes] == [
        *("support@sandbox.example", "billing@sandbox.example"),
    ]
    assert len(api.get("/folders").json()["folders"]) == 10
    folders = api.get(f"/folders?mailbox={mailboxes[0]['id']}").json()["folders"]
    assert [it["name"] for it in folders] == ["Unread", "Opened", "Pending", "Closed", "Spam"]
    assert api.get("/folders?mailbox=nobody@sandbox.example").status_code == 404
