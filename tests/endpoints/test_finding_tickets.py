"""A ticket whose create is in doubt: found, absent, or left to a person."""

from __future__ import annotations

import math
import time
from typing import Any

import pytest
import requests

from target_groove.endpoints.finding import Absent, Fetched, Found
from target_groove.sandbox import Sandbox
from tests.endpoints.looking import TICKET, Groove, evidence, find, reason

SENT_AT = "Mon, 02 Feb 2026 08:00:00 +0100"


def find_ticket(groove: Groove, **fields: Any) -> Any:
    return groove.find("create_ticket", groove.evidence({**TICKET, **fields}))


def test_a_ticket_that_is_there_is_found(groove: Groove) -> None:
    known = groove.evidence(TICKET)
    groove.clock.advance(0.4)
    number = groove.ticket()
    groove.clock.advance(3600)
    assert groove.find("create_ticket", known) == Found(number)


def test_a_ticket_of_an_unknown_customer_is_absent(groove: Groove) -> None:
    assert find_ticket(groove) == Absent()
    assert [each.partition("&")[0] for each in groove.fetched] == [
        "/tickets?customer=kim@example.org",
        "/tickets?customer=support@sandbox.example",
    ]


def test_the_query_is_escaped(groove: Groove) -> None:
    find_ticket(groove, **{"from": "a+b&c@example.org"})
    assert groove.fetched[0].startswith("/tickets?customer=a%2Bb%26c@example.org&page=1")


@pytest.mark.parametrize(
    "sender",
    [
        "kim@example.org",
        " KIM@example.ORG ",
        {"email": "kim@Example.org", "name": "Kim"},
    ],
)
def test_the_sender_is_the_customer(groove: Groove, sender: Any) -> None:
    number = groove.ticket()
    assert find_ticket(groove, **{"from": sender}) == Found(number)


def test_an_agents_mail_is_found_with_its_addressee(groove: Groove) -> None:
    mail = {"from": "ada@sandbox.example", "to": {"email": "Kim@example.org", "name": "Kim"}}
    number = groove.ticket(**mail)
    assert find_ticket(groove, **mail) == Found(number)


def test_the_addressee_is_not_asked_for_twice(groove: Groove) -> None:
    assert find_ticket(groove, to="kim@example.org") == Absent()
    assert len(groove.fetched) == 1


@pytest.mark.parametrize("sender", [None, "", {}, {"email": None}, 7])
def test_a_ticket_of_nobody_cannot_be_looked_up(groove: Groove, sender: Any) -> None:
    assert "nobody" in reason(find_ticket(groove, **{"from": sender, "to": None}))


@pytest.mark.parametrize(
    "fields",
    [
        {"subject": "Order 18"},
        {"subject": None},
        {"subject": "order 17"},
        {"body": "<p>My order 18 did not arrive.</p>"},
        {"from": "lee@example.org"},
    ],
)
def test_another_ticket_is_not_ours(groove: Groove, fields: dict[str, Any]) -> None:
    groove.ticket(**fields)
    assert find_ticket(groove) == Absent()


@pytest.mark.parametrize(
    "ours,theirs",
    [
        (None, None),
        (None, ""),
        ("", None),
        (None, " "),
        ("Order 17", " Order  17 "),
        ("Order\n17", "Order 17"),
        ("Bu\u0308ro", "B\u00fcro"),
    ],
)
def test_equal_subjects(groove: Groove, ours: Any, theirs: Any) -> None:
    number = groove.ticket(subject=theirs)
    assert find_ticket(groove, subject=ours) == Found(number)


def test_a_title_where_none_was_sent_is_left_open(groove: Groove) -> None:
    groove.ticket(subject="(no subject)")
    assert reason(find_ticket(groove, subject=None)) == (
        "ticket #1 looks like it, but it has a title, and none was sent"
    )


def test_a_changed_markup_is_the_same_text(groove: Groove) -> None:
    number = groove.ticket(
        body='<div class="g">My order 17<br/>did&nbsp;not\narrive.</div>\n',
    )
    assert find_ticket(groove, body="My order 17\ndid not arrive.") == Found(number)


def test_one_of_several_messages_is_ours(groove: Groove) -> None:
    number = groove.ticket()
    for count in range(55):
        groove.message(number, body=f"Reply {count}")
    groove.message(number, body="the 57th")
    assert find_ticket(groove) == Found(number)
    assert find_ticket(groove, body="the 57th") == Found(number)
    assert find_ticket(groove, body="the 58th") == Absent()


@pytest.mark.parametrize("seconds", [1.0, 1.2, 1.9, 90.0])
def test_an_older_equal_ticket_is_not_ours(groove: Groove, seconds: float) -> None:
    groove.ticket()
    groove.clock.advance(seconds)
    assert find_ticket(groove) == Absent()


def test_what_is_younger_than_the_begun_second_may_be_ours(groove: Groove) -> None:
    number = groove.ticket()
    groove.clock.advance(0.6)
    assert find_ticket(groove) == Found(number)


def test_what_only_clocks_that_differ_a_little_would_make_ours_is_left_open(
    groove: Groove,
) -> None:
    groove.ticket()
    groove.clock.advance(1.1)
    known = groove.evidence(TICKET)
    groove.clock.advance(59.8)
    # Groove's date is cut to the second: its clock may be up to 0.9 seconds behind ours.
    assert reason(groove.find("create_ticket", known)) == (
        "ticket #1 looks like it, but it may have been made just before the request left"
    )


def test_an_equal_ticket_beside_an_older_one_is_found(groove: Groove) -> None:
    groove.ticket()
    groove.clock.advance(90)
    known = groove.evidence(TICKET)
    number = groove.ticket()
    assert groove.find("create_ticket", known) == Found(number)


@pytest.mark.parametrize("ahead", [-3600.5, -4.0, -0.5, 0.0, 0.4, 0.9, 1.5, 2.5, 4.3, 3600.5])
def test_a_clock_that_differs_never_makes_ours_absent(groove: Groove, ahead: float) -> None:
    groove.ahead = ahead
    for step in range(15):
        known = groove.evidence(TICKET)
        groove.clock.advance(0.13)
        number = groove.ticket()
        groove.clock.advance(20.1)
        finding = groove.find("create_ticket", known)
        if 0 < ahead < 3:
            # So little may as well be the way of the answer.
            assert finding == Found(number) or "just before" in reason(finding), step
        else:
            assert finding == Found(number), step
        groove.recorded.add(number)


@pytest.mark.parametrize("ahead", [-3600.5, 3600.5])
def test_a_clock_that_differs_makes_no_older_ticket_ours(groove: Groove, ahead: float) -> None:
    groove.ahead = ahead
    groove.ticket()
    groove.clock.advance(5)
    assert find_ticket(groove) == Absent()


@pytest.mark.parametrize(
    "created_at", [..., None, "", "yesterday", "2026-02-03T10:15:30", 1770113730]
)
def test_a_ticket_without_a_readable_date_is_left_open(groove: Groove, created_at: Any) -> None:
    groove.ticket()
    groove.changed = {"created_at": created_at}
    assert "no date" in reason(find_ticket(groove))
    assert find_ticket(groove, body="something else") == Absent()


def test_the_date_of_real_webhooks_is_read(groove: Groove) -> None:
    number = groove.ticket()
    groove.changed = {"created_at": "2026-02-03 15:45:30 +0530"}
    assert find_ticket(groove) == Found(number)
    groove.changed = {"created_at": "2026-02-03 15:45:27 +0530"}
    assert find_ticket(groove) == Absent()


def test_a_recorded_ticket_is_another_ones(groove: Groove) -> None:
    groove.recorded.add(groove.ticket())
    assert find_ticket(groove) == Absent()
    number = groove.ticket()
    assert find_ticket(groove) == Found(number)


def test_two_equal_tickets_are_left_open(groove: Groove) -> None:
    groove.ticket()
    groove.ticket(subject="between")
    groove.ticket()
    assert reason(find_ticket(groove)) == "2 tickets look like it: #3, #1"


def test_a_number_that_was_known_before_is_not_ours(groove: Groove) -> None:
    groove.ticket()
    groove.newest_number = 1
    assert find_ticket(groove) == Absent()
    number = groove.ticket()
    assert find_ticket(groove) == Found(number)


def test_a_backdated_ticket_is_found(groove: Groove) -> None:
    number = groove.ticket(sent_at=SENT_AT)
    assert find_ticket(groove, sent_at=SENT_AT) == Found(number)
    assert find_ticket(groove, sent_at="2026-02-02T07:00:00Z") == Found(number)


@pytest.mark.parametrize(
    "theirs", ["Mon, 02 Feb 2026 08:00:01 +0100", "Mon, 02 Feb 2026 08:00:00 +0000"]
)
def test_a_ticket_with_another_date_is_not_ours(groove: Groove, theirs: str) -> None:
    groove.ticket(sent_at=theirs)
    assert find_ticket(groove, sent_at=SENT_AT) == Absent()


def test_an_older_backdated_ticket_is_left_open(groove: Groove) -> None:
    groove.ticket(sent_at=SENT_AT)
    groove.clock.advance(90)
    assert "an older one" in reason(find_ticket(groove, sent_at=SENT_AT))
    groove.newest_number = 1
    assert find_ticket(groove, sent_at=SENT_AT) == Absent()


@pytest.mark.parametrize(
    "updated_at,is_ours", [(..., True), (None, True), ("soon", False), (7, False)]
)
def test_a_backdated_ticket_by_its_last_change(
    groove: Groove,
    updated_at: Any,
    is_ours: bool,  # noqa: FBT001
) -> None:
    number = groove.ticket(sent_at=SENT_AT)
    groove.changed = {"system_updated_at": updated_at}
    finding = find_ticket(groove, sent_at=SENT_AT)
    if is_ours:
        assert finding == Found(number)
    else:
        assert "system_updated_at cannot be read" in reason(finding)


def test_a_date_that_groove_did_not_heed_does_not_hide_the_ticket(groove: Groove) -> None:
    number = groove.ticket()
    assert find_ticket(groove, sent_at=SENT_AT) == Found(number)


def test_a_sent_at_that_cannot_be_read_leaves_it_open(groove: Groove) -> None:
    groove.ticket(sent_at=SENT_AT)
    assert "sent_at" in reason(find_ticket(groove, sent_at="last week"))


def test_a_list_that_is_not_limited_to_the_customer_is_left_open(groove: Groove) -> None:
    groove.ticket()
    groove.changed = {
        "customer": {"href": "http://api.groovehq.com/v1/customers/lee%40example.org"}
    }
    assert "another e-mail" in reason(find_ticket(groove))


@pytest.mark.parametrize(
    "href",
    ["http://x/v1/customers/3217430596", "http://x/v1/customers/KIM@example.org/", "http://[", 7],
)
def test_a_customer_by_id_or_in_other_case_is_the_same(groove: Groove, href: Any) -> None:
    number = groove.ticket()
    groove.changed = {"customer": {"href": href}}
    assert find_ticket(groove) == Found(number)


def test_every_page_is_read(groove: Groove) -> None:
    number = groove.ticket()
    known = groove.evidence(TICKET)
    for count in range(100):
        groove.ticket(subject=f"Order {count + 100}")
    assert groove.find("create_ticket", known) == Found(number)
    assert [each.partition("&")[2] for each in groove.fetched[:3]] == [
        "page=1&per_page=50",
        "page=2&per_page=50",
        "page=3&per_page=50",
    ]


@pytest.mark.parametrize("sent_at", [None, SENT_AT])
def test_a_list_that_begins_with_the_newest_is_read_to_the_known_ones(
    groove: Groove, sent_at: str | None
) -> None:
    for count in range(101):
        groove.ticket(subject=f"Order {count + 100}")
    groove.newest_number = 100
    number = groove.ticket()
    assert find_ticket(groove, sent_at=sent_at) == Found(number)
    # With a date of ours it may stand anywhere.
    lists = [each for each in groove.fetched if each.startswith("/tickets?")]
    assert len(lists) == (3 if sent_at else 1)


def test_only_what_may_be_ours_costs_another_request(groove: Groove) -> None:
    groove.ticket(subject="Order 18")
    groove.recorded.add(groove.ticket())
    groove.clock.advance(60)
    groove.ticket(subject="Order 19")
    assert find_ticket(groove) == Absent()
    assert all(each.startswith("/tickets?") for each in groove.fetched)


def test_with_real_clocks(sandbox: Sandbox) -> None:
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {sandbox.token}"

    def fetch(path: str) -> Fetched:
        answer = session.get(sandbox.api_url + path, timeout=10)
        return Fetched(answer.status_code, answer.json(), math.floor(time.time()), time.time())

    with session:
        for _ in range(3):
            known = evidence(TICKET, left_at=time.time(), newest_number=None)
            made = session.post(f"{sandbox.api_url}/tickets", json=TICKET, timeout=10).json()
            assert find("create_ticket", known, fetch) == Found(str(made["ticket"]["number"]))
            sandbox.reset()
            assert find("create_ticket", known, fetch) == Absent()
