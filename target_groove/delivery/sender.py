"""Sends one request until its outcome is final: pacing, attempts, waits, and a word about each."""

from __future__ import annotations

import logging
import threading
import time
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import backoff

from target_groove.delivery.client import NoAnswer, NotSent, Unsendable
from target_groove.delivery.journal import Journal, NoJournal
from target_groove.delivery.judgement import (
    Attempt,
    Judgement,
    item_reasons,
    judge,
    resource_id,
)
from target_groove.delivery.observer import Attempted, Observer
from target_groove.delivery.outcome import Outcome, Verdict
from target_groove.delivery.pacing import NOTHING_SEEN, Seen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager
    from datetime import datetime

    from target_groove.delivery.answer import Answer
    from target_groove.delivery.client import Client
    from target_groove.delivery.pacing import PacesRequests
    from target_groove.delivery.request import Request

LONGEST_BACKOFF: Final = 60.0
"""Seconds; waits grow from 1 s, doubling, up to this."""
_LOGGER: Final = logging.getLogger("target-groove")


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Where time comes from.

    Attributes:
        clock: Seconds that only grow.
        now: The date and time, with zone.
        sleep: Lets seconds pass, unless the end is asked for.
        sleep_on: Lets seconds pass, whatever is asked for.
        check: Raises if the end was asked for, so that nothing new is begun.
        jitter: Turns the longest wait into the one that is taken.
    """

    clock: Callable[[], float]
    now: Callable[[], datetime]
    sleep: Callable[[float], None]
    sleep_on: Callable[[float], None] = time.sleep
    check: Callable[[], None] = lambda: None
    jitter: Callable[[float], float] = lambda longest: (
        longest / 2 + backoff.full_jitter(longest / 2)
    )


class Sender:
    """Sends requests, never faster than is allowed; many threads may use it at the same time.

    Attributes:
        requests_sent: Requests that left, retries among them.
        resting: Entered while a request waits for its next attempt, so that others may begin.
    """

    def __init__(
        self,
        client: Client,
        pacer: PacesRequests,
        times: Times,
        *,
        max_attempts: int,
        observer: Observer | None = None,
    ) -> None:
        """Take the parts; nothing is sent yet."""
        self._observer = observer or Observer()
        self._client = client
        self._pacer = pacer
        self._times = times
        self._max_attempts = max_attempts
        self._lock = threading.Lock()
        self.requests_sent = 0
        self.resting: Callable[[], AbstractContextManager[None]] = nullcontext

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def send(
        self,
        request: Request,
        headers: Mapping[str, str],
        body: bytes | None,
        *,
        journal: Journal | None = None,
        to_the_end: bool = False,
        max_attempts: int | None = None,
    ) -> Outcome:
        """Send a request, as often as it takes and is allowed.

        Args:
            request: The request.
            headers: All headers but the token.
            body: The encoded payload.
            journal: Learns when the request leaves, and when it certainly did nothing.
            to_the_end: It is a later call of a delivery that has begun; a signal does not end it.
            max_attempts: How often it is tried, if not as often as usual.

        Raises:
            Interrupted: A signal came while waiting to send.
        """
        noted = journal or NoJournal()
        sleep = self._times.sleep_on if to_the_end else self._times.sleep
        pause = partial(self._pause, sleep)
        most = max_attempts or self._max_attempts
        waits = backoff.expo(factor=1, max_value=LONGEST_BACKOFF)
        next(waits)
        was_unknown, started = False, 0.0
        for attempt in range(1, most + 1):
            permit = self._pacer.wait(sleep=pause)
            if attempt == 1:
                started = self._times.clock()
            seen = NOTHING_SEEN
            try:
                noted.leaves(request)
                began_at = self._times.clock()
                answer, judgement, seen = self._attempt(request, headers, body, attempt)
            finally:
                self._pacer.count(permit, seen)
            self._tell(request, attempt, answer, judgement, began_at)
            if was_unknown and _is_gone(request, answer):
                # The attempt before may have deleted it; that it is gone is what was wanted.
                judgement = Judgement(Attempt.DONE)
            was_unknown = was_unknown or judgement.attempt is Attempt.UNKNOWN
            if not was_unknown and judgement.attempt is not Attempt.DONE:
                noted.came_back()
            if attempt == most or not _may_be_repeated(request, judgement):
                seconds = self._times.clock() - started
                return _outcome(request, answer, judgement, attempt, seconds)
            longest = next(waits)
            wait = judgement.retry_after
            wait = self._times.jitter(longest) if wait is None else wait
            _LOGGER.warning(
                "%s: attempt %d of %d failed (%s); the next is in %.0f s.",
                _name_of(request),
                attempt,
                most,
                judgement.reason,
                wait,
            )
            is_limit = (
                judgement.retry_after is not None or seen.status == HTTPStatus.TOO_MANY_REQUESTS
            )
            with self.resting():
                (pause if is_limit else sleep)(wait)
        raise AssertionError  # pragma: no cover - the loop returns at its last attempt

    def _pause(self, sleep: Callable[[float], None], seconds: float) -> None:
        if seconds <= 0:
            sleep(seconds)
            return
        self._observer.waits(seconds)
        try:
            sleep(seconds)
        finally:
            self._observer.goes_on()

    def _tell(
        self,
        request: Request,
        number: int,
        answer: Answer | None,
        judgement: Judgement,
        began_at: float,
    ) -> None:
        self._observer.attempted(
            Attempted(
                request=request,
                number=number,
                status=answer.status_code if answer else None,
                seconds=self._times.clock() - began_at,
                reason=judgement.reason,
            )
        )

    def _attempt(
        self, request: Request, headers: Mapping[str, str], body: bytes | None, attempt: int
    ) -> tuple[Answer | None, Judgement, Seen]:
        with self._lock:
            self.requests_sent += 1
        began_at = self._times.clock()
        try:
            answer = self._client.call(request.method, request.url, headers=headers, body=body)
        except Unsendable as error:
            refused = Judgement(Attempt.REFUSED, f"it cannot be sent: {error}")
            return None, refused, NOTHING_SEEN
        except NotSent as error:
            what_came = Attempt.HOPELESS if error.final else Attempt.NOT_DONE
            reason = f"Groove cannot be reached at {urlsplit(request.url).netloc}: {error}"
            return None, Judgement(what_came, reason), NOTHING_SEEN
        except NoAnswer as error:
            reason = f"no answer from Groove: {error}"
            return None, Judgement(Attempt.UNKNOWN, reason), NOTHING_SEEN
        seconds = self._times.clock() - began_at
        now = self._times.now()
        judgement = judge(answer, now=now, json_expected=request.answer.json_expected)
        seen = Seen(answer.status_code, seconds, judgement.retry_after, attempt)
        return answer, judgement, seen


def _name_of(request: Request) -> str:
    return f"{request.stream} → {request.endpoint}" if request.stream else "Look-up"


def _is_gone(request: Request, answer: Answer | None) -> bool:
    gone = answer is not None and answer.status_code == HTTPStatus.NOT_FOUND
    return gone and request.method == "DELETE"


def _may_be_repeated(request: Request, judgement: Judgement) -> bool:
    if judgement.attempt is Attempt.UNKNOWN:
        return request.repeatable
    return judgement.attempt is Attempt.NOT_DONE


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
        date=answer.headers.get("Date") if answer else None,
        attempts=attempts,
        seconds=seconds,
    )
    if not request.answer.per_item or outcome.verdict is not Verdict.DELIVERED:
        return outcome
    reasons = item_reasons(body, len(request.sources))
    if reasons is None:
        said = answer.error if answer else ""
        reason = f"Groove refused some of the files and did not say which: {said}"
        return replace(outcome, verdict=Verdict.REJECTED, reason=reason)
    if all(reasons):
        reason = str(reasons[0])
        return replace(outcome, verdict=Verdict.REJECTED, reason=reason, item_reasons=reasons)
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
        case Attempt.UNKNOWN if answer and answer.status_code == HTTPStatus.INTERNAL_SERVER_ERROR:
            # A 500 at every attempt, for a call that may be repeated, is about this record.
            return Verdict.REJECTED
        case _:
            return Verdict.UNAVAILABLE
