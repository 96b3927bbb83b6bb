"""When a run will be done, where the size of its input is known."""

from __future__ import annotations

import os
import stat
from typing import IO, TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_SAMPLE_BYTES: Final = 64 << 20
"""A longer input's lines are counted up to here, which takes a few hundredths of a second."""
_CHUNK_BYTES: Final = 1 << 20


class InputSize:
    """How many lines an input has, and how many were read.

    Attributes:
        lines: All lines; of a long input an estimate. None if nobody can know.
    """

    def __init__(self, source: IO[Any] | None, lines_read: Callable[[], int]) -> None:
        """Look at the input without moving in it.

        Args:
            source: The input; only a file has a size.
            lines_read: Gives how many lines were read.
        """
        self.lines = _lines_of(source)
        self._lines_read = lines_read

    def records_left(self, read: int, settled: int) -> float | None:
        """Say how many records are not settled yet, those that were not read among them.

        Args:
            read: How many records were read.
            settled: How many of these are settled.

        Returns:
            A guess: what comes is taken to be like what came. None if nobody can know.
        """
        lines_read = self._lines_read()
        if self.lines is None or not lines_read:
            return None
        per_line = read / lines_read
        return max(self.lines - lines_read, 0) * per_line + read - settled


def seconds_left(
    records_left: float,
    *,
    settled: int,
    requests: int,
    seconds: float,
    requests_per_minute: int,
) -> float | None:
    """Guess how long the rest takes.

    Args:
        records_left: How many records are not settled.
        settled: How many are.
        requests: How many requests these took.
        seconds: How long that took.
        requests_per_minute: The limit, 0 if there is none. Until it is met for the first time, a
            run is faster than it can stay.

    Returns:
        Seconds; None while there is nothing to go by.
    """
    if not records_left:
        return 0.0
    if not settled or not seconds:
        return None
    at_this_pace = records_left * seconds / settled
    if not requests_per_minute:
        return at_this_pace
    requests_left = records_left * requests / settled
    room = max(requests_per_minute - requests, 0)
    return max(at_this_pace, (requests_left - room) * 60 / requests_per_minute)


def _lines_of(source: IO[Any] | None) -> int | None:
    try:
        descriptor = source.fileno() if source is not None else -1
        status = os.fstat(descriptor)
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(status.st_mode) or not status.st_size:
        return None
    lines = at = 0
    while at < _SAMPLE_BYTES and (chunk := os.pread(descriptor, _CHUNK_BYTES, at)):
        lines += chunk.count(b"\n")
        at += len(chunk)
    return max(round(lines * status.st_size / at), 1) if at else None
