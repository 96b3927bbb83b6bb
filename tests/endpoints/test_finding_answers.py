"""Look-ups trust no answer that looks odd: then nothing is called absent."""

from __future__ import annotations

from typing import Any

import pytest

from target_groove.endpoints.find_listing import MOST_PAGES
from target_groove.endpoints.finding import Absent, Fetched, Found
from tests.endpoints.looking import TICKET, Scripted, evidence, find, reason

LOOK_UPS = {
    "create_ticket": ("/tickets", "tickets", TICKET, {}),
    "create_message": (
        "/tickets/7/messages",
        "messages",
        {"body": "Hello"},
        {"ticket_number": "7"},
    ),
    "create_article": (
        "/kb/1/articles/search",
        "articles",
        {"title": "A"},
        {"knowledge_base_id": "1"},
    ),
    "create_category": (
        "/kb/1/categories/search",
        "categories",
        {"title": "A"},
        {"knowledge_base_id": "1"},
    ),
    "create_group": ("/groups", "groups", {"name": "A"}, {}),
    "create_knowledge_base": ("/kb", "knowledge_bases", {"title": "A"}, {}),
    "create_widget": ("/widgets", "widgets", {"name": "A"}, {}),
}
OLD = "2012-07-17T13:41:01Z"


def page(total: Any, *numbers: int, count: Any = None, **more: Any) -> dict[str, Any]:
    pagination = {"total_pages": total, "total_count": count}
    tickets = [{"number": each, "title": "x", "created_at": OLD, **more} for each in numbers]
    return {"tickets": tickets, "meta": {"pagination": pagination}}


def find_ticket(pages: list[Any], newest_number: int | None = None) -> tuple[Any, Scripted]:
    fetch = Scripted({"/tickets": pages})
    payload = {**TICKET, "to": None}
    known = evidence(payload, left_at=2e9, newest_number=newest_number)
    return find("create_ticket", known, fetch), fetch


@pytest.mark.parametrize("template", LOOK_UPS)
@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "tickets",
        7,
        {},
        {"error": "no"},
        {"NAME": None},
        {"NAME": {}},
        {"NAME": [None]},
        {"NAME": ["x"]},
        {"NAME": [[]]},
        {"NAME": [{}]},
        {"NAME": [], "meta": {"pagination": {"total_pages": "many"}}},
        {"NAME": [], "meta": {"pagination": {"total_pages": -1}}},
        {"NAME": [], "meta": {"pagination": {"total_pages": True}}},
        {"NAME": [], "meta": {"pagination": {"total_pages": 2.0}}},
        {"NAME": [], "meta": {"pagination": {"total_pages": 2}}},
        (400, {"NAME": []}),
        (422, None),
        (302, {"NAME": []}),
    ],
)
def test_an_odd_answer_leaves_it_open(template: str, body: Any) -> None:
    path, name, payload, params = LOOK_UPS[template]
    status, said = body if isinstance(body, tuple) else (200, body)
    if isinstance(said, dict):
        said = {each.replace("NAME", name): value for each, value in said.items()}
    fetch = Scripted({path: [(status, said)]})
    assert reason(find(template, evidence(payload, params), fetch))


@pytest.mark.parametrize("template", LOOK_UPS)
@pytest.mark.parametrize(
    "meta",
    [
        {},
        {"meta": None},
        {"meta": {"pagination": None}},
        {"meta": {"pagination": {}}},
        {"meta": {"pagination": {"total_pages": 0, "total_count": 0}}},
        {"meta": {"pagination": {"total_pages": 1, "total_count": 0}}},
    ],
)
def test_an_empty_list_is_a_list(template: str, meta: dict[str, Any]) -> None:
    path, name, payload, params = LOOK_UPS[template]
    fetch = Scripted({path: [{name: [], **meta}]})
    assert find(template, evidence(payload, params), fetch) == Absent()


@pytest.mark.parametrize("template", LOOK_UPS)
def test_what_the_fetch_raises_passes_through(template: str) -> None:
    class Unreachable(Exception):
        pass

    def fetch(path: str) -> Fetched:
        raise Unreachable(path)

    _, _, payload, params = LOOK_UPS[template]
    with pytest.raises(Unreachable):
        find(template, evidence(payload, params), fetch)


@pytest.mark.parametrize("total", [10**9, MOST_PAGES + 1])
def test_a_list_without_end_is_given_up(total: int) -> None:
    pages = [page(total, 2 * each, 2 * each + 1) for each in range(MOST_PAGES)]
    finding, fetch = find_ticket(pages)
    assert reason(finding) == f"Groove's list /tickets has more than {MOST_PAGES} pages"
    assert len(fetch.paths) == MOST_PAGES


@pytest.mark.parametrize(
    "pages",
    [
        [page(3, 9, 8), page(3)],
        [page(3, 9, 8), page(3, 9, 8)],
        [page(0, 9, 8)],
        [page(3, 9, 8), page(1, 7, 6)],
        [page(2, 9, 8, count=4), page(2, 7, 6, count=3)],
        [page(2, 9, 8), (404, None)],
        [page(2, 9, 8), {"tickets": None}],
        [{"tickets": [{"number": "9"}]}],
        [{"tickets": [{"number": True}]}],
    ],
)
def test_pages_that_do_not_fit_together_leave_it_open(pages: list[Any]) -> None:
    finding, _ = find_ticket(pages)
    assert reason(finding)


def test_a_list_that_grows_is_read_on() -> None:
    finding, fetch = find_ticket([page(1, 9, 8), page(9, 7)])
    assert finding == Absent()
    assert len(fetch.paths) == 1
    finding, fetch = find_ticket(
        [page(2, 1, 2, count=4), page(3, 3, 4, count=5), page(3, 5, count=5)]
    )
    assert finding == Absent()
    assert len(fetch.paths) == 3


@pytest.mark.parametrize(
    "pages,requests",
    [
        ([[9, 8], [7, 6], [5, 4]], 2),
        ([[9, 8], [8, 7], [6, 5]], 3),
        ([[8, 9], [7, 6], [5, 4]], 3),
        ([[7, 9], [7, 8], [9, 5]], 3),
        ([[6], [5], [9]], 3),
        ([[6, 5], [9, 8], [3, 2]], 1),
    ],
)
def test_only_a_list_that_descends_is_left_early(pages: list[list[int]], requests: int) -> None:
    finding, fetch = find_ticket([page(3, *each) for each in pages], newest_number=6)
    assert finding == Absent()
    assert len(fetch.paths) == requests


FULL = [{"id": str(each), "name": "x", "created_at": OLD} for each in range(50)]
OURS = {"id": "77", "name": "A", "created_at": "2033-05-18T03:33:20Z"}


@pytest.mark.parametrize(
    "pages,expected,requests",
    [
        ([[OURS]], Found("77"), 1),
        ([[*FULL[:23], OURS]], Found("77"), 1),
        # Whether a list of 25 or more has a second page is not said: one more call tells.
        ([[*FULL[:24], OURS]], Found("77"), 2),
        ([FULL], Absent(), 2),
        ([FULL, []], Absent(), 2),
        ([FULL, [OURS]], Found("77"), 2),
    ],
)
def test_a_list_that_does_not_speak_of_pages(
    pages: list[Any], expected: Any, requests: int
) -> None:
    fetch = Scripted({"/widgets": [{"widgets": each} for each in pages]})
    assert find("create_widget", evidence({"name": "A"}, left_at=2e9), fetch) == expected
    assert len(fetch.paths) == requests


def test_one_date_ahead_of_us_is_enough_to_put_the_clock_right() -> None:
    ours = {"id": "77", "name": "A", "created_at": "1970-01-01T00:01:40Z"}
    fetch = Scripted({"/widgets": [{"widgets": [ours]}]}, server_time=90.0)
    # Our clock says 0 when the answer comes; so 10.0 was 100 by Groove's.
    assert find("create_widget", evidence({"name": "A"}, left_at=10.0), fetch) == Found("77")
    assert find("create_widget", evidence({"name": "A"}, left_at=11.0), fetch) == Absent()
    fetch.server_time = None
    assert find("create_widget", evidence({"name": "A"}, left_at=100.9), fetch) == Found("77")
    assert find("create_widget", evidence({"name": "A"}, left_at=101.0), fetch) == Absent()


def test_messages_of_a_ticket_that_went_leave_it_open() -> None:
    ticket = {"number": 7, "title": "Order 17", "created_at": OLD}
    fetch = Scripted({"/tickets": [{"tickets": [ticket]}]})
    assert reason(find("create_ticket", evidence(TICKET), fetch)) == (
        "Groove answered 404 to the look-up of /tickets/7/messages"
    )
