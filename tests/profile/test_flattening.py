from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_groove.profile.flattening import RESERVED, flattened

NAMES = st.text(max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=10,
)


@pytest.mark.parametrize(
    "record,attributes",
    [
        ({"stripe": {"customer_token": "cus_1"}}, {"stripe_customer_token": "cus_1"}),
        ({"a": {"b": {"c": 1}, "d": None}}, {"a_b_c": 1, "a_d": None}),
        ({"first charge at": 1, "x": {"y z": 2}}, {"first_charge_at": 1, "x_y_z": 2}),
        ({"a.b": 1, "c$": 2, "": 3}, {"a_b": 1, "c_": 2, "_": 3}),
        ({"2fa": True}, {"_2fa": True}),
        ({"tags": ["a", None, 1, Decimal("1.10"), True]}, {"tags": "a, 1, 1.10, true"}),
        ({"tags": [], "more": {}}, {"tags": ""}),
        ({"orders": [{"id": 1}, [2, 3]]}, {"orders_0_id": 1, "orders_1": "2, 3"}),
        ({"_sdc_deleted_at": None, "_sdc_sequence": 1, "plan": "pro"}, {"plan": "pro"}),
        ({"first": {"name": "Ada"}}, {"customer_first_name": "Ada"}),
    ],
)
def test_a_record_becomes_one_level(record: dict[str, Any], attributes: dict[str, Any]) -> None:
    assert flattened(record).attributes == attributes


def test_names_that_groove_overwrites_are_renamed_and_told() -> None:
    flat = flattened(dict.fromkeys(sorted(RESERVED), "x"))
    assert flat.attributes == {f"customer_{name}": "x" for name in RESERVED}
    assert flat.renamed == {name: f"customer_{name}" for name in RESERVED}


@pytest.mark.parametrize("prefix", ["stripe", "stripe_"])
def test_a_prefix_stands_before_each_name(prefix: str) -> None:
    flat = flattened({"name": "x", "card": {"last four": "4242"}}, prefix)
    assert flat.attributes == {"stripe_name": "x", "stripe_card_last_four": "4242"}
    assert not flat.renamed


def test_a_prefix_that_makes_a_reserved_name_does_not_help() -> None:
    assert flattened({"name": "x"}, "first").attributes == {"customer_first_name": "x"}


def test_of_two_attributes_with_one_name_the_later_counts_and_it_is_told() -> None:
    flat = flattened({"a": {"b": 1}, "a_b": 2})
    assert flat.attributes == {"a_b": 2}
    assert flat.doubled == ["a_b"]


@given(st.dictionaries(NAMES, VALUES, max_size=5))
def test_whatever_comes_groove_can_read_it(record: dict[str, Any]) -> None:
    flat = flattened(record)
    assert RESERVED.isdisjoint(flat.attributes)
    for name, value in flat.attributes.items():
        assert re.fullmatch(r"[^\W\d][\w-]*|-[\w-]*|\w[\w-]*", name)
        assert not isinstance(value, dict | list)
