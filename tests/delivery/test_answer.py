"""Whatever form a complaint has, one short sentence comes of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_groove.delivery.answer import MAX_DEPTH, MAX_REASON_CHARACTERS, Answer

FORMS = {
    "a text": ({"error": "not found"}, "not found"),
    "a message": ({"message": "Ticket is closed"}, "Ticket is closed"),
    "OAuth": ({"error": "invalid", "error_description": "Token expired"}, "Token expired"),
    "a list of texts": ({"errors": ["a", "b"]}, "a; b"),
    "a list of objects": ({"errors": [{"message": "a"}, {"message": "b"}]}, "a; b"),
    "objects with fields": (
        {"errors": [{"field": "subject", "message": "is too long"}]},
        "subject: is too long",
    ),
    "objects with paths": (
        {"errors": [{"path": "input.email", "message": "is wrong"}]},
        "input.email: is wrong",
    ),
    "objects with other paths": ({"errors": [{"path": ["a"], "message": "x"}]}, "x"),
    "Rails": (
        {"errors": {"subject": ["is too long", "is odd"]}},
        "subject is too long; subject is odd",
    ),
    "Rails, one text": ({"errors": {"base": "is locked"}}, "base is locked"),
    "an error object": ({"error": {"message": "deep", "code": 5}}, "deep"),
    "an error in an error": ({"error": {"error": "deeper"}}, "deeper"),
    "a bare list": ([{"message": "a"}, "b"], "a; b"),
    "the first that says something": ({"errors": [], "message": "", "error": "x"}, "x"),
    "nothing": ({}, ""),
    "numbers": ({"errors": [1, None, True]}, ""),
    "another object": ({"status": 422}, ""),
    "white space": ({"error": " a\n\n\tb "}, "a b"),
}


def answer(body: Any) -> Answer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(422, {}, content)


@pytest.mark.parametrize("body, sentence", FORMS.values(), ids=FORMS)
def test_a_form(body: Any, sentence: str) -> None:
    assert answer(body).error == sentence


TEXTS = {
    "plain": (b"Bad Gateway", "Bad Gateway"),
    "HTML": (b"<html><h1>502</h1>\n<p>Bad <b>Gateway</b></p></html>", "502 Bad Gateway"),
    "empty": (b"", ""),
    "blank": (b" \r\n", ""),
    "no UTF-8": (b"\xff\xfe", "\ufffd\ufffd"),
    "half an object": (b'{"error": "x', '{"error": "x'),
}


@pytest.mark.parametrize("content, sentence", TEXTS.values(), ids=TEXTS)
def test_a_text(content: bytes, sentence: str) -> None:
    assert answer(content).error == sentence
    assert answer(content).body is None


_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.sampled_from(["errors", "error", "message", "field", "path", "base", "x"]), inner
        )
    ),
)


@given(body=_JSON)
def test_any_json_gives_one_short_line(body: Any) -> None:
    sentence = answer(body).error

    assert len(sentence) <= MAX_REASON_CHARACTERS
    assert sentence == " ".join(sentence.split())
    assert answer(body).is_refusal in {True, False}


@given(content=st.binary())
def test_any_bytes_give_one_short_line(content: bytes) -> None:
    assert "\n" not in answer(content * 50).error
    assert len(answer(content * 50).error) <= MAX_REASON_CHARACTERS


def test_a_novel_is_cut() -> None:
    assert len(answer({"error": "long " * 1000}).error) <= 500


REFUSALS = {
    "errors": ({"errors": [{"message": "a"}]}, True),
    "an error": ({"error": "a"}, True),
    "no success": ({"success": False}, True),
    "success": ({"success": True}, False),
    "no errors": ({"errors": []}, False),
    "another object": ({"ticket": {"errors": 1}}, False),
    "a list": ([{"error": "x"}], False),
}


@pytest.mark.parametrize("body, refusal", REFUSALS.values(), ids=REFUSALS)
def test_a_refusal(body: Any, *, refusal: bool) -> None:
    assert answer(body).is_refusal is refusal


DEEP = {
    "lists": (b"[" * 100_000, b"]" * 100_000),
    "objects": (b'{"errors":' * 400 + b'"x"', b"}" * 400),
    "just too deep": (b"[" * (MAX_DEPTH + 1), b"]" * (MAX_DEPTH + 1)),
}


@pytest.mark.parametrize("opening, closing", DEEP.values(), ids=DEEP)
def test_a_body_that_is_too_deep(opening: bytes, closing: bytes) -> None:
    deep = answer(opening + closing)

    assert deep.body is None
    assert deep.is_text
    assert not deep.is_refusal
    assert len(deep.error) <= MAX_REASON_CHARACTERS


def test_a_body_that_is_broad() -> None:
    broad = [{"a": [each]} for each in range(1000)]

    assert answer(broad).body == broad
    assert answer(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH).body is not None


@pytest.mark.parametrize(
    "content, text",
    [(b"", False), (b" \n", False), (b"null", False), (b"{}", False), (b"ok", True), (b"{", True)],
)
def test_what_is_no_json(content: bytes, *, text: bool) -> None:
    assert answer(content).is_text is text
