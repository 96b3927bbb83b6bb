"""Requests as people and files see them: complete, but without the token."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from target_groove.delivery.masking import masked
from target_groove.delivery.outcome import AnswerRule
from target_groove.delivery.request import Content, Delivery, LookUp, Request, Source, Upload
from tests.runs import records

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from target_groove.sandbox import Sandbox
    from tests.conftest import Run

SOURCE = Source(stream="s", message={}, schema={}, place="line 2", key="id=7", position=0)
FILE = Upload("a.txt", b"12345", "text/plain")
FILE_SHOWN = {"filename": "a.txt", "content_type": "text/plain", "bytes": 5}


def request_of(payload: Any, content: Content) -> Request:
    """A request with a header of its own."""
    return Request(
        endpoint="custom",
        stream="s",
        method="POST",
        url="https://api.groovehq.com/v1/x",
        payload=payload,
        content=content,
        headers={"X-Source": "meltano"},
        sources=(SOURCE,),
        repeatable=False,
        answer=AnswerRule(),
    )


@pytest.mark.parametrize(
    "payload,content,shown",
    [
        ({"a": 1}, Content.JSON, {"a": 1}),
        (
            {"assignee": LookUp("agents", "7", "email"), "body": "x"},
            Content.JSON,
            {"assignee": "<email of agents 7>", "body": "x"},
        ),
        ([1], Content.NDJSON, [1]),
        (None, Content.EMPTY, None),
        (FILE, Content.BINARY, FILE_SHOWN),
        ([FILE, FILE], Content.MULTIPART, [FILE_SHOWN, FILE_SHOWN]),
    ],
    ids=["object", "look-up", "lines", "nothing", "file", "files"],
)
def test_a_masked_request(payload: Any, content: Content, shown: Any) -> None:
    assert masked(request_of(payload, content)) == {
        "method": "POST",
        "url": "https://api.groovehq.com/v1/x",
        "headers": {"X-Source": "meltano", "Authorization": "Bearer ***"},
        "body": shown,
    }


def test_secrets_of_a_route_are_masked() -> None:
    """By their names; the rest of the URL stays as it was written."""
    plain = {"X-Source": "meltano", "Accept": "x/y"}
    secret = {"x-api-TOKEN": "t", "Api_Key": "t", "Cookie": "t", "X-Secret": "t", "password": "t"}
    url = "https://h/x?a=%20b&access_token=t&=t0&api%5Fkey=t&c;d#token=u"
    request = replace(request_of({}, Content.JSON), url=url, headers={**plain, **secret})

    shown = masked(request)

    assert shown["headers"] == {
        **plain,
        **dict.fromkeys(secret, "***"),
        "Authorization": "Bearer ***",
    }
    assert shown["url"] == "https://h/x?a=%20b&access_token=***&=t0&api%5Fkey=***&c;d#token=u"


def test_a_long_body_is_left_out() -> None:
    """Up to 64 KiB it is shown."""
    fits, long = {"a": "x" * 65_528}, {"a": "x" * 65_529}

    assert masked(request_of(fits, Content.JSON))["body"] == fits
    shown = masked(request_of(long, Content.JSON))
    assert (shown["body"], shown["body_bytes"]) == (None, 65_537)


def test_a_body_that_cannot_be_written_is_left_out() -> None:
    assert masked(request_of({"a": object()}, Content.JSON))["body"] is None


def test_the_body_of_several_records_is_left_out() -> None:
    request = replace(request_of([{}, {}], Content.JSON), sources=(SOURCE, SOURCE))

    shown = masked(request)

    assert (shown["body"], shown["records_in_request"]) == (None, 2)


def test_a_record_is_named_in_sentences() -> None:
    assert str(SOURCE) == "line 2, stream s, record id=7"
    assert str(Source("s", {}, {}, "line 2", "", 0)) == "line 2, stream s"
    assert Delivery((request_of({}, Content.JSON),)).sources == (SOURCE,)


def test_a_dead_letter_holds_the_masked_request(run: Run, sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.faults([{"action": "status", "status": 422}])
    route = {
        "stream": "s",
        "endpoint": "custom",
        "method": "PUT",
        "url": "/echo/{id}",
        "headers": {"X-Source": "meltano"},
    }
    run({"streams": [route], "on_error": "dead_letter"}, records("s", {"id": 7, "a": 1}))
    lines = (tmp_path / "dead-letters.singer.jsonl").read_text().splitlines()
    assert json.loads(lines[1])["dead_letter"]["request"] == {
        "method": "PUT",
        "url": f"{sandbox.api_url}/echo/7",
        "headers": {"X-Source": "meltano", "Authorization": "Bearer ***"},
        "body": {"a": 1},
    }
