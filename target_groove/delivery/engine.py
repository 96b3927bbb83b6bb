"""Carries deliveries out: looks up, sends, retries, and says what became of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import backoff

from target_groove.delivery.client import NoAnswer, NotSent
from target_groove.delivery.encoding import encode
from target_groove.delivery.judgement import (
    Attempt,
    Judgement,
    item_reasons,
    judge,
    resource_id,
)
from target_groove.delivery.look_up import LookUpFailed, NameBook
from target_groove.delivery.outcome import AnswerRule, Outcome, Verdict
from target_groove.delivery.request import NEW_ID_PLACEHOLDER, Delivery, LookUp, Request

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from target_groove.delivery.answer import Answer
    from target_groove.delivery.client import Client
    from target_groove.delivery.pacing import Pacer

LONGEST_BACKOFF: Final = 60.0
"""Seconds; waits grow from 1 s, doubling, up to this."""
_INTERNAL_ERROR: Final = 500
_GONE: Final = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Where time comes from.

    Attributes:
        clock: Seconds that only grow.
        now: The date and time, with zone.
        sleep: Lets seconds pass.
        check: Raises if the end was asked for, so that nothing new is begun.
        jitter: Turns the longest wait into the one that is taken.
    """

    clock: Callable[[], float]
    now: Callable[[], datetime]
    sleep: Callable[[float], None]
    check: Callable[[], None] = lambda: None
    jitter: Callable[[float], float] = lambda longest: (
        longest / 2 + backoff.full_jitter(longest / 2)
    )


class Engine:
    """Sends one delivery after the other over one connection."""

    def __init__(
        self, client: Client, pacer: Pacer, times: Times, *, api_url: str, max_attempts: int
    ) -> None:
        """Take the parts; nothing is sent yet.

        Args:
            client: The session with Groove.
            pacer: Says when a request may leave.
            times: Where time comes from.
            api_url: Base URL for look-ups.
            max_attempts: How often a request is tried.
        """
        self._client = client
        self._pacer = pacer
        self._times = times
        self._api_url = api_url.rstrip("/")
        self._max_attempts = max_attempts
        self.names = NameBook(self._fetch)
        self.requests_sent = 0

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def deliver(self, delivery: Delivery) -> Outcome:
        """Send the requests of a delivery in order, up to the first that is not delivered.

        Returns:
            The outcome of the last request that was sent; the id is the first that an answer gave.

        Raises:
            Interrupted: A signal came before, or while waiting to send.
        """
        self._times.check()
        new_id: str | None = None
        outcome = Outcome(verdict=Verdict.DELIVERED)
        for number, request in enumerate(delivery.requests):
            outcome = self._deliver_one(request, new_id)
            new_id = new_id or outcome.resource_id
            if outcome.verdict is not Verdict.DELIVERED:
                return _with_progress(outcome, number, delivery, new_id)
        return replace(outcome, resource_id=new_id)

    def _deliver_one(self, request: Request, new_id: str | None) -> Outcome:
        if NEW_ID_PLACEHOLDER in request.url:
            if new_id is None:
                reason = "Groove's answer to the call before had no id to go on with"
                return Outcome(verdict=Verdict.REJECTED, reason=reason)
            url = request.url.replace(NEW_ID_PLACEHOLDER, quote(new_id, safe="@"))
            request = replace(request, url=url)
        try:
            payload = self._looked_up(request.payload)
            body, content_type = encode(payload, request.content)
        except _NotFound as error:
            return Outcome(verdict=Verdict.REJECTED, reason=str(error))
        except LookUpFailed as error:
            return error.outcome
        except TypeError as error:
            return Outcome(verdict=Verdict.REJECTED, reason=f"payload: {error}")
        headers = dict(request.headers)
        if content_type:
            headers["Content-Type"] = content_type
        return self._send(request, headers, body)

    def _send(self, request: Request, headers: Mapping[str, str], body: bytes | None) -> Outcome:
        started = self._times.clock()
        waits = backoff.expo(factor=1, max_value=LONGEST_BACKOFF)
        next(waits)
        was_unknown = False
        for attempt in range(1, self._max_attempts + 1):
            answer, judgement = self._attempt(request, headers, body)
            seconds = self._times.clock() - started
            if (
                was_unknown
                and answer
                and answer.status_code == _GONE
                and request.method == "DELETE"
            ):
                # The attempt before may have deleted it; that it is gone is what was wanted.
                judgement = Judgement(Attempt.DONE)
            was_unknown = was_unknown or judgement.attempt is Attempt.UNKNOWN
            final = judgement.attempt is not Attempt.NOT_DONE and not (
                judgement.attempt is Attempt.UNKNOWN and request.repeatable
            )
            if final or attempt == self._max_attempts:
                return _outcome(request, answer, judgement, attempt, seconds)
            longest = next(waits)
            wait = judgement.retry_after
            self._times.sleep(self._times.jitter(longest) if wait is None else wait)
        raise AssertionError  # pragma: no cover - the loop returns at its last attempt

    def _attempt(
        self, request: Request, headers: Mapping[str, str], body: bytes | None
    ) -> tuple[Answer | None, Judgement]:
        self._pacer.wait()
        try:
            answer = self._client.call(request.method, request.url, headers=headers, body=body)
        except NotSent as error:
            return None, Judgement(Attempt.NOT_DONE, f"Groove cannot be reached: {error}")
        except NoAnswer as error:
            return None, Judgement(Attempt.UNKNOWN, f"no answer from Groove: {error}")
        finally:
            self.requests_sent += 1
            self._pacer.count()
        return answer, judge(answer, now=self._times.now())

    def _looked_up(self, payload: Any) -> Any:
        if not isinstance(payload, dict):
            return payload
        return {name: self._value(name, each) for name, each in payload.items()}

    def _value(self, name: str, value: Any) -> Any:
        if not isinstance(value, LookUp):
            return value
        found = self.names.find(value.collection, value.object_id, value.attribute)
        if found is None:
            msg = f"{name}: none of Groove's {value.collection} has the id {value.object_id}"
            raise _NotFound(msg)
        return found

    def fetch(self, path: str) -> Outcome:
        """Get a path of the API, with the same pacing and retries as every request.

        Args:
            path: Below the base URL, such as `/me`.
        """
        request = Request(
            endpoint="",
            stream="",
            method="GET",
            url=self._api_url + path,
            headers={},
            sources=(),
            repeatable=True,
            answer=AnswerRule(),
        )
        return self._send(request, {}, None)

    def _fetch(self, path: str) -> Any:
        outcome = self.fetch(path)
        if outcome.verdict is not Verdict.DELIVERED:
            what = f"the look-up of {path.partition('?')[0]} failed: {outcome.reason}"
            raise LookUpFailed(replace(outcome, reason=what))
        return outcome.body


class _NotFound(Exception):
    """A record names an object that Groove does not have."""


def _outcome(
    request: Request, answer: Answer | None, judgement: Judgement, attempts: int, seconds: float
) -> Outcome:
    body = answer.body if answer else None
    outcome = Outcome(
        verdict=_verdict(request, answer, judgement),
        reason=judgement.reason,
        status_code=answer.status_code if answer else None,
        resource_id=resource_id(request.answer, body),
        body=body,
        attempts=attempts,
        seconds=seconds,
    )
    if not request.answer.per_item or outcome.verdict is not Verdict.DELIVERED:
        return outcome
    reasons = item_reasons(body, len(request.sources))
    if reasons is None:
        reason = f"Groove refused some of the files and did not say which: {answer.error}"  # type: ignore[union-attr]
        return replace(outcome, verdict=Verdict.REJECTED, reason=reason)
    if all(reasons):
        return replace(
            outcome, verdict=Verdict.REJECTED, reason=str(reasons[0]), item_reasons=reasons
        )
    return replace(outcome, item_reasons=reasons)


def _verdict(request: Request, answer: Answer | None, judgement: Judgement) -> Verdict:
    match judgement.attempt:
        case Attempt.DONE:
            return Verdict.DELIVERED
        case Attempt.REFUSED:
            return Verdict.REJECTED
        case Attempt.UNAUTHORIZED:
            return Verdict.UNAUTHORIZED
        case Attempt.UNKNOWN if not request.repeatable:
            return Verdict.IN_DOUBT
        case Attempt.UNKNOWN if answer and answer.status_code == _INTERNAL_ERROR:
            # A 500 at every attempt, for a call that may be repeated, is about this record.
            return Verdict.REJECTED
        case _:
            return Verdict.UNAVAILABLE


def _with_progress(outcome: Outcome, done: int, delivery: Delivery, new_id: str | None) -> Outcome:
    """Add what already happened to the reason, so that nobody sends it again unawares."""
    if not done:
        return outcome
    made = f" (Groove's id {new_id})" if new_id else ""
    reason = f"{outcome.reason}; {done} of {len(delivery.requests)} calls were delivered{made}"
    return replace(outcome, reason=reason, resource_id=new_id)
