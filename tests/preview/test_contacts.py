"""Contacts and companies in a preview: the documents, and what depends on answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.runs import records

if TYPE_CHECKING:
    from target_groove.sandbox import Sandbox
    from tests.conftest import Run
    from tests.preview.conftest import Preview

UPSERT = {"load_method": "upsert"}


def people(*rows: dict[str, Any], stream: str = "upsert_contact") -> list[Any]:
    return records(stream, *rows, keys=["id"])


def kinds(lines: list[dict[str, Any]]) -> list[str]:
    return [each["body"]["query"].split()[1].partition("(")[0] for each in lines]


def test_a_new_contact_is_looked_up_and_created(preview: Preview) -> None:
    company = {"domain": "acme.example", "linkedin": "acme"}
    lines = preview(UPSERT, people({"id": 1, "email": "ada@example.org", "company": company}))
    assert kinds(lines) == ["Introspection", "CustomFields", "LookUp", "Upsert", "Upsert"]
    assert [each["action"] for each in lines] == [
        "look_up",
        "look_up",
        "look_up",
        "create",
        "update: company",
    ]
    assert [bool(each["problems"]) for each in lines] == [True, True, True, False, False]
    assert lines[2]["problems"] == ["what follows is shown as if none of them were in Groove yet"]
    attached = lines[4]["body"]["variables"]["o0_input"]
    assert attached == {
        "companyId": "<id of the company acme.example>",
        "contactIds": ["<id of the contact ada@example.org>"],
    }


def test_a_known_contact_gets_every_value_that_is_not_known_to_be_there(
    preview: Preview, run: Run, sandbox: Sandbox
) -> None:
    row = {"id": 1, "email": "ada@example.org", "first_name": "Ada"}
    assert run(UPSERT, people(row)).exit_code == 0
    (contact,) = sandbox.things("contacts")
    lines = preview(UPSERT, people({**row, "first_name": "Augusta"}))
    assert kinds(lines) == ["Introspection", "CustomFields", "Upsert"]
    assert lines[2]["action"] == "update: contact_email, contact_first_name"
    assert lines[2]["body"]["variables"]["o0_input"]["subjectId"] == contact["id"]
    assert [each["action"] for each in preview(UPSERT, people(row))] == ["unchanged"]


def test_many_known_contacts_are_shown_as_one_bulk_mutation(preview: Preview, run: Run) -> None:
    rows = [{"id": n, "email": f"p{n}@example.org", "first_name": "A"} for n in range(12)]
    assert run(UPSERT, people(*rows)).exit_code == 0
    changed = [{**each, "first_name": "B"} for each in rows]
    lines = preview(UPSERT, people(*changed))
    assert kinds(lines) == ["Introspection", "CustomFields", "LookUp", "Upsert"]
    assert lines[2]["problems"] == [
        "what follows is shown as if every value were another one in Groove"
    ]
    assert "customFieldValuesBulkUpdate" in lines[3]["body"]["query"]
    assert lines[3]["action"] == "update: contact_email, contact_first_name"


def test_a_field_of_the_accounts_own_is_taken_to_be_there(preview: Preview) -> None:
    company = {"domain": "acme.example", "seats": 7}
    row = {"id": 1, "email": "ada@example.org", "plan": "gold", "none": None, "company": company}
    lines = preview(UPSERT, people(row))
    created = [each for each in lines if each["action"] == "create"]
    given = str([each["body"]["variables"] for each in created])
    assert "<id of the custom field contact_plan>" in given
    assert "<id of the custom field company_seats>" in given
    assert "contact_id" not in given
    assert "contact_none" not in given


def test_a_company_needs_no_e_mail(preview: Preview) -> None:
    rows = [{"id": n, "domain": f"c{n}.example", "blog": ["a", "b"]} for n in range(2)]
    lines = preview(UPSERT, people(*rows, stream="upsert_company"))
    assert lines[3]["action"] == "create"
    assert lines[4]["action"] == "update: company_blog"


def test_what_nobody_can_be_known_by_is_rejected(preview: Preview) -> None:
    lines = preview(UPSERT, people({"id": 1, "first_name": "Ada"}))
    assert lines[-1]["action"] == "rejected"
    assert "says which contact is meant" in lines[-1]["problems"][0]
