"""Looks up an article and a category of a knowledge base that may have been created."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from target_groove.endpoints.find_dating import young_enough
from target_groove.endpoints.find_listing import Lists, Thing, id_of
from target_groove.endpoints.finding import (
    SAME,
    Ambiguous,
    Evidence,
    Fetch,
    Finding,
    Likeness,
    all_of,
    ambiguous_if_unexpected,
    conclude,
    doubtful,
    same_if,
    same_title,
)
from target_groove.endpoints.same_text import line, same_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_groove.endpoints.find_dating import Since

_EVERYTHING: Final = "*"


@ambiguous_if_unexpected
def find_article(evidence: Evidence, fetch: Fetch) -> Finding:
    """Look an article up by its title.

    `GET /kb/:id/articles/search?keyword=` is used by discordwell/CLIaaS and listed by
    mindcloud-inc/universal-api-reference; that it takes `*` for all is documented for categories
    only. Whether it finds an article at once after its creation, and drafts, is not documented: a
    look-up that comes too early may miss ours.
    """
    if not line(evidence.payload.get("title")):
        return Ambiguous("an article without a title cannot be searched for")
    return _find(evidence, fetch, "articles", "article")


@ambiguous_if_unexpected
def find_category(evidence: Evidence, fetch: Fetch) -> Finding:
    """Look a category up by its title; all are listed for one without a title.

    `GET /kb/:id/categories/search?keyword=`, where `*` finds all, is documented
    (http://www.groovehq.com/docs/knowledge-base-categories).
    """
    return _find(evidence, fetch, "categories", "category")


def _find(evidence: Evidence, fetch: Fetch, many: str, one: str) -> Finding:
    base = quote(evidence.params["knowledge_base_id"], safe="")
    # As it was sent but for its ends: whether the search minds spaces is not documented.
    keyword = str(evidence.payload.get("title") or "").strip() or _EVERYTHING
    lists = Lists(fetch)
    likenesses: dict[str, Likeness] = {}
    for thing in lists.all(f"/kb/{base}/{many}/search", many, keyword=keyword):
        thing_id = id_of(thing, one)
        likenesses[thing_id] = all_of(
            same_if(not evidence.is_recorded(thing_id)),
            _likeness(evidence.payload, thing, lists.clock.since(evidence.left_at)),
        )
    return conclude(one, many, likenesses)


def _likeness(payload: Mapping[str, Any], thing: Thing, since: Since) -> Likeness:
    title = same_title(payload.get("title"), thing.get("title"))
    if thing.get("created_at") is not None:
        both = line(payload.get("body")) and line(thing.get("body"))
        body = same_if(_equal(payload.get("body"), thing.get("body"))) if both else SAME
        return all_of(title, body, young_enough(thing, since))
    # Without a date, contrary to Groove's pages, more has to be equal; an older one that is equal
    # in all that and was not made by us cannot be told from ours.
    return all_of(title, *(_known_equal(payload, thing, name) for name in ("body", "description")))


def _known_equal(payload: Mapping[str, Any], thing: Thing, name: str) -> Likeness:
    if name not in thing and line(payload.get(name)):
        return doubtful(f"it has neither a date nor a {name} to compare")
    return same_if(_equal(payload.get(name), thing.get(name)))


def _equal(ours: Any, theirs: Any) -> bool:
    if not line(ours) or not line(theirs):
        return line(ours) == line(theirs)
    return same_text(str(ours), body=theirs, plain=theirs)
