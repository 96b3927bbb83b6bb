"""What is in a record arrives as it came: no digit, zone or character is lost on the way."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from target_groove.delivery.encoding import to_json
from tests.runs import Message, record, schema

if TYPE_CHECKING:
    from target_groove.sandbox import Sandbox
    from tests.conftest import Run

ANY: dict[str, Any] = {}
DATE_TIME = {"type": ["string", "null"], "format": "date-time"}
DATE = {"type": ["string", "null"], "format": "date"}
TIME = {"type": ["string", "null"], "format": "time"}
NUMBER = {"type": "number"}

VALUES = {
    "a date-time in UTC": (DATE_TIME, '"2026-02-03T10:15:00Z"'),
    "a date-time with a zone": (DATE_TIME, '"2026-02-03T10:15:00.120000+05:30"'),
    "a date-time without zone": (DATE_TIME, '"2026-02-03 10:15:00"'),
    "no date-time at all": (DATE_TIME, '"yesterday"'),
    "a date-time that is null": (DATE_TIME, "null"),
    "a date": (DATE, '"2026-02-03"'),
    "a date beyond year 9999": (DATE, '"12026-02-03"'),
    "a time": (TIME, '"10:15:00.5Z"'),
    "a decimal": (NUMBER, "1.10"),
    "a long decimal": (NUMBER, "0.1234567890123456789012345678901234567890"),
    "a decimal without fraction": (NUMBER, "5.0"),
    "a negative zero": (NUMBER, "-0.0"),
    "a multiple": ({"type": "number", "multipleOf": 0.01}, "1.10"),
    "a large integer": ({"type": "integer"}, "123456789012345678901234567890"),
    "an integer beyond 2**63": ({"type": "integer"}, "-9223372036854775809"),
    "unicode": ({"type": "string"}, '"Grüße ☃ \U0001f600 \u202e"'),
    "controls": ({"type": "string"}, '"a\\u0000b\\u0007\\n\\t\\u2028"'),
    "an empty text": ({"type": "string"}, '""'),
    "nested data": (ANY, '{"a":[{"b":[[],{}]},null,true,1.50],"ключ":{"":0}}'),
}


def lines(properties: Any, value: str) -> list[Message]:
    return [
        schema("s", ["id"], {"id": {}, "x": properties}),
        f'{{"type": "RECORD", "stream": "s", "record": {{"id": 1, "x": {value}}}}}'.encode(),
    ]


@pytest.mark.parametrize("validate", [True, False], ids=["validated", "not validated"])
@pytest.mark.parametrize("properties, value", VALUES.values(), ids=VALUES)
def test_a_value_arrives_as_it_came(
    sandbox: Sandbox,
    run: Run,
    echo_config: dict[str, Any],
    properties: Any,
    value: str,
    validate: bool,  # noqa: FBT001
) -> None:
    result = run({**echo_config, "validate_records": validate}, lines(properties, value))

    assert result.exit_code == 0
    (entry,) = sandbox.log()
    prefix, _, sent = entry["raw"].removesuffix("}").partition('"x":')
    assert prefix == '{"id":1,'
    assert _parsed(sent) == _parsed(value)
    if not value.startswith(('"', "{")):
        assert sent == value


def _parsed(text: str) -> Any:
    """Parse JSON so that 1.10 and 1.1 differ."""
    return json.loads(text, parse_float=lambda digits: ("number", digits))


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.decimals(allow_nan=False, allow_infinity=False, places=3).map(
        lambda each: Decimal(f"{each:.3f}")
    )
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(value=_JSON)
def test_any_value_arrives_as_it_came(
    sandbox: Sandbox, run: Run, echo_config: dict[str, Any], value: Any
) -> None:
    text = to_json(value).decode()
    before = len(sandbox.log())

    run(echo_config, lines(ANY, text))

    (entry,) = sandbox.log(since=before)
    assert _parsed(entry["raw"]) == {"id": 1, "x": _parsed(text)}


def test_a_ticket_gets_the_date_as_it_stood(sandbox: Sandbox, run: Run) -> None:
    route = {
        "stream": "s",
        "endpoint": "create_ticket",
        "fields": {"body": "at", "from": "mail", "to": "to"},
    }
    row = {
        "at": "2026-02-03T10:15:00Z",
        "mail": "jo@acme.example",
        "to": "support@sandbox.example",
    }

    run({"streams": [route]}, [schema("s", [], {"at": DATE_TIME}), record("s", row)])

    assert sandbox.log()[0]["body"]["body"] == "2026-02-03T10:15:00Z"


def test_flattening(sandbox: Sandbox, run: Run, echo_config: dict[str, Any]) -> None:
    settings_ = {**echo_config, "flattening_enabled": True, "flattening_max_depth": 2}
    properties = {
        "id": {"type": "integer"},
        "who": {
            "type": "object",
            "properties": {
                "name": {"type": "string"},
                "home": {
                    "type": "object",
                    "properties": {"city": {"type": "object", "properties": {}}},
                },
            },
        },
        "since": DATE_TIME,
    }
    row = {
        "id": 1,
        "who": {"name": "Jo", "home": {"city": {"zip": "1"}}},
        "since": "2026-02-03T10:15:00Z",
    }

    run(settings_, [schema("s", ["id"], properties), record("s", row)])

    assert sandbox.log()[0]["body"] == {
        "id": 1,
        "who__name": "Jo",
        "who__home__city": '{"zip":"1"}',
        "since": "2026-02-03T10:15:00Z",
    }


@pytest.mark.parametrize("stream_map", ["__NULL__", None])
def test_a_stream_map_can_drop_a_stream(
    sandbox: Sandbox, run: Run, echo_config: dict[str, Any], stream_map: str | None
) -> None:
    maps = {"s": stream_map}
    messages = [schema("s", ["id"]), record("s", {"id": 1}), schema("t"), record("t", {"id": 2})]

    result = run({**echo_config, "stream_maps": maps}, messages)

    assert result.exit_code == 0
    assert [entry["body"] for entry in sandbox.log()] == [{"id": 2}]


def test_a_stream_map_can_compute_and_drop_attributes(
    sandbox: Sandbox, run: Run, echo_config: dict[str, Any]
) -> None:
    maps = {"s": {"total": "int(price * 2)", "secret": "__NULL__", "name": "name.upper()"}}
    properties = {
        "id": {"type": "integer"},
        "price": {"type": "integer"},
        "name": {"type": "string"},
        "secret": {"type": "string"},
    }
    row = {"id": 1, "price": 21, "name": "jo", "secret": "x"}

    run({**echo_config, "stream_maps": maps}, [schema("s", ["id"], properties), record("s", row)])

    assert sandbox.log()[0]["body"] == {"id": 1, "price": 21, "name": "JO", "total": 42}


def test_a_stream_map_can_rename_a_stream_for_its_route(sandbox: Sandbox, run: Run) -> None:
    route = {"stream": "people", "endpoint": "custom", "method": "POST", "url": "/echo/people"}
    maps = {"s": {"__alias__": "people"}}

    run(
        {"streams": [route], "stream_maps": maps},
        [schema("s", ["id"], {"id": {}}), record("s", {"id": 1})],
    )

    assert sandbox.log()[0]["path"] == "/v1/echo/people"


def test_a_stream_map_can_make_many_streams_of_one(
    sandbox: Sandbox, run: Run, echo_config: dict[str, Any]
) -> None:
    routes = [
        {"stream": name, "endpoint": "custom", "method": "POST", "url": f"/echo/{name}"}
        for name in ("s", "copy")
    ]
    maps = {"s": {}, "copy": {"__source__": "s", "id": "id", "__else__": None}}
    properties = {"id": {"type": "integer"}, "n": {"type": "integer"}}
    messages = [
        schema("s", ["id"], properties),
        record("s", {"id": 1, "n": 2}),
        record("s", {"id": 3, "n": 4}),
    ]

    result = run({**echo_config, "streams": routes, "stream_maps": maps}, messages)

    assert result.exit_code == 0
    assert [(entry["path"], entry["body"]) for entry in sandbox.log()] == [
        ("/v1/echo/s", {"id": 1, "n": 2}),
        ("/v1/echo/copy", {"id": 1}),
        ("/v1/echo/s", {"id": 3, "n": 4}),
        ("/v1/echo/copy", {"id": 3}),
    ]


def test_a_stream_map_that_fails_is_said_of_the_record(
    sandbox: Sandbox, run: Run, echo_config: dict[str, Any]
) -> None:
    maps = {"s": {"half": "str(10 // n)"}}
    properties = {"id": {"type": "integer"}, "n": {"type": "integer"}}
    messages = [
        schema("s", ["id"], properties),
        record("s", {"id": 1, "n": 0}),
        record("s", {"id": 2, "n": 5}),
    ]
    settings_ = {**echo_config, "stream_maps": maps}

    stopped = run(settings_, messages)
    kept_going = run({**settings_, "on_error": "dead_letter"}, messages)

    assert stopped.problems[0].startswith("Line 2, stream s, record id=1: its stream map fails: ")
    assert kept_going.exit_code == 0
    assert [entry["body"]["id"] for entry in sandbox.log()] == [2]


def test_record_metadata(sandbox: Sandbox, run: Run, echo_config: dict[str, Any]) -> None:
    message = {**record("s", {"id": 1}), "time_extracted": "2026-02-03T10:15:00Z", "version": 3}

    result = run({**echo_config, "add_record_metadata": True}, [schema("s", ["id"]), message])

    assert result.exit_code == 0
    body = sandbox.log()[0]["body"]
    assert body["_sdc_extracted_at"] == "2026-02-03T10:15:00Z"
    assert body["_sdc_table_version"] == 3
    assert body["_sdc_received_at"].startswith("20")


@pytest.mark.parametrize("number, fits", [(5, False), (6, True)])
def test_schemas_of_draft_4(
    sandbox: Sandbox, run: Run, echo_config: dict[str, Any], number: int, *, fits: bool
) -> None:
    properties = {"id": {"type": "integer", "minimum": 5, "exclusiveMinimum": True}}

    result = run(echo_config, [schema("s", ["id"], properties), record("s", {"id": number})])

    assert len(sandbox.log()) == fits
    if not fits:
        assert result.problems[0].startswith(
            "Line 2, stream s, record id=5: it does not fit its schema, id: 5 is less than or equal"
        )


def test_a_schema_of_no_draft(run: Run, echo_config: dict[str, Any]) -> None:
    properties = {"id": {"type": "integer", "exclusiveMinimum": "yes"}}

    result = run(echo_config, [schema("s", ["id"], properties)])

    assert result.problems[0].startswith("Line 1: the SCHEMA of stream s cannot be used (")


@pytest.mark.parametrize("allowed", [True, False])
def test_a_property_whose_schema_is_true_or_false(
    sandbox: Sandbox, run: Run, echo_config: dict[str, Any], *, allowed: bool
) -> None:
    result = run(echo_config, [schema("s", [], {"id": allowed}), record("s", {"id": 1})])

    assert (result.exit_code == 0) is allowed
    assert len(sandbox.log()) == allowed
