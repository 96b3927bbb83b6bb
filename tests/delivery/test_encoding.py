"""Payloads as bytes: numbers keep their digits, dates their text."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_groove.delivery.encoding import encode, to_json
from target_groove.delivery.request import Content, Upload
from tests.runs import records

if TYPE_CHECKING:
    from target_groove.sandbox import Sandbox
    from tests.conftest import Run


@pytest.mark.parametrize(
    "value,text",
    [
        ({"a": Decimal("1.10")}, '{"a":1.10}'),
        (Decimal("0.1000000000000000055511151231257827"), "0.1000000000000000055511151231257827"),
        (10**18, "1000000000000000000"),
        ('ü ✓ <b>&"\\\n', '"ü ✓ <b>&\\"\\\\\\n"'),
        (datetime(2026, 2, 3, 10, 15, tzinfo=UTC), '"2026-02-03T10:15:00Z"'),
        (date(2026, 2, 3), '"2026-02-03"'),
        (time(10, 15), '"10:15:00"'),
        (UUID(int=7), '"00000000-0000-0000-0000-000000000007"'),
        ([None, True, {}], "[null,true,{}]"),
    ],
    ids=repr,
)
def test_values_as_json(value: Any, text: str) -> None:
    assert to_json(value).decode() == text


def test_what_has_no_form_in_json_is_refused() -> None:
    with pytest.raises(TypeError):
        to_json({"a": object()})


def test_numbers_of_the_input_keep_their_digits_up_to_the_wire(run: Run, sandbox: Sandbox) -> None:
    route = {"stream": "s", "endpoint": "custom", "method": "POST", "url": "/echo/s"}
    numbers = (
        b'{"a":1.10,"b":123456789012345678901234567890,"c":1e400,"d":-0.0,'
        b'"e":0.1000000000000000055511151231257827,"f":12345678901234567890}'
    )
    line = b'{"type": "RECORD", "stream": "s", "record": %s}' % numbers
    result = run({"streams": [route]}, [records("s")[0], line])
    assert result.exit_code == 0, result.problems
    arrived = json.loads(sandbox.log()[0]["raw"], parse_float=Decimal)
    assert arrived == json.loads(numbers, parse_float=Decimal)
    assert '"a":1.10' in sandbox.log()[0]["raw"]


@pytest.mark.parametrize(
    "payload,pairs",
    [
        ({"a": 1, "b": "x y&z=ü"}, [("a", "1"), ("b", "x y&z=ü")]),
        ({"tags": ["a", "b"]}, [("tags[]", "a"), ("tags[]", "b")]),
        (
            {"from": {"email": "a@b.c", "tags": ["x"]}},
            [("from[email]", "a@b.c"), ("from[tags][]", "x")],
        ),
        ({"rows": [{"a": 1}]}, [("rows[][a]", "1")]),
        (
            {"t": True, "f": False, "n": None, "d": Decimal("1.10")},
            [
                ("t", "true"),
                ("f", "false"),
                ("n", ""),
                ("d", "1.10"),
            ],
        ),
    ],
    ids=repr,
)
def test_forms(payload: dict[str, Any], pairs: list[tuple[str, str]]) -> None:
    body, content_type = encode(payload, Content.FORM)
    assert body is not None
    assert content_type == "application/x-www-form-urlencoded"
    assert parse_qsl(body.decode("ascii"), keep_blank_values=True) == pairs


def test_a_form_through_a_run_is_what_groove_reads(run: Run, sandbox: Sandbox) -> None:
    route = {
        "stream": "s",
        "endpoint": "custom",
        "method": "POST",
        "url": "/tickets",
        "content_format": "form",
    }
    row = {
        "body": "1 + 1 = 2 & more",
        "from": {"email": "kim@example.org", "name": "Kim Ü"},
        "to": "support@sandbox.example",
        "tags": ["a", "b c"],
        "starred": True,
    }
    result = run({"streams": [route]}, records("s", row))
    assert result.exit_code == 0, result.problems
    assert sandbox.log()[0]["content_type"] == "application/x-www-form-urlencoded"
    [ticket] = sandbox.things("tickets")
    assert (ticket["tags"], ticket["starred"], ticket["customer_name"]) == (
        ["a", "b c"],
        True,
        "Kim Ü",
    )


def test_the_other_contents() -> None:
    upload = Upload("a.txt", b"\x00\xff", "text/plain")
    assert encode({"a": 1}, Content.EMPTY) == (None, None)
    assert encode({"a": 1}, Content.JSON) == (b'{"a":1}', "application/json")
    assert encode([{"a": 1}, 2], Content.NDJSON) == (b'{"a":1}\n2\n', "application/x-ndjson")
    assert encode(upload, Content.BINARY) == (b"\x00\xff", "text/plain")
    body, content_type = encode([upload, upload], Content.MULTIPART)
    assert body is not None
    assert content_type is not None
    boundary = content_type.removeprefix("multipart/form-data; boundary=")
    assert body.count(f"--{boundary}\r\n".encode()) == 2
    assert (
        body.count(b'name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\n\x00\xff')
        == 2
    )


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(JSON_VALUES)
def test_json_comes_back_as_it_went(value: Any) -> None:
    assert json.loads(to_json(value)) == value
