"""A sandbox for each test, a client for its API, and a clock that only tests move."""

from __future__ import annotations

from contextlib import ExitStack
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


class Graph:
    """Calls a sandbox's GraphQL API."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self._ids: dict[str, str] = {}

    def post(self, query: str, variables: Any = None, **more: Any) -> requests.Response:
        body = {"query": query, "variables": variables, **more}
        return self.api.post(self.api.sandbox.graphql_url, body)

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """Return the data of a call that has no errors at the top."""
        answer = self.post(query, variables)
        assert answer.status_code == 200, answer.text
        said = answer.json()
        assert "errors" not in said, said
        data: dict[str, Any] = said["data"]
        return data

    def refused(self, query: str, variables: Any = None) -> str:
        """Return the one error at the top of an answer without data."""
        answer = self.post(query, variables)
        assert answer.status_code == 200
        assert set(answer.json()) == {"errors"}
        (error,) = answer.json()["errors"]
        (problem,) = error["extensions"]["problems"]
        assert problem["explanation"] == error["message"]
        return str(error["message"])

    def do(self, mutation: str, shown: str, **given: Any) -> Any:
        """Carry out one mutation; return what its payload shows."""
        kind = mutation[0].upper() + mutation[1:]
        said = self.ask(
            f"mutation($input: {kind}Input!) {{ it: {mutation}(input: $input) "
            f"{{ {shown} errors {{ path message }} }} }}",
            input=given,
        )["it"]
        return said if said["errors"] else said[shown.split(maxsplit=1)[0]]

    def field_id(self, key: str) -> str:
        if key not in self._ids:
            said = self.ask("{ customFields { nodes { id key } } }")["customFields"]["nodes"]
            self._ids = {field["key"]: field["id"] for field in said}
        return self._ids[key]

    def given(self, **values: str) -> list[dict[str, str]]:
        return [{"customFieldId": self.field_id(k), "value": v} for k, v in values.items()]

    def contact(self, **values: str) -> Any:
        """Create a contact and return its id, or the payload with its errors."""
        said = self.do(
            *("contactCreate", "contact { id }"),
            contactType="contact",
            customFields=self.given(**values),
        )
        return said.get("id", said)

    def company(self, **values: str) -> Any:
        """Create a company and return its id, or the payload with its errors."""
        said = self.do("companyCreate", "company { id }", customFields=self.given(**values))
        return said.get("id", said)

    def update(self, subject: str, *items: dict[str, Any], **values: Any) -> dict[str, str]:
        """Update values by key; return the complaints by the path they are about."""
        listed = [*items, *({"customFieldIdOrKey": k, "value": v} for k, v in values.items())]
        said = self.do(
            *("customFieldValuesUpdate", "subject { __typename }"),
            subjectId=subject,
            customFieldList=listed,
        )
        return {".".join(it["path"]): it["message"] for it in said.get("errors", ())}

    def bulk(self, **values_of: dict[str, Any]) -> str:
        """Update values of several in the background; return the job's id."""
        items = [
            {
                "subjectId": subject,
                "customFieldList": [
                    {"customFieldIdOrKey": key, "value": value} for key, value in values.items()
                ],
            }
            for subject, values in values_of.items()
        ]
        return str(self.do("customFieldValuesBulkUpdate", "jid", items=items))


@pytest.fixture
def graph(api: Api) -> Graph:
    return Graph(api)


@pytest.fixture
def graph_of() -> Iterator[Callable[[Sandbox], Graph]]:
    """Clients for sandboxes that a test starts by itself."""
    with ExitStack() as sessions:

        def client(sandbox: Sandbox) -> Graph:
            api = Api(sandbox)
            sessions.enter_context(api.session)
            return Graph(api)

        yield client


@pytest.fixture
def held(sandbox: Sandbox) -> Callable[[str], dict[str, Any]]:
    """The values of a contact or company, by key."""

    def values(identity: str) -> dict[str, Any]:
        for kind in ("contacts", "companies"):
            for thing in sandbox.things(kind):
                if thing["id"] == identity:
                    found: dict[str, Any] = thing["values"]
                    return found
        raise AssertionError(identity)

    return values
