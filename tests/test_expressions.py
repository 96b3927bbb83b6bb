"""Attributes, Liquid templates and nests of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from target_groove.expressions import compile_expression
from target_groove.liquid import is_liquid

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


NUMBERS = {
    "a": Decimal("1.50"),
    "whole": Decimal("2.00"),
    "tiny": Decimal("1E-7"),
    "big": Decimal("12345678901234567890.12"),
    "huge": Decimal("1e400"),
    "integral": Decimal(12),
    "deep": {"prices": [Decimal("0.10"), Decimal("0.20")]},
}


@pytest.mark.parametrize(
    "source,text",
    [
        ("{{ a }}", "1.50"),
        ("{{ whole }}", "2.00"),
        ("{{ tiny }}", "1E-7"),
        ("{{ big }}", "12345678901234567890.12"),
        ("{{ huge }}", "1E+400"),
        ("{{ integral }}", "12"),
        ("{{ deep.prices[0] }}", "0.10"),
        ("{{ record.deep.prices }}", "0.100.20"),
        ("{{ deep }}", "{'prices': [0.10, 0.20]}"),
        ("{{ a | append: ' EUR' }}", "1.50 EUR"),
        ("{{ a | times: 2 }}", "3.0"),
        ("{{ 2 | times: a }}", "3.0"),
        ("{{ a | plus: 0.1 }}", "1.6"),
        ("{{ a | minus: 2 }}", "-0.5"),
        ("{{ a | divided_by: 2 }}", "0.75"),
        ("{{ whole | divided_by: 4 }}", "0.5"),
        ("{{ integral | divided_by: 5 }}", "2"),
        ("{{ a | round }}", "2"),
        ("{{ a | ceil }}{{ a | floor }}", "21"),
        ("{{ a | at_most: 1 }}", "1"),
        ("{{ a | at_least: 1 }}", "1.50"),
        ("{{ tiny | times: 10000000 }}", "1.0"),
        ("{{ big | round }}", "12345678901234567168"),
        ("{{ deep.prices | sum }}", "0.3"),
        ("{% if a > 1 and a < 2 and a == 1.5 %}yes{% endif %}", "yes"),
        ("{% if huge > big %}yes{% endif %}", "yes"),
    ],
)
def test_numbers_count_in_liquid_and_print_their_own_digits(source: str, text: str) -> None:
    assert compile_expression(source)(NUMBERS) == text


@pytest.mark.parametrize("source", ["{{ huge | ceil }}", "{{ huge | modulo: 3 }}"])
def test_a_number_out_of_range_is_said_in_a_sentence(source: str) -> None:
    with pytest.raises(ValueError, match=r"^the Liquid template .* fails: a number is out of r"):
        compile_expression(source)(NUMBERS)


def test_a_record_that_is_nested_too_deeply_for_liquid_is_said_in_a_sentence() -> None:
    deep: list[Any] = []
    for _ in range(5_000):
        deep = [deep]
    with pytest.raises(ValueError, match="nested too deeply"):
        compile_expression("{{ title }}")({"title": "x", "deep": deep})


@pytest.mark.parametrize(
    "source,reason",
    [
        ("{{ title | no_such_filter }}", "there is no filter 'no_such_filter'"),
        ("{% if paid %}{{ title | upcase | nope }}{% endif %}", "there is no filter 'nope'"),
        ("{% include 'x' %}", "x"),
        ("{% render 'x' %}", "x"),
    ],
)
def test_what_liquid_does_not_know_is_found_before_any_record(source: str, reason: str) -> None:
    with pytest.raises(ValueError, match="is no valid Liquid template") as caught:
        compile_expression(source)
    assert str(caught.value) == f"is no valid Liquid template ({reason})"


@pytest.mark.parametrize("source", ["{{ count | divided_by: 0 }}"])
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
