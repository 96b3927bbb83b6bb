"""Articles and categories whose create is in doubt."""

from __future__ import annotations

from typing import Any

import pytest

from target_groove.endpoints.finding import Absent, Found
from tests.endpoints.looking import Groove, reason

ARTICLE = {"title": "Returns & refunds", "body": "<p>Within 30 days.</p>", "slug": "returns"}
CATEGORY = {"title": "Shipping", "description": "How it comes"}
KINDS = [("create_article", "articles", ARTICLE), ("create_category", "categories", CATEGORY)]


@pytest.fixture
def base(groove: Groove) -> str:
    (base,) = groove.call("GET", "/kb").json()["knowledge_bases"]
    return str(base["id"])


def find_in(groove: Groove, base: str, template: str, payload: dict[str, Any]) -> Any:
    return groove.find(template, groove.evidence(payload, {"knowledge_base_id": base}))


def make(groove: Groove, base: str, many: str, payload: dict[str, Any]) -> str:
    return str(groove.post(f"/kb/{base}/{many}", payload)["id"])


@pytest.mark.parametrize("template,many,payload", KINDS)
def test_by_title_date_and_id(
    groove: Groove, base: str, template: str, many: str, payload: dict[str, Any]
) -> None:
    assert find_in(groove, base, template, payload) == Absent()
    older = make(groove, base, many, payload)
    groove.clock.advance(60)
    assert find_in(groove, base, template, payload) == Absent()
    known = groove.evidence(payload, {"knowledge_base_id": base})
    made = make(groove, base, many, {**payload, "title": f"  {payload['title']} "})
    make(groove, base, many, {**payload, "title": f"{payload['title']} abroad"})
    groove.clock.advance(60)
    assert groove.find(template, known) == Found(made)
    groove.recorded.add(made)
    assert groove.find(template, known) == Absent()
    assert older not in groove.recorded


@pytest.mark.parametrize("template,many,payload", KINDS)
def test_two_equal_ones_are_left_open(
    groove: Groove, base: str, template: str, many: str, payload: dict[str, Any]
) -> None:
    ids = [make(groove, base, many, payload) for _ in range(2)]
    assert reason(find_in(groove, base, template, payload)) == (
        f"2 {many} look like it: {', '.join(ids)}"
    )


@pytest.mark.parametrize("template,many,payload", KINDS)
def test_a_date_that_cannot_be_read_leaves_it_open(
    groove: Groove, base: str, template: str, many: str, payload: dict[str, Any]
) -> None:
    make(groove, base, many, payload)
    groove.changed = {"created_at": "soon"}
    assert "no date" in reason(find_in(groove, base, template, payload))


@pytest.mark.parametrize("template,many,payload", KINDS)
def test_without_its_knowledge_base_it_is_left_open(
    groove: Groove, template: str, many: str, payload: dict[str, Any]
) -> None:
    # That the path of the search is right is only known from others' clients.
    assert reason(find_in(groove, "471/1", template, payload)) == (
        f"Groove answered 404 to the look-up of /kb/471%2F1/{many}/search"
    )


@pytest.mark.parametrize(
    "theirs,is_ours",
    [
        ({"body": "<div>Within 30&nbsp;days.</div>\n"}, True),
        ({"body": "<p>Within 60 days.</p>"}, False),
        ({"body": None}, True),
        ({"slug": "returns-2", "description": "Any"}, True),
    ],
)
def test_the_body_of_an_article(
    groove: Groove,
    base: str,
    theirs: dict[str, Any],
    is_ours: bool,  # noqa: FBT001
) -> None:
    made = make(groove, base, "articles", {**ARTICLE, **theirs})
    expected = Found(made) if is_ours else Absent()
    assert find_in(groove, base, "create_article", ARTICLE) == expected


@pytest.mark.parametrize(
    "theirs,is_ours",
    [
        ({}, True),
        ({"body": "<p>Within 60 days.</p>"}, False),
        ({"body": None}, False),
        ({"description": "Any"}, False),
    ],
)
def test_without_dates_all_texts_must_be_equal(
    groove: Groove,
    base: str,
    theirs: dict[str, Any],
    is_ours: bool,  # noqa: FBT001
) -> None:
    made = make(groove, base, "articles", {**ARTICLE, **theirs})
    groove.changed = {"created_at": ...}
    expected = Found(made) if is_ours else Absent()
    assert find_in(groove, base, "create_article", ARTICLE) == expected


def test_with_neither_date_nor_text_it_is_left_open(groove: Groove, base: str) -> None:
    make(groove, base, "articles", ARTICLE)
    groove.changed = {"created_at": ..., "body": ...}
    assert "neither a date nor a body" in reason(find_in(groove, base, "create_article", ARTICLE))


@pytest.mark.parametrize("title", [None, "", "  "])
def test_an_article_without_a_title(groove: Groove, base: str, title: Any) -> None:
    assert reason(find_in(groove, base, "create_article", {"title": title, "body": "x"})) == (
        "an article without a title cannot be searched for"
    )
    assert not groove.fetched


def test_a_category_without_a_title_is_searched_among_all(groove: Groove, base: str) -> None:
    groove.clock.advance(60)
    known = groove.evidence({"description": "x"}, {"knowledge_base_id": base})
    assert groove.find("create_category", known) == Absent()
    made = make(groove, base, "categories", {"description": "x"})
    assert groove.find("create_category", known) == Found(made)
    assert "keyword=%2A" in groove.fetched[0]
    make(groove, base, "categories", {"title": "Another", "description": "x"})
    assert "2 categories" in reason(groove.find("create_category", known))


def test_every_page_is_read(groove: Groove, base: str) -> None:
    for count in range(55):
        make(groove, base, "articles", {"title": f"Returns & refunds {count}"})
    made = make(groove, base, "articles", ARTICLE)
    assert find_in(groove, base, "create_article", ARTICLE) == Found(made)
