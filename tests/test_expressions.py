"""Attributes, Liquid templates and nests of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from target_groove.expressions import compile_expression, is_liquid

RECORD = {
    "Ticket ID": "T-7",
    "title": "Broken <cup> & saucer",
    "price": Decimal("1.10"),
    "count": 3,
    "paid": True,
    "nothing": None,
    "blank": "  ",
    "customer": {"name": "Kim", "email": "kim@example.org"},
    "lines": [{"sku": "A1"}, {"sku": "B2"}],
}


@pytest.mark.parametrize(
    "expression,value",
    [
        ("title", "Broken <cup> & saucer"),
        ("customer.email", "kim@example.org"),
        ("lines.1.sku", "B2"),
        ("Ticket ID", "T-7"),
        ("price", Decimal("1.10")),
        ("absent", None),
        ("{{ title }}", "Broken <cup> & saucer"),
        ("{{ record['Ticket ID'] }}", "T-7"),
        ("Order {{ record['Ticket ID'] }}: {{ customer.name }}", "Order T-7: Kim"),
        ("{{ price }} x {{ count }}", "1.10 x 3"),
        ("{{ paid }}", "true"),
        ("{{ customer.name | upcase }}", "KIM"),
        ("{% for line in lines %}{{ line.sku }} {% endfor %}", "A1 B2 "),
        ("{% if paid %}yes{% else %}no{% endif %}", "yes"),
        ("{{ absent }}", None),
        ("{{ absent.deeper }}", None),
        ("{{ nothing }}", None),
        ("{{ blank }}", None),
        ("{{ absent | default: 'none' }}", "none"),
        (
            {"email": "customer.email", "name": "{{ customer.name }}!"},
            {"email": "kim@example.org", "name": "Kim!"},
        ),
        ({"email": "absent", "name": "nothing"}, None),
        ({"email": "customer.email", "name": "absent"}, {"email": "kim@example.org"}),
        (["title", "{{ count }}", "absent"], ["Broken <cup> & saucer", "3"]),
        (["absent"], None),
        ({"a": {"b": ["count"]}}, {"a": {"b": [3]}}),
    ],
    ids=repr,
)
def test_an_expression_gives_a_value(expression: Any, value: Any) -> None:
    assert compile_expression(expression)(RECORD) == value


@pytest.mark.parametrize(
    "expression,sentence",
    [
        ("", "is empty; name an attribute or write a Liquid template"),
        ("  ", "is empty; name an attribute or write a Liquid template"),
        (5, "is the constant 5; constants belong into defaults"),
        (True, "is the constant True; constants belong into defaults"),
        (None, "is the constant None; constants belong into defaults"),
        ({"a": {"b": 1}}, "is the constant 1; constants belong into defaults"),
        (["a", ""], "is empty; name an attribute or write a Liquid template"),
        ("{{ title | no_such_end", "is no valid Liquid template"),
        ("{% if title %}never closed", "is no valid Liquid template"),
        ("{% nonsense %}", "is no valid Liquid template"),
    ],
    ids=repr,
)
def test_what_cannot_be_read_is_said(expression: Any, sentence: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the sentence is compared below
        compile_expression(expression)
    assert str(caught.value).startswith(sentence)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "source", ["{{ count | divided_by: 0 }}", "{{ title | no_such_filter }}", "{% include 'x' %}"]
)
def test_a_template_that_fails_on_a_record_says_so_in_one_line(source: str) -> None:
    with pytest.raises(ValueError, match=r"the Liquid template .* fails: ") as caught:
        compile_expression(source)(RECORD)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text,liquid",
    [("{{ a }}", True), ("{% if a %}{% endif %}", True), ("a", False), ("{a}", False), ("", False)],
    ids=repr,
)
def test_liquid_is_told_from_an_attribute(text: str, liquid: bool) -> None:  # noqa: FBT001
    assert is_liquid(text) is liquid
