"""GraphQL documents sent, and the result of each operation in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from target_groove.delivery.outcome import AnswerRule, Outcome, Verdict
from target_groove.delivery.request import Content, Delivery, Request
from target_groove.subjects.documents import Operation, alias, document

if TYPE_CHECKING:
    from target_groove.delivery.engine import Engine
    from target_groove.delivery.journal import Journal

_SPLIT_ON: Final = frozenset(
    {
        HTTPStatus.OK,
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    }
)
"""Refusals of a whole document that may be about one of its operations, or about its size."""


@dataclass(frozen=True, slots=True)
class Result:
    """What one operation gave.

    Attributes:
        data: Its result; None if it gave none.
        problem: Why it gave none; empty if nothing was complained about.
        path: What of the input the complaint is about.
    """

    data: Any = None
    problem: str = ""
    path: tuple[str, ...] = ()


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


class Calls:
    """Sends the documents of one batch."""

    def __init__(self, engine: Engine, request: Request, journal: Journal) -> None:
        """Take the parts.

        Args:
            engine: Sends.
            request: The batch as it is shown to people; gives address, headers and sources.
            journal: Learns that the batch leaves, whichever of its documents it is.
        """
        self._engine = engine
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
    ) -> None:
        if not operations:
            return
        body = document(operations, changes=changes)
        outcome = self._deliver(body, changes=changes, repeatable=repeatable)
        answer = outcome.body if isinstance(outcome.body, Mapping) else {}
        if "data" in answer:
            for position, result in enumerate(_results(answer, len(operations))):
                take(start + position, result)
        elif outcome.verdict is Verdict.DELIVERED:
            # Something else than GraphQL said that all is well.
            reason = f"Groove answered {outcome.status_code}, but not as GraphQL does"
            unknown = replace(outcome, verdict=Verdict.UNAVAILABLE, reason=reason)
            raise InDoubt(unknown) if changes else Stopped(unknown)
        elif outcome.status_code not in _SPLIT_ON:
            raise Stopped(outcome)
        elif len(operations) == 1:
            take(start, Result(problem=outcome.reason))
        else:
            # It was refused before anything of it was carried out.
            middle = len(operations) // 2
            for part, offset in ((operations[:middle], 0), (operations[middle:], middle)):
                self._send(part, take, changes=changes, repeatable=repeatable, start=start + offset)

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

    def call_done(self, request: Request, resource_id: str | None) -> None:
        """Note nothing: each document is a delivery of its own."""


def _refusal(outcome: Outcome) -> Verdict:
    """A question that is answered with a refusal stays refused; with no sense, it may not."""
    return Verdict.UNAVAILABLE if outcome.verdict is Verdict.DELIVERED else outcome.verdict


def _results(answer: Mapping[str, Any], count: int) -> list[Result]:
    data = answer.get("data")
    complaints = _complaints(answer.get("errors"))
    results = []
    for position in range(count):
        name = alias(position)
        own = data.get(name) if isinstance(data, Mapping) else None
        if own is None:
            results.append(Result(problem=complaints.get(name) or complaints.get("", "")))
        else:
            results.append(_from_payload(own))
    return results


def _complaints(errors: Any) -> dict[str, str]:
    """Give the top-level errors by the alias they are about; those about none under no name."""
    found: dict[str, str] = {}
    for each in errors if isinstance(errors, list) else ():
        if isinstance(each, Mapping):
            path = each.get("path")
            name = str(path[0]) if isinstance(path, list) and path else ""
            found.setdefault(name, str(each.get("message") or "no reason given"))
    return found


def _from_payload(own: Any) -> Result:
    """Read `errors {path message}`, which mutations have in their results."""
    errors = own.get("errors") if isinstance(own, Mapping) else None
    first = errors[0] if isinstance(errors, list) and errors else None
    if not isinstance(first, Mapping):
        return Result(data=own)
    path = first.get("path")
    return Result(
        problem=str(first.get("message") or "no reason given"),
        path=tuple(str(each) for each in path) if isinstance(path, list) else (),
    )
