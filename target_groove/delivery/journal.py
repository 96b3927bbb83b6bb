"""What is noted of a delivery while it is under way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from target_groove.delivery.outcome import Outcome
    from target_groove.delivery.request import Request


class Journal(Protocol):
    """Takes notes of a delivery; what it raises ends the delivery.

    Attributes:
        survives: Whether the notes survive the process, so that a later one can go on from them.
    """

    @property
    def survives(self) -> bool:
        """See above."""

    def leaves(self, request: Request) -> None:
        """A request is about to leave; its look-ups are resolved."""

    def came_back(self) -> None:
        """The request that left certainly did nothing."""

    def answered(self, request: Request, outcome: Outcome) -> None:
        """Something came of a request after all attempts, whatever it is."""

    def call_done(self, request: Request, resource_id: str | None) -> None:
        """A call went through, and another follows; with the id that an answer gave so far."""


class NoJournal:
    """Notes nothing: for requests that change nothing."""

    survives = False

    def leaves(self, request: Request) -> None:
        """Note nothing."""

    def came_back(self) -> None:
        """Note nothing."""

    def call_done(self, request: Request, resource_id: str | None) -> None:
        """Note nothing."""

    def answered(self, request: Request, outcome: Outcome) -> None:
        """Note nothing."""
