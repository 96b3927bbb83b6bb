from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests

    from target_groove.sandbox import Sandbox
    from tests.sandbox.conftest import Api, Clock

    Refused = Callable[[requests.Response], dict[str, str]]


@pytest.fixture
def articles(knowledge_base: str) -> str:
    return f"/kb/{knowledge_base}/articles"


def create(api: Api, path: str, **fields: Any) -> dict[str, Any]:
    answer = api.post(path, fields)
    assert answer.status_code == 201, answer.text
    (thing,) = answer.json().values()
    created: dict[str, Any] = thing
    return created


def test_a_new_article_is_a_draft_with_defaults(api: Api, articles: str, sandbox: Sandbox) -> None:
    article = create(api, articles, title="How to Export!", description="Short", body="<p>x</p>")
    assert (
        article
        | {
            "state": "draft",
            "published_at": None,
            "slug": "how-to-export",
            "page_title": "How to Export!",
            "og_title": "How to Export!",
            "meta_description": "Short",
            "og_description": "Short",
            "meta_robots": "INDEX,FOLLOW",
            "featured": False,
            "tags": [],
            "author_id": sandbox.things("agents")[0]["id"],
        }
        == article
    )
    assert api.get(f"{articles}/{article['id']}").json()["article"] == article


def test_everything_can_be_given(api: Api, articles: str, sandbox: Sandbox) -> None:
    fields = {
        "title": "T",
        "body": "B",
        "description": "D",
        "author_id": sandbox.things("agents")[1]["id"],
        "category_id": sandbox.things("categories")[0]["id"],
        "featured": True,
        "slug": "s",
        "page_title": "P",
        "og_title": "OT",
        "meta_description": "MD",
        "og_description": "OD",
        "meta_robots": "NOINDEX",
        "og_image_url": "https://images.example/1.png",
        "related_ids": ["0000000001"],
        "tags": ["new"],
    }
    article = create(api, articles, **fields)
    assert article | fields == article


def test_all_fields_are_optional(api: Api, articles: str) -> None:
    article = create(api, articles)
    assert (article["title"], article["slug"]) == (None, None)


def test_an_integer_is_an_id_too(api: Api, articles: str) -> None:
    assert create(api, articles, category_id=412191130)["category_id"] == "412191130"


def test_an_article_is_updated_published_and_deleted(api: Api, articles: str, clock: Clock) -> None:
    path = f"{articles}/{create(api, articles, title='One')['id']}"
    clock.advance(60)
    answer = api.put(path, {"title": "Two"})
    assert answer.status_code == 200
    assert answer.json()["article"]["title"] == "Two"
    assert answer.json()["article"]["updated_at"] == "2026-02-03T10:16:30Z"
    published = api.put(f"{path}/publish").json()["article"]
    assert (published["state"], published["published_at"]) == ("published", "2026-02-03T10:16:30Z")
    unpublished = api.put(f"{path}/unpublish", {}).json()["article"]
    assert (unpublished["state"], unpublished["published_at"]) == ("draft", None)
    assert api.delete(path).status_code == 204
    assert api.get(path).status_code == 404


@pytest.mark.parametrize(
    "body, field",
    [
        ({"state": "published"}, "state"),
        ({"title": 1}, "title"),
        ({"featured": "yes"}, "featured"),
        ({"tags": "a"}, "tags"),
        ({"related_ids": "a"}, "related_ids"),
        ({"related_ids": [1.5]}, "related_ids"),
        ({"category_id": {}}, "category_id"),
        ({"author_id": "ada@sandbox.example"}, "author_id"),
    ],
)
def test_a_wrong_article_is_refused(
    api: Api, refused: Refused, articles: str, body: dict[str, object], field: str
) -> None:
    assert set(refused(api.post(articles, body))) == {field}


def test_publishing_takes_no_fields(api: Api, refused: Refused, articles: str) -> None:
    path = f"{articles}/{create(api, articles)['id']}/publish"
    assert set(refused(api.put(path, {"state": "published"}))) == {"state"}


def test_an_article_belongs_to_one_knowledge_base(api: Api, articles: str) -> None:
    other = api.post("/kb", {"title": "Other"}).json()["knowledge_base"]["id"]
    article = create(api, articles)
    assert api.get(f"/kb/{other}/articles/{article['id']}").status_code == 404
    assert api.put(f"{articles}/0000000000", {}).status_code == 404


def test_articles_are_searched(api: Api, articles: str, sandbox: Sandbox) -> None:
    grace = sandbox.things("agents")[1]["id"]
    first = create(api, articles, title="Export orders", author_id=grace)
    create(api, articles, body="where ORDERS are")
    create(api, articles, title="Something else")
    assert api.put(f"{articles}/{first['id']}/publish").status_code == 200

    def found(query: str) -> int:
        return len(api.get(f"{articles}/search{query}").json()["articles"])

    assert found("") == found("?keyword=*") == 3
    assert found("?keyword=orders") == 2
    assert found("?keyword=nothing") == 0
    assert found(f"?author_id={grace}") == 1
    public = articles.replace("/kb/", "/kb/public/")
    listed = api.get(f"{public}/search?keyword=orders").json()["articles"]
    assert [article["id"] for article in listed] == [first["id"]]


def test_a_category_takes_articles_in(api: Api, articles: str, knowledge_base: str) -> None:
    article = create(api, articles)
    other = api.post("/kb", {"title": "Other"}).json()["knowledge_base"]["id"]
    foreign = create(api, f"/kb/{other}/articles")
    category = create(
        api,
        f"/kb/{knowledge_base}/categories",
        title="More",
        article_ids=[article["id"], foreign["id"], "0000000000"],
    )
    assert (category["state"], category["articles_count"]) == ("draft", 1)
    moved = api.get(f"{articles}/{article['id']}").json()["article"]
    assert moved["category_id"] == category["id"]


def test_categories_are_searched_by_keyword(
    api: Api, refused: Refused, knowledge_base: str
) -> None:
    path = f"/kb/{knowledge_base}/categories"
    create(api, path, title="Billing")

    def titles(keyword: str) -> list[str]:
        answer = api.get(f"{path}/search?keyword={keyword}")
        return [category["title"] for category in answer.json()["categories"]]

    assert titles("*") == ["Getting started", "Billing"]
    assert titles("bill") == ["Billing"]
    assert set(refused(api.get(f"{path}/search"))) == {"keyword"}
    assert set(refused(api.post(path, {"body": "x"}))) == {"body"}
