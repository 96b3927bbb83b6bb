"""Contacts and companies, found or created, with values of every type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.subjects.crm import EMAIL, reasons

if TYPE_CHECKING:
    from tests.subjects.crm import Crm

EVERY_TYPE: dict[str, Any] = {
    "contact_email": EMAIL,
    "contact_first_name": "Ada",
    "contact_interests": ["engines", "poetry"],
    "contact_notes": "Two\nlines",
    "contact_dob": "1980/02/24",
    "contact_seats": "+1 (555) 823-4312",
    "contact_plan": "Enterprise",
    "contact_blog_url": "https://ada.example",
    "contact_home_address": {"street": "1 Main", "postalCode": 94110},
}
AS_GROOVE_HAS_IT = {
    "contact_email": EMAIL,
    "contact_first_name": "Ada",
    "contact_interests": ["engines", "poetry"],
    "contact_notes": "Two\nlines",
    "contact_dob": "1980-02-24",
    "contact_seats": "+15558234312",
    "contact_plan": "enterprise",
    "contact_blog_url": {"link": "https://ada.example", "text": "https://ada.example"},
    "contact_home_address": {"street": "1 Main", "postal_code": "94110"},
}


def test_a_contact_is_created_with_values_of_every_type(crm: Crm) -> None:
    (contact_id,) = crm.delivered(crm.contact(EVERY_TYPE))

    (contact,) = crm.contacts
    assert contact["id"] == contact_id
    assert contact["values"] == AS_GROOVE_HAS_IT
    assert contact["contact_type"] == "contact"
    assert crm.kinds == ["Introspection", "CustomFields", "LookUp", "Upsert", "Upsert"]
    assert crm.journal.notes == ["leaves", "leaves"]


def test_what_is_there_already_costs_a_look_up(crm: Crm) -> None:
    crm.delivered(crm.contact(EVERY_TYPE))
    before = crm.contacts
    crm.prepared()

    crm.delivered(crm.contact({**EVERY_TYPE, "contact_email": EMAIL.upper()}))

    assert crm.contacts == before
    assert crm.new_kinds == ["LookUp"]


def test_only_what_differs_is_set(crm: Crm) -> None:
    crm.delivered(crm.contact(EVERY_TYPE))
    crm.prepared()

    crm.delivered(crm.contact({**EVERY_TYPE, "contact_plan": "team", "contact_first_name": None}))

    (contact,) = crm.contacts
    assert contact["values"] == {**AS_GROOVE_HAS_IT, "contact_plan": "team"}
    assert crm.new_kinds == ["LookUp", "Upsert"]
    change = crm.sandbox.log()[-1]["body"]["variables"]["o0_input"]
    assert change["customFieldList"] == [{"customFieldIdOrKey": "contact_plan", "value": "team"}]


@pytest.mark.parametrize(
    "key,value",
    [
        ("contact_email", "kim@example.org"),
        ("contact_secondary_emails", ["kim@example.org", "kim@home.example"]),
        ("contact_facebook", "kim.fb"),
        ("contact_twitter", "kim_tw"),
        ("contact_linkedin", "kim-in"),
        ("contact_user_id", "17"),
    ],
)
def test_each_unique_field_of_a_contact_identifies_it(crm: Crm, key: str, value: Any) -> None:
    noise = {"contact_email": "x@example.org", "contact_phone_number": f"{value}0"}
    crm.delivered(crm.contact(noise))
    crm.prepared()

    (first,) = crm.delivered(crm.contact({key: value, "first_name": "Kim"}))
    (second,) = crm.delivered(crm.contact({key: value, "first_name": "Kimberly"}))

    assert first == second
    assert len(crm.contacts) == 2
    assert crm.contacts[1]["values"] == {key: value, "contact_first_name": "Kimberly"}


@pytest.mark.parametrize(
    "key,value",
    [
        ("company_domain", "acme.example"),
        ("company_secondary_domains", ["acme.example", "acme.test"]),
        ("company_facebook", "acme.fb"),
        ("company_twitter", "acme_tw"),
        ("company_linkedin", "acme-in"),
        ("company_customer_id", "17"),
    ],
)
def test_each_unique_field_of_a_company_identifies_it(crm: Crm, key: str, value: Any) -> None:
    crm.delivered(crm.company({"company_domain": "x.example", "name": f"{value}"}))

    (first,) = crm.delivered(crm.company({key: value, "name": "Acme"}))
    (second,) = crm.delivered(crm.company({key: value, "name": "Acme Ltd"}))

    assert first == second
    assert len(crm.companies) == 2
    assert crm.companies[1]["values"] == {key: value, "company_name": "Acme Ltd"}


def test_an_address_that_is_a_further_one_identifies_and_stays_it(crm: Crm) -> None:
    crm.delivered(
        crm.contact({"contact_email": EMAIL, "contact_secondary_emails": ["a@b.example"]})
    )

    outcome = crm.contact({"contact_email": "a@b.example", "contact_first_name": "Ada"})

    assert outcome.item_reasons == (None,)
    assert outcome.item_ids == (None,), "with the id it would be set without a look-up"
    (contact,) = crm.contacts
    assert contact["values"]["contact_email"] == EMAIL
    assert contact["values"]["contact_first_name"] == "Ada"


def test_a_known_contact_is_changed_without_a_look_up(crm: Crm) -> None:
    ids = crm.delivered(crm.contact({"contact_email": EMAIL}))
    crm.prepared()

    again = crm.contact({"contact_email": "new@example.org", "contact_role": "CEO"}, known=ids)

    assert crm.delivered(again) == ids
    assert crm.contacts[0]["values"] == {"contact_email": "new@example.org", "contact_role": "CEO"}
    assert crm.new_kinds == ["Upsert"]


def test_a_known_contact_that_was_deleted_is_created_anew(crm: Crm) -> None:
    crm.prepared()

    (made,) = crm.delivered(crm.contact({"contact_email": EMAIL}, known=["ct_0000000001"]))

    assert [each["id"] for each in crm.contacts] == [made]
    assert crm.new_kinds == ["Upsert", "LookUp", "Upsert"]


def test_a_known_contact_that_was_deleted_and_that_nothing_identifies(crm: Crm) -> None:
    outcome = crm.contact({"contact_role": "CEO"}, known=["ct_0000000001"])

    assert reasons(outcome) == (
        (
            "Groove has no contact ct_0000000001 any more, and no field of the record says which "
            "other is meant"
        ),
    )


def test_many_known_contacts_are_changed_by_the_bulk_mutation(crm: Crm) -> None:
    rows = [{"contact_email": f"n{n}@example.org", "contact_role": "A"} for n in range(25)]
    ids = crm.delivered(crm.contact(*rows))
    crm.prepared()

    changed = [{**row, "contact_role": "B"} for row in rows[:-1]]
    outcome = crm.contact(*changed, rows[-1], known=ids)

    assert crm.delivered(outcome) == ids
    assert [each["values"]["contact_role"] for each in crm.contacts] == ["B"] * 24 + ["A"]
    assert crm.new_kinds == ["LookUp", "Upsert"]
    assert "customFieldValuesBulkUpdate" in crm.queries[-1]
    assert len(crm.sandbox.log()[-1]["body"]["variables"]["o0_input"]["items"]) == 24


def test_a_deleted_one_among_many_known_is_created_anew(crm: Crm) -> None:
    rows = [{"contact_email": f"n{n}@example.org", "contact_role": "A"} for n in range(12)]
    ids = crm.delivered(crm.contact(*rows[:-1]))

    changed = [{**row, "contact_role": "B"} for row in rows]
    crm.delivered(crm.contact(*changed, known=[*ids, "ct_0000000001"]))

    assert [each["values"]["contact_role"] for each in crm.contacts] == ["B"] * 12


def test_an_account_with_the_other_name_of_the_bulk_mutation(crm: Crm) -> None:
    crm.sandbox.configure(graphql="bulk_renamed")
    rows = [{"contact_email": f"n{n}@example.org"} for n in range(10)]
    ids = crm.delivered(crm.contact(*rows))

    crm.delivered(crm.contact(*({**each, "role": "B"} for each in rows), known=ids))

    assert {each["values"].get("contact_role") for each in crm.contacts} == {"B"}
    assert "customFieldBulkUpdate" in crm.queries[-1]


def test_a_hundred_in_a_batch(crm: Crm) -> None:
    rows = [{"contact_email": f"n{n}@example.org", "contact_role": "A"} for n in range(100)]

    ids = crm.delivered(crm.contact(*rows))

    assert [each["id"] for each in crm.contacts] == ids
    assert crm.kinds == ["Introspection", "CustomFields", "LookUp", "Upsert"]


def test_two_records_of_one_contact_come_one_after_the_other(crm: Crm) -> None:
    rows: list[dict[str, Any]] = [
        {"contact_email": EMAIL, "contact_first_name": "A", "contact_role": "CEO"},
        {"contact_email": "other@example.org"},
        {"contact_email": EMAIL.upper(), "contact_first_name": "Ada"},
        {"contact_secondary_emails": [EMAIL], "contact_last_name": "L"},
    ]

    first, other, second, third = crm.delivered(crm.contact(*rows))

    assert first == second == third != other
    values = crm.contacts[0]["values"]
    assert (values["contact_first_name"], values["contact_last_name"]) == ("Ada", "L")
    assert values["contact_role"] == "CEO"


def test_two_records_that_turn_out_to_be_one_contact(crm: Crm) -> None:
    start = {"contact_email": EMAIL, "contact_twitter": "ada", "contact_first_name": "A"}
    crm.delivered(crm.contact(start))

    rows = [
        {"contact_email": EMAIL, "contact_first_name": "B"},
        {"contact_twitter": "ada", "contact_first_name": "A"},
    ]
    first, second = crm.delivered(crm.contact(*rows))

    assert first == second
    assert [each["values"]["contact_first_name"] for each in crm.contacts] == ["A"]


def test_a_further_address_stays_one_also_beside_a_record_with_the_first(crm: Crm) -> None:
    crm.delivered(
        crm.contact({"contact_email": EMAIL, "contact_secondary_emails": ["b@b.example"]})
    )

    rows = [
        {"contact_email": EMAIL, "contact_first_name": "A"},
        {"contact_email": "b@b.example", "contact_first_name": "B"},
    ]
    assert crm.contact(*rows).item_reasons == (None, None)

    (contact,) = crm.contacts
    assert contact["values"]["contact_email"] == EMAIL
    assert contact["values"]["contact_first_name"] == "B"


def test_an_address_that_one_gives_up_may_be_taken_by_another_in_its_batch(crm: Crm) -> None:
    ids = crm.delivered(crm.contact({"contact_email": EMAIL, "contact_first_name": "A"}))

    rows = [{"contact_email": "new@example.org"}, {"contact_email": EMAIL}]
    first, second = crm.delivered(crm.contact(*rows, known=ids))

    assert first == ids[0] != second
    found = [each["values"]["contact_email"] for each in crm.contacts]
    assert found == ["new@example.org", EMAIL]
