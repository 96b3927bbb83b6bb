"""The settings of the widget script: what can be meant, and the sentence for what cannot."""

from __future__ import annotations

from typing import Any

import pytest

from target_groove.setting_calls import read_calls
from target_groove.setting_widget import WidgetField, read_widget_fields
from target_groove.settings import settings_and_problems


def problems_of(**config: Any) -> list[str]:
    return settings_and_problems({"api_token": "t", **config})[1]


def test_a_name_is_a_field_and_an_attribute() -> None:
    fields, problems = read_widget_fields(["contact_role", "plan", "company_domain"])
    assert problems == []
    assert fields == [
        WidgetField(key="contact_role", attribute="contact_role"),
        WidgetField(key="contact_plan", attribute="plan"),
        WidgetField(key="company_domain", attribute="company_domain", identifies=True),
    ]
    assert [each.is_of_company for each in fields] == [False, False, True]


def test_an_object_says_more() -> None:
    given = {"field": "company_size", "from": "crm_size", "type": "dropdown", "list": True}
    ((field,), problems) = read_widget_fields(
        [{**given, "options": ["S", "L"], "identifies": True}]
    )
    assert problems == []
    assert field == WidgetField(
        key="company_size",
        attribute="crm_size",
        type="dropdown",
        options=("S", "L"),
        is_list=True,
        identifies=True,
    )


@pytest.mark.parametrize(
    "entry,end",
    [
        ("contact_email", "names contact_email, which the visitor is identified by anyway."),
        ("email", "names contact_email, which the visitor is identified by anyway."),
        ("", "has the field ''; a key like contact_plan or company_domain is needed."),
        ("company_", "has the field 'company_'; a key like contact_plan"),
        ("a.b", "has the field 'a.b'; a key like contact_plan"),
        ({"from": "x"}, "has the field None; a key like contact_plan"),
        ({"field": "x", "form": "y"}, "has form; allowed are field, from, type, options, list"),
        ({"field": "x", "from": "a b"}, "is from 'a b'; an attribute is named as in the profile"),
        ({"field": "x", "from": 3}, "is from 3; an attribute is named as in the profile"),
        ({"field": "x", "type": "color"}, "has the type 'color'; allowed are text, multi_line"),
        ({"field": "x", "options": ["a"]}, "has options; they are a list of texts, and of a"),
        (
            {"field": "x", "type": "dropdown", "options": [1]},
            "has options; they are a list of texts",
        ),
        ({"field": "x", "list": "yes"}, "has list: 'yes'; true or false is allowed."),
        ({"field": "x", "identifies": True}, "identifies a contact; that is done by the visitor's"),
    ],
)
def test_a_field_that_cannot_be_meant_is_a_sentence(entry: Any, end: str) -> None:
    (problem,) = problems_of(widget_fields=["plan", entry])
    assert problem.startswith(f"Setting widget_fields[1] {end}")


def test_a_field_is_set_once() -> None:
    assert problems_of(widget_fields=["plan", {"field": "contact_plan", "from": "x"}]) == [
        "Setting widget_fields[1] sets contact_plan, which an earlier one sets."
    ]


def test_a_list_that_is_none_is_a_sentence() -> None:
    (problem,) = problems_of(widget_fields=[1])
    assert problem.startswith("Setting widget_fields must be a list of names and objects; ")
    assert problem.endswith("widget_fields[0] must be text or an object.")
    (problem,) = problems_of(widget_calls=["open"])
    assert problem.endswith("widget_calls[0] must be an object.")


def test_a_call_has_its_templates() -> None:
    given = {"call": "mention", "id": "{{ x }}", "text": "Hello", "when": "opened"}
    ((call,), problems) = read_calls([given])
    assert problems == []
    assert (call.call, call.name, call.when) == ("mention", "", "opened")
    assert call.templates == {"id": "{{ x }}", "text": "Hello"}
    ((call,), _) = read_calls([{"call": "meta", "name": "isLead", "value": "yes", "when": None}])
    assert (call.name, call.templates, call.when) == ("isLead", {"value": "yes"}, None)
    assert not call.once
    assert read_calls([{"call": "open", "once": True}])[0][0].once


@pytest.mark.parametrize(
    "entry,end",
    [
        ({}, "has the call None; allowed are open, close, predefined_message"),
        ({"call": ["open"]}, "has the call ['open']; allowed are open"),
        ({"call": "open", "when": "closed"}, "has when, which open has not (it takes nothing)."),
        ({"call": "message"}, "lacks text, which message needs."),
        ({"call": "message", "text": 3}, "has text: 3; it must be text."),
        ({"call": "message", "text": " "}, "has text: ' '; it must be text."),
        ({"call": "message", "text": "a", "id": "b"}, "has id, which message has not (text)."),
        ({"call": "message", "text": "a", "when": []}, "has when: []; allowed are opened, closed."),
        ({"call": "open", "once": 1}, "has once: 1; true or false is allowed."),
        (
            {"call": "meta", "name": "a b", "value": "c"},
            "has the name 'a b'; letters, digits, _, . and - are allowed.",
        ),
        (
            {"call": "field", "name": "{{ x }}", "value": "c"},
            "has the name '{{ x }}'; letters, digits, _, . and - are allowed.",
        ),
        (
            {"call": "meta", "name": "@category", "value": "c"},
            "has the name '@category'; letters, digits, _, . and - are allowed.",
        ),
    ],
)
def test_a_call_that_cannot_be_meant_is_a_sentence(entry: Any, end: str) -> None:
    (problem,) = problems_of(widget_calls=[{"call": "open"}, entry])
    assert problem.startswith(f"Setting widget_calls[1] {end}")


def test_a_short_secret_is_refused_and_not_shown() -> None:
    (problem,) = problems_of(widget_secret="x4711")
    assert problem == "Setting widget_secret is too short; at least 32 characters are needed."
    assert problems_of(widget_secret="x" * 32) == []
