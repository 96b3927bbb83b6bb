"""Answers that are lost: what may be there is looked for, and nothing is created twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from target_groove.delivery.outcome import Verdict
from tests.subjects.crm import EMAIL, reasons

if TYPE_CHECKING:
    from tests.subjects.crm import Crm

OK = {"contact_email": "ok@example.org", "contact_role": "CEO"}
ROWS = [OK, {"contact_email": EMAIL, "company_domain": "acme.example"}]
LOST_ANSWERS: list[dict[str, Any]] = [
    {"action": "reset_after"},
    {"action": "status_after", "status": 502},
    {"action": "malformed", "body_text": "<html>"},
]


def fault(crm: Crm, rule: dict[str, Any], *, body: str = "ontactCreate", times: int = 1) -> None:
    crm.sandbox.faults([{**rule, "body": body, "times": times}])


@pytest.mark.parametrize("rule", LOST_ANSWERS)
def test_a_create_whose_answer_is_lost_is_found(crm: Crm, rule: dict[str, Any]) -> None:
    crm.prepared()
    fault(crm, rule)

    ids = crm.delivered(crm.contact(*ROWS))

    assert [each["id"] for each in crm.contacts] == ids
    assert crm.companies[0]["contacts"] == ids[1:]
    assert crm.new_kinds == ["LookUp", "Upsert", "LookUp", "Upsert"]
    assert crm.waits == [2.0]


@pytest.mark.parametrize("rule", [{"action": "reset_before"}, {"action": "status", "status": 502}])
def test_a_create_that_did_not_arrive_is_looked_for_twice_and_sent_again(
    crm: Crm, rule: dict[str, Any]
) -> None:
    crm.prepared()
    fault(crm, rule)

    ids = crm.delivered(crm.contact(OK))

    assert [each["id"] for each in crm.contacts] == ids
    assert crm.new_kinds == ["LookUp", "Upsert", "LookUp", "LookUp", "Upsert"]
    assert crm.waits == [2.0, 2.0]


def test_only_what_is_missing_is_created_again(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    """Groove goes on with a document while nobody listens any more."""
    crm.prepared()
    fault(crm, {"action": "status", "status": 504})
    rows = [{"contact_email": f"n{n}@example.org"} for n in range(3)]
    left = list(rows)

    def pause(_seconds: float) -> None:
        if left:
            crm.create(left.pop(0)["contact_email"])

    monkeypatch.setattr(crm.engine, "pause", pause)

    ids = crm.delivered(crm.contact(*rows))

    assert [each["id"] for each in crm.contacts] == ids
    assert crm.new_kinds == ["LookUp", "Upsert", "LookUp", "LookUp", "LookUp"]


def test_groove_cannot_be_reached_any_more(crm: Crm) -> None:
    crm.prepared()
    fault(crm, {"action": "reset_before"}, times=9)

    outcome = crm.contact(OK)

    assert outcome.verdict is Verdict.UNAVAILABLE
    assert outcome.reason.startswith("no answer from Groove")
    assert outcome.attempts == 4
    assert crm.new_kinds.count("Upsert") == 4
    assert crm.waits == [2.0, 2.0, 4.0, 2.0, 8.0, 2.0]


def test_a_failure_at_every_attempt_is_about_the_records(crm: Crm) -> None:
    crm.prepared()
    fault(crm, {"action": "status", "status": 500}, times=9)

    outcome = crm.contact(OK)

    assert outcome.verdict is Verdict.REJECTED
    assert reasons(outcome) == ("Groove answered 500: injected fault",)


def test_a_change_whose_answer_is_lost_is_sent_again(crm: Crm) -> None:
    ids = crm.delivered(crm.contact(OK))
    crm.prepared()
    fault(crm, {"action": "reset_after"}, body="customFieldValuesUpdate")

    crm.delivered(crm.contact({**OK, "contact_role": "CTO"}, known=ids))

    assert crm.contacts[0]["values"]["contact_role"] == "CTO"
    assert crm.new_kinds == ["Upsert", "Upsert"]


def test_a_refused_token_ends_it(crm: Crm) -> None:
    crm.prepared()
    fault(crm, {"action": "status", "status": 401}, body="query LookUp")

    assert crm.contact(OK).verdict is Verdict.UNAUTHORIZED


def test_a_limit_is_waited_for(crm: Crm) -> None:
    crm.prepared()
    fault(crm, {"action": "status", "status": 429})

    crm.delivered(crm.contact(OK))

    assert len(crm.contacts) == 1
    assert crm.new_kinds == ["LookUp", "Upsert", "Upsert"]


def test_what_certainly_did_nothing_is_noted(crm: Crm) -> None:
    crm.prepared()
    fault(crm, {"action": "status", "status": 429}, times=9)

    assert crm.contact(OK).verdict is Verdict.UNAVAILABLE
    assert crm.journal.notes == ["leaves"] * 4 + ["came back"]


def test_what_a_run_before_created_is_found(crm: Crm) -> None:
    """After a kill the record comes again, and the ledger has no id of it."""
    ids = crm.delivered(crm.contact(OK))
    crm.new_run()

    assert crm.delivered(crm.contact(OK)) == ids
    assert len(crm.contacts) == 1
