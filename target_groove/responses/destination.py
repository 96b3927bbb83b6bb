"""Where answers are told: what every way has in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from target_groove.ledger.outbox import Written


class Destination(Protocol):
    """A way on which answers are told, in their order.

    Attributes:
        name: What tells it from others in the ledger.
        confirms: Whether it ever learns that answers arrived.
    """

    name: str
    confirms: bool

    @property
    def taken(self) -> int:
        """How many answers it handed over, as far as it knows."""

    def check(self) -> None:
        """Find out whether it can be used, as far as that shows while nothing is told.

        Raises:
            ConfigurationError: It cannot be used.
            DeliveryError: It cannot be used now.
        """

    def begin(self) -> None:
        """Get ready, before anything is sent to Groove.

        Raises:
            ConfigurationError: It cannot be used.
            DeliveryError: It cannot be used now.
        """

    def send(self, answers: Sequence[Written], *, again: bool = False) -> None:
        """Take answers on their way; it never holds up the delivery for ever.

        Args:
            answers: The answers.
            again: Whether they are those of an earlier run, which may have told them already.

        Raises:
            DeliveryError: The run is to stop.
            Interrupted: A signal came while waiting.
        """

    def arrived(self) -> list[str]:
        """Give the ids of the answers that arrived, or were set aside, since this was asked."""

    def finish(self) -> str:
        """Bring everything to its end: nothing more will come.

        Returns:
            What went wrong, as a sentence's beginning; empty if nothing did.

        Raises:
            Interrupted: A signal came while waiting.
        """

    def close(self) -> None:
        """Let go, within seconds; what has not arrived is left as it is."""
