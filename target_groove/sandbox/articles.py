"""The articles and categories of a knowledge base."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from target_groove.sandbox.checks import (
    Field,
    checked,
    flag,
    identifier,
    identifiers,
    text,
    texts,
)
from target_groove.sandbox.exchange import Answer, created, existing, invalid, nothing, reply
from target_groove.sandbox.knowledge_bases import find_base
from target_groove.sandbox.paging import page_of

if TYPE_CHECKING:
    from target_groove.sandbox.call import Call
    from target_groove.sandbox.desk import Desk
    from target_groove.sandbox.store import Thing

_COMMON = (
    Field("title", text),
    Field("description", text),
    Field("author_id", text),
    Field("slug", text),
    Field("page_title", text),
    Field("og_title", text),
    Field("meta_description", text),
    Field("og_description", text),
    Field("meta_robots", text),
    Field("og_image_url", text),
)
ARTICLE_FIELDS = (
    *_COMMON,
    Field("body", text),
    Field("category_id", identifier),
    Field("featured", flag),
    Field("related_ids", identifiers),
    Field("tags", texts),
)
CATEGORY_FIELDS = (*_COMMON, Field("article_ids", identifiers))

_ARTICLE_DEFAULTS: dict[str, Any] = {
    "body": None,
    "category_id": None,
    "featured": False,
    "related_ids": [],
    "tags": [],
}
_NO_WORD = re.compile(r"[^a-z0-9]+")


def _common_form(thing: Thing) -> dict[str, Any]:
    """Write what articles and categories share; what was not given follows from the rest."""
    title, description = thing["title"], thing["description"]
    slug = _NO_WORD.sub("-", (title or "").lower()).strip("-") or None
    return {
        "id": thing["id"],
        "knowledge_base_id": thing["knowledge_base_id"],
        "title": title,
        "description": description,
        "author_id": thing["author_id"],
        "slug": thing["slug"] or slug,
        "page_title": thing["page_title"] or title,
        "og_title": thing["og_title"] or title,
        "meta_description": thing["meta_description"] or description,
        "og_description": thing["og_description"] or description,
        "meta_robots": thing["meta_robots"] or "INDEX,FOLLOW",
        "og_image_url": thing["og_image_url"],
        "position": thing["position"],
        "state": thing["state"],
        "published_at": thing["published_at"],
        "created_at": thing["created_at"],
        "updated_at": thing["updated_at"],
        "deleted_at": None,
    }


def article_form(_desk: Desk, article: Thing) -> dict[str, Any]:
    """Write an article as the API does."""
    special = {name: article[name] for name in _ARTICLE_DEFAULTS}
    return {**_common_form(article), **special, "ratings": {}}


def category_form(desk: Desk, category: Thing) -> dict[str, Any]:
    """Write a category as the API does."""
    articles = desk.store.find("articles", "knowledge_base_id", category["knowledge_base_id"])
    count = sum(article["category_id"] == category["id"] for article in articles)
    return {
        **_common_form(category),
        "articles_count": count,
        "cover_image_url": None,
        "featured": False,
    }


def _read(desk: Desk, call: Call, *fields: Field) -> dict[str, Any]:
    found = checked(call, *fields)
    if "author_id" in found and desk.store.get("agents", found["author_id"]) is None:
        raise invalid(author_id="is no agent's id")
    return found


def _add(desk: Desk, kind: str, base: Thing, fields: dict[str, Any]) -> Thing:
    owner, now = desk.owner(), desk.now()
    described: dict[str, Any] = {field.name: None for field in _COMMON}
    described["author_id"] = owner["id"] if owner else None
    return desk.add(
        kind,
        **{**described, **fields},
        knowledge_base_id=base["id"],
        position=desk.store.total(kind, "knowledge_base_id", base["id"]) + 1,
        state="draft",
        published_at=None,
        created_at=now,
        updated_at=now,
    )


def create_article(desk: Desk, call: Call) -> Answer:
    """POST /kb/:kb/articles; a new article is a draft."""
    base = find_base(desk, call)
    fields = _read(desk, call, *ARTICLE_FIELDS)
    article = _add(desk, "articles", base, {**_ARTICLE_DEFAULTS, **fields})
    address = desk.href(f"/kb/{base['id']}/articles/{article['id']}")
    return created({"article": article_form(desk, article)}, address)


def get_article(desk: Desk, call: Call) -> Answer:
    """GET /kb/:kb/articles/:id."""
    return reply({"article": article_form(desk, _find(desk, call, "articles", "article"))})


def update_article(desk: Desk, call: Call) -> Answer:
    """PUT /kb/:kb/articles/:id."""
    article = _find(desk, call, "articles", "article")
    fields = _read(desk, call, *ARTICLE_FIELDS)
    article = desk.store.change("articles", article, **fields, updated_at=desk.now())
    return reply({"article": article_form(desk, article)})


def delete_article(desk: Desk, call: Call) -> Answer:
    """DELETE /kb/:kb/articles/:id."""
    article = _find(desk, call, "articles", "article")
    checked(call)
    desk.store.delete("articles", article)
    return nothing()


def publish_article(desk: Desk, call: Call) -> Answer:
    """PUT /kb/:kb/articles/:id/publish."""
    return _publish(desk, call, "published", desk.now())


def unpublish_article(desk: Desk, call: Call) -> Answer:
    """PUT /kb/:kb/articles/:id/unpublish."""
    return _publish(desk, call, "draft", None)


def _publish(desk: Desk, call: Call, state: str, when: str | None) -> Answer:
    article = _find(desk, call, "articles", "article")
    checked(call)
    article = desk.store.change("articles", article, state=state, published_at=when)
    return reply({"article": article_form(desk, article)})


def search_articles(desk: Desk, call: Call) -> Answer:
    """GET /kb/:kb/articles/search; no keyword, or ``*``, finds all."""
    found = _search(desk, call, "articles", call.query.get("keyword", "*"))
    return page_of(desk, call, "articles", found, article_form)


def search_public_articles(desk: Desk, call: Call) -> Answer:
    """GET /kb/public/:kb/articles/search: the published ones."""
    found = _search(desk, call, "articles", call.query.get("keyword", "*"))
    public = [article for article in found if article["state"] == "published"]
    return page_of(desk, call, "articles", public, article_form)


def add_category(desk: Desk, base: Thing, fields: dict[str, Any]) -> Thing:
    """Store a new category."""
    return _add(desk, "categories", base, fields)


def create_category(desk: Desk, call: Call) -> Answer:
    """POST /kb/:kb/categories; a new category is a draft."""
    base = find_base(desk, call)
    fields = _read(desk, call, *CATEGORY_FIELDS)
    members = fields.pop("article_ids", [])
    category = add_category(desk, base, fields)
    for identity in members:
        article = desk.store.get("articles", identity)
        if article is not None and article["knowledge_base_id"] == base["id"]:
            desk.store.change("articles", article, category_id=category["id"])
    address = desk.href(f"/kb/{base['id']}/categories/{category['id']}")
    return created({"category": category_form(desk, category)}, address)


def search_categories(desk: Desk, call: Call) -> Answer:
    """GET /kb/:kb/categories/search?keyword=, required; ``*`` finds all."""
    find_base(desk, call)
    if not call.query.get("keyword"):
        raise invalid(keyword="is required")
    found = _search(desk, call, "categories", call.query["keyword"])
    return page_of(desk, call, "categories", found, category_form)


def _search(desk: Desk, call: Call, kind: str, keyword: str) -> list[Thing]:
    base, word = find_base(desk, call), keyword.casefold()
    author = call.query.get("author_id")
    found = desk.store.find(kind, "knowledge_base_id", base["id"])
    if author is not None:
        found = [thing for thing in found if thing["author_id"] == author]
    if word in {"*", ""}:
        return found
    return [thing for thing in found if word in _words(thing)]


def _words(thing: Thing) -> str:
    parts = (thing["title"], thing["description"], thing.get("body"))
    return " ".join(part for part in parts if part).casefold()


def _find(desk: Desk, call: Call, kind: str, what: str) -> Thing:
    base = find_base(desk, call)
    thing = desk.store.get(kind, call.params[1])
    if thing is not None and thing["knowledge_base_id"] != base["id"]:
        thing = None
    return existing(thing, what)
