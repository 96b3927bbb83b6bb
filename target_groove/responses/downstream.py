"""Answers on standard output, between a tap and a loader: what `map-groove` is for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_groove.responses.response import record_line, schema_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from target_groove.ledger.outbox import Written
    from target_groove.standard_output import StandardOutput


class Downstream:
    """Writes messages for the loader behind this program.

    Attributes:
        name: `map-groove` with the name of the stream.
        confirms: False: whether that loader has stored an answer, nobody tells a mapper.
    """

    confirms = False

    def __init__(self, output: StandardOutput, *, stream: str) -> None:
        """Take the parts.

        Args:
            output: Where messages are written; STATEs too.
            stream: Name of the stream.
        """
        self.name = f"map-groove {stream}"[:90]
        self._output = output
        self._stream = stream
        self.taken = 0

    def check(self) -> None:
        """See `Destination`."""

    def begin(self) -> None:
        """See `Destination`."""
        self._write(schema_line(self._stream))

    def send(self, answers: Sequence[Written], *, again: bool = False) -> None:
        """See `Destination`; a loader that stores answers by their key has each once."""
        del again
        self._write(b"".join(record_line(self._stream, each) for each in answers))
        self.taken += len(answers)

    def arrived(self) -> list[str]:
        """See `Destination`."""
        return []

    def finish(self) -> str:
        """See `Destination`."""
        return ""

    def close(self) -> None:
        """See `Destination`."""

    def _write(self, lines: bytes) -> None:
        self._output.write(lines, what="The stream of responses")
