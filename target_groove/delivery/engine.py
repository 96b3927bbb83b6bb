"""Carries deliveries out: looks up what only Groove knows, and sends one call after the other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from target_groove.delivery.encoding import encode
from target_groove.delivery.journal import Journal, NoJournal
from target_groove.delivery.look_up import LookUpFailed, NameBook
from target_groove.delivery.outcome import AnswerRule, Outcome, Verdict
from target_groove.delivery.request import NEW_ID_PLACEHOLDER, Delivery, LookUp, Request
from target_groove.delivery.sender import Sender, Times

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from target_groove.delivery.client import Client
    from target_groove.delivery.pacing import PacesRequests


class Engine:
    """Sends one delivery after the other over one connection."""

    def __init__(
        self, client: Client, pacer: PacesRequests, times: Times, *, api_url: str, max_attempts: int
    ) -> None:
        """Take the parts; nothing is sent yet.

        Args:
            client: The session with Groove.
            pacer: Says when a request may leave.
            times: Where time comes from.
            api_url: Base URL for look-ups.
            max_attempts: How often a request is tried.
        """
        self._sender = Sender(client, pacer, times, max_attempts=max_attempts)
        self._times = times
        self._api_url = api_url.rstrip("/")
        self.max_attempts = max_attempts
        self.names = NameBook(self._fetch)

    @property
    def requests_sent(self) -> int:
        """Requests that left, retries and look-ups among them."""
        return self._sender.requests_sent

    def close(self) -> None:
        """Close the connections."""
        self._sender.close()

    def rest_in(self, resting: Callable[[], AbstractContextManager[None]]) -> None:
        """Say what is entered while a request waits for its next attempt."""
        self._sender.resting = resting

    def deliver(
        self,
        delivery: Delivery,
        *,
        new_id: str | None = None,
        journal: Journal | None = None,
    ) -> Outcome:
        """Send the requests of a delivery in order, up to the first that is not delivered.

        Once the first is delivered the others follow, even if a signal comes, unless the journal
        survives: half a delivery would be begun anew by the next run.

        Args:
            delivery: The requests.
            new_id: The id that a call before these gave, if there was one.
            journal: Takes notes while the delivery is under way.

        Returns:
            The outcome of the last request that was sent; the id is the first that an answer gave.

        Raises:
            Interrupted: A signal came before, or while waiting to send.
            Halted: Nothing more is to be sent.
        """
        journal = journal or NoJournal()
        outcome = Outcome(verdict=Verdict.DELIVERED)
        for number, request in enumerate(delivery.requests):
            to_the_end = number > 0 and not journal.survives
            if not to_the_end:
                self._times.check()
            outcome = self._deliver_one(request, new_id, journal, to_the_end=to_the_end)
            new_id = new_id or outcome.resource_id
            if outcome.verdict is not Verdict.DELIVERED:
                return _with_progress(outcome, number, delivery, new_id)
            if number + 1 < len(delivery.requests):
                journal.call_done(request, new_id)
        return outcome if outcome.resource_id == new_id else replace(outcome, resource_id=new_id)

    def pause(self, seconds: float) -> None:
        """Let time pass before something is tried again.

        Raises:
            Interrupted: A signal came.
        """
        self._times.sleep(seconds)

    def now(self) -> float:
        """Give the time, seconds since 1970."""
        return self._times.now().timestamp()

    def _deliver_one(
        self, request: Request, new_id: str | None, journal: Journal, *, to_the_end: bool
    ) -> Outcome:
        if NEW_ID_PLACEHOLDER in request.url:
            if new_id is None:
                reason = "Groove's answer to the call before had no id to go on with"
                return Outcome(verdict=Verdict.REJECTED, reason=reason)
            url = request.url.replace(NEW_ID_PLACEHOLDER, quote(new_id, safe="@"))
            request = replace(request, url=url)
        try:
            if _has_look_ups(request.payload):
                request = replace(request, payload=self._looked_up(request.payload))
            body, content_type = encode(request.payload, request.content)
        except _NotFound as error:
            return Outcome(verdict=Verdict.REJECTED, reason=str(error))
        except LookUpFailed as error:
            return error.outcome
        except (TypeError, ValueError, OverflowError) as error:
            return Outcome(verdict=Verdict.REJECTED, reason=f"payload: {error}")
        headers = dict(request.headers)
        if content_type:
            headers["Content-Type"] = content_type
        outcome = self._sender.send(request, headers, body, journal=journal, to_the_end=to_the_end)
        journal.answered(request, outcome)
        return outcome

    def _looked_up(self, payload: dict[str, Any]) -> dict[str, Any]:
        return {name: self._value(name, each) for name, each in payload.items()}

    def _value(self, name: str, value: Any) -> Any:
        if not isinstance(value, LookUp):
            return value
        found = self.names.find(value.collection, value.object_id, value.attribute)
        if found is None:
            msg = f"{name}: none of Groove's {value.collection} has the id {value.object_id}"
            raise _NotFound(msg)
        return found

    def fetch(self, path: str, *, max_attempts: int | None = None) -> Outcome:
        """Get a path of the API, with the same pacing and retries as every request.

        Args:
            path: Below the base URL, such as `/me`.
            max_attempts: How often it is tried, if not as often as usual.
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
        return self._sender.send(request, {}, None, max_attempts=max_attempts)

    def _fetch(self, path: str) -> Any:
        outcome = self.fetch(path)
        if outcome.verdict is not Verdict.DELIVERED:
            what = f"the look-up of {path.partition('?')[0]} failed: {outcome.reason}"
            raise LookUpFailed(replace(outcome, reason=what))
        return outcome.body


class _NotFound(Exception):
    """A record names an object that Groove does not have."""


def _has_look_ups(payload: Any) -> bool:
    return isinstance(payload, dict) and any(isinstance(each, LookUp) for each in payload.values())


def _with_progress(outcome: Outcome, done: int, delivery: Delivery, new_id: str | None) -> Outcome:
    """Add what already happened to the reason, so that nobody sends it again unawares."""
    if not done:
        return outcome
    made = f" (Groove's id {new_id})" if new_id else ""
    reason = f"{outcome.reason}; {done} of {len(delivery.requests)} calls were delivered{made}"
    return replace(outcome, reason=reason, resource_id=new_id, calls_delivered=done)
