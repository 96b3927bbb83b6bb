"""Who wants to know what happens in a run is told so here; what they make of it is theirs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from target_groove.delivery.request import Request, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempted:
    """One attempt of a request that has ended.

    Attributes:
        request: The request.
        number: Which attempt it was, from 1.
        status: The status of the answer; None if there was no answer.
        seconds: How long it took.
        reason: Why it failed, empty if it did not.
    """

    request: Request
    number: int
    status: int | None
    seconds: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A record that is rejected.

    Attributes:
        source: The record.
        endpoint: Where it was to go, empty if that was not decided.
        reason: Why, without a full stop.
        in_doubt: Whether Groove may have taken it all the same.
        request: The masked request, if one was made.
        status: The status of the answer; None if there was no answer.
        answer: The body of the answer.
    """

    source: Source
    endpoint: str
    reason: str
    in_doubt: bool = False
    request: Mapping[str, Any] | None = None
    status: int | None = None
    answer: Any = None


class Observer:
    """Learns what happens, and does nothing about it; others override what they care for.

    Attempts and waits are told by the threads that send, at the same time, so what takes them must
    be quick and have a lock of its own.
    """

    def attempted(self, attempted: Attempted) -> None:
        """An attempt has ended."""

    def waits(self, seconds: float) -> None:
        """This thread waits for so long until a limit lets a request go."""

    def goes_on(self) -> None:
        """The wait of this thread is over."""

    def rejected(self, rejected: Rejected) -> None:
        """A record is rejected; told by the thread that reads the input."""

    def ended(self) -> None:
        """The run is over."""


class Observers(Observer):
    """Tells several."""

    def __init__(self, observers: Iterable[Observer]) -> None:
        """Take them."""
        self._observers = tuple(observers)

    def attempted(self, attempted: Attempted) -> None:
        """Pass it on."""
        for each in self._observers:
            each.attempted(attempted)

    def waits(self, seconds: float) -> None:
        """Pass it on."""
        for each in self._observers:
            each.waits(seconds)

    def goes_on(self) -> None:
        """Pass it on."""
        for each in self._observers:
            each.goes_on()

    def rejected(self, rejected: Rejected) -> None:
        """Pass it on."""
        for each in self._observers:
            each.rejected(rejected)

    def ended(self) -> None:
        """Pass it on."""
        for each in self._observers:
            each.ended()
