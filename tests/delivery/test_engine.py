"""Deliveries of several calls, and payloads that cannot be sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from target_groove.delivery.outcome import AnswerRule, Verdict
from target_groove.delivery.request import NEW_ID_PLACEHOLDER, Delivery
from target_groove.errors import Interrupted

if TYPE_CHECKING:
    from target_groove.sandbox import Sandbox
    from tests.delivery.conftest import Desk

GROUP = AnswerRule(resource="group")


def create_and_update(desk: Desk) -> Delivery:
    """Create a group, then change it by the id that Groove gave it."""
    return Delivery(
        (
            desk.request("POST", "/groups", {"name": "New"}, answer=GROUP),
            desk.request("PUT", f"/groups/{NEW_ID_PLACEHOLDER}", {"name": "Newer"}, answer=GROUP),
        )
    )


def test_a_later_call_goes_on_with_the_id_of_the_first(desk: Desk, sandbox: Sandbox) -> None:
    outcome = desk.engine().deliver(create_and_update(desk))

    created = sandbox.things("groups")[-1]
    assert created["name"] == "Newer"
    assert outcome.verdict is Verdict.DELIVERED
    assert outcome.resource_id == created["id"]
    assert sandbox.log()[1]["path"] == f"/v1/groups/{created['id']}"


def test_a_first_answer_without_id(desk: Desk, sandbox: Sandbox) -> None:
    sandbox.faults([{"action": "malformed", "body_text": "{}", "at": [1]}])

    outcome = desk.engine().deliver(create_and_update(desk))

    assert outcome.verdict is Verdict.REJECTED
    assert outcome.reason == (
        "Groove's answer to the call before had no id to go on with; 1 of 2 calls were delivered"
    )
    assert len(sandbox.log()) == 1


def test_a_later_call_that_fails_tells_what_was_made(desk: Desk, sandbox: Sandbox) -> None:
    sandbox.faults([{"action": "status", "status": 422, "method": "PUT"}])

    outcome = desk.engine().deliver(create_and_update(desk))

    created = sandbox.things("groups")[-1]
    assert outcome.verdict is Verdict.REJECTED
    assert outcome.resource_id == created["id"]
    assert outcome.reason == (
        "Groove answered 422: injected fault; "
        f"1 of 2 calls were delivered (Groove's id {created['id']})"
    )


def test_an_id_cannot_lead_elsewhere(desk: Desk, sandbox: Sandbox) -> None:
    """An id is Groove's, but it is escaped like everything that comes into a path."""
    body = '{"group": {"id": "a b?c#d%2e"}}'
    sandbox.faults([{"action": "malformed", "body_text": body, "at": [1]}])

    desk.engine().deliver(create_and_update(desk))

    assert sandbox.log()[1]["path"] == "/v1/groups/a%20b%3Fc%23d%252e"


def test_a_payload_without_a_form_in_json(desk: Desk, sandbox: Sandbox) -> None:
    outcome = desk.send(payload={"id": object()})

    assert outcome.verdict is Verdict.REJECTED
    assert outcome.reason.startswith("payload: ")
    assert "type object" in outcome.reason
    assert outcome.attempts == 0
    assert sandbox.log() == []


def test_nothing_is_begun_when_the_end_was_asked_for(desk: Desk, sandbox: Sandbox) -> None:
    def check() -> None:
        raise Interrupted(15)

    with pytest.raises(Interrupted):
        desk.engine(check=check).deliver(create_and_update(desk))

    assert sandbox.log() == []


def test_what_was_begun_is_ended(desk: Desk, sandbox: Sandbox) -> None:
    """A group that is created but not yet named stays no half thing because of a signal."""
    asked: list[int] = []

    def check() -> None:
        if sandbox.log():
            asked.append(1)
            raise Interrupted(15)

    outcome = desk.engine(check=check).deliver(create_and_update(desk))

    assert outcome.verdict is Verdict.DELIVERED
    assert asked == []
