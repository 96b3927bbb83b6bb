"""Input that cannot be taken: one sentence that names the line, the stream and the key."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.runs import Message, record, schema, state

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Run
    from tests.processes import Loader

NUMBER = {"id": {"type": "integer"}, "n": {"type": ["number", "null"]}}
SCHEMA = schema("s", ["id"], NUMBER)
GOOD = record("s", {"id": 1})
PREFIX: tuple[Message, ...] = (SCHEMA, GOOD, state(1))

UNREADABLE = {
    "no JSON": (b"{oops", "not valid JSON in Unicode"),
    "two objects": (b'{"type": "STATE"} {}', "not valid JSON in Unicode"),
    "no object": (b'["RECORD"]', "not a JSON object"),
    "no type": (b"{}", "no Singer message (its type is 'None')"),
    "unknown type": (b'{"type": "RECROD"}', "no Singer message (its type is 'RECROD')"),
    "type no text": (b'{"type": ["RECORD"]}', "no Singer message (its type is \"['RECORD']\")"),
    "long type": (b'{"type": "' + b"x" * 9000 + b'"}', "no Singer message"),
    "NaN": (
        b'{"type": "RECORD", "stream": "s", "record": {"id": 2, "n": NaN}}',
        "not valid JSON in Unicode",
    ),
    "lone surrogate": (
        b'{"type": "RECORD", "stream": "s", "record": {"id": 2, "n": "\\ud800"}}',
        "not valid JSON in Unicode",
    ),
    "no UTF-8": (
        b'{"type": "RECORD", "stream": "s", "record": {"id": 2, "n": "\xe9"}}',
        "not valid JSON in Unicode",
    ),
    "too deep": (
        b'{"type": "RECORD", "stream": "s", "record": '
        + b'{"a":' * 50_000
        + b"1"
        + b"}" * 50_000
        + b"}",
        "not valid JSON in Unicode",
    ),
    "number out of range": (
        b'{"type": "RECORD", "stream": "s", "record": {"id": 2, "n": 1e99999999999999999999}}',
        "a number is out of range",
    ),
}
unreadable = pytest.mark.parametrize("line, reason", UNREADABLE.values(), ids=UNREADABLE)


@unreadable
def test_an_unreadable_line_stops_the_run(
    run: Run, echo_config: dict[str, Any], line: bytes, reason: str
) -> None:
    result = run(echo_config, [*PREFIX, line, record("s", {"id": 3}), state(2)])

    assert result.exit_code == 1
    (problem,) = result.problems
    assert problem.startswith("Line 4: ")
    assert problem.endswith(".")
    assert reason in problem
    assert len(problem) < 300
    assert result.states == [1]


@unreadable
def test_an_unreadable_line_is_set_aside(
    run: Run, config: dict[str, Any], line: bytes, reason: str
) -> None:
    config = {"streams": [{"stream": "s", **_ECHO}], "on_error": "dead_letter"}

    result = run(config, [*PREFIX, line, record("s", {"id": 3}), state(2)])

    assert result.exit_code == 0
    assert result.states == [1, 2]
    (warning,) = result.warnings
    assert warning.startswith("Set aside: line 4, stream target_groove_unreadable_lines: ")
    assert reason in warning
    first, second = _dead_letters(result.target)
    assert first["type"] == "SCHEMA"
    assert second["record"]["line"] == 4
    assert reason in second["record"]["reason"]


_ECHO = {"endpoint": "custom", "method": "POST", "url": "/echo/x"}


def _dead_letters(target: Any) -> list[dict[str, Any]]:
    lines = Path(target.settings.dead_letter_path).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_a_route_for_every_stream_takes_no_unreadable_lines(
    run: Run, echo_config: dict[str, Any], arrived_ids: Callable[[], list[Any]]
) -> None:
    """Not even when the dead-letter file is the input: they are nobody's records."""
    settings = {**echo_config, "on_error": "dead_letter"}
    result = run(settings, [*PREFIX, b"{oops"])
    path = Path(result.target.settings.dead_letter_path)  # type: ignore[union-attr]

    again = run(settings, path.read_bytes().splitlines())

    assert again.exit_code == 0
    assert arrived_ids() == [1]


REFUSED = {
    "SCHEMA without stream": ({"type": "SCHEMA"}, "Line 4: a SCHEMA has no stream."),
    "SCHEMA with odd stream": ({**SCHEMA, "stream": 5}, "Line 4: a SCHEMA has no stream."),
    "SCHEMA without schema": (
        {"type": "SCHEMA", "stream": "t"},
        "Line 4: the SCHEMA of stream t cannot be used (its schema has no properties).",
    ),
    "schema null": (
        {"type": "SCHEMA", "stream": "t", "schema": None},
        "Line 4: the SCHEMA of stream t cannot be used (its schema has no properties).",
    ),
    "schema a list": (
        {"type": "SCHEMA", "stream": "t", "schema": [1]},
        "Line 4: the SCHEMA of stream t cannot be used (its schema has no properties).",
    ),
    "properties a list": (
        {"type": "SCHEMA", "stream": "t", "schema": {"properties": []}},
        "Line 4: the SCHEMA of stream t cannot be used (its schema has no properties).",
    ),
    "property no object": (
        {"type": "SCHEMA", "stream": "t", "schema": {"properties": {"a": "b"}}},
        "Line 4: the SCHEMA of stream t cannot be used (property a is no object).",
    ),
    "keys no list": (
        {**schema("t"), "key_properties": "id"},
        "Line 4: the SCHEMA of stream t cannot be used (key_properties must be a list of names).",
    ),
    "keys no names": (
        {**schema("t"), "key_properties": [1]},
        "Line 4: the SCHEMA of stream t cannot be used (key_properties must be a list of names).",
    ),
    "no schema at all": (
        schema("t", [], {"a": {"type": "objekt"}}),
        "Line 4: the SCHEMA of stream t cannot be used (Schema Validation Error: ",
    ),
    "RECORD without stream": ({"type": "RECORD", "record": {}}, "Line 4: a RECORD has no stream."),
    "RECORD without record": (
        {"type": "RECORD", "stream": "s"},
        "Line 4: a RECORD of stream s has no record.",
    ),
    "RECORD with odd record": (
        {"type": "RECORD", "stream": "s", "record": [1]},
        "Line 4: a RECORD of stream s has no record.",
    ),
    "RECORD before SCHEMA": (
        record("t", {"id": 1}),
        "Line 4: a RECORD of stream t came before its SCHEMA.",
    ),
    "STATE without value": ({"type": "STATE"}, "Line 4: a STATE has no value."),
    "ACTIVATE_VERSION without version": (
        {"type": "ACTIVATE_VERSION", "stream": "s"},
        "Line 4: an ACTIVATE_VERSION has no version.",
    ),
    "ACTIVATE_VERSION without stream": (
        {"type": "ACTIVATE_VERSION", "version": 1},
        "Line 4: an ACTIVATE_VERSION has no stream.",
    ),
    "BATCH without stream": ({"type": "BATCH"}, "Line 4: a BATCH has no stream."),
}


@pytest.mark.parametrize("on_error", ["fail", "dead_letter"])
@pytest.mark.parametrize("message, sentence", REFUSED.values(), ids=REFUSED)
def test_a_broken_message_stops_the_run(
    run: Run, echo_config: dict[str, Any], message: Message, sentence: str, on_error: str
) -> None:
    """Whatever `on_error` says: what follows such a message cannot be trusted."""
    result = run({**echo_config, "on_error": on_error}, [*PREFIX, message, GOOD, state(2)])

    assert result.exit_code == 1
    (problem,) = result.problems
    assert problem.startswith(sentence)
    assert problem.endswith(".")
    assert result.states == [1]


REJECTED: dict[str, tuple[dict[str, Any], str]] = {
    "missing key": ({"n": 1}, "it lacks an attribute of its key (id)"),
    "wrong type": (
        {"id": 2, "n": "x"},
        "it does not fit its schema, n: 'x' is not of type 'number', 'null'",
    ),
}


@pytest.mark.parametrize("values, reason", REJECTED.values(), ids=REJECTED)
def test_a_record_that_is_wrong_stops_the_run(
    run: Run, echo_config: dict[str, Any], values: dict[str, Any], reason: str
) -> None:
    result = run(echo_config, [*PREFIX, record("s", values), GOOD, state(2)])

    key = values.get("id")
    assert result.problems == [f"Line 4, stream s, record id={key}: {reason}."]
    assert result.exit_code == 1
    assert result.states == [1]


@pytest.mark.parametrize("values, reason", REJECTED.values(), ids=REJECTED)
def test_a_record_that_is_wrong_is_set_aside(
    run: Run,
    echo_config: dict[str, Any],
    arrived_ids: Callable[[], list[Any]],
    values: dict[str, Any],
    reason: str,
) -> None:
    settings = {**echo_config, "on_error": "dead_letter"}

    result = run(settings, [*PREFIX, record("s", values), record("s", {"id": 9}), state(2)])

    assert result.exit_code == 0
    assert result.states == [1, 2]
    assert arrived_ids() == [1, 9]
    _, entry = _dead_letters(result.target)
    assert entry["record"] == values
    assert entry["dead_letter"]["reason"] == reason
    assert "request" not in entry["dead_letter"]


def test_a_schema_that_refers_to_nothing_is_said_by_record(
    run: Run, echo_config: dict[str, Any]
) -> None:
    broken = schema("s", ["id"], {"id": {"$ref": "#/nowhere"}})

    result = run(echo_config, [broken, GOOD])

    assert result.problems[0].startswith(
        "Line 2, stream s, record id=1: it does not fit its schema: "
        "the schema refers to what is not there"
    )


def test_a_route_can_decide_otherwise(run: Run, arrived_ids: Callable[[], list[Any]]) -> None:
    routes = [{"stream": "lenient", **_ECHO, "on_error": "dead_letter"}, {"stream": "s", **_ECHO}]
    messages = [
        schema("lenient", ["id"], NUMBER),
        SCHEMA,
        record("lenient", {"id": "x"}),
        record("s", {"id": 2}),
        record("s", {"id": "y"}),
        record("s", {"id": 3}),
    ]

    result = run({"streams": routes}, messages)

    assert result.problems[0].startswith("Line 5, stream s, record id=y: ")
    assert arrived_ids() == [2]
    assert [each["record"] for each in _dead_letters(result.target) if "record" in each] == [
        {"id": "x"}
    ]


def test_a_route_can_be_stricter(run: Run) -> None:
    routes = [{"stream": "s", **_ECHO, "on_error": "fail"}]

    result = run({"streams": routes, "on_error": "dead_letter"}, [SCHEMA, record("s", {"id": "x"})])

    assert result.exit_code == 1


@pytest.mark.parametrize("max_rejected, exit_code", [(2, 1), (3, 0), (0, 1)])
def test_so_many_may_be_rejected(
    run: Run, echo_config: dict[str, Any], max_rejected: int, exit_code: int
) -> None:
    settings = {**echo_config, "on_error": "dead_letter", "max_rejected": max_rejected}
    wrong = [record("s", {"id": each}) for each in "abc"]

    result = run(settings, [SCHEMA, *wrong, record("s", {"id": 5}), state(1)])

    assert result.exit_code == exit_code
    entries = [each for each in _dead_letters(result.target) if "record" in each]
    assert len(entries) == min(max_rejected + 1, 3)
    if exit_code:
        assert f"max_rejected is {max_rejected}" in result.problems[0]
        assert result.states == []
    else:
        assert result.states == [1]


def test_a_line_may_be_as_long_as_allowed(
    run: Run, echo_config: dict[str, Any], arrived_ids: Callable[[], list[Any]]
) -> None:
    line = json.dumps(record("s", {"id": 1})).encode()

    exact = run({**echo_config, "max_record_bytes": len(line) + 40}, [SCHEMA_SHORT, line])
    result = run({**echo_config, "max_record_bytes": len(line) - 1}, [SCHEMA_SHORT, line])

    assert exact.exit_code == 0
    assert arrived_ids() == [1]
    assert result.problems[0].startswith("Line 1: ")


SCHEMA_SHORT = b'{"type":"SCHEMA","stream":"s","schema":{"properties":{}},"key_properties":["id"]}'


def test_a_huge_line_without_end_is_set_aside(
    run: Run, echo_config: dict[str, Any], arrived_ids: Callable[[], list[Any]]
) -> None:
    settings = {**echo_config, "on_error": "dead_letter", "max_record_bytes": 2000}
    huge = b'{"type": "RECORD", "stream": "s", "record": {"id": 2, "x": "' + b"y" * 300_000

    result = run(settings, [*PREFIX, huge])

    assert result.exit_code == 0
    assert arrived_ids() == [1]
    _, entry = _dead_letters(result.target)
    assert entry["record"]["line"] == 4
    assert entry["record"]["reason"] == "300060 bytes long, max_record_bytes allows 2000"
    assert entry["record"]["text"].startswith('{"type": "RECORD", "stream": "s"')
    assert len(entry["record"]["text"]) == 1000


def test_blank_lines_and_a_byte_order_mark_are_nothing(
    run: Run, echo_config: dict[str, Any], arrived_ids: Callable[[], list[Any]]
) -> None:
    first, *rest = (json.dumps(each).encode() for each in PREFIX)

    result = run(echo_config, [b"\xef\xbb\xbf" + first, b"", b"   ", b"\r", *rest, b"{oops"])

    assert arrived_ids() == [1]
    assert result.states == [1]
    assert result.problems[0].startswith("Line 7: ")


def test_lines_may_end_as_on_windows(
    run: Run, echo_config: dict[str, Any], arrived_ids: Callable[[], list[Any]]
) -> None:
    result = run(echo_config, [json.dumps(each).encode() + b"\r" for each in PREFIX])

    assert result.states == [1]
    assert arrived_ids() == [1]


def test_the_last_line_needs_no_newline(
    loader: Loader, tmp_path: Path, arrived_ids: Callable[[], list[Any]]
) -> None:
    path = tmp_path / "input.singer"
    path.write_bytes(b"\n".join(json.dumps(each).encode() for each in PREFIX))

    done = loader(arguments=["--input", str(path)])

    assert done.exit_code == 0
    assert done.states == [1]
    assert arrived_ids() == [1]


@pytest.mark.parametrize(
    "line",
    [
        *(line for line, _ in UNREADABLE.values()),
        *(json.dumps(m).encode() for m, _ in REFUSED.values()),
    ],
    ids=[*UNREADABLE, *REFUSED],
)
def test_stderr_holds_sentences_only(run: Run, echo_config: dict[str, Any], line: bytes) -> None:
    """The log of every such run; that the real stderr is no other is seen below."""
    result = run(echo_config, [*PREFIX, line])

    assert not any(each.exc_info for each in result.logged)


def test_the_real_stderr_has_no_traceback(loader: Loader) -> None:
    everything = [line for line, _ in UNREADABLE.values()]
    wrong = [record("s", values) for values, _ in REJECTED.values()]

    kept_going = loader([*PREFIX, *everything, *wrong], config={"on_error": "dead_letter"})
    stopped = loader([*PREFIX, everything[0]])
    refused = loader([*PREFIX, record("t", {})])

    assert [kept_going.exit_code, stopped.exit_code, refused.exit_code] == [0, 1, 1]
    count = len(everything) + len(wrong)
    assert f"Done: 1 delivered, {count} rejected, 1 request" in kept_going.last_line
    assert "Line 4: not valid JSON in Unicode" in stopped.last_line
    assert "Line 4: a RECORD of stream t came before its SCHEMA." in refused.last_line
    for each in (kept_going, stopped, refused):
        assert "Traceback" not in each.stderr
