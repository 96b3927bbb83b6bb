"""What templates say of themselves."""

from __future__ import annotations

import re

import pytest

from target_groove.endpoints import TEMPLATES


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
