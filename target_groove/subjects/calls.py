"""GraphQL documents sent, and the result of each operation in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from target_groove.delivery.outcome import AnswerRule, Outcome, Verdict
from target_groove.delivery.request import Content, Delivery, Request
from target_groove.subjects.documents import document
from target_groove.subjects.results import Result, read_results

if TYPE_CHECKING:
    from target_groove.delivery.engine import Engine
    from target_groove.delivery.journal import Journal
    from target_groove.subjects.documents import Operation

_SPLIT_ON: Final = frozenset(
    {
        HTTPStatus.OK,
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    }
)
"""Refusals of a whole document that may be about one of its operations, or about its size."""


class Stopped(Exception):
    """The batch cannot go on; the outcome says why."""

    def __init__(self, outcome: Outcome) -> None:
        """Keep the outcome."""
        super().__init__(outcome.reason)
        self.outcome = outcome


class InDoubt(Exception):
    """Nobody knows whether a document was carried out; the outcome says why."""

    def __init__(self, outcome: Outcome) -> None:
        """Keep the outcome."""
        super().__init__(outcome.reason)
        self.outcome = outcome


@dataclass(slots=True)
class DocumentSizes:
    """How many operations Groove takes in one document, as far as a run has learned.

    Attributes:
        queries: Of queries; None for as many as a batch has.
        mutations: Of mutations.
    """

    queries: int | None = None
    mutations: int | None = None

    def of(self, *, changes: bool) -> int | None:
        """Give the size for mutations or queries."""
        return self.mutations if changes else self.queries

    def learn(self, size: int, *, changes: bool) -> None:
        """Remember that a larger document was refused, and that this many went through."""
        if changes:
            self.mutations = min(size, self.mutations or size)
        else:
            self.queries = min(size, self.queries or size)


class Calls:
    """Sends the documents of one batch."""

    def __init__(
        self, engine: Engine, request: Request, journal: Journal, sizes: DocumentSizes
    ) -> None:
        """Take the parts.

        Args:
            engine: Sends.
            request: The batch as it is shown to people; gives address, headers and sources.
            journal: Learns that the batch leaves, whichever of its documents it is.
            sizes: What the run has learned of sizes.
        """
        self._engine = engine
        self._sizes = sizes
        self._request = request
        self._journal = journal
        self._has_begun = False
        self.last = Outcome(verdict=Verdict.DELIVERED)

    def ask(self, operations: Sequence[Operation]) -> list[Result]:
        """Send queries; the result of each, in order.

        Raises:
            Stopped: Groove did not answer them.
        """
        results: list[Result] = [Result()] * len(operations)
        self._send(operations, results.__setitem__, changes=False, repeatable=True)
        return results

    def change(
        self,
        operations: Sequence[Operation],
        take: Callable[[int, Result], None],
        *,
        repeatable: bool,
    ) -> None:
        """Send mutations.

        Args:
            operations: The mutations.
            take: Gets the position and result of each as soon as it is known.
            repeatable: Whether carrying them out twice does no more than once.

        Raises:
            Stopped: Groove did not answer them.
            InDoubt: Those of which no result came may have been carried out.
        """
        self._send(operations, take, changes=True, repeatable=repeatable)

    def query(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Send a query that is written elsewhere and give its data.

        Raises:
            Stopped: Groove did not answer it.
        """
        outcome = self._deliver(dict(body), changes=False, repeatable=True)
        data = outcome.body.get("data") if isinstance(outcome.body, Mapping) else None
        if not isinstance(data, Mapping):
            raise Stopped(replace(outcome, verdict=_refusal(outcome)))
        return data

    def _send(
        self,
        operations: Sequence[Operation],
        take: Callable[[int, Result], None],
        *,
        changes: bool,
        repeatable: bool,
        start: int = 0,
    ) -> bool:
        """Send operations, in as many documents as it takes.

        Returns:
            Whether none of them was refused even in a document of its own.
        """
        count = len(operations)
        most = self._sizes.of(changes=changes) or count
        if count > most:
            return self._send_parts(operations, most, take, changes, repeatable, start)
        if not operations:
            return True
        body = document(operations, changes=changes)
        outcome = self._deliver(body, changes=changes, repeatable=repeatable)
        answer = outcome.body if isinstance(outcome.body, Mapping) else {}
        if "data" in answer:
            for position, result in enumerate(read_results(answer, count)):
                take(start + position, result)
            return True
        if outcome.verdict is Verdict.DELIVERED:
            # Something else than GraphQL said that all is well.
            reason = f"Groove answered {outcome.status_code}, but not as GraphQL does"
            unknown = replace(outcome, verdict=Verdict.UNAVAILABLE, reason=reason)
            raise InDoubt(unknown) if changes else Stopped(unknown)
        if outcome.status_code not in _SPLIT_ON:
            raise Stopped(outcome)
        if count == 1:
            take(start, Result(problem=outcome.reason))
            return False
        # It was refused before anything of it was carried out.
        half = (count + 1) // 2
        went_through = self._send_parts(operations, half, take, changes, repeatable, start)
        if went_through:
            self._sizes.learn(half, changes=changes)
        return went_through

    def _send_parts(  # noqa: PLR0917 - it hands on what it was given
        self,
        operations: Sequence[Operation],
        size: int,
        take: Callable[[int, Result], None],
        changes: bool,  # noqa: FBT001 - likewise
        repeatable: bool,  # noqa: FBT001 - likewise
        start: int,
    ) -> bool:
        went_through = True
        for first in range(0, len(operations), size):
            part = operations[first : first + size]
            through = self._send(
                part, take, changes=changes, repeatable=repeatable, start=start + first
            )
            went_through = went_through and through
        return went_through

    def _deliver(self, body: dict[str, Any], *, changes: bool, repeatable: bool) -> Outcome:
        request = replace(
            self._request,
            payload=body,
            content=Content.JSON,
            repeatable=repeatable,
            answer=AnswerRule(id_attributes=()),
        )
        journal = _Leaving(self._journal, self._request) if changes else None
        outcome = self._engine.deliver(Delivery((request,)), journal=journal)
        self.last = outcome
        if journal is not None:
            answer = outcome.body
            answered = isinstance(answer, Mapping) and "data" in answer
            self._has_begun = self._has_begun or answered or not journal.did_nothing
            if not self._has_begun:
                self._journal.came_back()
        if outcome.verdict in {Verdict.UNAUTHORIZED, Verdict.UNAVAILABLE}:
            raise Stopped(outcome)
        if outcome.verdict is Verdict.IN_DOUBT:
            raise InDoubt(outcome)
        return outcome


class _Leaving:
    """Notes documents as the batch they belong to, which may be sent again as a whole."""

    survives = False

    def __init__(self, journal: Journal, request: Request) -> None:
        self._journal = journal
        self._request = request
        self.did_nothing = True

    def leaves(self, request: Request) -> None:  # noqa: ARG002 - the batch is noted, not its parts
        self.did_nothing = False
        self._journal.leaves(self._request)

    def came_back(self) -> None:
        """Do not pass it on: another document may have done something before."""
        self.did_nothing = True

    def answered(self, request: Request, outcome: Outcome) -> None:
        """Pass it on: each document has its own answer."""
        self._journal.answered(request, outcome)

    def call_done(self, request: Request, resource_id: str | None) -> None:
        """Note nothing: each document is a delivery of its own."""


def _refusal(outcome: Outcome) -> Verdict:
    """A question that is answered with a refusal stays refused; with no sense, it may not."""
    return Verdict.UNAVAILABLE if outcome.verdict is Verdict.DELIVERED else outcome.verdict
