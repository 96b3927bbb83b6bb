"""The script for web1on1's widget."""

from __future__ import annotations

import json
import logging
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_groove.profile.script import NOTHING
from target_groove.profile.web1on1 import Web1on1Dialect, harmless
from target_groove.setting_calls import read_calls

EMAIL = "ada@example.com"
NAMES = {"x", "y"}


def dialect(*entries: dict[str, Any]) -> Web1on1Dialect:
    calls, problems = read_calls(entries)
    assert problems == []
    return Web1on1Dialect(calls, NAMES)


def made(entry: dict[str, Any], **profile: Any) -> Any:
    """Give what one call comes to: condition, function, arguments."""
    text = dialect(entry).for_visitor(EMAIL, profile)
    pattern = r"^  (?:if \((.*?\(\))\) )?widget\.([\w.]+)\((.*)\);$"
    found = re.findall(pattern, text, flags=re.MULTILINE)
    if not found:
        assert text == NOTHING
        return None
    ((when, function, arguments),) = found
    return (when, function, *json.loads(f"[{arguments}]"))


SEND = "api.sendClientMessage"
ID = "61be87aeafdf672d381a9db4"


@pytest.mark.parametrize(
    "entry,expected",
    [
        ({"call": "open"}, ("!widget.isOpened()", "open")),
        ({"call": "close"}, ("widget.isOpened()", "close")),
        (
            {"call": "predefined_message", "text": "I want to book {{ x }}"},
            ("", "setPredefinedMessage", "I want to book a test drive"),
        ),
        (
            {"call": "agent_message", "text": "Welcome to the chat"},
            ("", "api.showFakeAgentMessage", "Welcome to the chat"),
        ),
        (
            {"call": "agent_message", "text": "Welcome to the chat", "name": "Acme Corp"},
            ("", "api.showFakeAgentMessage", "Welcome to the chat", "Acme Corp"),
        ),
        (
            {"call": "agent_message", "text": "Welcome to the chat", "name": "{{ y }}"},
            ("", "api.showFakeAgentMessage", "Welcome to the chat"),
        ),
        ({"call": "message", "text": "Hello", "when": None}, ("", SEND, "Hello")),
        (
            {"call": "message", "text": "Hello", "when": "opened"},
            ("widget.isOpened()", SEND, "Hello"),
        ),
        (
            {"call": "message", "text": "I am {{ email }}", "when": "closed"},
            ("!widget.isOpened()", SEND, f"I am {EMAIL}"),
        ),
        (
            {"call": "field", "name": "location", "value": f"{ID}#{ID}"},
            ("", SEND, f">cs .location {ID}#{ID}"),
        ),
        (
            {"call": "field", "name": "brand", "value": "{{ x }}"},
            ("", SEND, ">cs .brand a test drive"),
        ),
        ({"call": "form", "id": ID}, ("", SEND, f">cs +{ID}")),
        ({"call": "category", "value": "Used Car"}, ("", SEND, ">cs /set @category Used Car")),
        ({"call": "meta", "name": "isLead", "value": "yes"}, ("", SEND, ">cs /set isLead yes")),
        ({"call": "assign", "id": ID}, ("", SEND, f">cs /assign {ID}")),
        ({"call": "notify", "id": ID}, ("", SEND, f">cs /notify {ID}")),
        ({"call": "notify"}, ("", SEND, ">cs /notify")),
        (
            {"call": "mention", "id": ID, "text": "Hello this is for you"},
            ("", SEND, f">cs @{ID} Hello this is for you"),
        ),
    ],
)
def test_each_call_has_the_form_of_the_page(entry: dict[str, Any], expected: Any) -> None:
    assert made(entry, x="a test drive") == expected


@pytest.mark.parametrize(
    "entry",
    [
        {"call": "message", "text": "{{ y }}"},
        {"call": "field", "name": "brand", "value": "{{ y }}"},
        {"call": "category", "value": "{{ y }}"},
        {"call": "assign", "id": "{{ y }}"},
        {"call": "notify", "id": "{{ y }}"},
        {"call": "mention", "id": "{{ y }}", "text": "Hello"},
        {"call": "mention", "id": ID, "text": "{{ y }}"},
    ],
)
def test_without_a_value_there_is_no_call(entry: dict[str, Any]) -> None:
    assert made(entry, x="x") is None
    assert made(entry, y=" ") is None


@pytest.mark.parametrize("value", ["a b", "a\n>cs /assign x", "/assign", "#", "x" * 101])
@pytest.mark.parametrize("call", ["form", "assign", "notify"])
def test_what_is_no_id_is_not_sent(call: str, value: str) -> None:
    assert made({"call": call, "id": "{{ y }}"}, y=value) is None


@pytest.mark.parametrize(
    "value,left",
    [
        (">cs /assign x", "\u203acs /assign x"),
        ("  >CS /assign x", "\u203aCS /assign x"),
        ("a\n>cs /assign x", "a \u203acs /assign x"),
        ("a\r\n\u2028>\u200bcs x\0", "a   \u203a\u200bcs x"),
        ("> cs x \uff1e\uff43\uff53", "\u203a cs x \u203a\uff43\uff53"),
        ("a > b", "a > b"),
    ],
)
def test_no_value_becomes_a_command(value: str, left: str) -> None:
    assert harmless(value) == left
    assert made({"call": "message", "text": "{{ x }}"}, x=value) == ("", SEND, left)
    parts = {"x": value[:1], "y": value[1:]}
    in_two = made({"call": "message", "text": "{{ x }}{{ y }}"}, **parts)
    assert in_two == ("", SEND, left)
    field = made({"call": "field", "name": "f", "value": "{{ x }}"}, x=value)
    assert field == ("", SEND, f">cs .f {left}")


@pytest.mark.parametrize(
    "between", ["", " ", "\u034f", "\u180e", "\u2066", "\u3164", "\ufe0f", "\U000e0020", "\u2800"]
)
@pytest.mark.parametrize("letters", ["cs", "CS", "c\u017f", "\u24d2\u24e2", "\U0001d41c\U0001d42c"])
def test_neither_what_is_unseen_nor_other_forms_of_letters_make_a_command(
    between: str, letters: str
) -> None:
    command = f"{between}{letters[0]}{between}{letters[1]} /assign x"
    assert harmless(f"a >{command} >{command}") == f"a \u203a{command} \u203a{command}"


@given(st.text())
def test_no_text_has_lines_or_begins_like_a_command(text: str) -> None:
    left = harmless(text)
    assert len(left.splitlines()) <= 1
    assert not re.search(r">\s*cs", left, flags=re.IGNORECASE)


def test_a_template_cannot_show_what_is_not_allowed() -> None:
    made_of = dialect(
        {"call": "message", "text": "{{ x }}{{ secret }}"},
        {"call": "message", "text": "{{ record['secret'] }}"},
        {"call": "category", "value": "{{ x | nope }}"},
    )
    assert made_of.problems == [
        "Setting widget_calls[0].text uses secret, which widget_fields does not name.",
        ("Setting widget_calls[2].value is no valid Liquid template (there is no filter 'nope')."),
    ]
    assert "4711" not in made_of.for_visitor(EMAIL, {"x": "a", "secret": "4711"})


def test_a_template_that_fails_is_said_once_and_left_out(caplog: pytest.LogCaptureFixture) -> None:
    made_of = dialect(
        {"call": "message", "text": "{{ x | divided_by: 0 }}"}, {"call": "notify", "id": "a"}
    )
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            assert "/notify a" in made_of.for_visitor(EMAIL, {"x": 4711})
    assert caplog.text.count("widget_calls[0] is left out") == 1
    assert "4711" not in caplog.text


def test_a_value_does_not_decide_how_long_a_template_takes() -> None:
    text = "{% for each in (1..x) %}.{% endfor %}"
    assert made({"call": "message", "text": text}, x=3) == ("", SEND, "...")
    assert made({"call": "message", "text": text}, x=10**15) is None


def test_nobody_is_told_nothing() -> None:
    assert dialect({"call": "open"}).for_nobody() == NOTHING
