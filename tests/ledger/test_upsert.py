"""A record key is one thing in Groove: sent when it is new or changed, and only then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.ledger.desk import KEYED_ECHO, TICKET, bodies, sent, upserting
from tests.runs import record, records, schema

if TYPE_CHECKING:
    from target_groove.sandbox import Sandbox
    from tests.conftest import Run
    from tests.runs import Result


@pytest.fixture
def deliver(run: Run, ledger_url: str) -> Run:
    """Runs with each kind of ledger."""
    return upserting(run, ledger_url=ledger_url)


@pytest.fixture
def upsert(run: Run) -> Run:
    """Runs with a ledger in a file."""
    return upserting(run)


def tickets(*rows: dict[str, Any], key: str = "id") -> list[Any]:
    return records("create_ticket", *({**TICKET, **each} for each in rows), keys=[key])


def assert_nothing_sent(result: Result, unchanged: int) -> None:
    assert result.exit_code == 0
    assert f"0 delivered, 0 rejected, {unchanged} unchanged, 0 requests" in result.log


# New, unchanged, changed


def test_the_same_input_again_costs_nothing(deliver: Run, sandbox: Sandbox) -> None:
    rows = tickets({"id": 1}, {"id": 2}, {"id": 3, "body": "else"})
    result = deliver({}, rows)
    assert "3 delivered, 0 rejected, 3 requests" in result.log
    assert "unchanged" not in result.log
    assert len(sandbox.things("tickets")) == 3
    assert_nothing_sent(deliver({}, rows), 3)
    assert_nothing_sent(deliver({}, reversed_rows(rows)), 3)
    assert len(sandbox.log()) == 3


def reversed_rows(messages: list[Any]) -> list[Any]:
    return [messages[0], *reversed(messages[1:])]


def test_only_what_is_new_or_changed_is_sent(deliver: Run, sandbox: Sandbox) -> None:
    deliver({}, tickets({"id": 1}, {"id": 2}))
    result = deliver({}, tickets({"id": 1}, {"id": 2, "body": "more"}, {"id": 3}))
    assert "2 delivered, 0 rejected, 1 unchanged, 2 requests" in result.log
    assert [each["body"] for each in bodies(sandbox)] == [
        *[TICKET["body"]] * 2,
        "more",
        TICKET["body"],
    ]
    assert_nothing_sent(deliver({}, tickets({"id": 2, "body": "more"})), 1)


def test_equal_records_under_two_keys_are_two_things(deliver: Run, sandbox: Sandbox) -> None:
    deliver({}, tickets({"id": 1}, {"id": 2}))
    assert len(sandbox.things("tickets")) == 2


def test_what_is_not_sent_is_no_change(upsert: Run, sandbox: Sandbox) -> None:
    route = {"stream": "create_ticket", "endpoint": "create_ticket", "exclude": ["tags"]}
    settings = {"streams": [route], "exclude_attributes": ["starred"]}
    upsert(settings, tickets({"tags": ["a"], "starred": True, "unknown": 1}))
    again = tickets({"tags": ["b"], "starred": False, "unknown": 2, "news": None})
    assert_nothing_sent(upsert(settings, again), 1)
    assert len(sandbox.log()) == 1


@pytest.mark.parametrize(
    "one,other",
    [
        ({"a": 1, "b": {"c": 1, "d": 2}}, {"b": {"d": 2, "c": 1}, "a": 1}),
        ({"n": 1.0}, {"n": 1}),
        ({"n": b"1.10"}, {"n": b"1.1"}),
        ({"n": b"1e2"}, {"n": b"100"}),
        ({"n": b"0.30000000000000000000000000000010"}, {"n": b"0.3000000000000000000000000000001"}),
    ],
)
def test_spellings_of_one_content(
    upsert: Run, sandbox: Sandbox, one: dict[str, Any], other: dict[str, Any]
) -> None:
    for row in (one, other):
        upsert({"streams": [KEYED_ECHO]}, [schema("s", ["id"]), _line(row)])
    assert len(sandbox.log()) == 1


def test_each_digit_of_a_decimal_is_a_change(upsert: Run, sandbox: Sandbox) -> None:
    for digit in (b"1", b"2"):
        row = {"n": b"0.300000000000000000000000000000" + digit}
        upsert({"streams": [KEYED_ECHO]}, [schema("s", ["id"]), _line(row)])
    assert [each["raw"][-3:-1] for each in sandbox.log()] == ["01", "02"]


def _line(row: dict[str, Any]) -> bytes:
    """A RECORD whose numbers stand there as they are, if they are bytes."""
    import json  # noqa: PLC0415 - here only

    text = json.dumps(
        record("s", {"id": 1, **row}), default=lambda each: f"<{each.decode()}>"
    ).encode()
    return text.replace(b'"<', b"").replace(b'>"', b"")


def test_a_date_that_is_sent_in_one_form_is_one_date(upsert: Run, sandbox: Sandbox) -> None:
    for date in ("2026-02-01T08:00:00Z", "2026-02-01T08:00:00+00:00", "2026-02-01T08:00:00.000Z"):
        upsert({}, tickets({"sent_at": date}))
    assert len(sandbox.log()) == 1
    upsert({}, tickets({"sent_at": "2026-02-01T08:00:01Z"}))
    assert len(sandbox.log()) == 2


def test_the_order_of_a_list_is_a_change(upsert: Run, sandbox: Sandbox) -> None:
    for tags in (["a", "b"], ["b", "a"]):
        upsert({}, tickets({"tags": tags}))
    assert len(sandbox.log()) == 2


def test_another_method_address_or_header_is_a_change(upsert: Run, sandbox: Sandbox) -> None:
    for change in ({}, {"method": "PUT"}, {"url": "/echo/y"}, {"headers": {"X-A": "1"}}, {}):
        upsert({"streams": [{**KEYED_ECHO, **change}]}, records("s", {"id": 1}, keys=["id"]))
    assert [(each["method"], each["path"]) for each in sandbox.log()] == [
        ("POST", "/v1/echo/x"),
        ("PUT", "/v1/echo/x"),
        ("POST", "/v1/echo/y"),
        ("POST", "/v1/echo/x"),
        ("POST", "/v1/echo/x"),
    ]


# Keys


@pytest.mark.parametrize("value", ["1", 1.0])
def test_a_tap_that_changes_the_type_of_a_key(upsert: Run, value: Any) -> None:
    upsert({}, tickets({"id": 1}))
    assert_nothing_sent(upsert({}, tickets({"id": value})), 1)


@pytest.mark.parametrize("row", [{"id": None}, {}])
def test_a_record_without_its_key_is_rejected(
    upsert: Run, sandbox: Sandbox, row: dict[str, Any]
) -> None:
    route = {"stream": "t", "endpoint": "create_ticket", "key": ["id"]}
    ticket = {name: each for name, each in TICKET.items() if name != "id"} | row
    result = upsert({"streams": [route]}, records("t", ticket))
    assert result.exit_code == 1
    assert "lacks its key (id)" in result.problems[0]
    assert sandbox.log() == []


def test_a_part_of_a_key_may_be_null(upsert: Run, sandbox: Sandbox) -> None:
    rows = records("s", {"a": 1, "b": None}, {"a": 1, "b": 0}, {"a": 1, "b": ""}, keys=["a", "b"])
    settings = {"streams": [KEYED_ECHO]}
    upsert(settings, rows)
    assert len(sandbox.log()) == 3
    assert_nothing_sent(upsert(settings, rows), 3)


def test_the_routes_key_counts_and_may_lie_deep(upsert: Run, sandbox: Sandbox) -> None:
    settings = {"streams": [{**KEYED_ECHO, "key": ["order.id"], "exclude": ["order.at"]}]}
    upsert(settings, records("s", {"order": {"id": 1, "at": 1}, "n": 1}, keys=["n"]))
    rows = [{"order": {"id": 1, "at": 2}, "n": 1}, {"order": {"id": 2, "at": 2}, "n": 1}]
    result = upsert(settings, records("s", *rows, keys=["n"]))
    assert "1 delivered, 0 rejected, 1 unchanged, 1 request" in result.log
    assert [each["order"] for each in bodies(sandbox)] == [{"id": 1}, {"id": 2}]


def test_the_key_is_read_before_it_is_excluded(upsert: Run, sandbox: Sandbox) -> None:
    settings = {"streams": [KEYED_ECHO], "exclude_attributes": ["id"]}
    rows = records("s", {"id": 1, "v": 1}, {"id": 2, "v": 1}, keys=["id"])
    upsert(settings, rows)
    assert bodies(sandbox) == [{"v": 1}, {"v": 1}]
    assert_nothing_sent(upsert(settings, rows), 2)


def test_a_stream_without_a_key_is_sent_whole_and_says_so_once(
    deliver: Run, sandbox: Sandbox
) -> None:
    rows = records("s", {"v": 1}, {"v": 1}, {"v": 2})
    for _ in range(2):
        result = deliver({"streams": [KEYED_ECHO]}, rows)
        (warning,) = (each for each in result.warnings if "Stream s has no key" in each)
        assert warning == (
            "Stream s has no key, so every record is sent, at every run; name the attributes that "
            "identify a record in the route's key, or set its load_method to append-only."
        )
    assert [each["v"] for each in bodies(sandbox)] == [1, 1, 2] * 2


@pytest.mark.parametrize(
    "settings",
    [
        {"load_method": "append-only", "streams": [KEYED_ECHO]},
        {"streams": [{**KEYED_ECHO, "load_method": "append-only"}]},
    ],
)
def test_append_only_sends_everything(
    deliver: Run, sandbox: Sandbox, settings: dict[str, Any]
) -> None:
    rows = records("s", {"id": 1}, {"id": 1}, keys=["id"])
    for _ in range(2):
        result = deliver(settings, rows)
        assert "has no key" not in result.log
    assert len(sandbox.log()) == 4


def test_a_route_may_be_upsert_where_the_rest_is_append_only(run: Run, sandbox: Sandbox) -> None:
    routes = [{**KEYED_ECHO, "load_method": "upsert"}, {**KEYED_ECHO, "stream": "t"}]
    rows = [*records("s", {"id": 1}, keys=["id"]), *records("t", {"id": 2}, keys=["id"])]
    for _ in range(2):
        run({"streams": routes}, rows)
    assert [each["id"] for each in bodies(sandbox)] == [1, 2, 2]


# Several rows of one key


@pytest.mark.parametrize("window", [1, 2, 3, 100])
@pytest.mark.parametrize(
    "versions,expected", [("AAA", "A"), ("ABB", "AB"), ("ABA", "ABA"), ("AABBAA", "ABA")]
)
def test_versions_of_one_thing(
    upsert: Run, sandbox: Sandbox, window: int, versions: str, expected: str
) -> None:
    """Each that differs from what was delivered last is sent, in order, however windows fall."""
    rows = records("s", *({"id": 1, "v": each} for each in versions), keys=["id"])
    result = upsert({"streams": [KEYED_ECHO], "batch_size_rows": window}, rows)
    assert "".join(each["v"] for each in bodies(sandbox)) == expected
    assert f"{len(expected)} delivered" in result.log


def test_versions_among_other_records_keep_their_order(deliver: Run, sandbox: Sandbox) -> None:
    rows = [(1, "A"), (2, "A"), (1, "B"), (3, "A"), (2, "A"), (1, "B")]
    messages = records("s", *({"id": key, "v": each} for key, each in rows), keys=["id"])
    deliver({"streams": [KEYED_ECHO]}, messages)
    assert [(each["id"], each["v"]) for each in bodies(sandbox)] == rows[:4]


# Where keys are told apart


def test_two_streams_are_apart(upsert: Run, sandbox: Sandbox) -> None:
    routes = [KEYED_ECHO, {**KEYED_ECHO, "stream": "t"}]
    rows = [*records("s", {"id": 1}, keys=["id"]), *records("t", {"id": 1}, keys=["id"])]
    upsert({"streams": routes}, rows)
    assert len(sandbox.log()) == 2
    assert_nothing_sent(upsert({"streams": routes}, rows), 2)


def test_two_endpoints_of_one_stream_are_apart(upsert: Run, sandbox: Sandbox) -> None:
    rows = records("s", {"id": 1, "name": "N"}, keys=["id"])
    for endpoint in ("create_group", "create_widget", "create_group"):
        upsert({"streams": [{"stream": "s", "endpoint": endpoint}]}, rows)
    assert [path for _, path, _ in sent(sandbox)] == ["/groups", "/widgets"]


def test_namespaces_are_apart(deliver: Run, sandbox: Sandbox) -> None:
    for name in ("one", "two", "one"):
        deliver({"ledger_namespace": name}, tickets({}))
    assert len(sandbox.things("tickets")) == 2


def test_accounts_are_apart(upsert: Run, sandbox: Sandbox) -> None:
    other = sandbox.api_url.replace("127.0.0.1", "localhost")
    assert other != sandbox.api_url
    for url in (sandbox.api_url, other, f"{sandbox.api_url}/"):
        assert upsert({"api_url": url}, tickets({})).exit_code == 0
    assert len(sandbox.things("tickets")) == 2


def test_without_a_ledger_everything_is_sent_and_that_is_said(
    upsert: Run, sandbox: Sandbox
) -> None:
    for _ in range(2):
        result = upsert({"ledger_url": "none"}, tickets({"id": 1}, {"id": 1}))
        assert [each for each in result.warnings if "ledger_url is none" in each]
    assert len(sandbox.things("tickets")) == 4
