"""Lines of the input, read so that nothing can block or bloat the run."""

from __future__ import annotations

import io
import os
import select
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any, Final, NamedTuple, Protocol

import msgspec

from target_groove.delivery.depth import is_deeper

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from target_groove.stopping import StopRequest


class HasDescriptor(Protocol):
    """What `select` can watch."""

    def fileno(self) -> int:
        """Give the descriptor."""


_DECODER: Final = msgspec.json.Decoder(float_hook=Decimal)
_CHUNK_BYTES: Final = 65_536
_KEPT_OF_A_LONG_LINE: Final = 1_000
_MOST_LEVELS: Final = 100
"""Whoever walks a record goes a step or two deeper for each, and Python's patience has an end."""
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


class Line(NamedTuple):
    """One line of the input.

    Attributes:
        number: Counted from 1.
        data: Its bytes, without the line's end; only the beginning if it is too long.
        byte_count: Its whole length.
    """

    number: int
    data: bytes
    byte_count: int


def read_lines(
    source: IO[Any],
    *,
    max_bytes: int,
    stop: StopRequest,
    seconds_until_idle: Callable[[], float | None],
    wakes: HasDescriptor | None = None,
    on_wake: Callable[[], None] = lambda: None,
) -> Iterator[Line | None]:
    """Read a source line by line.

    Args:
        source: A file, a pipe, or any file-like object of text or bytes.
        max_bytes: Of a longer line only the beginning is kept in memory.
        stop: Ends the waiting for input.
        seconds_until_idle: How long to wait for input before saying that none comes; None for ever.
        wakes: What else is watched while input is awaited.
        on_wake: Called when that is readable.

    Returns:
        The lines that are not blank; None when the source has been quiet for that long.

    Raises:
        Interrupted: The end was asked for.
    """
    return _split(_chunks(source, stop, seconds_until_idle, wakes, on_wake), max_bytes)


def read_file_lines(file: IO[bytes], *, max_bytes: int) -> Iterator[Line]:
    """Read the lines of a file that is there as a whole, perhaps unpacked on the way.

    Args:
        file: The file.
        max_bytes: Of a longer line only the beginning is kept in memory.

    Yields:
        The lines that are not blank.
    """
    return (line for line in _split(_chunks_of_object(file), max_bytes) if line)


def _split(chunks: Iterator[bytes | None], max_bytes: int) -> Iterator[Line | None]:
    most = max(max_bytes, _KEPT_OF_A_LONG_LINE)
    number, head, length = 0, bytearray(), 0
    for chunk in chunks:
        if chunk is None:
            yield None
            continue
        *ended, rest = chunk.split(b"\n")
        for part in ended:
            number += 1
            if not length and number > 1 and len(part) <= max_bytes:
                if part and not part.isspace():
                    yield Line(number, part, len(part))
                continue
            line = _line(number, head + part[: most - len(head)], length + len(part), max_bytes)
            if line.data.strip() or line.byte_count > max_bytes:
                yield line
            head, length = bytearray(), 0
        length += len(rest)
        head += rest[: most - len(head)]
    line = _line(number + 1, head, length, max_bytes)
    if line.data.strip() or line.byte_count > max_bytes:
        yield line


def _line(number: int, head: bytearray, length: int, max_bytes: int) -> Line:
    kept = bytes(head if length <= max_bytes else head[:_KEPT_OF_A_LONG_LINE])
    return Line(number, kept.removeprefix(_BYTE_ORDER_MARK) if number == 1 else kept, length)


def parse_line(line: Line, *, max_bytes: int) -> dict[str, Any]:
    """Parse the JSON object of a line.

    Raises:
        ValueError: The line is too long, or no JSON object.
    """
    if line.byte_count > max_bytes:
        msg = f"{line.byte_count} bytes long, max_record_bytes allows {max_bytes}"
        raise ValueError(msg)
    return parse_object(line.data)


def parse_object(data: bytes) -> dict[str, Any]:
    """Parse a JSON object; numbers with a point become `Decimal`, so that they keep their digits.

    Raises:
        ValueError: It is no JSON object in Unicode; NaN and lone surrogates are neither.
    """
    try:
        value = _DECODER.decode(data)
    except (ValueError, ArithmeticError, RecursionError) as error:
        reason = "a number is out of range" if isinstance(error, ArithmeticError) else error
        msg = f"not valid JSON in Unicode ({reason})"
        raise ValueError(msg) from error
    if not isinstance(value, dict):
        msg = "not a JSON object"
        raise ValueError(msg)  # noqa: TRY004 - one kind of complaint
    if is_deeper(value, data, _MOST_LEVELS):
        msg = f"more than {_MOST_LEVELS} lists and objects in each other"
        raise ValueError(msg)
    return value


def _chunks(
    source: IO[Any],
    stop: StopRequest,
    seconds_until_idle: Callable[[], float | None],
    wakes: HasDescriptor | None,
    on_wake: Callable[[], None],
) -> Iterator[bytes | None]:
    binary = getattr(source, "buffer", source)
    try:
        descriptor = binary.fileno()
    except (AttributeError, io.UnsupportedOperation):
        yield from _chunks_of_object(binary)
        return
    watched = [stop, *([wakes] if wakes else [])]
    while True:
        ready, _, _ = select.select([descriptor, *watched], [], [], seconds_until_idle())
        stop.check()
        if any(each in ready for each in watched):
            on_wake()
        elif not ready:
            yield None
        elif chunk := os.read(descriptor, _CHUNK_BYTES):
            yield chunk
        else:
            return


def _chunks_of_object(source: IO[Any]) -> Iterator[bytes]:
    while chunk := source.read(_CHUNK_BYTES):
        yield chunk.encode(errors="surrogatepass") if isinstance(chunk, str) else chunk
