"""Contacts and the companies they belong to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.subjects.crm import EMAIL, reasons

if TYPE_CHECKING:
    from tests.subjects.crm import Crm

ACME = {"company_domain": "acme.example", "company_name": "Acme"}


def test_a_new_contact_is_attached_to_a_new_company(crm: Crm) -> None:
    crm.prepared()

    (contact_id,) = crm.delivered(crm.contact({"contact_email": EMAIL, **ACME}))

    (company,) = crm.companies
    assert company["values"] == ACME
    assert company["contacts"] == [contact_id]
    assert crm.new_kinds == ["LookUp", "Upsert", "Upsert"]


def test_a_company_that_is_there_is_found_and_changed(crm: Crm) -> None:
    (company_id,) = crm.delivered(crm.company({"domain": "acme.example", "name": "A"}))
    crm.prepared()

    (contact_id,) = crm.delivered(crm.contact({"contact_email": EMAIL, **ACME}))

    (company,) = crm.companies
    assert company["id"] == company_id
    assert company["values"] == ACME
    assert company["contacts"] == [contact_id]
    assert crm.new_kinds == ["LookUp", "Upsert", "Upsert"]


def test_a_contact_that_is_attached_costs_no_attaching(crm: Crm) -> None:
    ids = crm.delivered(crm.contact({"contact_email": EMAIL, **ACME}))
    crm.new_run()
    crm.prepared()

    crm.delivered(crm.contact({"contact_email": EMAIL, **ACME}))
    crm.delivered(crm.contact({"contact_email": EMAIL, **ACME}, known=ids))

    assert crm.new_kinds == ["LookUp", "LookUp"]


def test_a_known_contact_changes_its_company_as_well(crm: Crm) -> None:
    ids = crm.delivered(crm.contact({"contact_email": EMAIL}))
    crm.prepared()

    crm.delivered(crm.contact({"contact_email": EMAIL, "role": "CEO", **ACME}, known=ids))

    assert crm.companies[0]["contacts"] == ids
    assert crm.contacts[0]["values"]["contact_role"] == "CEO"
    assert crm.new_kinds == ["LookUp", "Upsert", "Upsert"]


def test_contacts_of_one_company_share_it(crm: Crm) -> None:
    crm.prepared()
    rows = [{"contact_email": f"n{n}@acme.example", **ACME} for n in range(25)]
    rows[24] |= {"company_name": "Acme Ltd"}

    ids = crm.delivered(crm.contact(*rows))
    more = crm.delivered(crm.contact({"contact_email": "m@acme.example", **ACME}))

    (company,) = crm.companies
    assert sorted(company["contacts"]) == sorted([*ids, *more])
    assert company["values"]["company_name"] == "Acme"
    # What the run knows of the company is not asked again.
    assert crm.new_kinds == ["LookUp", "Upsert", "Upsert", "LookUp", "Upsert", "Upsert"]
    assert "companies(first: 100, after" not in crm.queries[-3]


def test_a_company_by_two_names_in_one_batch(crm: Crm) -> None:
    crm.delivered(crm.company({**ACME, "linkedin": "acme-in"}))

    crm.delivered(
        crm.contact(
            {"contact_email": EMAIL, "company_domain": "acme.example", "company_name": "B"},
            {"contact_email": "kim@b.example", "company_linkedin": "acme-in", "company_name": "C"},
        )
    )

    (company,) = crm.companies
    assert len(company["contacts"]) == 2
    assert company["values"]["company_name"] == "C"


def test_a_company_that_groove_refuses(crm: Crm) -> None:
    crm.delivered(crm.company({"domain": "b.example", "linkedin": "b"}))

    outcome = crm.contact(
        {"contact_email": EMAIL, "company_domain": "a.example", "company_linkedin": "b"},
        {"contact_email": "kim@b.example"},
    )

    assert reasons(outcome) == (
        "its company: company_linkedin: Groove says: has already been taken",
        None,
    )


def test_a_company_must_be_identified(crm: Crm) -> None:
    outcome = crm.contact({"contact_email": EMAIL, "company_name": "Acme"})

    assert reasons(outcome) == (
        (
            "company_domain: is missing, and nothing else says which company is meant; give it, "
            "company_secondary_domains, company_facebook, company_twitter, company_linkedin or a "
            "unique field of the account's own"
        ),
    )
    assert not crm.contacts


def test_a_company_takes_no_fields_of_contacts(crm: Crm) -> None:
    outcome = crm.company({"company_domain": "a.example", "contact_email": EMAIL})

    assert reasons(outcome) == ("contact_email: is a field of contacts, not of companies",)


@pytest.mark.parametrize("name", ["Acme", "Acme Ltd"])
def test_a_company_that_vanished_meanwhile_is_created_anew(crm: Crm, name: str) -> None:
    crm.delivered(crm.contact({"contact_email": EMAIL, **ACME}))
    crm.delete("company", crm.companies[0]["id"])

    row = {"contact_email": "kim@b.example", **ACME, "company_name": name}
    ids = crm.delivered(crm.contact(row))

    (company,) = crm.companies
    assert company["contacts"] == ids
    assert company["values"]["company_name"] == name


def test_a_contact_that_cannot_be_attached(crm: Crm) -> None:
    errors = [{"path": ["contactIds", "0"], "message": "is a member of too many"}]
    answer = {"data": {"o0": {"company": None, "errors": errors}}}
    crm.prepared()
    crm.sandbox.faults(
        [{"action": "malformed", "body": "companyAddContacts", "body_text": json.dumps(answer)}]
    )

    outcome = crm.contact({"contact_email": EMAIL, "company_domain": "acme.example"})

    (company,) = crm.companies
    assert reasons(outcome) == (
        (
            f"it is not attached to its company {company['id']}: contactIds.0: Groove says: "
            "is a member of too many"
        ),
    )


def test_two_records_of_one_contact_and_two_names_of_its_company(crm: Crm) -> None:
    crm.delivered(crm.company({**ACME, "linkedin": "acme-in"}))
    crm.delivered(crm.contact({"contact_email": EMAIL, "contact_twitter": "ada"}))

    rows = [
        {"contact_email": EMAIL, "company_domain": "acme.example"},
        {"contact_twitter": "ada", "company_linkedin": "acme-in", "contact_first_name": "Ada"},
    ]
    first, second = crm.delivered(crm.contact(*rows))

    assert first == second
    (company,) = crm.companies
    assert len(company["contacts"]) == 1
    assert crm.contacts[0]["values"]["contact_first_name"] == "Ada"
