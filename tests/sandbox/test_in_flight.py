from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
import requests

from target_groove.sandbox.options import Options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from target_groove.sandbox import Sandbox
    from tests.sandbox.conftest import Api, Graph

MANY = 64


def until(true: Callable[[], bool]) -> None:
    """Ask the sandbox until it says so: each question is a call of its own."""
    for _ in range(100_000):
        if true():
            return
    pytest.fail("it never came to that")


@pytest.fixture
def hanging(sandbox: Sandbox) -> Iterator[ExitStack]:
    """64 calls that are under way until their clients leave."""
    sandbox.faults([{"action": "hang_before", "path": "/v1/folders", "seconds": 600}])
    host, port = sandbox.url.removeprefix("http://").split(":")
    request = (
        f"GET /v1/folders HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {sandbox.token}\r\n\r\n"
    )
    with ExitStack() as clients:
        for _ in range(MANY):
            client = clients.enter_context(socket.create_connection((host, int(port))))
            client.sendall(request.encode())
        until(lambda: len(sandbox.log()) == MANY)
        yield clients


@pytest.mark.usefixtures("hanging")
def test_calls_under_way_do_not_wait_for_each_other(api: Api, sandbox: Sandbox) -> None:
    assert api.get("/me").status_code == 200
    assert [entry["in_flight"] for entry in sandbox.log()] == list(range(1, MANY + 2))


def test_one_too_many_is_told_to_come_back(api: Api, sandbox: Sandbox, hanging: ExitStack) -> None:
    sandbox.configure(max_in_flight=MANY)
    answer = api.get("/me")
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "1"
    assert api.post(sandbox.graphql_url, {"query": "{ ping }"}).status_code == 429
    sandbox.configure(max_in_flight=MANY + 1)
    assert api.get("/me").status_code == 200
    sandbox.configure(max_in_flight=1)
    hanging.close()
    until(lambda: all(entry["duration_ms"] is not None for entry in sandbox.log()))
    until(lambda: api.get("/me").status_code == 200)


def test_many_at_once_lose_nothing(graph: Graph, sandbox: Sandbox) -> None:
    email = graph.field_id("contact_email")
    headers = {"Authorization": f"Bearer {sandbox.token}"}
    query = """mutation($input: ContactCreateInput!) {
      contactCreate(input: $input) { contact { id } errors { message } } }"""
    sandbox.configure(latency_ms=20)

    def create(number: int) -> bool:
        given = [{"customFieldId": email, "value": f"n{number // 2}@acme.example"}]
        variables = {"input": {"contactType": "contact", "customFields": given}}
        answer = requests.post(
            sandbox.graphql_url,
            json={"query": query, "variables": variables},
            headers=headers,
            timeout=60,
        )
        return not answer.json()["data"]["contactCreate"]["errors"]

    with ThreadPoolExecutor(MANY) as threads:
        created = list(threads.map(create, range(4 * MANY)))
    # Every address was sent twice.
    assert sum(created) == 2 * MANY
    contacts = sandbox.things("contacts")
    assert len({contact["values"]["contact_email"] for contact in contacts}) == 2 * MANY
    assert len({contact["id"] for contact in contacts}) == len(contacts) == 2 * MANY


@pytest.mark.parametrize(
    "in_flight, seconds", [(1, 0.1), (8, 0.1), (12, 0.15), (16, 0.2), (64, 0.8)]
)
def test_from_the_knee_on_calls_take_longer(in_flight: int, seconds: float) -> None:
    options = Options(latency_ms=100, latency_knee=8)
    assert options.latency(in_flight) == pytest.approx(seconds)
    assert Options(latency_ms=100).latency(in_flight) == pytest.approx(0.1)


def test_the_knee_is_an_option(api: Api, sandbox: Sandbox) -> None:
    sandbox.configure(latency_ms=1, latency_knee=1)
    assert api.get("/me").status_code == 200
