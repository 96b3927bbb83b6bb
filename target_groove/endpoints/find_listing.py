"""Reads Groove's lists for a look-up, page by page, and trusts no answer that looks odd.

Pages: `page` from 1, `per_page` up to 50, `meta.pagination.total_pages` and `total_count`
(http://www.groovehq.com/docs/customers). `next_page` is not followed: it drops `per_page` and may
be `http` (amp-labs/connectors). For groups, knowledge bases and widgets no pages are documented.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, unquote, urlencode, urlsplit

from target_groove.delivery.judgement import resource_id
from target_groove.delivery.look_up import PER_PAGE
from target_groove.delivery.outcome import AnswerRule
from target_groove.endpoints.find_dating import ClockDifference
from target_groove.endpoints.finding import UnexpectedAnswer

if TYPE_CHECKING:
    from target_groove.endpoints.finding import Fetch

MOST_PAGES: Final = 1000
DEFAULT_PER_PAGE: Final = 25
_ID: Final = AnswerRule(id_attributes=("id", "href"))

Thing = Mapping[str, Any]


class Lists:
    """Groove's lists as one look-up sees them.

    Attributes:
        clock: What the answers so far tell of Groove's clock.
    """

    def __init__(self, fetch: Fetch) -> None:
        """Keep what gets the answers."""
        self._fetch = fetch
        self.clock = ClockDifference()

    def pages(
        self, path: str, name: str, *, missing_is_empty: bool = False, **query: str
    ) -> Iterator[list[Thing]]:
        """Read a list, one page after the other, as far as the caller goes on.

        Args:
            path: Path of the list, escaped.
            name: Under which name it stands in the answer.
            missing_is_empty: Whether a 404 means that there is nothing to list.
            query: What it is limited by.

        Raises:
            UnexpectedAnswer: An answer is no such list, or does not fit to the ones before.
        """
        before: list[Thing] = []
        count = 0
        for page in range(1, MOST_PAGES + 1):
            numbers = {"page": str(page), "per_page": str(PER_PAGE)}
            # The @ stays as it is, which a live client found to be needed (in paths, at least).
            tail = urlencode({**query, **numbers}, quote_via=quote, safe="@")
            status, body = self._get(f"{path}?{tail}")
            if status == HTTPStatus.NOT_FOUND and page == 1 and missing_is_empty:
                return
            things = _things(status, body, path, name)
            total, now = _pagination(body, path)
            if now < count or (things and things == before and total is not None):
                raise _unexpected(path, "changed while it was read")
            if total is None:
                if things == before:
                    return
            elif (not things and max(page, total) > 1) or (things and total < page):
                raise _unexpected(path, f"does not fit to its number of pages, {total}")
            yield things
            if len(things) < DEFAULT_PER_PAGE if total is None else page >= total:
                return
            before, count = things, now
        raise _unexpected(path, f"has more than {MOST_PAGES} pages")

    def all(
        self, path: str, name: str, *, missing_is_empty: bool = False, **query: str
    ) -> Iterator[Thing]:
        """Read the things of a list; see `pages`."""
        for page in self.pages(path, name, missing_is_empty=missing_is_empty, **query):
            yield from page

    def one(self, path: str, name: str) -> Thing:
        """Read one thing.

        Raises:
            UnexpectedAnswer: The answer is none.
        """
        status, body = self._get(path)
        thing = body.get(name) if isinstance(body, Mapping) else None
        if not _is_success(status) or not isinstance(thing, Mapping):
            raise UnexpectedAnswer(_complaint(status, path, name))
        return thing

    def attachments(self, message_id: str) -> list[Thing]:
        """List a message's attachments (http://www.groovehq.com/docs/attachments).

        Where there are none the body is empty (Fodoj/groovehq, live); a message that is not there
        has none.

        Raises:
            UnexpectedAnswer: The answer is no list.
        """
        path = "/attachments"
        status, body = self._get(f"{path}?{urlencode({'message': message_id})}")
        if status == HTTPStatus.NOT_FOUND or (_is_success(status) and body is None):
            return []
        return _things(status, body, path, "attachments")

    def _get(self, path: str) -> tuple[int, Any]:
        answer = self._fetch(path)
        self.clock.learn(answer)
        return answer.status_code, answer.body


def id_of(thing: Thing, what: str) -> str:
    """Read a thing's id as it is read from the answer to a create, a message's from its `href`.

    Raises:
        UnexpectedAnswer: It has none.
    """
    if (found := resource_id(_ID, thing)) is None:
        msg = f"Groove listed a {what} without an id"
        raise UnexpectedAnswer(msg)
    return found


def linked_email(thing: Thing, link: str) -> str | None:
    """Read the e-mail of a person that a thing links to, in lower case.

    Groove's links end in an id or an e-mail (`/customers/3217430596` in its pages, an e-mail in
    live answers): None for an id.
    """
    links = thing.get("links")
    target = links.get(link) if isinstance(links, Mapping) else None
    href = target.get("href") if isinstance(target, Mapping) else None
    if not isinstance(href, str):
        return None
    try:
        last = unquote(urlsplit(href).path.rstrip("/").rpartition("/")[2])
    except ValueError:
        return None
    return last.lower() if "@" in last else None


def _things(status: int, body: Any, path: str, name: str) -> list[Thing]:
    things = body.get(name) if isinstance(body, Mapping) else None
    if not _is_success(status) or not isinstance(things, list):
        raise UnexpectedAnswer(_complaint(status, path, name))
    if not all(isinstance(each, Mapping) for each in things):
        raise _unexpected(path, "has an entry that is no object")
    return things


def _pagination(body: Any, path: str) -> tuple[int | None, int]:
    """Read how many pages there are, None if it is not said, and how many things, 0 if not."""
    meta = body.get("meta")
    pagination = meta.get("pagination") if isinstance(meta, Mapping) else None
    if not isinstance(pagination, Mapping):
        return None, 0
    total, count = pagination.get("total_pages"), pagination.get("total_count")
    if total is not None and (type(total) is not int or total < 0):
        raise _unexpected(path, "does not say how many pages it has")
    return total, count if isinstance(count, int) else 0


def _is_success(status: int) -> bool:
    return HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES


def _complaint(status: int, path: str, name: str) -> str:
    if not _is_success(status):
        return f"Groove answered {status} to the look-up of {path}"
    return f"Groove's answer to the look-up of {path} has no {name}"


def _unexpected(path: str, what: str) -> UnexpectedAnswer:
    return UnexpectedAnswer(f"Groove's list {path} {what}")
