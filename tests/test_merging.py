"""Of several updates of one Groove object in a window, those that a later one makes void."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_groove.merging import _covers
from tests.conftest import Run
from tests.ledger.desk import (
    DEAD_LETTER,
    KEYED_ECHO,
    TICKET,
    bodies,
    dead_letters,
    post,
    replayed,
    sent,
    upserting,
)
from tests.runs import Message, record, records, schema, state

if TYPE_CHECKING:
    from target_groove.sandbox import Sandbox

PUT = {"stream": "s", "endpoint": "custom", "method": "PUT", "url": "/echo/{thing}"}


@pytest.fixture
def deliver(run: Run) -> Run:
    """Runs that remember what they delivered, with several requests at once."""
    return upserting(run, max_in_flight=4, streams=[PUT])


@pytest.fixture
def ticket(sandbox: Sandbox) -> int:
    """The number of a ticket."""
    number: int = post(sandbox, "/tickets", TICKET)["ticket"]["number"]
    return number


def row(key: int, thing: str, **values: Any) -> dict[str, Any]:
    """A record that sets attributes of a thing."""
    return {"id": key, "thing": thing, **values}


def put(*rows: dict[str, Any], name: str = "s") -> list[Message]:
    """The messages of records with the key `id`."""
    return list(records(name, *rows, keys=["id"]))


def states_set(sandbox: Sandbox, number: int) -> list[str]:
    """The states that were sent for a ticket."""
    return [body["state"] for _, path, body in sent(sandbox) if path == f"/tickets/{number}/state"]


def state_row(key: int, number: int, value: str) -> dict[str, Any]:
    return {"id": key, "ticket_number": number, "state": value}


# What is merged


def test_of_versions_of_a_record_the_last_is_sent(deliver: Run, sandbox: Sandbox) -> None:
    messages = [*put(*(row(1, "x", v=each) for each in range(5))), state({"seen": 5})]
    result = deliver({}, messages)
    assert bodies(sandbox) == [{"id": 1, "v": 4}]
    assert "1 delivered, 0 rejected, 4 merged into a later one, 1 request" in result.log
    assert result.states == [{"seen": 5}]


def test_a_merged_version_is_not_sent_by_the_next_run(deliver: Run, sandbox: Sandbox) -> None:
    messages = put(row(1, "x", v=1), row(1, "x", v=2))
    deliver({}, messages)
    again = deliver({}, messages)
    assert bodies(sandbox) == [{"id": 1, "v": 2}]
    assert "1 unchanged, 1 merged into a later one, 0 requests" in again.log


def test_what_comes_back_to_what_groove_has_sends_nothing(deliver: Run, sandbox: Sandbox) -> None:
    deliver({}, put(row(1, "x", v="A")))
    result = deliver({}, put(row(1, "x", v="B"), row(1, "x", v="A")))
    assert bodies(sandbox) == [{"id": 1, "v": "A"}]
    assert "0 delivered, 0 rejected, 1 unchanged, 1 merged into a later one" in result.log


def test_updates_of_one_ticket_by_different_records(
    deliver: Run, sandbox: Sandbox, ticket: int
) -> None:
    other = post(sandbox, "/tickets", TICKET)["ticket"]["number"]
    messages = put(
        state_row(1, ticket, "pending"),
        state_row(2, other, "pending"),
        state_row(3, ticket, "closed"),
        name="update_ticket_state",
    )
    result = deliver({"streams": []}, messages)
    assert states_set(sandbox, ticket) == ["closed"]
    assert states_set(sandbox, other) == ["pending"]
    assert "2 delivered, 0 rejected, 1 merged into a later one, 2 requests" in result.log

    again = deliver({"streams": []}, messages)
    assert "3 unchanged, 0 requests" in again.log


def test_a_chain_of_versions_and_records_is_one_request(deliver: Run, sandbox: Sandbox) -> None:
    rows = [row(1, "x", v=1), row(1, "x", v=2), row(2, "x", v=3), row(3, "x", v=4)]
    result = deliver({}, put(*({**each, "id": each["id"]} for each in rows)))
    assert [body["v"] for body in bodies(sandbox)] == [4]
    assert "1 delivered, 0 rejected, 3 merged" in result.log
    again = deliver({}, put(*rows[1:]))
    assert "3 unchanged, 0 requests" in again.log


def test_a_record_merges_with_the_one_before_even_if_others_stand_between(
    deliver: Run, sandbox: Sandbox
) -> None:
    deliver({}, put(row(1, "x", v=1), row(2, "y", v=1), row(1, "x", v=2), row(2, "y", v=2)))
    assert sorted(bodies(sandbox), key=itemgetter("id")) == [{"id": 1, "v": 2}, {"id": 2, "v": 2}]


# What is not


def test_a_later_one_that_sets_less_is_sent_too(deliver: Run, sandbox: Sandbox) -> None:
    deliver({}, put(row(1, "x", a=1, b=1), row(1, "x", a=2)))
    assert bodies(sandbox) == [{"id": 1, "a": 1, "b": 1}, {"id": 1, "a": 2}]


def test_attributes_inside_attributes_count_too(deliver: Run, sandbox: Sandbox) -> None:
    deliver({}, put(row(1, "x", at={"a": 1, "b": 1}), row(1, "x", at={"a": 2})))
    assert len(bodies(sandbox)) == 2


def test_what_moves_to_another_object_is_sent_to_both_if_keys_differ(
    deliver: Run, sandbox: Sandbox
) -> None:
    deliver({}, put(row(1, "x", v=1), row(2, "y", v=2)))
    assert len(bodies(sandbox)) == 2


@pytest.mark.parametrize("window", [1, 100])
def test_a_record_that_moves_to_another_object_is_sent_to_both(
    deliver: Run, sandbox: Sandbox, ticket: int, window: int
) -> None:
    other: int = post(sandbox, "/tickets", TICKET)["ticket"]["number"]
    rows = [state_row(1, each, "closed") for each in (ticket, other)]
    settings = {"streams": [], "batch_size_rows": window}
    deliver(settings, put(*rows, name="update_ticket_state"))
    assert [each["state"] for each in sandbox.things("tickets")] == ["closed", "closed"]


def test_a_record_that_moves_and_comes_back_ends_as_its_last_version(
    deliver: Run, sandbox: Sandbox
) -> None:
    deliver({}, put(row(1, "x", v=1), row(1, "y", v=2), row(1, "x", v=3)))
    assert [(path, body["v"]) for _, path, body in sent(sandbox)] == [
        ("/echo/y", 2),
        ("/echo/x", 3),
    ]


UNMERGED: dict[str, dict[str, Any]] = {
    "append-only": {**PUT, "load_method": "append-only"},
    "POST": KEYED_ECHO,
    "batched": {**PUT, "batch": {"grouping": "array", "size": 2}},
}


@pytest.mark.parametrize("route", UNMERGED.values(), ids=list(UNMERGED))
def test_what_is_no_state_is_not_merged(
    deliver: Run, sandbox: Sandbox, route: dict[str, Any]
) -> None:
    result = deliver({"streams": [route]}, put(row(1, "x", v=1), row(1, "x", v=2)))
    assert result.exit_code == 0, result.problems
    arrived = [
        each for body in bodies(sandbox) for each in (body if type(body) is list else [body])
    ]
    assert [each["v"] for each in arrived] == [1, 2]
    assert "merged" not in result.log


def test_records_without_a_key_are_not_merged(deliver: Run, sandbox: Sandbox) -> None:
    deliver({}, records("s", row(1, "x", v=1), row(1, "x", v=2)))
    assert [body["v"] for body in bodies(sandbox)] == [1, 2]


def test_tags_that_are_added_are_all_added(deliver: Run, sandbox: Sandbox, ticket: int) -> None:
    rows = [{"id": 1, "ticket_number": ticket, "tags": [each]} for each in "ab"]
    deliver({"streams": []}, put(*rows, name="add_ticket_tags"))
    assert sorted(sandbox.things("tickets")[0]["tags"]) == ["a", "b"]


def test_each_version_of_a_ticket_is_created(deliver: Run, sandbox: Sandbox) -> None:
    rows = [{**TICKET, "body": each} for each in ("one", "two")]
    deliver({"streams": []}, put(*rows, name="create_ticket"))
    assert len(sandbox.things("tickets")) == 2


def test_nothing_is_merged_across_records_that_may_depend_on_it(
    deliver: Run, sandbox: Sandbox, ticket: int
) -> None:
    """The group is made before the ticket is assigned to it, though it changes afterwards."""
    messages: list[Message] = [
        schema("upsert_group", ["id"]),
        schema("update_ticket_assigned_group", ["ticket_number"]),
        record("upsert_group", {"id": 2, "name": "Old"}),
        record("update_ticket_assigned_group", {"ticket_number": ticket, "group": "Old"}),
        record("upsert_group", {"id": 1, "name": "New", "description": "a"}),
        record("update_ticket_assigned_group", {"ticket_number": ticket, "group": "New"}),
        record("upsert_group", {"id": 1, "name": "New", "description": "b"}),
    ]
    result = deliver({"streams": []}, messages)
    assert result.exit_code == 0, result.problems
    assert sandbox.things("tickets")[0]["assigned_group"] == "New"
    assert sandbox.things("groups")[-1]["description"] == "b"


def test_streams_about_the_same_tickets_may_stand_between(
    deliver: Run, sandbox: Sandbox, ticket: int
) -> None:
    post(sandbox, "/tickets", TICKET)
    messages: list[Message] = [
        schema("update_ticket_state", ["id"]),
        schema("update_ticket_priority", ["id"]),
        record("update_ticket_state", state_row(2, ticket + 1, "pending")),
        record("update_ticket_priority", {"id": 2, "ticket_number": ticket + 1, "priority": "low"}),
        record("update_ticket_state", state_row(1, ticket, "pending")),
        record("update_ticket_priority", {"id": 1, "ticket_number": ticket, "priority": "low"}),
        record("update_ticket_state", state_row(1, ticket, "closed")),
    ]
    deliver({"streams": []}, messages)
    assert states_set(sandbox, ticket) == ["closed"]


# What is refused


def refused(sandbox: Sandbox, text: str) -> None:
    sandbox.faults([{"body": text, "action": "status", "status": 422}])


def test_with_one_that_is_refused_those_that_it_made_void_are_set_aside(
    deliver: Run, sandbox: Sandbox, ticket: int
) -> None:
    refused(sandbox, "closed")
    messages = put(
        state_row(1, ticket, "pending"),
        state_row(2, ticket, "closed"),
        name="update_ticket_state",
    )
    settings = {"streams": [], **DEAD_LETTER}
    result = deliver(settings, [*messages, state({"seen": 2})])
    assert result.exit_code == 0
    assert result.states == [{"seen": 2}]
    reasons = [each["reason"] for each in dead_letters(deliver)]
    assert len(reasons) == 2
    assert all("injected fault" in each for each in reasons)
    assert sum("a later record was sent in its place" in each for each in reasons) == 1
    assert "0 delivered, 2 rejected, 1 request" in result.log

    sandbox.faults([])
    replayed(deliver, settings)
    assert states_set(sandbox, ticket) == ["closed", "pending", "closed"]
    assert sandbox.things("tickets")[0]["state"] == "closed"


def test_versions_that_were_set_aside_together_end_as_the_last(
    deliver: Run, sandbox: Sandbox
) -> None:
    refused(sandbox, '"v":2')
    deliver(DEAD_LETTER, put(row(1, "x", v=1), row(1, "x", v=2)))
    sandbox.faults([])
    before = len(sandbox.log())
    replayed(deliver, DEAD_LETTER)
    assert [body["v"] for body in bodies(sandbox, before)] == [1, 2]


def test_one_that_is_refused_ends_the_run_by_its_own_name(deliver: Run, sandbox: Sandbox) -> None:
    refused(sandbox, '"v":2')
    result = deliver({}, [*put(row(1, "x", v=1), row(2, "x", v=2)), state({"seen": 2})])
    assert result.exit_code == 1
    assert result.problems == [
        "Line 3, stream s, record id=2: Groove answered 422: injected fault."
    ]
    assert result.states == []

    sandbox.faults([])
    assert deliver({}, put(row(1, "x", v=1), row(2, "x", v=2))).exit_code == 0
    assert [body["v"] for body in bodies(sandbox)] == [2, 2]


def test_versions_that_were_set_aside_one_after_the_other_end_as_the_last(
    deliver: Run, sandbox: Sandbox
) -> None:
    refused(sandbox, '"v":')
    for version in (1, 2):
        deliver(DEAD_LETTER, put(row(1, "x", v=version)))
    sandbox.faults([])
    before = len(sandbox.log())
    replayed(deliver, DEAD_LETTER)
    assert [body["v"] for body in bodies(sandbox, before)] == [1, 2]


# Which payload makes which void

_VALUES = st.recursive(
    st.integers(0, 2), lambda inner: st.dictionaries(st.sampled_from("abc"), inner), max_leaves=6
)


def paths(value: Any, above: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    """The paths to all values that are set."""
    if not isinstance(value, dict) or not value:
        return {above}
    return {each for name, inner in value.items() for each in paths(inner, (*above, name))}


@given(earlier=_VALUES, later=_VALUES)
def test_a_payload_that_covers_another_sets_all_that_it_sets(earlier: Any, later: Any) -> None:
    set_by_later = paths(later)
    if isinstance(earlier, dict) and _covers(later, earlier):
        for path in paths(earlier) - {()}:
            assert any(each[: len(path)] == path for each in set_by_later)


def test_every_payload_covers_itself() -> None:
    payload = {"a": {"b": [1]}, "c": None}
    assert _covers(payload, payload)
    assert _covers({**payload, "d": 1}, payload)
    assert not _covers(payload, {**payload, "d": 1})
