"""Schemas that differ from today's in what Groove's references of other years say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from target_groove.endpoints.template import SubjectKind
from target_groove.subjects import looking_up
from target_groove.subjects.schema import INTROSPECTION, Schema
from tests.subjects.crm import EMAIL, reasons

if TYPE_CHECKING:
    from tests.subjects.crm import Crm


def shown(crm: Crm) -> dict[str, dict[str, Any]]:
    """What the sandbox shows of its types, by name; and all of it under no name."""
    data = crm.mutate(INTROSPECTION)
    return {"": data} | {each["name"]: each for each in data["__schema"]["types"]}


def named(type_: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = (each for each in type_["fields"] if each["name"] == name)
    return found  # type: ignore[no-any-return]


def test_the_reference_of_2020(crm: Crm) -> None:
    types = shown(crm)
    named(types["CustomFieldValue"], "customField")["name"] = "key"
    named(types["CustomFieldCategory"], "type")["name"] = "categoryType"
    named(types["CustomField"], "options")["type"] = {"name": "CustomFieldOptionConnection"}
    inputs = types["CustomFieldValuesUpdateInput"]["inputFields"]
    inputs[1]["name"] = "values"
    types["CustomFieldCreateInput"]["inputFields"].append(
        {"name": "icon", "type": {"name": None, "ofType": {"name": "CustomFieldIcon"}}}
    )
    types[""]["__schema"]["types"].append(
        {"name": "CustomFieldIcon", "enumValues": [{"name": "PIN"}, {"name": "EMAIL"}]}
    )

    schema = Schema(types[""])

    assert "nodes { key value { __typename" in schema.subject(SubjectKind.CONTACT)[1]
    assert "options { nodes { value label } } category { categoryType }" in schema.custom_field()
    assert schema.input_names("customFieldValuesUpdate") >= {"values", "subjectId"}
    assert schema.input_options("customFieldCreate", "icon") == ["PIN", "EMAIL"]
    assert schema.input_options("customFieldCreate", "name") == []


def test_nothing_to_be_seen() -> None:
    schema = Schema({})

    assert schema.missing(SubjectKind.COMPANY) == [
        "companies",
        "customFields",
        "companyCreate",
        "customFieldValuesUpdate",
    ]
    assert schema.bulk is None
    assert schema.filters(SubjectKind.CONTACT) == frozenset()


def test_answers_of_2020(crm: Crm) -> None:
    """Values name their key themselves, options come page by page, and some things are null."""
    fields = [
        {"id": "cf_1", "key": "contact_email", "type": "SINGLE_LINE"},
        {
            "id": "cf_2",
            "key": "contact_plan",
            "type": "DROPDOWN",
            "options": {"nodes": [{"value": "a", "label": "Plan A"}]},
        },
        {"id": "cf_3", "key": "contact_session", "type": "SESSION"},
        {"id": None, "key": "contact_broken"},
        None,
    ]
    values = [
        {"key": "contact_email", "value": {"content": EMAIL}},
        {"key": "contact_plan", "value": {"content": "a"}},
        {"key": "contact_session", "value": None},
    ]
    contact = {"id": "ct_1", "customFieldValues": {"nodes": values}}
    page = {"pageInfo": None}
    crm.sandbox.faults(
        [
            {"action": "malformed", "body": name, "body_text": json.dumps({"data": data})}
            for name, data in (
                ("query CustomFields", {"customFields": {"nodes": fields, **page}}),
                ("query LookUp", {"o0": {"nodes": [None, contact], **page}}),
            )
        ]
    )

    outcome = crm.contact({"email": EMAIL, "plan": "plan a"})

    assert crm.delivered(outcome) == ["ct_1"]
    assert crm.kinds == ["Introspection", "CustomFields", "LookUp"]


def test_a_value_that_is_no_object_is_another_one(crm: Crm) -> None:
    ids = crm.delivered(crm.contact({"email": EMAIL, "blog_url": "https://a.example"}))
    crm.prepared()

    crm.delivered(crm.contact({"email": EMAIL, "blog_url": "https://b.example"}))

    assert crm.contacts[0]["id"] == ids[0]
    assert crm.contacts[0]["values"]["contact_blog_url"]["link"] == "https://b.example"


@pytest.mark.parametrize(
    "cursor,problem,requests",
    [("x", "it gives the same page for ever", 2), ("$", "it finds too many", 4)],
)
def test_a_search_that_never_ends(
    crm: Crm, monkeypatch: pytest.MonkeyPatch, cursor: str, problem: str, requests: int
) -> None:
    monkeypatch.setattr(looking_up, "_MOST_PAGES", 3)
    crm.sandbox.faults(
        [
            {
                "action": "malformed",
                "body": "query LookUp",
                "body_text": json.dumps({"data": {"o0": page(cursor.replace("$", str(number)))}}),
                "times": 1,
            }
            for number in range(4)
        ]
    )

    outcome = crm.contact({"email": EMAIL})

    assert reasons(outcome) == (f"the look-up of {EMAIL} failed: {problem}",)
    assert crm.kinds.count("LookUp") == requests


def page(cursor: str) -> dict[str, Any]:
    """A page with nothing on it, and another one behind it."""
    return {"nodes": [], "pageInfo": {"hasNextPage": True, "endCursor": cursor}}
