"""`target-groove endpoints`, in its three formats."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from target_groove.endpoints import TEMPLATES
from target_groove.endpoints.template import Certainty, Template

if TYPE_CHECKING:
    from tests.commands.conftest import Cli

CONTRACT_KEYS = {"id", "method", "path", "path_params", "fields", "certainty", "source"}
FIELD_KEYS = {"name", "type", "required", "enum", "synonyms", "description"}
FIFTEEN = {
    "create_ticket",
    "update_ticket_state",
    "update_ticket_assignee",
    "update_ticket_assigned_group",
    "create_message",
    "create_webhook",
    "create_group",
    "update_group",
    "create_knowledge_base",
    "update_knowledge_base",
    "update_knowledge_base_settings",
    "create_article",
    "update_article",
    "update_widget",
    "update_widget_settings",
}
BEYOND = {
    "update_ticket_priority",
    "add_ticket_tags",
    "replace_ticket_tags",
    "update_customer",
    "create_category",
    "publish_article",
    "delete_group",
    "delete_webhook",
    "create_widget",
    "upload_attachment",
    "upsert_ticket",
    "upsert_article",
    "upsert_group",
    "upsert_knowledge_base",
    "upsert_company",
    "custom_profile",
    "upsert_contact",
}


def test_json_lists_every_template(cli: Cli) -> None:
    result = cli("endpoints", "--format", "json")
    listed = json.loads(result.stdout)
    assert result.exit_code == 0
    assert {each["id"] for each in listed} == FIFTEEN | BEYOND
    assert all(each.keys() >= CONTRACT_KEYS for each in listed)
    assert all(field.keys() >= FIELD_KEYS for each in listed for field in each["fields"])


def test_json_of_one_is_an_object_whose_path_has_its_parameters(cli: Cli) -> None:
    shown = json.loads(cli("endpoints", "update_article", "--format", "json").stdout)
    assert shown["path_params"] == ["knowledge_base_id", "article_id"]
    assert all(f"{{{name}}}" in shown["path"] for name in shown["path_params"])


def test_text_lists_every_template_and_custom(cli: Cli) -> None:
    lines = cli("endpoints").stdout.splitlines()
    assert {line.split()[0] for line in lines[1:]} == {*TEMPLATES, "custom"}


def test_text_of_one_names_its_fields_values_and_synonyms(cli: Cli) -> None:
    text = cli("endpoints", "update_ticket_state").stdout
    assert "PUT /tickets/{ticket_number}/state" in text
    assert "One of unread, opened, pending, closed, spam." in text
    assert "open for opened" in text


def test_markdown_lists_all_and_describes_one(cli: Cli) -> None:
    table = cli("endpoints", "--format", "markdown").stdout
    assert all(f"| `{each}` |" in table for each in TEMPLATES)
    one = cli("endpoints", "create_webhook", "--format", "markdown").stdout
    assert "| `event` | `string` | yes |" in one
    assert "No fields." in cli("endpoints", "delete_webhook", "--format", "markdown").stdout


def test_an_unknown_id_is_a_sentence_and_exit_2(cli: Cli) -> None:
    result = cli("endpoints", "creat_ticket")
    assert result.exit_code == 2
    assert "There is no endpoint 'creat_ticket'; did you mean create_ticket?" in result.stderr


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=lambda each: each.id)
def test_every_template_says_where_its_facts_are_from(template: Template) -> None:
    assert template.source
    assert template.summary
    assert isinstance(template.certainty, Certainty)
    assert all(field.description for field in template.fields)


def test_custom_is_described_by_its_route(cli: Cli) -> None:
    result = cli("endpoints", "custom")
    assert result.exit_code == 0
    assert "what the route says" in result.stdout


def test_a_pair_says_what_is_called_later(cli: Cli) -> None:
    text = cli("endpoints", "upsert_ticket").stdout
    assert "later, if tags changed: PUT /tickets/{ticket_number}/tags (replace_ticket_tags)" in text
    assert (
        "later, if something changed: PUT /groups/{group_id}"
        in cli("endpoints", "upsert_group").stdout
    )
    markdown = cli("endpoints", "upsert_ticket", "--format", "markdown").stdout
    assert "- `state` changed: `PUT /tickets/{ticket_number}/state` (`update_ticket_state`)" in (
        markdown
    )
