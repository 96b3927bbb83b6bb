"""What templates say of themselves."""

from __future__ import annotations

import re

import pytest

from target_groove.endpoints import TEMPLATES, makers_of


@pytest.mark.parametrize("template_id", TEMPLATES)
def test_a_template_is_whole(template_id: str) -> None:
    template = TEMPLATES[template_id]
    assert template.id == template_id
    assert template.source
    assert set(re.findall(r"{(\w+)}", template.path)) == {
        each.name for each in template.path_params
    }
    assert {each.name for each in template.fields if each.name == template.list_field} == (
        {template.list_field} if template.list_field else set()
    )
    for each in template.follow_ups:
        assert each.field in template.field_names
        assert each.source
        known = {param.name for param in template.path_params} | {"new_id"}
        assert set(re.findall(r"{(\w+)}", each.path)) <= known
    for change in template.changes:
        later = TEMPLATES[change.endpoint]
        assert later.repeatable
        assert later.answer == template.answer
        assert set(change.fields) <= template.field_names
        names = {change.renamed.get(name, name) for name in change.fields}
        assert {*names, *change.along} <= later.field_names
        params = {each.name for each in template.path_params}
        assert {each.name for each in later.path_params} == {change.id_param, *params}


def test_what_makes_the_same_things_is_known() -> None:
    assert makers_of(TEMPLATES["upsert_ticket"]) == ("create_ticket", "upsert_ticket")
    assert makers_of(TEMPLATES["create_category"]) == ("create_category",)


def test_a_pair_says_what_it_calls_later() -> None:
    described = TEMPLATES["upsert_ticket"].describe()["changes"]
    assert described[0] == {"endpoint": "update_ticket_state", "fields": ["state"]}
    assert [fields for each in described for fields in each["fields"]] == [
        "state",
        "assignee",
        "assigned_group",
        "tags",
        "priority",
    ]


def test_a_template_is_described_for_tools() -> None:
    described = TEMPLATES["update_ticket_assignee"].describe()
    assignee = described["fields"][0]
    assert described | {"fields": [], "source": ""} == {
        "id": "update_ticket_assignee",
        "summary": "Assign a ticket to an agent",
        "method": "PUT",
        "path": "/tickets/{ticket_number}/assignee",
        "path_params": ["ticket_number"],
        "fields": [],
        "changes": [],
        "certainty": "observed",
        "source": "",
    }
    assert assignee == {
        "name": "assignee",
        "type": "string",
        "required": True,
        "enum": [],
        "synonyms": ["agent_id", "assignee_id"],
        "value_synonyms": {},
        "description": "E-mail of the agent.",
    }
