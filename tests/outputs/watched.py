"""A tally in time that only the test moves, and what happens in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from target_groove.delivery.observer import Attempted, Rejected
from target_groove.delivery.outcome import AnswerRule
from target_groove.delivery.request import Request, Source
from target_groove.outputs.summary import Summary
from target_groove.outputs.tally import Tally


@dataclass
class Watched:
    """What is counted of a run.

    Attributes:
        now: The time, in seconds.
    """

    now: float = 0.0
    summary: Summary = field(default_factory=Summary)

    def __post_init__(self) -> None:
        """Begin at the time that it is."""
        self.tally = Tally(self.clock)

    def clock(self) -> float:
        """Give the time."""
        return self.now

    def attempt(
        self, status: int | None = 200, seconds: float = 0.1, *, stream: str = "s", **more: Any
    ) -> Attempted:
        """Tell of an attempt; without a stream it is a look-up."""
        attempted = Attempted(
            request=request(stream),
            number=1,
            status=status,
            seconds=seconds,
            reason="" if status == 200 else "no",
            **more,
        )
        self.tally.attempted(attempted)
        return attempted


def source(stream: str = "s", key: str = "id=1", place: str = "line 2") -> Source:
    """A record."""
    return Source(stream, {}, {}, place, key, 0)


def request(stream: str = "s") -> Request:
    """A request that carries a record of the stream; none if it is empty."""
    return Request(
        endpoint="custom" if stream else "",
        stream=stream,
        method="POST",
        url="https://groove.example/v1/echo?api_key=hidden",
        headers={},
        sources=(source(stream),) if stream else (),
        repeatable=True,
        answer=AnswerRule(),
    )


def rejected(reason: str = "no", **more: Any) -> Rejected:
    """A record that is rejected."""
    return Rejected(
        **{"source": source(), "endpoint": "custom", "reason": reason, "in_doubt": False, **more}
    )
