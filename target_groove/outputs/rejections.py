"""What a rejected record does: it stops the run, or it is set aside and counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_groove.errors import DeliveryError

if TYPE_CHECKING:
    import logging
    from collections.abc import Mapping

    from target_groove.checkpoints import Checkpoints
    from target_groove.delivery.request import Source
    from target_groove.outputs.dead_letters import DeadLetters
    from target_groove.outputs.summary import Summary


class Rejections:
    """Takes rejected records, up to the number that is allowed."""

    def __init__(
        self,
        dead_letters: DeadLetters,
        *,
        checkpoints: Checkpoints,
        summary: Summary,
        logger: logging.Logger,
        max_rejected: int | None,
    ) -> None:
        """Take the parts.

        Args:
            dead_letters: Where records are set aside.
            checkpoints: Learns that a record which was set aside is settled.
            summary: Counts.
            logger: Gets a line for each record.
            max_rejected: Beyond this many the run stops; None for no limit.
        """
        self._dead_letters = dead_letters
        self._checkpoints = checkpoints
        self._summary = summary
        self._logger = logger
        self._max_rejected = max_rejected

    def take(
        self,
        source: Source,
        reason: str,
        *,
        set_aside: bool,
        endpoint: str = "",
        request: Mapping[str, Any] | None = None,
    ) -> None:
        """Set a record aside, or stop the run for it.

        Args:
            source: The record.
            reason: Why, without a full stop.
            set_aside: Whether the record is set aside; otherwise it stops the run.
            endpoint: Where it was to go, if that was decided.
            request: The masked request, if one was made.

        Raises:
            DeliveryError: The run is to stop.
        """
        self._summary.rejected[source.stream, endpoint] += 1
        sentence = f"{source}: {reason}."
        if not set_aside:
            raise DeliveryError(sentence[0].upper() + sentence[1:])
        self._dead_letters.add(source, reason=reason, request=request)
        self._checkpoints.settle(source.position)
        self._logger.warning(
            "Set aside: %s",
            sentence,
            extra={"stream": source.stream, "record_key": source.key, "reason": reason},
        )
        rejected = self._summary.rejected.total()
        if self._max_rejected is not None and rejected > self._max_rejected:
            msg = (
                f"{rejected} records were rejected, max_rejected is {self._max_rejected}; "
                f"the last: {sentence}"
            )
            raise DeliveryError(msg)
