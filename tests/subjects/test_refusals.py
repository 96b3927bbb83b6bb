"""What is wrong with one record is said of that record, and of no other."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from target_groove.delivery.outcome import Verdict
from tests.subjects.crm import EMAIL, reasons

if TYPE_CHECKING:
    from tests.subjects.crm import Crm

OK = {"contact_email": "ok@example.org"}
NO_FIELD = (
    "Groove has no such custom field; create it there, leave it out with exclude, or set "
    "create_missing_fields"
)


def test_an_unknown_field(crm: Crm) -> None:
    outcome = crm.contact({"contact_email": EMAIL, "contact_shoe_size": 42}, OK)

    assert outcome.verdict is Verdict.DELIVERED
    assert reasons(outcome) == (f"contact_shoe_size: {NO_FIELD}", None)
    assert [each["values"] for each in crm.contacts] == [OK]


def test_all_that_is_wrong_with_a_record_is_said_at_once(crm: Crm) -> None:
    outcome = crm.contact({"contact_email": EMAIL, "seats": "many", "plan": "huge", "x": 1})

    assert outcome.verdict is Verdict.REJECTED
    assert outcome.reason == (
        "seats: 'many' is no number; plan: 'huge' is none of the options: free (Free), team "
        f"(Team), enterprise (Enterprise); x: {NO_FIELD}"
    )
    assert reasons(outcome) == (outcome.reason,)
    assert crm.kinds == ["Introspection", "CustomFields"]


def test_nothing_says_who_is_meant(crm: Crm) -> None:
    outcome = crm.contact({"contact_first_name": "Ada"}, {})

    who = (
        "contact_email: is missing, and nothing else says which contact is meant; give it, "
        "contact_secondary_emails, contact_facebook, contact_twitter or a unique field of the "
        "account's own"
    )
    assert reasons(outcome) == (who, who)


def test_what_groove_refuses_of_a_create(crm: Crm) -> None:
    crm.delivered(crm.contact({"contact_email": EMAIL, "contact_twitter": "ada"}))
    crm.prepared()

    outcome = crm.contact({"contact_email": "b@example.org", "contact_twitter": "ada"}, OK)

    assert reasons(outcome) == ("contact_twitter: Groove says: has already been taken", None)
    assert len(crm.contacts) == 2
    # It may have been created by somebody else meanwhile, so it is looked for once more.
    assert crm.new_kinds == ["LookUp", "Upsert", "LookUp", "Upsert"]


def test_what_groove_refuses_of_a_change(crm: Crm) -> None:
    crm.delivered(crm.contact({"contact_email": EMAIL, "contact_twitter": "ada"}, OK))

    outcome = crm.contact({**OK, "contact_role": "CEO", "contact_twitter": "ada"})

    assert reasons(outcome) == ("contact_twitter: Groove says: has already been taken",)


def test_a_value_that_several_have(crm: Crm) -> None:
    """No unique field allows that; an account of old may have it."""
    first, second = sorted(crm.delivered(crm.contact(OK, {"contact_email": EMAIL})))
    node = '{"id": "%s", "customFieldValues": {"nodes": []}, "email": "%s"}'
    nodes = ", ".join(node % (each, EMAIL) for each in (first, second))
    page = f'{{"nodes": [{nodes}], "pageInfo": {{"hasNextPage": false}}}}'
    crm.sandbox.faults(
        [
            {
                "action": "malformed",
                "body": "query LookUp",
                "body_text": f'{{"data": {{"o0": {page}}}}}',
            }
        ]
    )

    outcome = crm.contact({"contact_email": EMAIL, "contact_role": "CEO"})

    assert reasons(outcome) == (
        (
            f"contact_email: {EMAIL} is that of several in Groove ({first}, {second}); merge them "
            "there"
        ),
    )


def test_a_look_up_that_fails_is_about_its_record(crm: Crm) -> None:
    crm.delivered(crm.contact(OK))
    nobody = {"nodes": [], "pageInfo": {"hasNextPage": False}}
    answer = {
        "data": {"o0": None, "o1": nobody},
        "errors": [{"message": "timeout", "path": ["o0"]}],
    }
    crm.sandbox.faults(
        [{"action": "malformed", "body": "query LookUp", "body_text": json.dumps(answer)}]
    )

    outcome = crm.contact({"contact_email": EMAIL}, {"contact_email": "b@example.org"})

    assert reasons(outcome) == (f"the look-up of {EMAIL} failed: timeout", None)


@pytest.mark.parametrize("data", ['{"o0": null, "o1": null}', "null"])
def test_creates_that_fail_without_a_word(crm: Crm, data: str) -> None:
    crm.sandbox.faults(
        [{"action": "malformed", "body": "mutation Upsert", "body_text": f'{{"data": {data}}}'}]
    )

    outcome = crm.contact(OK, {"contact_email": EMAIL})

    assert reasons(outcome) == ("Groove created nothing and gave no reason",) * 2


def test_one_that_spoils_the_document_is_told_from_the_others(crm: Crm) -> None:
    rows = [{"contact_email": f"n{n}@example.org"} for n in range(5)]
    crm.sandbox.faults(
        [
            {
                "action": "status",
                "status": 200,
                "body": "n3@example.org",
                "body_text": '{"errors": [{"message": "o3_input was provided invalid value"}]}',
            }
        ]
    )

    outcome = crm.contact(*rows)

    said = (
        "the look-up of n3@example.org failed: Groove answered 200: o3_input was provided invalid "
        "value"
    )
    assert reasons(outcome) == (None, None, None, said, None)
    assert len(crm.contacts) == 4


def test_a_document_that_is_too_large_is_made_smaller_once(crm: Crm) -> None:
    """Nothing is written of how much Groove takes in one document."""
    crm.prepared()
    said = '{"errors": [{"message": "Query has complexity of 2000"}]}'
    too_large = {"action": "status", "status": 200, "body_text": said}
    crm.sandbox.faults(
        [{**too_large, "body": "o3: contacts"}, {**too_large, "body": "o4: contactCreate"}]
    )
    rows = [{"contact_email": f"n{n}@example.org"} for n in range(8)]

    crm.delivered(crm.contact(*rows[:5]))
    first = crm.new_kinds
    crm.delivered(crm.contact(*rows))

    assert len(crm.contacts) == 8
    assert first == ["LookUp"] * 3 + ["Upsert"] * 3
    assert crm.new_kinds[len(first) :] == ["LookUp"] * 3 + ["Upsert"]


def test_a_bulk_change_that_is_refused_is_made_one_by_one(crm: Crm) -> None:
    rows = [{"contact_email": f"n{n}@example.org"} for n in range(10)]
    ids = crm.delivered(crm.contact(*rows))
    errors = [{"path": ["items", "3"], "message": "is invalid"}]
    answer = {"data": {"o0": {"jid": None, "errors": errors}}}
    crm.sandbox.faults(
        [{"action": "malformed", "body": "BulkUpdate", "body_text": json.dumps(answer)}]
    )

    crm.delivered(crm.contact(*({**each, "role": "B"} for each in rows), known=ids))

    assert {each["values"]["contact_role"] for each in crm.contacts} == {"B"}


@pytest.mark.parametrize("action,status", [("status", 500), ("status", 404)])
def test_a_server_that_does_not_answer_the_documents(crm: Crm, action: str, status: int) -> None:
    crm.delivered(crm.contact(OK))
    crm.sandbox.faults([{"action": action, "status": status, "body": "mutation Upsert"}])

    outcome = crm.contact({**OK, "role": "CEO"}, {"contact_email": EMAIL, "seats": "many"})

    assert outcome.verdict is Verdict.REJECTED
    assert reasons(outcome) == (
        f"Groove answered {status}: injected fault",
        "seats: 'many' is no number",
    )


def test_a_change_that_groove_answers_with_something_else(crm: Crm) -> None:
    ids = crm.delivered(crm.contact(OK))
    crm.sandbox.faults(
        [{"action": "malformed", "body": "mutation Upsert", "body_text": "[]", "times": 1}]
    )

    crm.delivered(crm.contact({**OK, "role": "CEO"}, known=ids))

    assert crm.contacts[0]["values"]["contact_role"] == "CEO"


def test_a_look_up_that_groove_answers_with_something_else(crm: Crm) -> None:
    crm.sandbox.faults([{"action": "malformed", "body": "query LookUp", "body_text": "[]"}])

    outcome = crm.contact(OK)

    assert outcome.verdict is Verdict.UNAVAILABLE
    assert outcome.reason == "Groove answered 200, but not as GraphQL does"
