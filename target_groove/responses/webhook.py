"""Answers by HTTP, `responses_webhook_url`: JSON arrays, posted beside the delivery."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import backoff

from target_groove.errors import DeliveryError
from target_groove.responses.posting import NotTaken
from target_groove.wording import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from target_groove.ledger.outbox import Written
    from target_groove.responses.file import ResponsesFile

MOST_IN_ONE: Final = 100
"""Answers in an array."""
_ATTEMPTS: Final = 5
_LONGEST_WAIT: Final = 60.0
_SLICE: Final = 0.1
_LOGGER: Final = logging.getLogger("target-groove")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What the receiver may take of memory and time.

    Attributes:
        queue: Answers that wait for it.
        room_seconds: How long the delivery waits for room in the queue.
        end_seconds: How long the end of the run waits for it.
        close_seconds: How long a run that was stopped by a signal waits for it.
    """

    queue: int = 1_000
    room_seconds: float = 30.0
    end_seconds: float = 60.0
    close_seconds: float = 5.0


class Webhook:
    """Posts answers from a thread of its own, and sets aside what nobody takes.

    A receiver that has failed an array in all attempts is tried once for each of the next, until it
    takes one.

    Attributes:
        name: `responses_webhook_url` and a digest of it.
        confirms: True: what is taken or set aside has arrived.
    """

    confirms = True

    def __init__(
        self,
        post: Callable[[Sequence[Written]], None],
        *,
        name: str,
        dead_letters: ResponsesFile,
        check: Callable[[], None],
        leaves_the_rest: bool,
        clock: Callable[[], float] = time.monotonic,
        bounds: Bounds | None = None,
    ) -> None:
        """Take the parts; no thread runs yet.

        Args:
            post: Posts one array; raises `NotTaken`.
            name: What tells the receiver from others in the ledger, without secrets.
            dead_letters: Where answers go that the receiver does not take.
            check: Raises if a signal asked for the end.
            leaves_the_rest: Whether a later run brings what a signal left; otherwise it is set
                aside.
            clock: Gives seconds that only grow.
            bounds: What the receiver may take.
        """
        self.name = name
        self._post = post
        self._dead_letters = dead_letters
        self._check = check
        self._leaves_the_rest = leaves_the_rest
        self._clock = clock
        self._bounds = bounds or Bounds()
        self._queue: deque[Written] = deque()
        self._changed = threading.Condition()
        self._arrived: list[str] = []
        self._is_down = False
        self._has_no_more = False
        self._gives_up = False
        self._is_posting = False
        self._is_said = False
        self._set_aside = 0
        self.taken = 0
        self._thread = threading.Thread(target=self._run, name="responses-webhook", daemon=True)

    def check(self) -> None:
        """See `Destination`; whether somebody is there shows when something is told."""
        self._dead_letters.check()

    def begin(self) -> None:
        """See `Destination`."""
        self._dead_letters.begin()
        self._thread.start()

    def send(self, answers: Sequence[Written], *, again: bool = False) -> None:
        """See `Destination`; what finds no room in the queue in time is set aside."""
        del again
        patience = 0.0 if self._is_down else self._bounds.room_seconds
        until = self._clock() + patience
        while len(self._queue) + len(answers) > self._bounds.queue and self._clock() < until:
            self._check()
            with self._changed:
                self._changed.wait(_SLICE)
        with self._changed:
            has_room = len(self._queue) + len(answers) <= self._bounds.queue
            if has_room:
                self._queue.extend(answers)
                self._changed.notify_all()
        if not has_room:
            self._is_down = True
            self._put_aside(answers, "its queue is full")

    def arrived(self) -> list[str]:
        """See `Destination`."""
        with self._changed:
            given, self._arrived = self._arrived, []
        return given

    def finish(self) -> str:
        """See `Destination`; what the receiver has not taken in time is set aside."""
        self._end(self._bounds.end_seconds, check=self._check)
        self._put_the_rest_aside()
        if self._set_aside:
            _LOGGER.warning(
                "responses_webhook_url did not take %s; they are in %s.",
                counted(self._set_aside, "answer"),
                self._dead_letters.path,
            )
            self._set_aside = 0
        return ""

    def close(self) -> None:
        """See `Destination`."""
        self._end(self._bounds.close_seconds, check=lambda: None)
        if not self._leaves_the_rest:
            self._put_the_rest_aside()

    def _end(self, seconds: float, *, check: Callable[[], None]) -> None:
        """Let the thread end by itself, but no longer than so many seconds."""
        with self._changed:
            self._has_no_more = True
            self._changed.notify_all()
        until = self._clock() + seconds
        while self._thread.is_alive() and self._clock() < until:
            check()
            self._thread.join(_SLICE)
        with self._changed:
            self._gives_up = True
            self._changed.notify_all()

    def _put_the_rest_aside(self) -> None:
        with self._changed:
            rest = list(self._queue)
            self._queue.clear()
        if rest:
            self._put_aside(rest, "the run was over")

    # In the thread

    def _run(self) -> None:
        while some := self._next():
            try:
                self._deliver(some)
            except NotTaken as error:
                if self._gives_up:
                    return  # Whoever gave up has seen to what is in the queue.
                self._is_down = True
                self._done_with(some)
                self._put_aside(some, str(error))
            else:
                if self._is_said:
                    _LOGGER.info("responses_webhook_url takes answers again.")
                self._is_down = self._is_said = False
                self._done_with(some)
                with self._changed:
                    self.taken += len(some)
                    self._arrived += [each.answer_id for each in some]

    def _next(self) -> list[Written]:
        """Wait for answers; none if there will be no more. They stay in the queue until done."""
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._has_no_more or self._gives_up)
            return [] if self._gives_up else list(self._queue)[:MOST_IN_ONE]

    def _done_with(self, answers: Sequence[Written]) -> None:
        with self._changed:
            for _ in range(min(len(answers), len(self._queue))):
                self._queue.popleft()
            self._changed.notify_all()

    def _deliver(self, answers: Sequence[Written]) -> None:
        waits = backoff.expo(factor=1, max_value=_LONGEST_WAIT)
        next(waits)
        attempts = 1 if self._is_down else _ATTEMPTS
        for attempt in range(1, attempts + 1):
            try:
                self._post(answers)
            except NotTaken as error:
                if not error.may_be_repeated or attempt == attempts or self._gives_up:
                    raise
                wait = next(waits) if error.retry_after is None else error.retry_after
                _LOGGER.warning(
                    "responses_webhook_url: attempt %d of %d failed (%s); the next is in %.0f s.",
                    attempt,
                    attempts,
                    error,
                    wait,
                )
                self._pause(min(wait, _LONGEST_WAIT))
            else:
                return

    def _pause(self, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._gives_up, timeout=seconds)

    def _put_aside(self, answers: Sequence[Written], reason: str) -> None:
        if not self._is_said:
            # Once, until it takes some again: there may be thousands, and how many is said at last.
            self._is_said = True
            _LOGGER.warning(
                "responses_webhook_url did not take %s: %s; what it does not take goes to %s.",
                counted(len(answers), "answer"),
                reason,
                self._dead_letters.path,
            )
        try:
            self._dead_letters.set_aside(answers)
        except DeliveryError as error:
            _LOGGER.error("%s", error)  # noqa: TRY400 - a sentence, no traceback
            return
        with self._changed:
            self._set_aside += len(answers)
            self._arrived += [each.answer_id for each in answers]
