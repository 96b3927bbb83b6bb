"""When two records are one thing, and when a thing is unchanged."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_groove.delivery.request import LookUp, Upload
from target_groove.ledger.entry import UNKEYED, Thing
from target_groove.ledger.identity import digest, digest_behind, record_key
from target_groove.ledger.known import LONGEST_KEY

LONG_DECIMAL = "0.1234567890123456789012345678901234567890"


# Keys


@pytest.mark.parametrize(
    "values",
    [
        (1, "1", 1.0, Decimal(1), Decimal("1.00"), Decimal("1E+0"), Decimal("100e-2")),
        (0, "0", 0.0, -0.0, Decimal("-0.00"), Decimal("0E+99")),
        (-12, "-12", -12.0, Decimal("-12.0")),
        (1.5, "1.5", Decimal("1.50"), Decimal("15e-1")),
        (1e-7, "0.0000001", Decimal("0.00000010")),
        (10**22, 1e22, str(10**22), Decimal("1e22")),
        (2**64, str(2**64), Decimal(2**64)),
        (True, "true"),
    ],
)
def test_spellings_of_one_key(values: tuple[Any, ...]) -> None:
    assert len({record_key([each]) for each in values}) == 1


@pytest.mark.parametrize(
    "one,other",
    [
        ([1], ["01"]),
        ([1], [True]),
        ([0], [False]),
        ([None], ["null"]),
        ([None], [""]),
        ([None], ["None"]),
        (["a"], ["A"]),
        (["a"], ["a "]),
        (["a", "b"], ["b", "a"]),
        (["a", "b"], ["ab"]),
        (["a", "b"], ['a","b']),
        (["a,b"], ["a", "b"]),
        (["a", None], ["a"]),
        ([[1]], [["1"]]),
        ([Decimal(f"{LONG_DECIMAL}1")], [Decimal(f"{LONG_DECIMAL}2")]),
        ([12345678901234567890123], [12345678901234567890124]),
        (["é"], ["e\u0301"]),
    ],
)
def test_different_keys(one: list[Any], other: list[Any]) -> None:
    assert record_key(one) != record_key(other)


def test_an_object_as_key_has_no_order_of_names() -> None:
    assert record_key([{"a": 1, "b": 2.0}]) == record_key([{"b": 2, "a": 1}])


def test_a_long_key_fits_and_is_still_its_own() -> None:
    long = "x" * LONGEST_KEY
    keys = {record_key([value]) for value in (long, f"{long}y", f"{long}z", f"{long}y" * 999)}
    assert len(keys) == 4
    assert all(len(each) <= LONGEST_KEY for each in keys)
    assert record_key([f"{long}y"]) == record_key([f"{long}y"])


def test_the_longest_key_is_not_digested() -> None:
    longest = "x" * (LONGEST_KEY - len('[""]'))
    assert record_key([longest]) == f'["{longest}"]'
    assert record_key([longest + "x"]).startswith("sha256:")


@given(st.lists(st.text() | st.integers() | st.none() | st.booleans(), min_size=1))
def test_no_key_looks_like_that_of_a_record_without_one(values: list[Any]) -> None:
    key = record_key(values)
    assert Thing(1, key).is_keyed
    assert not key.startswith(UNKEYED)


@given(st.lists(st.text()), st.lists(st.text()))
def test_texts_are_never_mixed_up(one: list[str], other: list[str]) -> None:
    assert (record_key(one) == record_key(other)) == (one == other)


@given(st.integers(), st.integers(0, 5))
def test_an_integer_is_the_same_key_in_every_spelling(number: int, zeros: int) -> None:
    decimal = Decimal(f"{number}.{'0' * zeros}" if zeros else number)
    assert record_key([number]) == record_key([str(number)]) == record_key([decimal])


# What stands in the ledgers of earlier versions


@pytest.mark.parametrize(
    "values,key",
    [
        (("7",), '["7"]'),
        ((7,), '["7"]'),
        ((Decimal("7.0"),), '["7"]'),
        ((None, True, "é"), '[null,"true","é"]'),
        ((Decimal("1.5"), 10**45, [1, "a"]), '["1.5","1e45","[1,\\"a\\"]"]'),
    ],
)
def test_keys_stay_as_they_are(values: tuple[Any, ...], key: str) -> None:
    assert record_key(values) == key


@pytest.mark.parametrize(
    "content,expected",
    [
        (
            ("POST", "/tickets", {}, {}, {"body": "b", "tags": ["x", "é"], "state": None}),
            "9f6b7b12f6ed26cefb5d47a830eecde7",
        ),
        (({"b": 1, "a": {"d": True, "c": []}},), "4c5aa58b0c1e4d77c45be66848b37966"),
        (
            (1, 1.0, Decimal("1.10"), Decimal("-0.0"), 10**50, Decimal("1E+3")),
            "5ea165ede51de5463738d0bfdf2ebc4a",
        ),
        (
            ({"n": Decimal("0.5"), 7: [Decimal(2), {"x": 1.5}]}, ("t", ())),
            "b820ed109590bf2704e949dc84c01ab4",
        ),
        (
            ({"who": LookUp("agents", "7", "email"), "f": Upload("a.txt", b"a", "text/plain")},),
            "319cd40b5ac98ad306e0bf2a98bfaa57",
        ),
    ],
)
def test_digests_stay_as_they_are(content: tuple[Any, ...], expected: str) -> None:
    assert digest(*content) == expected


# Content


@pytest.mark.parametrize(
    "one,other",
    [
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ({"a": {"x": [{"p": 1, "q": 2}]}}, {"a": {"x": [{"q": 2, "p": 1}]}}),
        (1.1, Decimal("1.10")),
        (Decimal("1.1"), Decimal("1.10e0")),
        (100, Decimal("1e2")),
        (2, 2.0),
        (0, -0.0),
        ((1, 2), [1, 2]),
        (1e300, Decimal("1e300")),
        (Decimal(f"{LONG_DECIMAL}1"), Decimal(f"{LONG_DECIMAL}100")),
    ],
)
def test_equal_content(one: Any, other: Any) -> None:
    assert digest(one) == digest(other)


@pytest.mark.parametrize(
    "one,other",
    [
        ([1, 2], [2, 1]),
        (1, "1"),
        (1.5, "1.5"),
        (1, True),
        (0, False),
        (0, None),
        ("", None),
        ([], None),
        ({}, []),
        ({"a": None}, {}),
        ({"a": 1}, {"a": 1, "b": 1}),
        ([[1], 2], [1, [2]]),
        ("2026-02-01T08:00:00Z", "2026-02-01T08:00:00+00:00"),
        (Decimal(f"{LONG_DECIMAL}1"), Decimal(f"{LONG_DECIMAL}2")),
        (12345678901234567890123, 12345678901234567890124),
        (1e300, 1e301),
        (1e-300, -1e-300),
    ],
)
def test_different_content(one: Any, other: Any) -> None:
    assert digest(one) != digest(other)
    assert digest({"x": one}) != digest({"x": other})


def test_parts_of_the_content_do_not_run_into_one_another() -> None:
    assert digest("PUT", "/a", {}) != digest("PUT/a", "", {}) != digest("PUT", {}, "/a")


@pytest.mark.parametrize(
    "value,written",
    [
        (1.5, {"number": "15e-1"}),
        (LookUp("agents", "7", "email"), {"look up": ["agents", "7", "email"]}),
    ],
)
def test_no_object_of_a_record_looks_like_a_mark(value: Any, written: Any) -> None:
    assert digest(value) != digest(written)


def test_a_huge_integer_is_the_same_in_every_spelling() -> None:
    assert digest(10**40) == digest(Decimal("1e40"))


def test_a_look_up_counts_by_its_id() -> None:
    agent = LookUp("agents", "7", "email")
    assert digest({"a": agent}) == digest({"a": LookUp("agents", "7", "email")})
    for other in (
        LookUp("agents", "8", "email"),
        LookUp("groups", "7", "email"),
        LookUp("agents", "7", "name"),
        "7",
    ):
        assert digest({"a": agent}) != digest({"a": other})


def test_a_file_counts_by_its_name_type_and_bytes() -> None:
    file = Upload("a.txt", b"one", "text/plain")
    assert digest(file) == digest(Upload("a.txt", b"one", "text/plain"))
    for other in (
        Upload("b.txt", b"one", "text/plain"),
        Upload("a.txt", b"two", "text/plain"),
        Upload("a.txt", b"one", "text/html"),
    ):
        assert digest(file) != digest(other)


_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.integers(-(2**100), 2**100)
    | st.sampled_from([0.0, 1.0, 1.5, -2.0, 0.1, 1e30])
    | st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-9, max_value=9)
    | st.sampled_from(["", "1", "1.5", "true", "null", "a"])
    | st.text(max_size=3)
)
_JSON = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcé"), inner, max_size=3)
    ),
    max_leaves=8,
)


def _equal(one: Any, other: Any) -> bool:
    """Whether two values are the same JSON, by its own rules: the oracle."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    numbers = (int, float, Decimal)
    if isinstance(one, numbers) and isinstance(other, numbers):
        return Decimal(str(one)) == Decimal(str(other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_equal(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_equal, one, other))
    return type(one) is type(other) and bool(one == other)


def _respelled(value: Any, chance: random.Random) -> Any:
    """Write the same JSON in another way: names in another order, numbers with other digits."""
    if isinstance(value, dict):
        names = list(value)
        chance.shuffle(names)
        return {name: _respelled(value[name], chance) for name in names}
    if isinstance(value, list):
        return [_respelled(each, chance) for each in value]
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return chance.choice([value, Decimal(str(value)), Decimal(f"{Decimal(str(value)):e}")])
    return value


@given(_JSON, st.randoms(use_true_random=False))
def test_the_same_in_other_words_is_unchanged(value: Any, chance: random.Random) -> None:
    assert digest(value) == digest(_respelled(value, chance))


@given(_JSON, _JSON)
def test_what_differs_is_changed(one: Any, other: Any) -> None:
    assert (digest(one) == digest(other)) == _equal(one, other)


@given(_JSON)
def test_a_digest_is_the_same_after_a_way_through_json(value: Any) -> None:
    text = json.dumps(value, default=str) if not _has_decimal(value) else None
    if text is not None:
        assert digest(json.loads(text)) == digest(value)


def _has_decimal(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_has_decimal, value.values()))
    return any(map(_has_decimal, value)) if isinstance(value, list) else isinstance(value, Decimal)


@given(st.lists(_JSON), st.lists(_JSON, min_size=1))
def test_a_beginning_that_is_digested_once(first: list[Any], rest: list[Any]) -> None:
    digest_of = digest_behind(*first)
    for _ in range(2):
        assert digest_of(*rest) == digest(*first, *rest)
