"""Reading answers: ids, and which of several items were refused."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_groove.delivery.answer import Answer
from target_groove.delivery.judgement import (
    LONGEST_RETRY_AFTER,
    Attempt,
    item_reasons,
    judge,
    resource_id,
    retry_after,
)
from target_groove.delivery.outcome import AnswerRule, Verdict
from target_groove.delivery.request import Delivery, Source
from tests.delivery.conftest import START

if TYPE_CHECKING:
    from target_groove.sandbox import Sandbox
    from tests.delivery.conftest import Desk

TICKET = AnswerRule(resource="ticket", id_attributes=("number",))
MESSAGE = AnswerRule(resource="message", id_attributes=("id", "href"))

IDS = {
    "wrapped": (TICKET, {"ticket": {"number": 12, "id": "0123"}}, "12"),
    "not wrapped": (TICKET, {"number": 12}, "12"),
    "a text": (AnswerRule(resource="group"), {"group": {"id": "0412191130"}}, "0412191130"),
    "in an address": (
        MESSAGE,
        {"message": {"href": "https://api.groovehq.com/v1/messages/77/"}},
        "77",
    ),
    "the first that is there": (MESSAGE, {"message": {"id": 5, "href": "/messages/77"}}, "5"),
    "an empty one does not count": (MESSAGE, {"message": {"id": "", "href": "/m/77"}}, "77"),
    "under any single name": (AnswerRule(), {"thing": {"id": 1}}, "1"),
    "not under one of two names": (AnswerRule(), {"thing": {"id": 1}, "meta": {}}, None),
    "beside other names": (AnswerRule(), {"id": 1, "name": "x"}, "1"),
    "none": (TICKET, {"ticket": {}}, None),
    "null": (TICKET, {"ticket": None}, None),
    "a list": (TICKET, [{"number": 1}], None),
    "no body": (TICKET, None, None),
    "an object as id": (AnswerRule(), {"id": {"a": 1}, "b": 2}, None),
}


@pytest.mark.parametrize("rule, body, expected", IDS.values(), ids=IDS)
def test_the_id(rule: AnswerRule, body: Any, expected: str | None) -> None:
    assert resource_id(rule, body) == expected


GOOD, BAD = {"success": True}, {"success": False, "errors": ["too large", "odd"]}
REFUSED = "Groove refused the file: too large; odd"
ITEMS = {
    "one, taken": ({"attachment": GOOD}, 1, (None,)),
    "one, refused": ({"attachment": BAD}, 1, (REFUSED,)),
    "a list": ({"attachments": [{"attachment": GOOD}, {"attachment": BAD}]}, 2, (None, REFUSED)),
    "a bare list": ([BAD, GOOD], 2, (REFUSED, None)),
    "no reason": ({"success": False}, 1, ("Groove refused the file: no reason given",)),
    "one reason": ({"success": False, "errors": "odd"}, 1, ("Groove refused the file: odd",)),
    "too few, all taken": ({"attachment": GOOD}, 2, (None, None)),
    "too few, one refused": ({"attachment": BAD}, 2, None),
    "nothing": (None, 2, (None, None)),
}


@pytest.mark.parametrize("body, count, expected", ITEMS.values(), ids=ITEMS)
def test_which_items_were_refused(
    body: Any, count: int, expected: tuple[str | None, ...] | None
) -> None:
    assert item_reasons(body, count) == expected


@given(value=st.text() | st.from_regex(r"[A-Z][a-z]{2}, \d+ [A-Z][a-z]{2} \d+ \d+:\d+:\d+ .*"))
def test_any_retry_after_gives_a_bearable_wait(value: str) -> None:
    seconds = retry_after(value, now=START)

    assert seconds is None or 0 < seconds <= LONGEST_RETRY_AFTER


PER_ITEM = AnswerRule(per_item=True)


def test_some_items_are_refused(desk: Desk, sandbox: Sandbox) -> None:
    body = '[{"success": true}, {"success": false, "errors": ["x"]}]'
    sandbox.faults([{"action": "status", "status": 200, "body_text": body}])

    outcome = _send_two(desk)

    assert outcome.verdict is Verdict.DELIVERED
    assert outcome.item_reasons == (None, "Groove refused the file: x")


def test_all_items_are_refused(desk: Desk, sandbox: Sandbox) -> None:
    body = '[{"success": false, "errors": ["x"]}, {"success": false, "errors": ["y"]}]'
    sandbox.faults([{"action": "status", "status": 200, "body_text": body}])

    outcome = _send_two(desk)

    assert outcome.verdict is Verdict.REJECTED
    assert outcome.reason == "Groove refused the file: x"
    assert outcome.item_reasons == ("Groove refused the file: x", "Groove refused the file: y")


def test_nobody_knows_which_item_is_refused(desk: Desk, sandbox: Sandbox) -> None:
    body = '[{"success": false, "errors": ["x"]}]'
    sandbox.faults([{"action": "status", "status": 200, "body_text": body}])

    outcome = _send_two(desk)

    assert outcome.verdict is Verdict.REJECTED
    assert outcome.reason == "Groove refused some of the files and did not say which: x"
    assert outcome.item_reasons == ()


def _send_two(desk: Desk) -> Any:
    source = Source("s", {}, {}, "line 1", "", 0)
    request = replace(desk.request(answer=PER_ITEM), sources=(source, source))
    return desk.engine().deliver(Delivery((request,)))


HTML = Answer(200, {}, b"<html>please <b>log in</b></html>")


def test_a_success_in_other_words() -> None:
    judgement = judge(HTML, now=START)

    assert judgement.attempt is Attempt.UNKNOWN
    assert judgement.reason == "Groove answered 200, but not with JSON: please log in"


@pytest.mark.parametrize("content", [b"", b"null", b"{}", b"[]"])
def test_a_success_in_json_or_none(content: bytes) -> None:
    assert judge(Answer(201, {}, content), now=START).attempt is Attempt.DONE


def test_other_words_where_json_is_not_expected() -> None:
    assert judge(HTML, now=START, json_expected=False).attempt is Attempt.DONE


def test_a_long_redirect_is_cut() -> None:
    redirect = Answer(302, {"Location": "x" * 60_000}, b"")

    assert len(judge(redirect, now=START).reason) < 600
