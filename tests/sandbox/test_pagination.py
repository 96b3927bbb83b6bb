from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.sandbox.conftest import Api


@pytest.fixture
def sixty(api: Api) -> Api:
    for _ in range(60):
        api.ticket(state="opened")
    return api


def page(api: Api, query: str) -> tuple[list[int], dict[str, Any]]:
    answer = api.get(f"/tickets{query}").json()
    return [it["number"] for it in answer["tickets"]], answer["meta"]["pagination"]


def test_a_page_has_25(sixty: Api) -> None:
    numbers, meta = page(sixty, "")
    assert numbers == list(range(60, 35, -1))
    assert meta == {
        "current_page": 1,
        "total_pages": 3,
        "total_count": 60,
        "next_page": f"{sixty.sandbox.api_url}/tickets?page=2",
        "prev_page": None,
    }


def test_a_page_has_at_most_50(sixty: Api) -> None:
    assert len(page(sixty, "?per_page=500")[0]) == 50
    assert len(page(sixty, "?per_page=7")[0]) == 7


def test_the_address_of_the_next_page_drops_per_page(sixty: Api) -> None:
    _, meta = page(sixty, "?state=opened&per_page=10&page=2")
    assert meta["next_page"] == f"{sixty.sandbox.api_url}/tickets?state=opened&page=3"
    assert meta["prev_page"] == f"{sixty.sandbox.api_url}/tickets?state=opened&page=1"


def test_the_last_page_has_no_next(sixty: Api) -> None:
    numbers, meta = page(sixty, "?page=3")
    assert (len(numbers), meta["next_page"]) == (10, None)


def test_beyond_the_last_page_is_nothing(sixty: Api) -> None:
    numbers, meta = page(sixty, "?page=4")
    assert (numbers, meta["next_page"]) == ([], None)


@pytest.mark.parametrize("query", ["?page=0", "?page=-1", "?page=x", "?page=²", "?per_page=0"])
def test_senseless_numbers_count_as_the_default(sixty: Api, query: str) -> None:
    assert len(page(sixty, query)[0]) == 25


def test_an_empty_list_has_one_page(api: Api) -> None:
    numbers, meta = page(api, "")
    assert (numbers, meta["total_pages"], meta["total_count"]) == ([], 1, 0)
