"""From record to payload: fields, defaults, excludes, unknown attributes, path parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_groove.delivery.request import Source
from target_groove.payload import PayloadBuilder
from target_groove.planning import Planner
from target_groove.route_reading import read_routes
from target_groove.settings import read_settings
from tests.runs import records

if TYPE_CHECKING:
    from target_groove.payload import Payload
    from target_groove.sandbox import Sandbox
    from tests.conftest import Run

TICKET = {"body": "x", "from": "kim@example.org", "to": "support@sandbox.example"}
ECHO = {"stream": "s", "endpoint": "custom", "method": "POST", "url": "/echo/s"}


def bodies(sandbox: Sandbox) -> list[Any]:
    """The bodies that arrived."""
    assert all(each["status"] < 300 for each in sandbox.log()), sandbox.log()
    return [each["body"] for each in sandbox.log()]


def built(route: dict[str, Any], values: dict[str, Any], **settings: Any) -> Payload:
    """The payload that a route makes of a record."""
    read = read_settings({"api_token": "t", "streams": [{"stream": "s", **route}], **settings})
    found = read_routes(read).for_stream("s")
    assert found
    return PayloadBuilder(found).build(values)


# Attributes that are no field


def test_unknown_attributes_are_dropped_and_each_is_named_once(run: Run, sandbox: Sandbox) -> None:
    rows = [
        {**TICKET, "salary": 1, "notes": "secret"},
        {**TICKET, "salary": 2},
        {**TICKET, "notes": "x", "risk": 3, "from": {"email": "kim@example.org", "ssn": "1"}},
    ]
    result = run({}, records("create_ticket", *rows))
    assert bodies(sandbox) == [TICKET, TICKET, {**TICKET, "from": {"email": "kim@example.org"}}]
    first, second = result.warnings
    said = "Stream create_ticket: not sent, create_ticket has no such field:"
    assert first.startswith(f"{said} notes, salary (")
    assert second.startswith(f"{said} from.ssn, risk (")
    assert "unknown_fields: send sends" in first


@pytest.mark.parametrize(
    "general,of_route,is_sent",
    [
        ("drop", None, False),
        ("send", None, True),
        ("send", "drop", False),
        ("drop", "send", True),
    ],
)
def test_unknown_attributes_are_sent_where_that_is_asked_for(
    general: str,
    of_route: str | None,
    is_sent: bool,  # noqa: FBT001
) -> None:
    route: dict[str, Any] = {"endpoint": "create_ticket", "unknown_fields": of_route}
    payload = built(
        route, {**TICKET, "plan": "gold", "to": {"email": "a@b.c", "x": 1}}, unknown_fields=general
    )
    more = {"plan": "gold"} if is_sent else {}
    assert payload.fields == {
        **TICKET,
        **more,
        "to": {"email": "a@b.c", **({"x": 1} if is_sent else {})},
    }
    assert sorted(payload.unknown) == ([] if is_sent else ["plan", "to.x"])


def test_what_is_sent_although_unknown_reaches_groove(run: Run, sandbox: Sandbox) -> None:
    widget = sandbox.things("widgets")[0]["id"]
    result = run(
        {"unknown_fields": "send", "on_error": "dead_letter"},
        records("update_widget_settings", {"widget_id": widget, "icon": "a", "colour": {"r": 1}}),
    )
    assert [each["body"] for each in sandbox.log()] == [{"icon": "a", "colour.r": 1}]
    assert "colour.r" in result.warnings[0]


@pytest.mark.parametrize(
    "endpoint", ["create_knowledge_base", "update_knowledge_base_settings", "custom"]
)
def test_endpoints_without_a_list_of_fields_send_everything(endpoint: str) -> None:
    route = {"endpoint": endpoint}
    if endpoint == "custom":
        route |= {"method": "POST", "url": "/x"}
    row = {"knowledge_base_id": "1", "title": "A", "more": {"deep": [1]}}
    payload = built(route, row)
    assert payload.fields["more"] == {"deep": [1]}
    assert payload.unknown == ()


# Excludes


def test_excludes_of_the_route_and_of_the_run_act_on_the_payload(
    run: Run, sandbox: Sandbox
) -> None:
    route = {**ECHO, "exclude": ["internal", "debug.*"]}
    row = {
        "id": 1,
        "internal": "x",
        "debug": {"a": 1},
        "customer": {"ssn": "1", "name": "Kim"},
        "lines": [{"sku": "A", "cost": 2}, {"cost": 3}],
        "tmp_a": 1,
    }
    result = run(
        {"streams": [route], "exclude_attributes": ["*.ssn", "lines.cost", "tmp_*"]},
        records("s", row),
    )
    assert result.exit_code == 0, result.problems
    assert bodies(sandbox) == [{"id": 1, "customer": {"name": "Kim"}, "lines": [{"sku": "A"}]}]


def test_what_is_excluded_still_serves_as_key_and_in_the_path(run: Run, sandbox: Sandbox) -> None:
    route = {
        **ECHO,
        "url": "/echo/{number}/{team}",
        "path_params": {"number": "ref.no"},
        "exclude": ["ref", "team", "id"],
        "key": ["id"],
    }
    result = run(
        {"streams": [route], "on_error": "dead_letter"},
        records("s", {"id": 7, "ref": {"no": 12}, "team": "blue", "x": 1}, {"id": 8}),
    )
    assert [(each["path"], each["body"]) for each in sandbox.log()] == [
        ("/v1/echo/12/blue", {"x": 1})
    ]
    assert "line 3, stream s, record id=8: number: is missing" in result.warnings[0]


def test_excludes_act_last_on_fields_and_defaults() -> None:
    payload = built(
        {
            **ECHO,
            "fields": {"a": "x", "b": "y"},
            "defaults": {"c": 1, "d": {"e": 2, "f": 3}},
            "exclude": ["b", "c", "d.e"],
        },
        {"x": 1, "y": 2},
    )
    assert payload.fields == {"a": 1, "d": {"f": 3}}


# Defaults and fields


@pytest.mark.parametrize(
    "row,tags",
    [
        ({}, ["web"]),
        ({"tags": None}, ["web"]),
        ({"tags": []}, []),
        ({"tags": ["a"]}, ["a"]),
    ],
    ids=repr,
)
def test_defaults_fill_what_is_absent_or_null(row: dict[str, Any], tags: list[str]) -> None:
    route = {
        "endpoint": "create_ticket",
        "defaults": {"tags": ["web"], "to": "help@example.org", "starred": None},
    }
    payload = built(route, {"body": "x", "from": "kim@example.org", **row})
    assert payload.problems == ()
    assert payload.fields == {
        "body": "x",
        "from": "kim@example.org",
        "to": "help@example.org",
        "tags": tags,
    }


def test_a_default_under_another_name_does_not_win_over_the_record() -> None:
    route = {"endpoint": "create_ticket", "defaults": {"agent_id": "1", "state": "open"}}
    payload = built(route, {**TICKET, "assignee": "ada@example.org", "state": "pending"})
    assert payload.fields == {**TICKET, "assignee": "ada@example.org", "state": "pending"}
    looked_up = built(route, {**TICKET}).fields["assignee"]
    assert (looked_up.collection, looked_up.object_id) == ("agents", "1")


def test_a_path_parameter_may_have_a_default_and_it_is_not_repeated(
    run: Run, sandbox: Sandbox
) -> None:
    route = {**ECHO, "url": "/echo/{team}", "defaults": {"team": "blue", "x": 1}}
    run({"streams": [route]}, records("s", {}, {"team": "red", "x": 2}, {"team": None}))
    assert [(each["path"], each["body"]) for each in sandbox.log()] == [
        ("/v1/echo/blue", {"x": 1}),
        ("/v1/echo/red", {"x": 2}),
        ("/v1/echo/blue", {"x": 1}),
    ]


def test_with_fields_only_those_are_sent(run: Run, sandbox: Sandbox) -> None:
    route = {
        "stream": "support_requests",
        "endpoint": "create_ticket",
        "fields": {
            "body": "message",
            "from": {"email": "customer.email", "name": "{{ customer.first }} {{ customer.last }}"},
            "subject": "Order {{ record['Order ID'] }}: {{ title }}",
            "tags": ["lines.0.sku", "{{ plan | downcase }}", "absent"],
            "note": "absent",
        },
        "defaults": {"to": "support@sandbox.example"},
    }
    row = {
        "message": "Where is it?",
        "customer": {"email": "kim@example.org", "first": "Kim", "last": "K"},
        "Order ID": "A-1",
        "title": "late",
        "lines": [{"sku": "cup"}],
        "plan": "GOLD",
        "state": "spam",
    }
    result = run({"streams": [route]}, records("support_requests", row))
    assert not result.warnings
    assert bodies(sandbox) == [
        {
            "body": "Where is it?",
            "from": {"email": "kim@example.org", "name": "Kim K"},
            "subject": "Order A-1: late",
            "tags": ["cup", "gold"],
            "to": "support@sandbox.example",
        }
    ]


def test_a_liquid_template_that_fails_rejects_the_record_and_names_the_field(
    run: Run, sandbox: Sandbox
) -> None:
    route = {**ECHO, "url": "/echo/{n}", "fields": {"each": "{{ sum | divided_by: parts }}"}}
    route["path_params"] = {"n": "{{ sum | modulo: parts }}"}
    result = run({"streams": [route]}, records("s", {"sum": 4, "parts": 0}))
    assert result.exit_code == 1
    assert "n: the Liquid template '{{ sum | modulo: parts }}' fails: " in result.problems[0]
    assert "each: the Liquid template" in result.problems[0]
    assert sandbox.log() == []


# Path parameters


def test_path_parameters_come_from_attributes_and_are_not_repeated(
    run: Run, sandbox: Sandbox
) -> None:
    route = {
        **ECHO,
        "url": "/echo/{org}/{number}/{both}",
        "path_params": {"number": "ref.no", "both": "{{ org }}-{{ x }}"},
    }
    row = {"org": "acme", "ref": {"no": "0412", "kind": "a"}, "x": 1, "number": 99}
    run({"streams": [route]}, records("s", row))
    [call] = sandbox.log()
    assert call["path"] == "/v1/echo/acme/0412/acme-1"
    assert call["body"] == {"ref": {"kind": "a"}, "x": 1, "number": 99}


def test_a_mapped_path_parameter_never_falls_back_to_another_attribute(
    run: Run, sandbox: Sandbox
) -> None:
    group = sandbox.things("groups")[0]["id"]
    route = {
        "stream": "teams",
        "endpoint": "delete_group",
        "path_params": {"group_id": "groove_group"},
    }
    rows = [{"id": group, "group_id": group, "groove_group": None}]
    result = run({"streams": [route]}, records("teams", *rows))
    assert "group_id: is missing; the path needs it" in result.problems[0]
    assert sandbox.log() == []


NASTY = [
    ("a/b", "a%2Fb"),
    ("a?b=c", "a%3Fb%3Dc"),
    ("a#b", "a%23b"),
    ("a b", "a%20b"),
    ("a%2Fb", "a%252Fb"),
    ("%2e%2e", "%252e%252e"),
    ("100%", "100%25"),
    ("{new_id}", "%7Bnew_id%7D"),
    ("{other}", "%7Bother%7D"),
    ("a\\b", "a%5Cb"),
    ("a;b&c=d,e:f", "a%3Bb%26c%3Dd%2Ce%3Af"),
    ("@evil.example", "@evil.example"),
    ("kim+a@example.org", "kim%2Ba@example.org"),
    ("http://evil.example/x", "http%3A%2F%2Fevil.example%2Fx"),
    ("Zoë ✓", "Zo%C3%AB%20%E2%9C%93"),
    ("'\"<>", "%27%22%3C%3E"),
    ("  padded  ", "padded"),
    ("a.b", "a.b"),
    ("~", "~"),
    (12, "12"),
    (12.0, "12"),
    (0, "0"),
    (-1, "-1"),
]


@pytest.mark.parametrize("value,on_the_wire", NASTY, ids=repr)
def test_a_value_reaches_the_path_escaped(
    value: Any, on_the_wire: str, run: Run, sandbox: Sandbox
) -> None:
    route = {**ECHO, "method": "PUT", "url": "/echo/{other}/{it}/end?q={it}"}
    result = run({"streams": [route]}, records("s", {"it": value, "other": "o"}))
    assert result.exit_code == 0, result.problems
    [call] = sandbox.log()
    assert call["path"] == f"/v1/echo/o/{on_the_wire}/end"
    assert call["query"] == f"q={on_the_wire}"
    assert call["body"] is None


@pytest.mark.parametrize(
    "value,sentence",
    [
        (None, "is missing; the path needs it"),
        ("", "is missing; the path needs it"),
        ("  ", "is missing; the path needs it"),
        ("..", "'..' cannot stand in a path"),
        ("../admin", "'../admin' cannot stand in a path"),
        ("a..b", "'a..b' cannot stand in a path"),
        (".", "'.' cannot stand in a path"),
        ("a\nb", r"'a\nb' cannot stand in a path"),
        ("a\0b", r"'a\x00b' cannot stand in a path"),
        ("a\r\nHost: evil", r"'a\r\nHost: evil' cannot stand in a path"),
        ("a\x7f", r"'a\x7f' cannot stand in a path"),
        ("\u202eb", r"'\u202eb' cannot stand in a path"),
        (True, "True cannot stand in a path"),
        (False, "False cannot stand in a path"),
        (1.5, "1.5 cannot stand in a path"),
        ({"a": 1}, "{'a': 1} cannot stand in a path"),
        ([1], "[1] cannot stand in a path"),
    ],
    ids=repr,
)
def test_a_value_that_cannot_stand_in_a_path_rejects_the_record(
    value: Any, sentence: str, run: Run, sandbox: Sandbox
) -> None:
    route = {**ECHO, "url": "/echo/{it}"}
    result = run({"streams": [route]}, records("s", {"it": value}))
    assert result.exit_code == 1
    assert result.problems == [f"Line 2, stream s: it: {sentence}."]
    assert sandbox.log() == []


def test_a_number_with_a_huge_exponent_does_not_fill_the_memory(run: Run) -> None:
    line = b'{"type": "RECORD", "stream": "s", "record": {"it": 1e999999999}}'
    result = run({"streams": [{**ECHO, "url": "/echo/{it}"}]}, [records("s")[0], line])
    assert "cannot stand in a path" in result.problems[0]


@pytest.mark.parametrize(
    "endpoint,param,value,sentence",
    [
        ("create_message", "ticket_number", "12a", "'12a' is no number"),
        ("create_message", "ticket_number", "-1", "'-1' is no number"),
        ("create_message", "ticket_number", "1.0", "'1.0' is no number"),
        ("create_message", "ticket_number", "١٢", "'١٢' is no number"),
        ("update_customer", "customer_email", "a@b@c", "'a@b@c' is no e-mail address"),
        ("update_customer", "customer_email", "kim", "'kim' is no e-mail address"),
    ],
)
def test_numbers_and_addresses_in_a_path_are_checked(
    endpoint: str, param: str, value: str, sentence: str
) -> None:
    payload = built({"endpoint": endpoint}, {param: value, "body": "x", "email": "k@example.org"})
    assert payload.problems == (f"{param}: {sentence}",)


PLANNER = Planner(read_settings({"api_token": "t"}))
HERE = Source(stream="s", message={}, schema={}, place="line 1", key="", position=0)


@pytest.mark.parametrize("endpoint", ["create_article", "update_article"])
def test_a_second_call_may_be_repeated_whatever_the_first_is(endpoint: str) -> None:
    spec = {"stream": "s", "endpoint": endpoint}
    found = read_routes(read_settings({"api_token": "t", "streams": [spec]})).for_stream("s")
    assert found
    row = {"knowledge_base_id": "1", "article_id": "2", "title": "A", "state": "published"}
    payload = PayloadBuilder(found).build(row)
    first, second = PLANNER.plan(found, payload.params, payload.fields, (HERE,)).requests
    assert first.repeatable is (endpoint == "update_article")
    assert second.repeatable


@given(st.text() | st.integers() | st.floats() | st.booleans() | st.none())
def test_no_value_gets_out_of_its_segment(value: Any) -> None:
    route = {"stream": "s", "endpoint": "custom", "method": "DELETE", "url": "/a/{it}/end"}
    settings = read_settings({"api_token": "t", "streams": [route]})
    found = read_routes(settings).for_stream("s")
    assert found
    payload = PayloadBuilder(found).build({"it": value})
    if payload.problems:
        assert payload.problems[0].startswith("it: ")
        return
    [request] = PLANNER.plan(found, payload.params, payload.fields, (HERE,)).requests
    start, end = "https://api.groovehq.com/v1/a/", "/end"
    assert request.url.startswith(start)
    assert request.url.endswith(end)
    segment = request.url[len(start) : -len(end)]
    assert segment.isascii()
    assert segment.isprintable()
    assert segment not in {"", ".", ".."}
    assert not set(segment) & set("/?#{}\\ ")
    number = isinstance(value, int | float)
    assert unquote(segment) == (str(int(value)) if number else value.strip())


# Excludes and synonyms


@pytest.mark.parametrize("excluded", ["agent_id", "assignee", "a*"])
@pytest.mark.parametrize("where", ["route", "run"])
def test_an_exclude_acts_on_the_name_of_the_record_and_of_the_field(
    excluded: str, where: str
) -> None:
    route: dict[str, Any] = {"endpoint": "create_ticket"}
    settings: dict[str, Any] = {}
    if where == "route":
        route["exclude"] = [excluded]
    else:
        settings["exclude_attributes"] = [excluded]
    assert built(route, {**TICKET, "agent_id": "7"}, **settings).fields == TICKET


@pytest.mark.parametrize("excluded", ["members", "agents"])
def test_an_exclude_acts_on_a_synonym(excluded: str) -> None:
    route = {"endpoint": "create_group", "exclude": [excluded]}
    assert built(route, {"name": "A", "members": ["a@b.example"]}).fields == {"name": "A"}
    with_fields = {**route, "fields": {"name": "name", "members": "people"}}
    assert built(with_fields, {"name": "A", "people": ["a@b.example"]}).fields == {"name": "A"}
    with_default = {**route, "defaults": {"members": ["a@b.example"]}}
    assert built(with_default, {"name": "A"}).fields == {"name": "A"}


def test_a_synonym_that_is_excluded_still_serves_the_path() -> None:
    route = {"endpoint": "update_group", "exclude": ["id"]}
    payload = built(route, {"id": "7", "name": "A"})
    assert (payload.params, payload.fields) == ({"group_id": "7"}, {"name": "A"})


@pytest.mark.parametrize(
    "events", ['["ticket_started", "ticket_closed"]', ["ticket_started", "ticket_closed"]]
)
def test_a_list_of_events_may_be_json_text(events: Any, run: Run, sandbox: Sandbox) -> None:
    row = {"event_types": events, "url": "https://example.org"}
    run({}, records("create_webhook", row))
    assert [each["event"] for each in bodies(sandbox)] == ["ticket_started", "ticket_closed"]


def test_one_event_as_json_text_is_one_call() -> None:
    row = {"event": '["ticket_started"]', "url": "https://example.org"}
    assert built({"endpoint": "create_webhook"}, row).fields["event"] == "ticket_started"
