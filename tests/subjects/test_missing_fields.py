"""`create_missing_fields`: unknown fields are created, once each."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from target_groove.delivery.outcome import Verdict
from tests.subjects.crm import EMAIL, reasons
from tests.subjects.test_access import schema_without

if TYPE_CHECKING:
    from tests.subjects.crm import Crm

CREATE = "customFieldCreate"


@pytest.fixture
def crm(crm: Crm) -> Crm:
    crm.new_run(create_missing_fields=True)
    return crm


def field(crm: Crm, key: str) -> dict[str, Any]:
    (found,) = (each for each in crm.sandbox.things("custom_fields") if each["key"] == key)
    return found


@pytest.mark.parametrize(
    "value,type_,kept",
    [
        ("plain", "SINGLE_LINE", "plain"),
        ("two\nlines", "MULTI_LINE", "two\nlines"),
        (42, "NUMBER", "42"),
        ("2026-02-03T10:15:00Z", "DATE", "2026-02-03"),
        ({"city": "Rome"}, "ADDRESS", {"city": "Rome"}),
        ("https://a.example", "LINK", {"link": "https://a.example", "text": "https://a.example"}),
    ],
)
def test_the_type_comes_from_the_value(crm: Crm, value: Any, type_: str, kept: Any) -> None:
    crm.delivered(crm.contact({"contact_email": EMAIL, "shoe_size": value}))

    made = field(crm, "contact_shoe_size")
    assert (made["type"], made["name"]) == (type_, "Shoe size")
    assert made["category"] == "contact_details"
    assert crm.contacts[0]["values"]["contact_shoe_size"] == kept


def test_a_field_is_created_once(crm: Crm) -> None:
    crm.prepared()

    crm.delivered(
        crm.contact(
            {"contact_email": EMAIL, "contact_size": 42, "company_domain": "a.example"},
            {"contact_email": "b@example.org", "contact_size": 43, "colour": "red"},
        )
    )
    crm.delivered(crm.contact({"contact_email": "c@example.org", "contact_size": 44}))

    assert crm.new_kinds == [
        "LookUp",  # the categories
        "Upsert",
        "Upsert",
        "LookUp",
        "Upsert",
        "Upsert",
        "LookUp",
        "Upsert",
    ]
    assert {each["values"]["contact_size"] for each in crm.contacts} == {"42", "43", "44"}


def test_a_field_of_companies_goes_to_theirs(crm: Crm) -> None:
    crm.delivered(crm.company({"domain": "a.example", "floor": 3}))

    assert field(crm, "company_floor")["category"] == "company_details"


def test_a_list_is_no_field_that_can_be_created(crm: Crm) -> None:
    outcome = crm.contact({"contact_email": EMAIL, "hats": ["a", "b"]})

    assert reasons(outcome) == (
        (
            "hats: Groove has no such custom field, and fields for lists can only be created in "
            "Groove itself"
        ),
    )


def test_a_refusal_is_remembered(crm: Crm) -> None:
    crm.prepared()
    for _ in range(2):
        outcome = crm.contact({"contact_email": EMAIL, "Shoe Size": 42})

        assert reasons(outcome) == (
            "Shoe Size: Groove has no such custom field and did not create it: is invalid",
        )
    assert crm.new_kinds == ["LookUp", "Upsert", "CustomFields"]


def test_a_token_that_may_not_create_fields(crm: Crm) -> None:
    crm.sandbox.configure(graphql="no_field_creation")

    outcome = crm.contact({"contact_email": EMAIL, "size": 42})

    assert reasons(outcome) == (
        "size: Groove has no such custom field, and api_token may not see customFieldCreate",
    )


@pytest.mark.parametrize("action", ["reset_before", "reset_after"])
def test_a_field_whose_answer_is_lost(crm: Crm, action: str) -> None:
    crm.prepared()
    crm.sandbox.faults([{"action": action, "body": CREATE, "times": 1}])

    crm.delivered(crm.contact({"contact_email": EMAIL, "size": 42}))

    assert field(crm, "contact_size")["type"] == "NUMBER"
    assert crm.waits == [2.0]


def test_nobody_knows_whether_a_field_was_created(crm: Crm) -> None:
    crm.prepared()
    crm.sandbox.faults([{"action": "reset_before", "body": CREATE}])

    outcome = crm.contact({"contact_email": EMAIL, "size": 42})

    assert reasons(outcome) == (
        "size: Groove has no such custom field, and it is not known whether it was created",
    )


def test_somebody_else_was_quicker(crm: Crm) -> None:
    crm.prepared()
    data = crm.mutate("{ customFieldCategories { nodes { id } } }")
    category = data["customFieldCategories"]["nodes"][0]["id"]
    crm.mutate(
        f'mutation {{ customFieldCreate(input: {{categoryId: "{category}", icon: "text", '
        'key: "contact_size", name: "Size", type: SINGLE_LINE}) { errors { message } } }'
    )

    crm.delivered(crm.contact({"contact_email": EMAIL, "size": 42}))

    assert crm.contacts[0]["values"]["contact_size"] == "42"


def test_without_a_category_one_is_created(crm: Crm) -> None:
    schema_without(crm, "customFieldCategories")

    crm.delivered(crm.contact({"contact_email": EMAIL, "size": 42}))

    assert field(crm, "contact_size")["category"] == "contact_synchronised"


def test_without_a_category_and_the_right_to_create_one(crm: Crm) -> None:
    schema_without(crm, "customFieldCategories", "customFieldCategoryCreate")

    outcome = crm.contact({"contact_email": EMAIL, "size": 42})

    assert reasons(outcome) == (
        "size: Groove has no category for it, and api_token may not see customFieldCategoryCreate",
    )


def test_a_category_that_groove_refuses(crm: Crm) -> None:
    schema_without(crm, "customFieldCategories")
    assert crm.contact({}).verdict is Verdict.REJECTED
    errors = [{"message": "is full", "path": None}]
    answer = {"data": {"o0": {"customFieldCategory": None, "errors": errors}}}
    crm.sandbox.faults(
        [{"action": "malformed", "body": "CategoryCreate", "body_text": json.dumps(answer)}]
    )

    outcome = crm.contact({"contact_email": EMAIL, "size": 42})

    assert reasons(outcome) == ("size: Groove did not create a category for it: is full",)


def test_a_category_whose_answer_is_lost(crm: Crm) -> None:
    schema_without(crm, "customFieldCategories")
    assert crm.contact({}).verdict is Verdict.REJECTED
    crm.sandbox.faults([{"action": "reset_after", "body": "CategoryCreate"}])

    assert crm.contact({"contact_email": EMAIL, "size": 42}).verdict is Verdict.UNAVAILABLE
