"""Looks up a ticket and a message that may have been created."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from target_groove.endpoints.find_dating import young_enough
from target_groove.endpoints.find_listing import Lists, Thing, id_of, linked_email
from target_groove.endpoints.finding import (
    OTHER,
    SAME,
    Absent,
    Ambiguous,
    Evidence,
    Fetch,
    Finding,
    Likeness,
    UnexpectedAnswer,
    all_of,
    ambiguous_if_unexpected,
    conclude,
    doubtful,
    same_if,
    same_title,
)
from target_groove.endpoints.same_text import same_text

if TYPE_CHECKING:
    from collections.abc import Sequence


@ambiguous_if_unexpected
def find_ticket(evidence: Evidence, fetch: Fetch) -> Finding:
    """Look a ticket up among those of its customer.

    `GET /tickets` can be limited to a customer by e-mail (ebenpaul/groovehq-mcp, live), but not by
    text or date, and answers 404 for an unknown one (chefsplate/groove-to-helpscout-migration-tool,
    live). The customer is who wrote, or, for an agent's mail, to whom it was written; who is an
    agent we do not know, so both are tried. Ours has the subject as `title` and the body as the
    text of a message (https://www.groovehq.com/docs/tickets), and a `number` that follows those
    from before, for the account counts its tickets.
    """
    people = [_email(evidence.payload.get(name)) for name in ("from", "to")]
    customers = list(dict.fromkeys(each for each in people if each))
    if not customers:
        return Ambiguous("the ticket names nobody under whose tickets it could be looked up")
    lists = Lists(fetch)
    for customer in customers:
        finding = _Tickets(evidence, lists, customer).find()
        if not isinstance(finding, Absent):
            return finding
    return Absent()


@ambiguous_if_unexpected
def find_message(evidence: Evidence, fetch: Fetch) -> Finding:
    """Look a message up among those of its ticket.

    `GET /tickets/:number/messages` lists `body`, `plain_text_body`, `note`, `created_at`, a link to
    the author, and the id in `href` (https://www.groovehq.com/docs/messages). A message that is
    equal to ours in all of these with the same `sent_at` counts as ours: nothing else dates it.
    """
    payload = evidence.payload
    lists = Lists(fetch)
    likenesses: dict[str, Likeness] = {}
    number = evidence.params["ticket_number"]
    for message in _messages(lists, number, missing_is_empty=True):
        since = lists.clock.since(evidence.left_at)
        message_id = id_of(message, "message")
        likenesses[message_id] = all_of(
            same_if(not evidence.is_recorded(message_id)),
            same_if(bool(payload.get("note")) is bool(message.get("note"))),
            same_if(_author_fits(payload.get("author"), linked_email(message, "author"))),
            same_if(_has_text(message, payload.get("body"))),
            young_enough(message, since, sent_at=payload.get("sent_at")),
        )
    return conclude("message", "messages", likenesses)


@dataclass(frozen=True, slots=True)
class _Tickets:
    """The search among the tickets of one customer."""

    evidence: Evidence
    lists: Lists
    customer: str

    def find(self) -> Finding:
        likenesses: dict[str, Likeness] = {}
        last: int | None = None
        descending = True
        for page in self.lists.pages(
            "/tickets", "tickets", missing_is_empty=True, customer=self.customer
        ):
            numbers = [_number(each) for each in page]
            for number, ticket in zip(numbers, page, strict=True):
                if str(number) not in likenesses:
                    likenesses[str(number)] = self._likeness(number, ticket)
            descending = descending and _strictly_descends(numbers, last)
            if descending and self._is_past(numbers):
                break
            last = numbers[-1] if numbers else last
        return conclude("ticket", "tickets", likenesses, mark="#")

    def _is_past(self, numbers: Sequence[int]) -> bool:
        """Whether a list that begins with the newest has come to what was there before."""
        newest = self.evidence.newest_number
        # By a date that we set, ours would stand among the old ones.
        if newest is None or self.evidence.payload.get("sent_at") or len(numbers) < 2:  # noqa: PLR2004
            return False
        return numbers[-1] <= newest

    def _likeness(self, number: int, ticket: Thing) -> Likeness:
        evidence = self.evidence
        newest = evidence.newest_number
        if (newest is not None and number <= newest) or evidence.is_recorded(str(number)):
            return OTHER
        listed = all_of(
            same_title(evidence.payload.get("subject"), ticket.get("title")),
            young_enough(
                ticket,
                self.lists.clock.since(evidence.left_at),
                sent_at=evidence.payload.get("sent_at"),
            ),
            self._is_of_customer(ticket),
        )
        # Only now, for it takes requests.
        return all_of(listed, same_if(listed.possible and self._has_message(number)))

    def _is_of_customer(self, ticket: Thing) -> Likeness:
        customer = linked_email(ticket, "customer")
        if customer in {None, self.customer}:
            return SAME
        # A second address of the same person, or Groove did not limit the list to the customer.
        return doubtful("it is listed under another e-mail address")

    def _has_message(self, number: int) -> bool:
        body = self.evidence.payload.get("body")
        return any(_has_text(each, body) for each in _messages(self.lists, str(number)))


def _messages(lists: Lists, number: str, *, missing_is_empty: bool = False) -> Iterator[Thing]:
    path = f"/tickets/{quote(number, safe='')}/messages"
    return lists.all(path, "messages", missing_is_empty=missing_is_empty)


def _has_text(message: Thing, text: Any) -> bool:
    body, plain = message.get("body"), message.get("plain_text_body")
    if not isinstance(body, str) and not isinstance(plain, str):
        msg = "Groove listed a message without a text"
        raise UnexpectedAnswer(msg)
    return same_text(str(text), body=body, plain=plain)


def _author_fits(author: Any, linked: str | None) -> bool:
    return not author or linked is None or str(author).strip().lower() == linked


def _email(person: Any) -> str:
    if isinstance(person, Mapping):
        person = person.get("email")
    # Groove keeps e-mails in lower case, as live output shows (links keep the case they came in).
    return person.strip().lower() if isinstance(person, str) else ""


def _number(ticket: Thing) -> int:
    number = ticket.get("number")
    if type(number) is not int:
        msg = "Groove listed a ticket without a number"
        raise UnexpectedAnswer(msg)
    return number


def _strictly_descends(numbers: Sequence[int], before: int | None) -> bool:
    chain = numbers if before is None else [before, *numbers]
    return all(one > other for one, other in pairwise(chain))
