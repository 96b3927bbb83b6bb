"""Agents, groups and mailboxes of the account, fetched once a run and page by page."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from target_groove.delivery.outcome import Outcome, Verdict

PER_PAGE: Final = 50
"""Groove's largest page (http://www.groovehq.com/docs/customers)."""
_FOR_GOOD: Final = frozenset({Verdict.REJECTED, Verdict.UNAUTHORIZED})
_PATHS: Final = {"knowledge_bases": "/kb"}
"""Where a collection is listed, if not under its own name."""


class LookUpFailed(Exception):
    """Groove did not list a collection.

    Attributes:
        outcome: What came of the request.
    """

    def __init__(self, outcome: Outcome) -> None:
        """Keep the outcome, whose reason is the sentence for the user."""
        super().__init__(outcome.reason)
        self.outcome = outcome


class NameBook:
    """What Groove calls the objects that records name by id."""

    def __init__(self, fetch: Callable[[str], Any]) -> None:
        """Start empty.

        Args:
            fetch: Takes a path such as `/agents?page=1`, gives the parsed answer.
        """
        self._fetch = fetch
        self._turn = threading.Lock()
        self._collections: dict[str, list[Mapping[str, Any]]] = {}
        self._refused: dict[str, Outcome] = {}

    def find(self, collection: str, object_id: str, attribute: str) -> str | None:
        """Find the attribute of the object with an id, None if there is none.

        Raises:
            LookUpFailed: Groove did not list the collection.
        """
        for each in self.list(collection):
            if object_id in _ids(each):
                value = each.get(attribute)
                return value if isinstance(value, str) else None
        return None

    def list(self, collection: str) -> list[Mapping[str, Any]]:
        """List a collection: `agents`, `groups`, `mailboxes` or `knowledge_bases`.

        Raises:
            LookUpFailed: Groove did not list it.
        """
        with self._turn:  # Whoever comes second finds what the first has fetched.
            if refusal := self._refused.get(collection):
                raise LookUpFailed(refusal)
            if collection not in self._collections:
                try:
                    self._collections[collection] = list(self._pages(collection))
                except LookUpFailed as error:
                    # A refusal stays one, and all that wait for the list would ask again.
                    if error.outcome.verdict in _FOR_GOOD:
                        self._refused[collection] = error.outcome
                    raise
            return self._collections[collection]

    def _pages(self, collection: str) -> Iterator[Mapping[str, Any]]:
        page, pages = 1, 1
        while page <= pages:
            body = self._fetch(
                f"{_PATHS.get(collection, f'/{collection}')}?page={page}&per_page={PER_PAGE}"
            )
            if not isinstance(body, Mapping):
                reason = f"the look-up of /{collection} failed: the answer is no list"
                raise LookUpFailed(Outcome(verdict=Verdict.UNAVAILABLE, reason=reason))
            items = body.get(collection)
            if not isinstance(items, list) or not items:
                return
            yield from (each for each in items if isinstance(each, Mapping))
            meta = body.get("meta")
            pagination = meta.get("pagination") if isinstance(meta, Mapping) else None
            total = pagination.get("total_pages") if isinstance(pagination, Mapping) else None
            pages = total if isinstance(total, int) else pages
            page += 1


def _ids(item: Mapping[str, Any]) -> tuple[str, ...]:
    """The ids under which an object is known; an agent's may stand only in its `href`."""
    href = item.get("href")
    last = href.rstrip("/").rpartition("/")[2] if isinstance(href, str) else ""
    return tuple(str(each) for each in (item.get("id"), last) if each)
