from __future__ import annotations

from decimal import Decimal
from html import escape
from typing import Any

import pytest

from target_groove.profile.default_template import default_template
from target_groove.profile.page import preview_page
from target_groove.profile.rendering import TemplateError, render
from target_groove.profile.store import Sample

EMAIL = "ada@example.com"


@pytest.mark.parametrize(
    "source,attributes,html",
    [
        ("Name: {{plan}}", {"plan": "pro"}, "Name: pro"),
        ("{{ mrr }} {{ n }}", {"mrr": Decimal("1.10"), "n": 3}, "1.1 3"),
        ("{% if gone %}x{% endif %}{{ plan | upcase }}", {"plan": "pro"}, "PRO"),
        ("{{ since | date: '%Y' }}", {"since": "2020-01-02"}, "2020"),
        ("{{ email }} {{ name }}", {"email": "other", "name": "other"}, f"{EMAIL} Custom Profile"),
        (
            "{{ first_name }}|{{ last_name }}|{{ full_name }}",
            {"customer_name": "Ada King Lovelace"},
            "Ada|King Lovelace|Ada King Lovelace",
        ),
        (
            "{{ first_name }}|{{ last_name }}|{{ full_name }}",
            {"customer_first_name": "Ada", "customer_last_name": "L"},
            "Ada|L|Ada L",
        ),
    ],
)
def test_a_template_is_rendered_as_groove_would(
    source: str, attributes: dict[str, Any], html: str
) -> None:
    assert render(source, attributes, email=EMAIL).html == html


def test_undefined_names_are_told_and_those_that_are_printed_apart() -> None:
    source = "{{ a }}{{ b | escape }}{% if c %}{{ c }}{% endif %}{{ d | default: '-' }}{{ plan }}"
    panel = render(source, {"plan": "pro"}, email=EMAIL)
    assert panel.html == "-pro"
    assert panel.printed == ("a", "b")
    assert panel.asked == ("c", "d")


@pytest.mark.parametrize(
    "source",
    [
        "{{ a",
        "{% nope %}",
        "{{ a | nope }}",
        "{{ 1 | divided_by: 0 }}",
        "{% include '/etc/passwd' %}",
        "{% for each in (1..1000000000000) %}{{ each }}{% endfor %}",
        "{% for a in (1..1000) %}{% for b in (1..1000) %}{% endfor %}{% endfor %}",
    ],
)
def test_a_template_that_is_none_is_a_sentence(source: str) -> None:
    with pytest.raises(TemplateError, match=r"^The template cannot be rendered: .+\.$"):
        render(source, {}, email=EMAIL)


def test_a_template_that_includes_another_is_told_so() -> None:
    with pytest.raises(TemplateError, match=r"it includes /etc/passwd, and there are no other"):
        render("{% include '/etc/passwd' %}", {}, email=EMAIL)


def sample(stream: str = "s", **attributes: Any) -> Sample:
    return Sample(stream, EMAIL, attributes)


def test_the_default_template_shows_each_attribute_in_its_form() -> None:
    attributes: dict[str, Any] = {
        "plan": "a<b",
        "seats": 3,
        "active": False,
        "since": "2020-01-02T10:00:00Z",
        "page": "https://shop.example/1",
        "customer_name": "Ada",
        "empty": "",
        "nothing": None,
        "own": "ADA@example.com",
        "naïve": "x",
    }
    source = default_template([sample(**attributes)])
    html = render(source, attributes, email=EMAIL).html
    for shown in (
        "Plan</td><td>a&lt;b",
        "Seats</td><td>3",
        "Active</td><td>no",
        "Since</td><td>Jan 2, 2020",
        '<a href="https://shop.example/1" target="_blank">https://shop.example/1</a>',
        "Name</td><td>Ada",
    ):
        assert shown in html
    for hidden in ("Empty", "Nothing", "Own", "na"):
        assert f">{hidden}<" not in html
    panel = render(source, {}, email=EMAIL)
    assert panel.printed == ()
    assert "<tr>" not in panel.html


def test_each_stream_has_a_section_that_others_do_not_see() -> None:
    samples = [sample("crm_people", plan="pro"), sample("billing", paid=True, plan="x")]
    source = default_template(samples)
    both = render(source, {"plan": "pro", "paid": True}, email=EMAIL).html
    assert both.index("Crm people") < both.index("Plan") < both.index("Billing")
    assert both.count("Plan") == 1
    assert "Billing" not in render(source, {"plan": "pro"}, email=EMAIL).html


@pytest.mark.parametrize(
    "hostile", ["<script>owned()</script>", "javascript:owned()//https://", '"><img src=x>']
)
def test_a_value_of_another_kind_than_the_samples_is_only_text(hostile: str) -> None:
    kinds: dict[str, Any] = {
        "day": "2020-01-02",
        "count": 3,
        "page": "https://a.example",
        "text": "x",
    }
    source = default_template([sample(**kinds)])
    html = render(source, dict.fromkeys(kinds, hostile), email=EMAIL).html
    assert html.count(f"<td>{escape(hostile)}</td>") == len(kinds)
    assert "<a " not in html


@pytest.mark.parametrize("name", ["or", "and", "contains", "not", "in", "limit", "true", "nil"])
def test_an_attribute_may_be_named_like_a_word_of_liquid(name: str) -> None:
    source = default_template([sample(**{name: "x"}), sample("other", plan="pro")])
    panel = render(source, {name: "its value"}, email=EMAIL)
    assert panel.html.count("its value") == 1
    assert "Other" not in panel.html
    assert panel.printed == ()
    assert "S</h4>" not in render(source, {"plan": "pro"}, email=EMAIL).html


@pytest.mark.parametrize("samples", [[], [sample(own=EMAIL)]])
def test_without_attributes_the_template_says_so(samples: list[Sample]) -> None:
    assert default_template(samples).startswith("<p>No attributes yet")


def test_an_attribute_of_two_kinds_is_text() -> None:
    source = default_template([sample(a=1), sample(a="x"), sample(a=None)])
    assert "{{ a | escape }}" in source


def test_nothing_leaves_the_panel_of_the_page() -> None:
    panel = render("</iframe>{{ nope }}<b>{{ plan }}</b>", {"plan": '"><script>'}, email=EMAIL)
    page = preview_page(panel, {"plan": '"><script>'}, email="<x>", headline="<h>")
    assert "<script>" not in page
    assert page.count("</iframe>") == 1
    assert "<x>" not in page
    assert "<code>nope</code>" in page
    assert "default-src &#x27;none&#x27;" in page or "default-src 'none'" in page


def test_an_unknown_customer_is_said_on_the_page() -> None:
    panel = render("{% if a %}{% endif %}", {}, email=EMAIL)
    page = preview_page(panel, None, email=EMAIL, headline="H")
    assert "There is no profile of this e-mail" in page
    assert "only asked for: <code>a</code>" in page
