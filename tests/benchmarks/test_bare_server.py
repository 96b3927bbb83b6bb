"""What the benchmark's server answers, and what it says it saw."""

from __future__ import annotations

import requests

from benchmarks.served import Rule, bare_server


def test_each_request_gets_a_ticket_of_its_own_and_is_counted() -> None:
    with bare_server() as server, requests.Session() as session:
        answers = [session.post(f"{server.url}/v1/tickets", json={"n": n}) for n in range(3)]
        assert [each.json() for each in answers] == [{"ticket": {"number": n}} for n in (1, 2, 3)]
        counts = server.counts()
        assert (counts.requests, counts.refused, counts.connections) == (3, 0, 1)
        assert counts.first <= counts.last


def test_what_is_above_the_limit_is_refused_with_the_time_to_wait() -> None:
    rule = Rule(kind="fixed", limit=2, window_seconds=600)
    with bare_server(rule) as server, requests.Session() as session:
        answers = [session.post(f"{server.url}/v1/tickets") for _ in range(3)]
        assert [each.status_code for each in answers] == [201, 201, 429]
        assert 0 < int(answers[2].headers["Retry-After"]) <= 600
        assert server.counts().refused == 1


def test_requests_are_kept_waiting_as_long_as_they_should() -> None:
    with bare_server(Rule(milliseconds=20)) as server, requests.Session() as session:
        session.post(f"{server.url}/v1/tickets")
        assert server.counts().held_seconds >= 0.02
