"""Who wants to know what happens in a run is told so here; what they make of it is theirs."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from target_groove.delivery.request import Request, Source

_LOGGER: Final = logging.getLogger("target-groove")


class Attempted(NamedTuple):
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
    """Tells several. Who fails is told no more: a run does not end for one who only watches."""

    def __init__(self, observers: Iterable[Observer]) -> None:
        """Take them."""
        self._observers = tuple(observers)

    def attempted(self, attempted: Attempted) -> None:
        """Pass it on."""
        self._tell(lambda each: each.attempted(attempted))

    def waits(self, seconds: float) -> None:
        """Pass it on."""
        self._tell(lambda each: each.waits(seconds))

    def goes_on(self) -> None:
        """Pass it on."""
        self._tell(lambda each: each.goes_on())

    def rejected(self, rejected: Rejected) -> None:
        """Pass it on."""
        self._tell(lambda each: each.rejected(rejected))

    def ended(self) -> None:
        """Pass it on."""
        self._tell(lambda each: each.ended())

    def _tell(self, tell: Callable[[Observer], None]) -> None:
        for each in self._observers:
            try:
                tell(each)
            except Exception as error:  # noqa: BLE001 - whatever it is, the delivery goes on
                self._observers = tuple(other for other in self._observers if other is not each)
                _LOGGER.warning("%s of the run ends: %s.", type(each).__name__, error)
