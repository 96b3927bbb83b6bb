"""A sandbox for each test, a client for its API, and a clock that only tests move."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import requests

from target_groove.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass
class Clock:
    """A clock that stands still."""

    now: datetime = field(default_factory=lambda: datetime(2026, 2, 3, 10, 15, 30, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class Api:
    """Calls a sandbox's API on one connection, with its token."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {sandbox.token}"

    def call(self, method: str, path: str, body: Any = None, **more: Any) -> requests.Response:
        if body is not None:
            more["json"] = body
        url = path if path.startswith("http") else self.sandbox.api_url + path
        return self.session.request(method, url, timeout=10, allow_redirects=False, **more)

    def get(self, path: str, **more: Any) -> requests.Response:
        return self.call("GET", path, **more)

    def post(self, path: str, body: Any = None, **more: Any) -> requests.Response:
        return self.call("POST", path, body, **more)

    def put(self, path: str, body: Any = None, **more: Any) -> requests.Response:
        return self.call("PUT", path, body, **more)

    def delete(self, path: str, **more: Any) -> requests.Response:
        return self.call("DELETE", path, **more)

    def ticket(self, **fields: Any) -> dict[str, Any]:
        """Create a ticket and return it."""
        body = {"body": "Hello", "from": "jo@acme.example", "to": "support@sandbox.example"}
        answer = self.post("/tickets", {**body, **fields})
        assert answer.status_code == 201, answer.text
        ticket: dict[str, Any] = answer.json()["ticket"]
        return ticket

    def message(self, number: int = 1, **fields: Any) -> str:
        """Create a message and return its id."""
        answer = self.post(f"/tickets/{number}/messages", {"body": "Hello", **fields})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["message"]["href"]).rpartition("/")[2]


def refused(answer: requests.Response) -> dict[str, str]:
    """Return the complaints of a 422 by field."""
    assert answer.status_code == 422, answer.text
    errors = answer.json()["errors"]
    return {error.get("field", ""): error["message"] for error in errors}


@pytest.fixture(name="refused")
def _refused() -> Callable[[requests.Response], dict[str, str]]:
    return refused


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sandbox(clock: Clock) -> Iterator[Sandbox]:
    with Sandbox(clock=clock) as running:
        yield running


@pytest.fixture
def api(sandbox: Sandbox) -> Iterator[Api]:
    client = Api(sandbox)
    with client.session:
        yield client


@pytest.fixture
def knowledge_base(api: Api) -> str:
    """The id of the seeded knowledge base."""
    return str(api.get("/kb").json()["knowledge_bases"][0]["id"])
