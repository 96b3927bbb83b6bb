"""Records reach Groove in the order of the input, whatever else happens in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.runs import Message, record, schema, state

if TYPE_CHECKING:
    from collections.abc import Callable

    from target_groove.sandbox import Sandbox
    from tests.conftest import Run


def test_a_schema_may_change_on_the_way(
    run: Run, echo_config: dict[str, Any], arrived: Callable[[], list[Any]]
) -> None:
    messages = [
        schema("s", ["id"], {"id": {"type": "integer"}}),
        record("s", {"id": 1}),
        record("s", {"id": 2}),
        schema("s", ["id"], {"id": {"type": "string"}, "more": {"type": "string"}}),
        record("s", {"id": "3", "more": "x"}),
        schema("s", ["other"], {"other": {"type": "integer"}}),
        record("s", {"other": 4}),
        schema("s", ["id"], {"id": {"type": "integer"}}),
        record("s", {"id": 5}),
        state(5),
    ]

    result = run(echo_config, messages)

    assert result.exit_code == 0
    assert arrived() == [{"id": 1}, {"id": 2}, {"id": "3", "more": "x"}, {"other": 4}, {"id": 5}]
    assert result.states == [5]


def test_the_schema_in_force_is_the_last_one(run: Run, echo_config: dict[str, Any]) -> None:
    messages = [
        schema("s", ["id"], {"id": {"type": "string"}}),
        schema("s", ["id"], {"id": {"type": "integer"}}),
        record("s", {"id": "x"}),
    ]

    assert run(echo_config, messages).problems == [
        (
            "Line 3, stream s, record id=x: "
            "it does not fit its schema, id: 'x' is not of type 'integer'."
        )
    ]


def test_a_schema_change_does_not_overtake_a_batch(
    run: Run, echo_config: dict[str, Any], arrived: Callable[[], list[Any]]
) -> None:
    route = {**echo_config["streams"][0], "batch": {"grouping": "array", "size": 3}}
    messages = [
        schema("s", ["id"]),
        record("s", {"id": 1}),
        schema("s", ["id"], {"id": {"type": "integer"}}),
        record("s", {"id": 2}),
        {"type": "ACTIVATE_VERSION", "stream": "s", "version": 1},
        record("s", {"id": 3}),
        record("s", {"id": 4}),
    ]

    run({**echo_config, "streams": [route]}, messages)

    assert arrived() == [[{"id": 1}, {"id": 2}, {"id": 3}], [{"id": 4}]]


def test_activate_version_changes_nothing(
    run: Run, echo_config: dict[str, Any], arrived_ids: Callable[[], list[Any]]
) -> None:
    messages = [
        {"type": "ACTIVATE_VERSION", "stream": "unknown", "version": 1},
        schema("s", ["id"]),
        record("s", {"id": 1}),
        {"type": "ACTIVATE_VERSION", "stream": "s", "version": 1700000000000},
        record("s", {"id": 2}),
        {"type": "ACTIVATE_VERSION", "stream": "unknown", "version": 1},
        state(2),
    ]

    result = run(echo_config, messages)

    assert result.exit_code == 0
    assert arrived_ids() == [1, 2]
    assert result.states == [2]
    assert result.warnings == []
    assert "ACTIVATE_VERSION 1700000000000 changes nothing in Groove" in result.log


def test_activate_version_of_a_dropped_stream(run: Run, echo_config: dict[str, Any]) -> None:
    messages = [schema("s", []), {"type": "ACTIVATE_VERSION", "stream": "s", "version": 1}]

    assert run({**echo_config, "stream_maps": {"s": None}}, messages).exit_code == 0


def test_a_group_exists_before_a_ticket_is_assigned_to_it(sandbox: Sandbox, run: Run) -> None:
    ticket = {
        "body": "b",
        "from": "jo@acme.example",
        "to": "support@sandbox.example",
        "assigned_group": "New",
    }
    messages = [
        schema("create_ticket"),
        schema("create_group"),
        record("create_group", {"name": "New"}),
        record("create_ticket", ticket),
    ]

    assert run({}, messages).exit_code == 0

    assert [entry["path"] for entry in sandbox.log()] == ["/v1/groups", "/v1/tickets"]


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["a", "b", "c"]), st.sampled_from(["record"] * 4 + ["schema", "state"])
        ),
        max_size=25,
    )
)
def test_streams_that_take_turns(
    sandbox: Sandbox, run: Run, echo_config: dict[str, Any], steps: list[tuple[str, str]]
) -> None:
    messages: list[Message] = [schema(each, ["id"]) for each in "abc"]
    expected = []
    for number, (stream, kind) in enumerate(steps):
        match kind:
            case "record":
                expected.append({"id": number, "of": stream})
                messages.append(record(stream, expected[-1]))
            case "schema":
                messages.append(schema(stream, ["id"], {f"p{number}": {}}))
            case _:
                messages.append(state(number + 1))
    before = len(sandbox.log())

    result = run(echo_config, messages)

    assert result.exit_code == 0
    assert [entry["body"] for entry in sandbox.log(since=before)] == expected
    states = [number + 1 for number, (_, kind) in enumerate(steps) if kind == "state"]
    assert result.states == states
