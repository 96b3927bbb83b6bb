"""A record is the same, whether it comes as a row or as a Singer message."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from math import inf, nan
from typing import TYPE_CHECKING, Any, Final

from tests.runs import run_target, schema

if TYPE_CHECKING:
    from tests.spark.door import Door

ECHO: Final = {"endpoint": "custom", "method": "POST", "url": "/echo/x", "key": "id"}
COLUMNS: Final = (
    "id long, price decimal(20,3), day date, at timestamp, local timestamp_ntz, ratio double, "
    "flag boolean, tiny byte, text string, nothing void, tags array<string>, "
    "inner struct<a: int, b: array<decimal(4,2)>, c: timestamp>, attributes map<string, double>, "
    "`a name` string"
)
EAST: Final = timezone(timedelta(hours=5, minutes=30))
NULLS: Final = (None,) * 12
ROWS: Final[list[tuple[Any, ...]]] = [
    (
        1,
        Decimal("12345678901234567.100"),
        date(1900, 2, 28),
        datetime(2026, 2, 3, 10, 15, 30, tzinfo=EAST),
        datetime(2026, 2, 3, 10, 15, 30, 120),  # noqa: DTZ001 - that is what it is
        0.1,
        True,
        -128,
        'ä "quoted" \\ \u2028 🎈',
        None,
        ["a", None, ""],
        (1, [Decimal("0.10"), None], datetime(2026, 7, 1, tzinfo=UTC)),
        {"x": 1.5, "y": None},
        "plain",
    ),
    (2, *NULLS, None),
    (3, Decimal(0), None, None, None, nan, False, 0, "", None, [], (None, None, None), {}, None),
    (4, *NULLS[:4], -inf, *NULLS[:6], {"x": nan}, None),
    (9_007_199_254_740_993, *NULLS, "more than a double can hold"),
]
EMPTY: Final = (
    '"price":null,"day":null,"at":null,"local":null,"ratio":null,"flag":null,"tiny":null,'
    '"text":null,"nothing":null,"tags":null,"inner":null,"attributes":'
)
RECORDS: Final = [
    (
        '{"id":1,"price":12345678901234567.100,"day":"1900-02-28","at":"2026-02-03T04:45:30+00:00",'
        '"local":"2026-02-03T10:15:30.000120","ratio":0.1,"flag":true,"tiny":-128,'
        '"text":"ä \\"quoted\\" \\\\ \u2028 🎈","nothing":null,"tags":["a",null,""],'
        '"inner":{"a":1,"b":[0.10,null],"c":"2026-07-01T00:00:00+00:00"},'
        '"attributes":{"x":1.5,"y":null},"a name":"plain"}'
    ),
    f'{{"id":2,{EMPTY}null,"a name":null}}',
    (
        '{"id":3,"price":0.000,"day":null,"at":null,"local":null,"ratio":null,"flag":false,'
        '"tiny":0,"text":"","nothing":null,"tags":[],"inner":{"a":null,"b":null,"c":null},'
        '"attributes":{},"a name":null}'
    ),
    f'{{"id":4,{EMPTY}{{"x":null}},"a name":null}}',
    f'{{"id":9007199254740993,{EMPTY}null,"a name":"more than a double can hold"}}',
]
"""What a tap would send of the rows."""


def pipe(door: Door, records: list[str], stream: str) -> None:
    """Deliver records as the Singer target does, to the same ledger."""
    route = {**ECHO, "stream": stream, "key": [ECHO["key"]]}
    config: dict[str, Any] = {**door.options, "streams": [route]}
    messages = [f'{{"type":"RECORD","stream":"{stream}","record":{each}}}' for each in records]
    result = run_target(config, [schema(stream, ["id"]), *(each.encode() for each in messages)])
    assert result.error is None, result.error


def test_rows_and_messages_are_the_same_to_the_ledger(door: Door) -> None:
    frame = door.spark.frame(ROWS, COLUMNS)
    assert door.save(frame, **ECHO, stream="first")["delivered"] == 5
    by_spark = [each["raw"] for each in door.writes()]
    pipe(door, RECORDS, "first")
    assert len(door.writes()) == 5, "the pipe found all of it delivered"

    pipe(door, RECORDS, "second")
    by_pipe = [each["raw"] for each in door.writes()[5:]]
    assert sorted(by_spark) == sorted(by_pipe)
    told = door.save(frame, **ECHO, stream="second")
    assert (told["unchanged"], told["request"]) == (5, 0)
    # From now on they are known by their rows, in whatever zone the session shows times.
    conf = door.spark.session.conf
    conf.set("spark.sql.session.timeZone", "America/New_York")
    try:
        told = door.save(frame, **ECHO, stream="second")
    finally:
        conf.set("spark.sql.session.timeZone", "UTC")
    assert (told["unchanged"], told["request"]) == (5, 0)


def test_numbers_keep_their_digits(door: Door) -> None:
    frame = door.spark.frame(ROWS[:1], COLUMNS)
    door.save(frame, **ECHO)
    (call,) = door.writes()
    assert '"price":12345678901234567.100' in call["raw"].replace(" ", "")
    assert json.loads(call["raw"])["at"] == "2026-02-03T04:45:30+00:00"
