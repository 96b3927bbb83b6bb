"""Custom routes on the wire: address, method, headers, body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.runs import records

if TYPE_CHECKING:
    from target_groove.sandbox import Sandbox
    from tests.conftest import Run

CUSTOM = {"stream": "s", "endpoint": "custom", "method": "POST", "url": "/echo/s"}


@pytest.mark.parametrize(
    "method,raw",
    [
        ("POST", '{"a":1}'),
        ("PUT", '{"a":1}'),
        ("PATCH", '{"a":1}'),
        ("DELETE", None),
        ("GET", None),
    ],
)
def test_methods_and_which_of_them_have_a_body(
    method: str, raw: str | None, run: Run, sandbox: Sandbox
) -> None:
    route = {**CUSTOM, "method": method.lower(), "url": "/echo/{id}"}
    result = run({"streams": [route]}, records("s", {"id": 7, "a": 1}))
    assert result.exit_code == 0, result.problems
    [call] = sandbox.log()
    assert (call["method"], call["path"], call["raw"]) == (method, "/v1/echo/7", raw)
    assert call["content_type"] == ("application/json" if raw else "")


def test_headers_of_a_route_are_sent_beside_our_own(run: Run, sandbox: Sandbox) -> None:
    headers = {"X-Source": "meltano", "Accept-Language": "de"}
    run({"streams": [{**CUSTOM, "headers": headers}]}, records("s", {"a": 1}))
    sent = sandbox.log()[0]["headers"]
    assert sandbox.log()[0]["authorized"]
    assert (sent["x-source"], sent["accept-language"]) == ("meltano", "de")
    assert sent["content-type"] == "application/json"


def test_headers_of_a_route_stay_with_it(run: Run, sandbox: Sandbox) -> None:
    streams = [
        {**CUSTOM, "headers": {"X-Source": "a"}},
        {**CUSTOM, "stream": "t", "url": "/echo/t"},
    ]
    run({"streams": streams}, [*records("s", {"a": 1}), *records("t", {"a": 1})])
    assert ["x-source" in each["headers"] for each in sandbox.log()] == [True, False]


def test_an_absolute_url_on_grooves_host(run: Run, sandbox: Sandbox) -> None:
    url = f"{sandbox.url}/v1/echo/{{id}}?notify=false"
    run({"streams": [{**CUSTOM, "url": url}]}, records("s", {"id": "a b", "x": 1}))
    [call] = sandbox.log()
    assert (call["path"], call["query"], call["body"]) == (
        "/v1/echo/a%20b",
        "notify=false",
        {"x": 1},
    )


def test_placeholders_in_the_query(run: Run, sandbox: Sandbox) -> None:
    route = {**CUSTOM, "url": "/echo/find?name={name}&again={name}"}
    run({"streams": [route]}, records("s", {"name": "a&b=c d", "x": 1}))
    [call] = sandbox.log()
    assert call["query"] == "name=a%26b%3Dc%20d&again=a%26b%3Dc%20d"
    assert call["body"] == {"x": 1}


def test_a_record_that_is_only_path_has_no_body(run: Run, sandbox: Sandbox) -> None:
    run({"streams": [{**CUSTOM, "url": "/echo/{id}"}]}, records("s", {"id": 1}))
    [call] = sandbox.log()
    assert (call["raw"], call["content_type"]) == (None, "")


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_slash_behind_the_base_url_does_not_matter(
    slash: str, run: Run, sandbox: Sandbox
) -> None:
    run({"api_url": sandbox.api_url + slash}, records("create_widget", {"name": "A"}))
    assert sandbox.log()[0]["path"] == "/v1/widgets"


def test_attachments_go_to_the_uploaders_host(run: Run, sandbox: Sandbox) -> None:
    row: dict[str, Any] = {"message_id": "1", "filename": "a", "content": ""}
    run({"uploader_url": f"{sandbox.url}/v1/echo/"}, records("upload_attachment", row))
    assert sandbox.log()[0]["path"] == "/v1/echo/messages/1/attachments"


@pytest.mark.parametrize("events,count", [(["ticket_started", "ticket_closed"], 2), ("a", 1)])
def test_only_a_list_makes_several_calls(
    events: Any, count: int, run: Run, sandbox: Sandbox
) -> None:
    route = {
        "stream": "s",
        "endpoint": "create_webhook",
        "defaults": {"url": "https://example.org", "event": events if count > 1 else None},
    }
    event = {} if count > 1 else {"event": "ticket_opened"}
    run({"streams": [route]}, records("s", event))
    assert len(sandbox.log()) == count
