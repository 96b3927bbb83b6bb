"""The page that shows what is going on."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any

import pytest
import requests

from target_groove.sandbox.activity import MOST_CALLS, SHOWN_SECONDS, activity, shape_of
from target_groove.sandbox.bodies import Body
from target_groove.sandbox.charts import bars
from target_groove.sandbox.log import KEPT_REPLIES, Log
from target_groove.sandbox.request_rows import request_row

if TYPE_CHECKING:
    from target_groove.sandbox import Sandbox
    from tests.sandbox.conftest import Api


def call(log: Log, at: float = 0.0, status: int | None = 200, **more: Any) -> Any:
    values: dict[str, Any] = {
        "at": at,
        "method": "POST",
        "path": "/v1/tickets",
        "query": "",
        "headers": [],
        "token_number": 0,
        "connection": 1,
        "in_flight": 1,
        "body": Body(b"{}", "application/json"),
        **more,
    }
    entry = log.begin(**values)
    log.end(entry, status, 12.0)
    return entry


def test_calls_are_counted_by_how_they_were_answered() -> None:
    log = Log()
    for status in (201, 201, 404, 429, 500, None):
        call(log, status=status)
    shown = activity(log)
    assert shown["calls"] == 6
    assert [(word, count) for word, _, count in shown["words"]] == [
        ("taken", 2),
        ("refused", 1),
        ("limited", 1),
        ("failed", 1),
        ("silent", 1),
    ]
    (kind,) = shown["kinds"]
    assert kind["statuses"] == [(201, 2), (404, 1), (429, 1), (500, 1), (0, 1)]
    assert kind["median"] == "12 ms"


def test_what_has_not_ended_is_not_counted() -> None:
    log = Log()
    call(log).duration_ms = None
    assert activity(log) == {"calls": 0}
    assert activity(Log()) == {"calls": 0}


def test_only_the_last_quarter_of_an_hour_is_shown() -> None:
    log = Log()
    for at in (0.0, 10.0, SHOWN_SECONDS + 10.0):
        call(log, at)
    shown = activity(log)
    assert (shown["calls"], shown["span"]) == (2, "15 min")
    assert sum(len(each["title"]) > 0 for each in shown["times"]["hits"]) == 91


def test_the_page_stays_quick_however_many_calls_there_were() -> None:
    log = Log()
    for at in range(MOST_CALLS + 50):
        call(log, at / 1000)
    assert activity(log)["calls"] == MOST_CALLS


@pytest.mark.parametrize(
    "path, shape",
    [
        ("/v1/tickets", "/v1/tickets"),
        ("/v1/tickets/17/state", "/v1/tickets/{…}/state"),
        ("/v1/customers/kim@example.org", "/v1/customers/{…}"),
        ("/v2/graphql", "/v2/graphql"),
        ("/kb/4f2a/articles", "/kb/{…}/articles"),
    ],
)
def test_calls_of_one_kind_are_one_row(path: str, shape: str) -> None:
    assert shape_of(path) == shape


@pytest.mark.parametrize("seconds, span", [(0.2, "200 ms"), (40.0, "40 s"), (300.0, "5 min")])
def test_bars_stay_within_their_picture(seconds: float, span: str) -> None:
    log = Log()
    for number in range(50):
        call(log, seconds * number / 49, 200 if number % 3 else 429)
    shown = activity(log)
    assert shown["span"] == span
    for picture in (shown["times"], shown["latency"]):
        for bar in [*picture["bars"], *picture["hits"]]:
            assert bar["x"] >= picture["left"]
            assert bar["x"] + bar["width"] <= picture["width"] + 0.1
            assert bar["y"] >= 10
            assert bar["y"] + bar["height"] <= picture["base"] + 0.1
        places = [each["x"] for each in picture["labels"]]
        assert all(after - before > 60 for before, after in itertools.pairwise(places))
        assert next(each["text"] for each in picture["grid"]) == "0"


def test_a_picture_of_nothing_has_its_axis() -> None:
    picture = bars([], kinds=[], titles=[], labels=[], width=100, height=80)
    assert picture["bars"] == []
    assert [each["text"] for each in picture["grid"]] == ["0", "1"]


def test_the_page_draws_what_is_going_on(api: Api, sandbox: Sandbox) -> None:
    sandbox.faults([{"action": "status", "status": 429, "at": [2]}])
    for _ in range(3):
        api.get("/me")
    page = requests.get(f"{sandbox.url}/activity", timeout=10).text
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    for shown in ("Requests over time", "too many (429)", "/v1/me", "half of them within"):
        assert shown in text
    assert page.count('<rect class="a-limited"') == 2  # In the picture and in the row.
    assert "style=" not in page  # The page's own policy would not let it through.


def test_an_answer_is_shown_with_its_request(api: Api, sandbox: Sandbox) -> None:
    api.get("/me")
    page = requests.get(f"{sandbox.url}/requests", timeout=10).text
    assert "<h3>Answer</h3>" in page
    assert "&#34;agent&#34;" in page or "&#34;email&#34;" in page


def test_only_the_newest_calls_keep_their_answers() -> None:
    log = Log()
    entries = [call(log) for _ in range(KEPT_REPLIES + 3)]
    for entry in entries:
        log.keep_reply(entry, b'{"ticket": {"number": 1}}')
    assert [each.reply for each in entries[:4]] == [None, None, None, b'{"ticket": {"number": 1}}']
    big = call(log)
    log.keep_reply(big, b"x" * 1_000_000)
    assert big.reply is None


def test_an_answer_that_is_no_json_is_shown_as_it_is() -> None:
    log = Log()
    entry = call(log)
    log.keep_reply(entry, b"<h1>\xff</h1>")
    assert request_row(entry)["texts"]["Answer"] == "<h1>\ufffd</h1>"
    assert "Answer" not in request_row(call(log))["texts"]
