"""A Groove whose clock the tests move, and what a run would know of a create in doubt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from target_groove.endpoints import TEMPLATES
from target_groove.endpoints.finding import Ambiguous, Evidence, Fetched, Finding
from target_groove.sandbox import Sandbox

BODY = "<p>My order 17 did not arrive.</p>"
TICKET = {
    "body": BODY,
    "from": "Kim@Example.org",
    "to": "support@sandbox.example",
    "subject": "Order 17",
}


@dataclass
class Clock:
    """Groove's clock; it stands still."""

    now: datetime = field(default_factory=lambda: datetime(2026, 2, 3, 10, 15, 30, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class Groove:
    """A sandbox with an account of ours.

    Attributes:
        sandbox: The sandbox.
        clock: Its clock.
        ahead: Seconds that our clock is ahead of it.
        recorded: Ids that are recorded for other deliveries.
        newest_number: The highest ticket number that is known.
        fetched: The paths that were got.
    """

    sandbox: Sandbox
    clock: Clock
    ahead: float = 0.0
    recorded: set[str] = field(default_factory=set)
    newest_number: int | None = None
    fetched: list[str] = field(default_factory=list)
    changed: dict[str, Any] = field(default_factory=dict)

    @property
    def our_time(self) -> float:
        return self.clock().timestamp() + self.ahead

    def call(self, method: str, path: str, body: Any = None) -> requests.Response:
        return requests.request(
            method,
            self.sandbox.api_url + path,
            json=body,
            headers={"Authorization": f"Bearer {self.sandbox.token}"},
            timeout=10,
        )

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Create something and return it as Groove does."""
        answer = self.call("POST", path, body)
        assert answer.status_code == 201, answer.text
        (thing,) = answer.json().values()
        return dict(thing)

    def ticket(self, **fields: Any) -> str:
        """Create a ticket, by default the one in question, and return its number."""
        return str(self.post("/tickets", {**TICKET, **fields})["number"])

    def message(self, number: str, **fields: Any) -> str:
        """Create a message, by default with the text in question, and return its id."""
        made = self.post(f"/tickets/{number}/messages", {"body": BODY, **fields})
        return str(made["href"]).rpartition("/")[2]

    def fetch(self, path: str) -> Fetched:
        self.fetched.append(path)
        answer = self.call("GET", path)
        body = answer.json() if answer.content else None
        return Fetched(
            status_code=answer.status_code,
            body=self._change(body),
            server_time=float(int(self.clock().timestamp())),
            our_time=self.our_time,
        )

    def _change(self, body: Any) -> Any:
        """Change attributes of what is listed, or take them away with `...`."""
        if isinstance(body, dict):
            changed = {name: self._change(each) for name, each in body.items()}
            for name, value in self.changed.items():
                if name in changed:
                    changed[name] = value
            return {name: each for name, each in changed.items() if each is not ...}
        return [self._change(each) for each in body] if isinstance(body, list) else body

    def evidence(
        self, payload: Mapping[str, Any], params: Mapping[str, str] | None = None
    ) -> Evidence:
        """What is known of a create that leaves now."""
        return evidence(
            payload,
            params,
            left_at=self.our_time,
            newest_number=self.newest_number,
            recorded=self.recorded,
        )

    def find(self, template: str, known: Evidence) -> Finding:
        return find(template, known, self.fetch)


def evidence(
    payload: Mapping[str, Any],
    params: Mapping[str, str] | None = None,
    *,
    left_at: float = 0.0,
    newest_number: int | None = None,
    recorded: set[str] | frozenset[str] = frozenset(),
) -> Evidence:
    return Evidence(
        url="https://api.groovehq.com/v1/anything",
        params=params or {},
        payload=payload,
        left_at=left_at,
        newest_number=newest_number,
        is_recorded=lambda each: each in recorded,
    )


def find(template: str, known: Evidence, fetch: Any) -> Finding:
    finder = TEMPLATES[template].find
    assert finder is not None
    return finder(known, fetch)


@dataclass
class Scripted:
    """Answers with what a test says, by path and page, and with 404 otherwise.

    Attributes:
        answers: For each path without a query its pages; a page is a body, or a status with one.
        paths: What was got.
        server_time: The date of every answer.
    """

    answers: Mapping[str, list[Any]]
    paths: list[str] = field(default_factory=list)
    server_time: float | None = None

    def __call__(self, path: str) -> Fetched:
        self.paths.append(path)
        name, _, query = path.partition("?")
        page = int(query.partition("page=")[2].partition("&")[0] or 1)
        pages = self.answers.get(name, [(404, None)])
        # The last one goes on for ever.
        said = pages[min(page, len(pages)) - 1]
        status, body = said if isinstance(said, tuple) else (200, said)
        return Fetched(status_code=status, body=body, server_time=self.server_time, our_time=0.0)


def reason(finding: Finding) -> str:
    assert isinstance(finding, Ambiguous), finding
    assert finding.reason
    assert not finding.reason.endswith(".")
    return finding.reason
