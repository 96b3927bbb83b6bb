"""Which texts are the same, whatever Groove made of the markup."""

from __future__ import annotations

import html
import time
import unicodedata
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from target_groove.endpoints.same_text import same_line, same_text, visible

PLAIN = st.text(max_size=60)
LINES = st.lists(PLAIN, min_size=1, max_size=4).map("\n".join)


@pytest.mark.parametrize(
    "ours,body,plain",
    [
        ("Hello", "Hello", "Hello"),
        ("Hello", "<div><p>Hello</p></div>\n", None),
        ("Hello", None, " Hello\n"),
        ("<p>Hello</p>", "<P class='x'>Hello</P>", None),
        ("<p>Hello</p>", None, "Hello"),
        ("one\ntwo\r\nthree", "one<br>two<br />three", None),
        ("<p>one</p><p>two</p>", None, "one\n\ntwo"),
        (
            "see http://x.example",
            '<a href="http://x.example" target=_blank>see http://x.example</a>',
            "",
        ),
        ('<a href="u">x</a>', '<a href="u" target="_blank" rel="noopener">x</a>', None),
        ("<p title='a > b'>x</p>", '<p title="a &gt; b">x</p>', None),
        ("a & b", "a &amp; b", None),
        ("a &amp; b", "a & b", None),
        ("a &amp; b", "a &amp;amp; b", "a &amp; b"),
        ("if a < b and c > d", "<p>if a &lt; b and c &gt; d</p>", None),
        ("use <b> for bold", "use &lt;b&gt; for bold", None),
        ("use <b> for bold", "use <b> for bold", None),
        ("&nbsp;a\u00a0b", "ab", None),
        ("caf\u00e9", "cafe\u0301", None),
        ("caf&eacute;", "caf\u00e9", None),
        ("<3", "&lt;3", None),
        ("x<!-- a --><style>b{}</style><script>c</script>y", "<p>xy</p>", None),
        ('<img src="a.png">', '<img  src="a.png">\n', ""),
        ("<img src=a>", "&lt;img src=a&gt;", "<img src=a>"),
        ("<![x[", "&lt;![x[", None),
    ],
)
def test_the_same(ours: str, body: Any, plain: Any) -> None:
    assert same_text(ours, body=body, plain=plain)


@pytest.mark.parametrize(
    "ours,body,plain",
    [
        ("Hello", "Hello!", "Hello!"),
        ("Hello", "hello", "hello"),
        ("Hello", "Hell", None),
        ("Hello", "<p>Hello</p><p>Sent from my phone</p>", "Hello\nSent from my phone"),
        ("Hello", "", ""),
        ("Hello", None, None),
        ("", None, None),
        ("a < b", "a > b", None),
        ('<img src="a.png">', '<img src="b.png">', ""),
        ('<img src="a.png">', "", ""),
        ('<img src="a.png">', None, ""),
        ('<img src="a.png">', "<p>Hello</p>", "Hello"),
        ("<p>Hello</p>", '<img src="a.png">', ""),
        ("<script>a</script>", "<script>b</script>", ""),
    ],
)
def test_not_the_same(ours: str, body: Any, plain: Any) -> None:
    assert not same_text(ours, body=body, plain=plain)


@given(LINES)
def test_plain_text_is_known_in_what_html_makes_of_it(text: str) -> None:
    assume(text.split())
    body = f"<div><p>{html.escape(text)}</p></div>".replace("\n", "<br>")
    assert same_text(text, body=body)
    assert same_text(text, body=None, plain=f"{text}\n")
    assert same_text(text, body=unicodedata.normalize("NFD", body))


@given(LINES)
def test_html_is_known_in_itself_and_in_its_text(text: str) -> None:
    assume(text.split())
    markup = f"<p>{html.escape(text)}</p>"
    assert same_text(markup, body=f"<div>\n{markup}</div>", plain=text)
    assert same_text(markup, body=None, plain=text)


@given(LINES, st.integers(min_value=0), st.sampled_from("ax1?ß漢"))
def test_another_letter_makes_another_text(text: str, place: int, letter: str) -> None:
    assume(text.split())
    place %= len(text) + 1
    other = text[:place] + letter + text[place:]
    assert not same_text(text, body=html.escape(other), plain=other) or "<" in text or "&" in text


@given(st.text(alphabet="<>!-/ab &;'\"[]x=#", max_size=40))
def test_any_markup_can_be_read(text: str) -> None:
    assert not set(visible(text)) & set(" \n\t")
    assert same_text(text, body=text) or not text.split()


@pytest.mark.parametrize(
    "text", ["<", "<a ", "<!--", "</", "<a b='", "<!", "<script ", "<a'\"", "</style ", "&", "<a ="]
)
def test_text_that_is_made_to_harm_costs_little(text: str) -> None:
    begun = time.monotonic()
    visible(text * 50_000)
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize(
    "ours,theirs,same",
    [
        ("A b", " A\n b ", True),
        (None, "", True),
        (None, None, True),
        ("u\u0308", "\u00fc", True),
        ("A", "a", False),
        ("A b", "Ab", False),
        (17, "17", True),
    ],
)
def test_titles(ours: Any, theirs: Any, same: bool) -> None:  # noqa: FBT001
    assert same_line(ours, theirs) is same
