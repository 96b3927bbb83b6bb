"""Reading the `batch` of a route, and the sentence for each mistake."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from target_groove.batch_reading import read_batch, usual_batch
from target_groove.delivery.request import Content
from target_groove.endpoints import TEMPLATES
from target_groove.endpoints.custom import custom_template
from target_groove.endpoints.template import Template
from target_groove.routes import BatchRule, Grouping

POST = custom_template("POST", "/x", content=Content.JSON)
PUT = custom_template("PUT", "/x", content=Content.JSON)
FORM = custom_template("POST", "/x", content=Content.FORM)
G = Grouping


def shown(value: Any) -> str:
    """Name a case."""
    if isinstance(value, Template):
        return f"{value.id} {value.method} {value.content}"
    return repr(value)


@pytest.mark.parametrize(
    "template,spec,rule",
    [
        (POST, {}, None),
        (POST, {"grouping": "none"}, None),
        (POST, {"grouping": "array"}, BatchRule(grouping=G.ARRAY)),
        (
            POST,
            {"grouping": "array", "size": "7", "max_bytes": "9", "key": None},
            BatchRule(grouping=G.ARRAY, size=7, max_bytes=9),
        ),
        (POST, {"grouping": "wrapped", "key": "k"}, BatchRule(grouping=G.WRAPPED, key="k")),
        (
            POST,
            {"grouping": "grouped", "group_by": ["a", "b"], "key": "k", "collect": "c"},
            BatchRule(grouping=G.GROUPED, group_by=("a", "b"), key="k", collect="c"),
        ),
        (
            PUT,
            {"grouping": "grouped", "group_by": ["a"], "key": "k"},
            BatchRule(grouping=G.GROUPED, group_by=("a",), key="k", whole_stream=True),
        ),
        (PUT, {"grouping": "array"}, BatchRule(grouping=G.ARRAY)),
        (
            POST,
            {"grouping": "keyed", "key_field": "id"},
            BatchRule(grouping=G.KEYED, key_field="id"),
        ),
        (
            POST,
            {"grouping": "merged", "group_by": ["a"]},
            BatchRule(grouping=G.MERGED, group_by=("a",)),
        ),
        (
            FORM,
            {"grouping": "merged", "group_by": ["a"]},
            BatchRule(grouping=G.MERGED, group_by=("a",)),
        ),
        (POST, {"grouping": "ndjson", "size": 1}, BatchRule(grouping=G.NDJSON, size=1)),
        (
            TEMPLATES["add_ticket_tags"],
            {"grouping": "grouped", "group_by": ["ticket_number"], "collect": "tag"},
            BatchRule(grouping=G.GROUPED, group_by=("ticket_number",), key="tags", collect="tag"),
        ),
        (
            TEMPLATES["update_group"],
            {"grouping": "grouped", "group_by": ["group_id"], "key": "agents"},
            BatchRule(grouping=G.GROUPED, group_by=("group_id",), key="agents", whole_stream=True),
        ),
        (
            TEMPLATES["upload_attachment"],
            {"grouping": "grouped"},
            BatchRule(grouping=G.GROUPED, size=25, group_by=("message_id",), key="files"),
        ),
    ],
    ids=shown,
)
def test_what_a_batch_may_say(
    template: Template, spec: dict[str, Any], rule: BatchRule | None
) -> None:
    expected = rule and replace(rule, resendable=template.repeatable)
    assert read_batch(spec, template) == (expected, [])


@pytest.mark.parametrize(
    "template,spec,problems",
    [
        (POST, "array", ["batch must be an object."]),
        (
            POST,
            {"grouping": "pairs"},
            [
                (
                    "batch.grouping is 'pairs'; allowed are "
                    "none, array, wrapped, grouped, keyed, merged, ndjson."
                )
            ],
        ),
        (
            POST,
            {"grouping": ["array"]},
            [
                (
                    "batch.grouping is ['array']; allowed are "
                    "none, array, wrapped, grouped, keyed, merged, ndjson."
                )
            ],
        ),
        (POST, {"size": 5}, ["batch.size has no meaning with grouping none."]),
        (
            POST,
            {"grouping": "array", "key": "k", "siez": 5, 7: 1},
            [
                "batch.key has no meaning with grouping array.",
                "batch: There is no key 'siez'; did you mean size?",
                "batch: There is no key 7.",
            ],
        ),
        (POST, {"grouping": "wrapped"}, ["batch.key is needed with grouping wrapped."]),
        (
            POST,
            {"grouping": "grouped", "key": ""},
            [
                "batch.group_by is needed with grouping grouped.",
                "batch.key is needed with grouping grouped.",
            ],
        ),
        (POST, {"grouping": "keyed"}, ["batch.key_field is needed with grouping keyed."]),
        (
            POST,
            {"grouping": "merged", "group_by": []},
            ["batch.group_by is needed with grouping merged."],
        ),
        (
            POST,
            {"grouping": "merged", "group_by": "id"},
            ["batch.group_by must be a list of names."],
        ),
        (
            POST,
            {"grouping": "merged", "group_by": [1]},
            ["batch.group_by must be a list of names."],
        ),
        (POST, {"grouping": "wrapped", "key": 5}, ["batch.key must be text."]),
        (POST, {"grouping": "keyed", "key_field": 5}, ["batch.key_field must be text."]),
        *(
            (
                POST,
                {"grouping": "array", name: value},
                [f"batch.{name} is {value!r}; a whole number from 1 is allowed."],
            )
            for name in ("size", "max_bytes")
            for value in (0, -1, "0", "x", "", 1.5, True, [1])
        ),
        *(
            (
                FORM,
                {"grouping": grouping, **more},
                [f"batch.grouping {grouping} cannot be written as a form; use JSON."],
            )
            for grouping, more in (
                ("array", {}),
                ("ndjson", {}),
                ("wrapped", {"key": "k"}),
                ("keyed", {"key_field": "k"}),
            )
        ),
        (
            TEMPLATES["create_ticket"],
            {"grouping": "array"},
            ["batch.grouping array: create_ticket takes one record a request."],
        ),
        (
            TEMPLATES["create_ticket"],
            {"grouping": "grouped", "group_by": ["a"], "key": "k"},
            ["batch.grouping grouped: create_ticket takes one record a request."],
        ),
        (
            TEMPLATES["create_group"],
            {"grouping": "array"},
            ["batch.grouping array: create_group takes grouped only."],
        ),
        (
            TEMPLATES["create_group"],
            {"grouping": "grouped", "group_by": ["name"], "key": "people"},
            ["batch.key is 'people'; create_group takes agents."],
        ),
        (
            TEMPLATES["upload_attachment"],
            {"grouping": "array"},
            ["batch.grouping array: upload_attachment takes grouped only."],
        ),
        (
            TEMPLATES["upload_attachment"],
            {"grouping": "grouped", "size": 26},
            ["batch.size is 26; Groove takes 25 files a message."],
        ),
        *(
            (
                TEMPLATES["upsert_contact"],
                {"size": size},
                [f"batch.size is {size!r}; a whole number from 1 to 100 is allowed."],
            )
            for size in (0, 101, "many", True)
        ),
        (
            TEMPLATES["upsert_company"],
            {"grouping": "array", "max_bytes": 5},
            [
                "batch.grouping has no meaning for upsert_company; it takes size only.",
                "batch.max_bytes has no meaning for upsert_company; it takes size only.",
            ],
        ),
    ],
    ids=shown,
)
def test_a_mistake_is_a_sentence(template: Template, spec: Any, problems: list[str]) -> None:
    assert read_batch(spec, template) == (None, problems)


@pytest.mark.parametrize("spec,size", [({}, 25), ({"size": "100"}, 100), ({"size": None}, 25)])
def test_contacts_share_documents(spec: dict[str, Any], size: int) -> None:
    rule, problems = read_batch(spec, TEMPLATES["upsert_contact"])
    assert not problems
    assert rule is not None
    assert rule.size == size


def test_without_a_word_about_batches() -> None:
    rule = usual_batch(TEMPLATES["upsert_company"])
    assert rule is not None
    assert rule.size == 25
    assert usual_batch(TEMPLATES["create_ticket"]) is None


def test_numbers_are_shown_as_they_were_written() -> None:
    _, problems = read_batch({"grouping": "array", "size": Decimal("1.50")}, POST)
    assert problems == ["batch.size is 1.50; a whole number from 1 is allowed."]
