"""The script for Groove's widget: which calls, in which form."""

from __future__ import annotations

import json
import logging
import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_groove.profile.groove_calls import GrooveDialect
from target_groove.profile.script import NOTHING, Call, literal, script
from target_groove.setting_widget import read_widget_fields

EMAIL = "ada@example.com"


def calls(entries: list[Any], profile: dict[str, Any]) -> list[tuple[str, Any]]:
    """Read the calls of a script back."""
    fields, problems = read_widget_fields(entries)
    assert problems == []
    text = GrooveDialect(fields).for_visitor(EMAIL, profile)
    found = re.findall(r"^  widget\.(\w+)\((.*)\);$", text, flags=re.MULTILINE)
    return [(name, json.loads(f"[{arguments}]")) for name, arguments in found]


def contact(entry: Any, profile: dict[str, Any]) -> Any:
    """Give the value that one field of the contact is set to."""
    made = calls([entry], profile)
    if len(made) == 1:
        return None
    ((name, (values,)),) = made[1:]
    assert name == "setContact"
    (value,) = values.values()
    return value


def test_nothing_but_who_it_is_by_default() -> None:
    assert calls([], {"plan": "pro"}) == [("identifyContact", ["contact_email", EMAIL])]
    assert GrooveDialect([]).for_nobody().count("widget.logout();") == 1


def test_only_what_is_named_is_set() -> None:
    profile = {"plan": "pro", "contact_role": "CEO", "secret": "x", "contact_plan": "no"}
    assert calls(["contact_role", {"field": "contact_plan", "from": "plan"}], profile)[1:] == [
        ("setContact", [{"contact_role": "CEO", "contact_plan": "pro"}])
    ]
    assert calls(["plan"], profile)[1:] == [("setContact", [{"contact_plan": "pro"}])]


@pytest.mark.parametrize(
    "kind,profile,value",
    [
        ("text", {"x": "CEO"}, "CEO"),
        ("text", {"x": 5}, "5"),
        ("text", {"x": True}, "true"),
        ("text", {"x": "2026-02-03"}, "2026-02-03"),
        ("text", {"x": "two\nlines"}, None),
        ("multi_line", {"x": "two\nlines"}, "two\nlines"),
        ("number", {"x": Decimal("1.10")}, "1.10"),
        ("number", {"x": "+1 (555) 823-4312"}, "+15558234312"),
        ("number", {"x": "many"}, None),
        ("number", {"x": Decimal("1e5")}, "100000"),
        ("number", {"x": Decimal("-1e-7")}, "-0.0000001"),
        ("number", {"x": Decimal("1e400")}, None),
        ("number", {"x": 10**30}, "1" + "0" * 30),
        ("text", {"x": Decimal("1e5")}, "100000"),
        ("text", {"x": Decimal("1e400")}, "1E+400"),
        ("date", {"x": "1980/02/24"}, "1980-02-24"),
        ("date", {"x": "1980-02-24T10:00:00Z"}, "1980-02-24"),
        ("date", {"x": "soon"}, None),
        ("dropdown", {"x": "Male"}, "Male"),
        ("link", {"x": "https://g.co"}, {"link": "https://g.co", "text": "https://g.co"}),
        ("link", {"x": "JavaScript:owned()"}, None),
        ("link", {"x": "\x01javascript:owned()"}, None),
        ("link", {"x_link": "data:text/html,x", "x_text": "G"}, None),
        ("link", {"x_url": "https://g.co", "x_text": "G"}, {"link": "https://g.co", "text": "G"}),
        (
            "address",
            {"x_street": "1 Main", "x_zip": 94110, "x_city": None},
            {"street": "1 Main", "postal_code": "94110"},
        ),
        ("address", {"x": "1 Main"}, None),
        ("address", {"x_street": "1 Main", "x_secret": "y"}, None),
        (None, {"x": "CEO"}, "CEO"),
        (None, {"x": "two\nlines"}, "two\nlines"),
        (None, {"x": 3}, "3"),
        (None, {"x": "2026-02-03T04:05:06Z"}, "2026-02-03"),
        (None, {"x": "https://g.co"}, {"link": "https://g.co", "text": "https://g.co"}),
        (None, {"x_link": "https://g.co"}, {"link": "https://g.co", "text": "https://g.co"}),
        (None, {"x_city": "Bay City"}, {"city": "Bay City"}),
        (None, {"x_text": "no link"}, None),
        (None, {"x_city": None}, None),
        (None, {"x": None}, None),
        (None, {"x": " "}, None),
        (None, {}, None),
    ],
)
def test_each_type_has_its_form(kind: str | None, profile: dict[str, Any], value: Any) -> None:
    entry = {"field": "contact_x", "from": "x"} | ({"type": kind} if kind else {})
    assert contact(entry, profile) == value


def test_a_dropdown_takes_its_options() -> None:
    entry = {"field": "contact_x", "from": "x", "type": "dropdown", "options": ["Male", "Female"]}
    assert contact(entry, {"x": "male"}) == "Male"
    assert contact(entry, {"x": "?"}) is None


def test_a_list_is_a_list_again() -> None:
    entry = {"field": "contact_secondary_emails", "list": True}
    profile = {"contact_secondary_emails": "a@b.co, c@d.co"}
    assert contact(entry, profile) == ["a@b.co", "c@d.co"]
    assert contact({"field": "x", "list": True, "type": "number"}, {"x": 3}) == ["3"]


def test_a_company_is_identified_by_the_first_field_that_can() -> None:
    entries = ["company_name", "company_domain", "company_twitter"]
    profile = {"company_name": "Envoys", "company_domain": "e.co", "company_twitter": "envoys"}
    assert calls(entries, profile)[1:] == [
        ("identifyCompany", ["company_domain", "e.co"]),
        ("setCompany", [{"company_name": "Envoys", "company_twitter": "envoys"}]),
    ]
    assert calls(["company_domain"], profile)[1:] == [
        ("identifyCompany", ["company_domain", "e.co"])
    ]
    assert calls(["company_name"], profile)[1:] == []
    by_name = [{"field": "company_name", "identifies": True}, "company_domain"]
    assert calls(by_name, profile)[1] == ("identifyCompany", ["company_name", "Envoys"])
    not_by = [{"field": "company_domain", "identifies": False}]
    assert calls(not_by, profile)[1:] == []


def test_a_value_that_does_not_fit_is_said_once_and_not_shown(
    caplog: pytest.LogCaptureFixture,
) -> None:
    fields, _ = read_widget_fields([{"field": "contact_dob", "from": "born", "type": "date"}])
    dialect = GrooveDialect(fields)
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            dialect.for_visitor(EMAIL, {"born": "no-date-4711"})
    assert caplog.text.count("leaves contact_dob out") == 1
    assert "4711" not in caplog.text


@given(st.text() | st.dictionaries(st.just("street"), st.text()) | st.lists(st.text()))
def test_a_value_is_nothing_but_a_value(value: Any) -> None:
    written = literal(value)
    assert written.isascii()
    assert not set(written) & set("<>&'\n\r")
    assert json.loads(written) == value


def test_no_call_is_no_script() -> None:
    assert script("window.x", []) == NOTHING
    assert 'if (a) widget.f("x");' in script("window.x", [Call("f", ("x",), "a")])


def test_a_call_is_made_once_for_the_same_arguments() -> None:
    made = [
        Call("f", ("x",), once=True),
        Call("f", ("y",), "a", once=True),
        Call("f", ("x",), "b", once=True),
    ]
    text = script("window.x", made)
    assert text.count("function once(key)") == 1
    keys = re.findall(r'if \((?:[ab] && )?once\("(target-groove-\w{16})"\)\) widget', text)
    assert keys[0] == keys[2] != keys[1]
