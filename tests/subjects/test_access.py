"""What a token may not see is said, and asked for once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from target_groove.delivery.outcome import Verdict
from target_groove.subjects.schema import INTROSPECTION
from tests.subjects.crm import EMAIL, reasons

if TYPE_CHECKING:
    from tests.subjects.crm import Crm

OK = {"contact_email": "ok@example.org"}
MEND = "let an administrator make api_token, or use update_customer, which works without GraphQL"


def test_a_token_without_contacts(crm: Crm) -> None:
    crm.sandbox.configure(graphql="no_crm")

    for _ in range(2):
        outcome = crm.contact(OK)

        assert outcome.verdict is Verdict.NOT_OFFERED
        assert outcome.reason == (
            "api_token may not see contacts, customFields, contactCreate, customFieldValuesUpdate "
            f"of Groove's GraphQL; {MEND}"
        )
    assert crm.kinds == ["Introspection"]


def test_a_host_without_graphql(crm: Crm) -> None:
    crm.sandbox.configure(graphql="off")

    for _ in range(2):
        outcome = crm.company({"domain": "a.example"})

        assert outcome.verdict is Verdict.NOT_OFFERED
        assert outcome.reason == (
            "there is no GraphQL at graphql_url (Groove answered 404: not found); correct "
            f"graphql_url, {MEND}"
        )
    assert len(crm.sandbox.log()) == 1


def test_a_server_that_does_not_tell_its_schema(crm: Crm) -> None:
    said = '{"errors": [{"message": "no introspection here"}]}'
    crm.sandbox.faults([{"action": "malformed", "body": "Introspection", "body_text": said}])

    outcome = crm.contact(OK)

    assert outcome.reason == (
        "Groove's GraphQL did not tell its schema (Groove answered 200: no introspection here); "
        f"{MEND}"
    )
    assert outcome.verdict is Verdict.NOT_OFFERED


@pytest.mark.parametrize(
    "rule,verdict",
    [
        ({"status": 401}, Verdict.UNAUTHORIZED),
        ({"status": 503}, Verdict.UNAVAILABLE),
        ({"status": 500}, Verdict.UNAVAILABLE),
    ],
)
def test_a_schema_that_does_not_come(crm: Crm, rule: dict[str, Any], verdict: Verdict) -> None:
    crm.sandbox.faults([{"action": "status", "body": "Introspection", **rule}])

    assert crm.contact(OK).verdict is verdict


def test_an_answer_without_a_schema(crm: Crm) -> None:
    crm.sandbox.faults([{"action": "malformed", "body": "Introspection", "body_text": "[]"}])

    assert crm.contact(OK).verdict is Verdict.UNAVAILABLE


def test_a_list_of_fields_that_is_none(crm: Crm) -> None:
    said = '{"data": {"customFields": null}}'
    crm.sandbox.faults([{"action": "malformed", "body": "CustomFields", "body_text": said}])

    outcome = crm.contact(OK)

    assert outcome.verdict is Verdict.NOT_OFFERED
    assert outcome.reason == (
        f"Groove did not list the custom fields (the list is missing); {MEND}"
    )


def test_fields_come_page_by_page(crm: Crm) -> None:
    category = crm.mutate("{ customFieldCategories { nodes { id type } } }")
    (first, *_) = category["customFieldCategories"]["nodes"]
    for number in range(60):
        crm.mutate(
            f'mutation {{ customFieldCreate(input: {{categoryId: "{first["id"]}", icon: "text", '
            f'key: "contact_extra_{number}", name: "x", type: SINGLE_LINE}}) {{ errors {{ message '
            "} } }"
        )
    crm.seen = len(crm.queries)

    crm.delivered(crm.contact({**OK, "extra_59": "last"}))

    assert crm.contacts[0]["values"]["contact_extra_59"] == "last"
    asked = [kind for kind in crm.kinds if kind == "CustomFields"]
    assert len(asked) == 2


def schema_without(crm: Crm, *names: str) -> None:
    """Have the schema shown without some fields, of whatever type."""
    shown = json.dumps(crm.mutate(INTROSPECTION))
    kept = json.loads(shown, object_hook=lambda thing: _without(thing, names))
    crm.sandbox.faults(
        [
            {
                "action": "malformed",
                "body": "query Introspection",
                "body_text": json.dumps({"data": kept}),
            }
        ]
    )


def _without(thing: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    for part in ("fields", "inputFields"):
        if isinstance(thing.get(part), list):
            thing[part] = [each for each in thing[part] if each["name"] not in names]
    return thing


def test_a_contact_without_its_company_for_a_token_that_sees_none(crm: Crm) -> None:
    schema_without(crm, "companies", "companyAddContacts")

    outcome = crm.contact({"contact_email": EMAIL, "company_domain": "a.example"}, OK)

    assert reasons(outcome) == (
        (
            "company_domain: api_token may not see companies, companyAddContacts; leave the "
            "company out, or note that update_customer works without GraphQL"
        ),
        None,
    )


def test_without_filters_all_are_listed(crm: Crm) -> None:
    rows = [{"contact_email": f"n{n}@example.org"} for n in range(60)]
    ids = crm.delivered(crm.contact(*rows))
    schema_without(crm, "email", "search")
    crm.new_run()
    crm.prepared()

    assert crm.delivered(crm.contact(*rows, OK))[:60] == ids

    assert len(crm.contacts) == 61
    assert crm.new_kinds == ["LookUp", "LookUp", "Upsert"]


def test_without_bulk_changes_are_made_one_by_one(crm: Crm) -> None:
    schema_without(crm, "customFieldValuesBulkUpdate")
    rows = [{"contact_email": f"n{n}@example.org"} for n in range(12)]
    ids = crm.delivered(crm.contact(*rows))
    crm.prepared()

    crm.delivered(crm.contact(*({**each, "role": "B"} for each in rows), known=ids))

    assert {each["values"]["contact_role"] for each in crm.contacts} == {"B"}
    assert crm.new_kinds == ["Upsert"]


def test_without_a_look_at_one_contact_none_is_changed_in_bulk(crm: Crm) -> None:
    schema_without(crm, "contact")
    rows = [{"contact_email": f"n{n}@example.org"} for n in range(12)]
    ids = crm.delivered(crm.contact(*rows))

    crm.delivered(crm.contact(*({**each, "role": "B"} for each in rows), known=ids))

    assert "customFieldValuesUpdate" in crm.queries[-1]


def test_an_older_schema(crm: Crm) -> None:
    """Without what newer ones tell of fields, types and lists are known by the key only."""
    schema_without(crm, "isUnique", "category", "options", "isArray")

    outcome = crm.contact({"user_id": "17"}, {"user_id": "18", **OK})

    assert reasons(outcome)[1] is None
    assert "nothing else says which contact is meant" in str(reasons(outcome)[0])
