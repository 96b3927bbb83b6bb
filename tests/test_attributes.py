"""Reaching into nested data, and leaving parts of it out."""

from __future__ import annotations

import copy
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_groove.attributes import leaves_out, path_reader, without

RECORD = {
    "id": 7,
    "customer": {"email": "kim@example.org", "": "blank", "tags": ["a", "b"]},
    "lines": [{"sku": "A1"}, {"sku": "B2", "tax": None}],
    "customer.name": "with a dot",
    "nothing": None,
    "price": Decimal("1.10"),
}
NAMES = st.sampled_from(["a", "b", "ab", "a b", "a*", "a?", "[a]", "1"])
DATA = st.recursive(
    st.none() | st.integers() | st.text(max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(NAMES, DATA, max_size=4)


@pytest.mark.parametrize(
    "path,value",
    [
        ("id", 7),
        ("customer.email", "kim@example.org"),
        ("customer.tags.1", "b"),
        ("customer.tags.2", None),
        ("customer.tags.-1", None),
        ("customer.tags.x", None),
        ("lines.0.sku", "A1"),
        ("lines.1.tax", None),
        ("customer.name", "with a dot"),
        ("customer.email.domain", None),
        ("id.x", None),
        ("nothing", None),
        ("nothing.x", None),
        ("absent", None),
        ("absent.x", None),
        ("customer.", "blank"),
        ("price", Decimal("1.10")),
    ],
)
def test_a_dotted_path_reaches_into_a_record(path: str, value: Any) -> None:
    assert path_reader(path)(RECORD) == value


@pytest.mark.parametrize(
    "patterns,left",
    [
        ([], {"a": 1, "b": {"c": 2, "d": 3}, "l": [{"c": 4}, {"d": 5}], "a.x": 6}),
        (["a"], {"b": {"c": 2, "d": 3}, "l": [{"c": 4}, {"d": 5}], "a.x": 6}),
        (["b.c"], {"a": 1, "b": {"d": 3}, "l": [{"c": 4}, {"d": 5}], "a.x": 6}),
        (["b.*"], {"a": 1, "l": [{"c": 4}, {"d": 5}], "a.x": 6}),
        (["*.c"], {"a": 1, "b": {"d": 3}, "l": [{"d": 5}], "a.x": 6}),
        (["l.c"], {"a": 1, "b": {"c": 2, "d": 3}, "l": [{"d": 5}], "a.x": 6}),
        (["l.*.d"], {"a": 1, "b": {"c": 2, "d": 3}, "l": [{"c": 4}], "a.x": 6}),
        (["l.0"], {"a": 1, "b": {"c": 2, "d": 3}, "l": [{"d": 5}], "a.x": 6}),
        (["l.1.d"], {"a": 1, "b": {"c": 2, "d": 3}, "l": [{"c": 4}], "a.x": 6}),
        (["l.*"], {"a": 1, "b": {"c": 2, "d": 3}, "a.x": 6}),
        (["a.x"], {"a": 1, "b": {"c": 2, "d": 3}, "l": [{"c": 4}, {"d": 5}]}),
        (["a*", "b*"], {"l": [{"c": 4}, {"d": 5}]}),
        (["*"], {}),
        (["A"], {"a": 1, "b": {"c": 2, "d": 3}, "l": [{"c": 4}, {"d": 5}], "a.x": 6}),
        (["b.c", "b.d"], {"a": 1, "l": [{"c": 4}, {"d": 5}], "a.x": 6}),
    ],
    ids=repr,
)
def test_what_matches_is_left_out(patterns: list[str], left: dict[str, Any]) -> None:
    data = {"a": 1, "b": {"c": 2, "d": 3}, "l": [{"c": 4}, {"d": 5}], "a.x": 6}
    before = copy.deepcopy(data)
    assert without(data, patterns) == left
    assert data == before


@pytest.mark.parametrize(
    "name", ["price [EUR]", "sure?", "[abc]", "x[0]", "[", "]", "!x", "[!a]"], ids=repr
)
def test_only_the_star_stands_for_something_else(name: str) -> None:
    inside = {name: 1, "p": 2, "sure!": 3, "a": 4, "x0": 5}
    assert without({"o": inside, **inside}, [name, f"o.{name}"]) == {
        "o": {"p": 2, "sure!": 3, "a": 4, "x0": 5},
        "p": 2,
        "sure!": 3,
        "a": 4,
        "x0": 5,
    }


def test_what_was_empty_before_stays() -> None:
    data: dict[str, Any] = {"a": {}, "b": [], "c": None, "d": "", "e": [None, {}]}
    assert without(data, ["a.x", "b.x", "c.x", "d.x", "e.x"]) == data


@given(OBJECTS, st.lists(NAMES, max_size=3))
def test_names_are_left_out_at_the_top_and_only_there(
    data: dict[str, Any], names: list[str]
) -> None:
    plain = [name for name in names if name != "a*"]
    left = without(data, plain)
    assert left == {name: value for name, value in data.items() if name not in plain}


@given(OBJECTS)
def test_a_pattern_that_matches_nothing_changes_nothing(data: dict[str, Any]) -> None:
    assert without(data, ["zzz", "a.zzz", "*.zzz", "a.*.zzz"]) == data


@given(OBJECTS, st.sampled_from(["a", "b", "ab", "*", "a*"]))
def test_no_object_two_levels_down_keeps_the_name(data: dict[str, Any], pattern: str) -> None:
    left = without(data, [f"*.{pattern}"])
    for value in left.values():
        objects = [value] if isinstance(value, dict) else value if isinstance(value, list) else []
        for each in objects:
            if isinstance(each, dict):
                assert not any(fnmatchcase(name, pattern) for name in each)


@pytest.mark.parametrize(
    "patterns,path,partly,is_left_out",
    [
        (["a"], "a", False, True),
        (["a"], "a.b", False, True),
        (["a.b"], "a", False, False),
        (["a.b"], "a", True, True),
        (["*.b"], "a", True, False),
        (["*.b"], "a.b", False, True),
        (["in*"], "internal.x", False, True),
        (["a.*"], "a.b.c", False, True),
        (["b"], "a.b", True, False),
        ([], "a", True, False),
    ],
)
def test_whether_an_attribute_is_left_out(
    patterns: list[str],
    path: str,
    partly: bool,  # noqa: FBT001
    is_left_out: bool,  # noqa: FBT001
) -> None:
    assert leaves_out(patterns, path, partly=partly) is is_left_out
