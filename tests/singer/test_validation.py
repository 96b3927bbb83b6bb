"""Records are accepted fast, and never otherwise than the SDK would."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from singer_sdk.exceptions import InvalidRecord
from singer_sdk.sinks.core import BaseJSONSchemaValidator, JSONSchemaValidator

from target_groove.lines import parse_object
from target_groove.validation import QuickValidator, quick_check

NAMES = st.sampled_from(["id", "tags", "é", "lines", "integer"])
TYPES = ["string", "integer", "number", "boolean", "object", "array", "null"]
SMALL = st.integers(0, 3)
NUMBERS = st.sampled_from(
    [
        0,
        1,
        -1,
        2**31,
        2**63,
        10**30,
        Decimal("1.0"),
        Decimal("1.5"),
        Decimal("1E+3"),
        Decimal("-0.0"),
    ]
)
TEXTS = st.text(max_size=4)
LEAVES = st.none() | st.booleans() | NUMBERS | TEXTS | st.integers()
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
RECORDS = st.dictionaries(NAMES, VALUES, max_size=4)


def _schemas(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(TYPES)
            | st.lists(st.sampled_from(TYPES), min_size=1, max_size=3, unique=True),
            "properties": st.dictionaries(NAMES, inner, max_size=3),
            "required": st.lists(NAMES, max_size=2, unique=True),
            "items": inner,
            "additionalProperties": st.booleans() | inner,
            "anyOf": st.lists(inner, min_size=1, max_size=2),
            "allOf": st.lists(inner, min_size=1, max_size=2),
            "enum": st.lists(st.none() | st.booleans() | TEXTS, min_size=1, max_size=3),
            "const": st.none() | TEXTS,
            "minLength": SMALL,
            "maxLength": SMALL,
            "minItems": SMALL,
            "maxItems": SMALL,
            "minimum": NUMBERS,
            "exclusiveMaximum": NUMBERS,
            "format": st.sampled_from(["date-time", "uuid", "singer.decimal"]),
            "x-tap": st.just({"type": "no type"}),
        },
    )


SCHEMAS = st.recursive(st.booleans() | _schemas(st.just({})), _schemas, max_leaves=6)


@settings(max_examples=100)
@given(_schemas(SCHEMAS), RECORDS)
def test_what_is_accepted_fast_the_sdk_accepts_too(
    schema: dict[str, Any], record: dict[str, Any]
) -> None:
    fits = quick_check(schema)
    assert fits is not None
    if fits(record):
        JSONSchemaValidator(schema).validate(record)


@settings(max_examples=50)
@given(_schemas(SCHEMAS), RECORDS)
def test_the_answer_is_always_the_sdks(schema: dict[str, Any], record: dict[str, Any]) -> None:
    careful = JSONSchemaValidator(schema)
    fits = quick_check(schema)
    assert fits is not None
    assert _verdict(QuickValidator(schema, fits, careful), record) == _verdict(careful, record)


def _verdict(validator: BaseJSONSchemaValidator, record: dict[str, Any]) -> str | None:
    try:
        validator.validate(record)
    except InvalidRecord as error:
        return str(error)
    return None


@pytest.mark.parametrize(
    "text",
    [
        b'{"n": 1}',
        b'{"n": null, "s": "\\u00e9\\ud83d\\ude00"}',
        b'{"n": 123456789012345678901234567890}',
        b'{"list": [{"n": 7}]}',
        b'{"d": 1.10}',
        b'{"other": {"deep": [[1.5]]}}',
    ],
)
def test_what_taps_usually_send_is_accepted_fast(text: bytes) -> None:
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "properties": {
            "n": {"type": ["null", "integer"], "minimum": -(2**31)},
            "s": {"type": ["null", "string"], "maxLength": 2, "format": "date-time"},
            "d": {"type": "number"},
            "list": {"type": "array", "items": {"properties": {"n": {"type": "integer"}}}},
        },
    }
    fits = quick_check(schema)
    assert fits is not None
    assert fits(parse_object(text))


@pytest.mark.parametrize("number", [b"1.0", b"1e3", b"1.5"])
@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"n": {"type": "integer"}}},
        {"properties": {"n": {"anyOf": [{"type": "integer"}, {"type": "null"}]}}},
        {"additionalProperties": {"type": ["integer"]}},
        {"allOf": [{"properties": {"n": {"type": "integer"}}}]},
    ],
)
def test_whether_a_number_with_a_point_is_an_integer_is_left_to_the_sdk(
    schema: dict[str, Any], number: bytes
) -> None:
    fits = quick_check(schema)
    assert fits is not None
    assert not fits(parse_object(b'{"n": ' + number + b"}"))
    assert not fits(parse_object(b'{"n": {"a": [' + number + b"]}}"))


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"a": {"pattern": "^\\d+$"}}},
        {"properties": {"a": {"$ref": "http://127.0.0.1:1/nowhere.json"}}},
        {"properties": {"a": {"$ref": "#/definitions/a"}}, "definitions": {"a": {}}},
        {"properties": {"a": {"$schema": "http://json-schema.org/draft-04/schema#"}}},
        {"properties": {"a": {"not": {"type": "string"}}}},
        {"properties": {"a": {"oneOf": [{}, {}]}}},
        {"properties": {"a": {"enum": [1, 2]}}},
        {"properties": {"a": {"const": [1]}}},
        {"properties": {"a": {"multipleOf": Decimal("0.01")}}},
        {"properties": {"a": {"selected": True}}},
        {"properties": {"a": 1}},
        {"properties": [], "type": "object"},
        {"items": [{"type": "string"}]},
        {"anyOf": {}},
        {"type": "no type"},
        {"exclusiveMinimum": True},
    ],
)
def test_other_schemas_are_left_to_the_sdk(schema: dict[str, Any]) -> None:
    assert quick_check(schema) is None


@pytest.mark.parametrize("value", [{"a": "\ud800"}, {"a": object()}])
def test_what_is_no_json_is_left_to_the_sdk(value: Any) -> None:
    fits = quick_check({"properties": {"a": {"enum": ["a"]}}})
    assert fits is not None
    assert not fits(value)
