"""Singer messages from lines: what cannot be read is named by its line number."""

from __future__ import annotations

import sys
from collections import Counter
from typing import IO, TYPE_CHECKING, Any, Final

from singer_sdk.singerlib.encoding.base import GenericSingerReader
from singer_sdk.singerlib.exceptions import InvalidInputLine

from target_groove.lines import Line, parse_line, parse_object, read_lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from target_groove.lines import HasDescriptor
    from target_groove.stopping import StopRequest

_SHOWN_OF_A_TYPE: Final = 50


class SingerLineReader(GenericSingerReader[bytes]):
    """Reads messages and hands each to the target."""

    def __init__(
        self,
        *,
        max_bytes: int,
        stop: StopRequest,
        seconds_until_idle: Callable[[], float | None],
        on_idle: Callable[[], None],
        wakes: Callable[[], HasDescriptor],
        on_wake: Callable[[], None],
        on_unreadable: Callable[[Line, str], None],
    ) -> None:
        """Take what happens beside messages.

        Args:
            max_bytes: Longer lines are unreadable.
            stop: Ends the reading.
            seconds_until_idle: How long to wait for input before `on_idle`; None for ever.
            on_idle: Called when no input came for that long.
            wakes: Gives what else is watched while input is awaited.
            on_wake: Called when that is readable.
            on_unreadable: Called with a line that is no message, and why.
        """
        super().__init__()
        self.max_bytes = max_bytes
        self._stop = stop
        self._seconds_until_idle = seconds_until_idle
        self._on_idle = on_idle
        self._wakes = wakes
        self._on_wake = on_wake
        self._on_unreadable = on_unreadable
        self.line_number = 0

    @property
    def default_input(self) -> IO[bytes]:
        """Standard input, as it is when the reading starts."""
        return sys.stdin.buffer

    def process_lines(
        self, file_input: IO[bytes] | None, callbacks: dict[str, Callable[[dict[str, Any]], None]]
    ) -> Counter[str]:
        """Read all messages.

        Args:
            file_input: The source, standard input if None.
            callbacks: For each type of message what takes it.

        Returns:
            The number of messages of each type.

        Raises:
            Interrupted: The end was asked for.
        """
        counts: Counter[str] = Counter()
        for line in read_lines(
            file_input or self.default_input,
            max_bytes=self.max_bytes,
            stop=self._stop,
            seconds_until_idle=self._seconds_until_idle,
            wakes=self._wakes(),
            on_wake=self._on_wake,
        ):
            if line is None:
                self._on_idle()
                continue
            self.line_number = line.number
            try:
                message = self._message(line, callbacks)
            except InvalidInputLine as error:
                self._stop.check()
                self._on_unreadable(line, str(error))
            else:
                # A STATE right behind the record that was in flight is still taken: what that
                # record did is acknowledged, and the next run does not send it again.
                if message["type"] != "STATE":
                    self._stop.check()
                callbacks[message["type"]](message)
                counts[message["type"]] += 1
        return counts

    def deserialize_json(self, line: bytes) -> dict[str, Any]:
        """Parse a line; numbers with a point become `Decimal`, so that they keep their digits.

        Raises:
            InvalidInputLine: It is no JSON object in Unicode; NaN and lone surrogates are neither.
        """
        try:
            return parse_object(line)
        except ValueError as error:
            raise InvalidInputLine(str(error)) from error

    def _message(self, line: Line, known: dict[str, Any]) -> dict[str, Any]:
        try:
            message = parse_line(line, max_bytes=self.max_bytes)
        except ValueError as error:
            # Taps that print what belongs on standard error are the usual cause.
            is_talk = not line.data.lstrip().startswith(b"{")
            hint = "; perhaps a line of the tap's log" if is_talk else ""
            msg = f"{error}{hint}"
            raise InvalidInputLine(msg) from error
        kind = message.get("type")
        if not isinstance(kind, str) or kind not in known:
            msg = f"no Singer message (its type is {str(kind)[:_SHOWN_OF_A_TYPE]!r})"
            raise InvalidInputLine(msg)
        return message
