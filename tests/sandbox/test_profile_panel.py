"""The panel beside a ticket, fetched from a server that plays the user's."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from target_groove.sandbox.options import Options

if TYPE_CHECKING:
    from target_groove.sandbox import Sandbox
    from tests.sandbox.conftest import Api


class Webhook(HTTPServer):
    """Answers what it is told to, and remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = 200
        self.content: Any = {"plan": "pro<b>", "email": "other"}
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook"


class _Handler(BaseHTTPRequestHandler):
    server: Webhook

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        content = self.server.content
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(self.server.status)
        if self.server.status == 302:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: Any) -> None:
        pass


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    with Webhook() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def panel_of(sandbox: Sandbox, number: int = 1) -> requests.Response:
    return requests.get(f"{sandbox.url}/tickets/{number}/profile", timeout=10)


def test_the_server_is_asked_as_groove_asks(sandbox: Sandbox, api: Api, webhook: Webhook) -> None:
    api.ticket(**{"from": {"email": "jo+x@acme.example", "name": "Jo March"}})
    template = "{{ plan | escape }}|{{ email }}|{{ first_name }}|{{ full_name }}|{{ name }}"
    sandbox.configure(profile_url=webhook.url, profile_template=template)
    answer = panel_of(sandbox)
    assert "pro&lt;b&gt;|jo+x@acme.example|Jo|Jo March|Custom Profile" in answer.text
    asked = urlsplit(webhook.asked[0])
    assert asked.path == "/hook"
    assert parse_qs(asked.query) == {"email": ["jo+x@acme.example"], "api_token": [sandbox.token]}
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "allow-scripts" not in answer.headers["content-security-policy"]


def test_the_ticket_shows_it_only_if_there_is_a_server(
    sandbox: Sandbox, api: Api, webhook: Webhook
) -> None:
    api.ticket()
    page = f"{sandbox.url}/tickets/1"
    assert "<iframe" not in requests.get(page, timeout=10).text
    assert panel_of(sandbox).status_code == 404
    sandbox.configure(profile_url=f"{webhook.url}?a=b", profile_headline="Shop")
    shown = requests.get(page, timeout=10).text
    assert '<iframe class="profile" title="Shop" src="/tickets/1/profile">' in shown
    assert panel_of(sandbox, 2).status_code == 404
    assert panel_of(sandbox).ok
    assert webhook.asked[0].startswith("/hook?a=b&email=")


def test_without_a_template_there_is_a_plain_table(
    sandbox: Sandbox, api: Api, webhook: Webhook
) -> None:
    api.ticket()
    sandbox.configure(profile_url=webhook.url)
    assert "<td>plan</td><td>pro&lt;b&gt;</td>" in panel_of(sandbox).text
    webhook.content = {}
    assert "No attributes." in panel_of(sandbox).text


@pytest.mark.parametrize(
    "status,content,said",
    [
        (401, {}, "answered 401"),
        (302, {}, "answered 302"),
        (204, b"", "answered 204"),
        (200, b"<html>", "answered no JSON"),
        (200, b"[" * 200_000, "answered no JSON"),
        (200, b'{"a": "\\ud800"}', "<td>?</td>"),
        (1_000, {}, "cannot be reached"),
        (200, [1], "no JSON of a single level"),
        (200, {"a": {"b": 1}}, "no JSON of a single level"),
    ],
)
def test_an_answer_that_groove_could_not_use_is_told(
    sandbox: Sandbox, api: Api, webhook: Webhook, status: int, content: Any, said: str
) -> None:
    api.ticket()
    sandbox.configure(profile_url=webhook.url)
    webhook.status, webhook.content = status, content
    answer = panel_of(sandbox)
    assert said in answer.text
    assert sandbox.token not in answer.text


def test_a_server_that_is_not_there_is_told(sandbox: Sandbox, api: Api) -> None:
    api.ticket()
    sandbox.configure(profile_url="http://127.0.0.1:1/")
    assert "cannot be reached" in panel_of(sandbox).text


def test_a_template_that_fails_is_told(sandbox: Sandbox, api: Api, webhook: Webhook) -> None:
    api.ticket()
    sandbox.configure(profile_url=webhook.url, profile_template="{% nope %}")
    assert "The template cannot be rendered" in panel_of(sandbox).text


def test_a_profile_url_must_be_an_address() -> None:
    with pytest.raises(ValueError, match="'profile_url' must be an address"):
        Options().changed({"profile_url": "file:///etc/passwd"})
    assert Options().changed({"profile_url": ""}).profile_url == ""
