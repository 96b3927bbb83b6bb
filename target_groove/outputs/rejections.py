"""What a rejected record does: it stops the run, or it is set aside and counted."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from target_groove.delivery.observer import Observer, Rejected
from target_groove.errors import DeliveryError
from target_groove.wording import printable

if TYPE_CHECKING:
    import logging
    from collections.abc import Mapping, Sequence

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
        observer: Observer | None = None,
    ) -> None:
        """Take the parts.

        Args:
            dead_letters: Where records are set aside.
            checkpoints: Learns that a record which was set aside is settled.
            summary: Counts.
            logger: Gets a line for each record.
            max_rejected: Beyond this many the run stops; None for no limit.
            observer: Is told of each record.
        """
        self._observer = observer or Observer()
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
        """Set a record aside, or stop the run for it; see `take_all`.

        Args:
            source: The record.
            reason: Why, without a full stop.
            set_aside: Whether the record is set aside; otherwise it stops the run.
            endpoint: Where it was to go, if that was decided.
            request: The masked request, if one was made.

        Raises:
            DeliveryError: The run is to stop.
        """
        self.take_all((source,), reason, set_aside=set_aside, endpoint=endpoint, request=request)

    def take_all(
        self,
        sources: Sequence[Source],
        reason: str,
        *,
        set_aside: bool,
        endpoint: str = "",
        request: Mapping[str, Any] | None = None,
        delivered: Sequence[Mapping[str, Any]] = (),
        resource_id: str | None = None,
        in_doubt: bool = False,
        more_follow: bool = False,
        status: int | None = None,
        answer: Any = None,
    ) -> None:
        """Set the records of one request aside, all of them, or stop the run for them.

        Args:
            sources: The records.
            reason: Why, without a full stop.
            set_aside: Whether the records are set aside; otherwise they stop the run.
            endpoint: Where they were to go, if that was decided.
            request: The masked request, if one was made.
            delivered: The masked requests of the same delivery that went through before.
            resource_id: The id that Groove gave, if it gave one.
            in_doubt: Whether Groove may have taken them all the same.
            more_follow: Whether other records of the same request are to be rejected too.
            status: The status of the answer; None if there was no answer.
            answer: The body of the answer.

        Raises:
            DeliveryError: The run is to stop.
        """
        for source in sources:
            self._summary.rejected[source.stream, endpoint] += 1
            if in_doubt:
                self._summary.in_doubt[source.stream, endpoint] += 1
            self._observer.rejected(
                Rejected(
                    source=source,
                    endpoint=endpoint,
                    reason=reason,
                    in_doubt=in_doubt,
                    request=request,
                    status=status,
                    answer=answer,
                )
            )
        if not set_aside:
            shared = f" ({len(sources)} records shared the request)" if len(sources) > 1 else ""
            sentence = printable(f"{sources[0]}: {reason}{shared}.")
            raise DeliveryError(sentence[0].upper() + sentence[1:])
        about = {
            "set_aside_at": time.time(),
            "request": request,
            "delivered": list(delivered),
            "resource_id": resource_id,
            "in_doubt": in_doubt,
        }
        self._dead_letters.add(
            sources, {"reason": reason} | {name: each for name, each in about.items() if each}
        )
        self._summary.set_aside += len(sources)
        for source in sources:
            self._checkpoints.settle(source.position)
            self._logger.warning(
                "Set aside: %s: %s.",
                printable(str(source)),
                printable(reason),
                extra={"stream": source.stream, "record_key": source.key, "reason": reason},
            )
        # Only now: a limit that is passed within a request must not leave the rest of it open,
        # or the next run would send again what Groove has refused or may have taken.
        rejected = self._summary.rejected.total()
        is_beyond = self._max_rejected is not None and rejected > self._max_rejected
        if is_beyond and not more_follow:
            msg = (
                f"{rejected} records were rejected, max_rejected is {self._max_rejected}; "
                f"the last: {sources[-1]}: {reason}."
            )
            raise DeliveryError(printable(msg))
