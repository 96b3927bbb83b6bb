"""Who tells people of a run: how far it is, and how it ended."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class Narrator:
    """Says nothing; others override what they say."""

    def begin(self, source: IO[Any] | None, lines_read: Callable[[], int]) -> None:
        """Learn what is read, before anything is delivered.

        Args:
            source: The input, None for standard input.
            lines_read: Gives how many lines of it were read.
        """

    def say_if_due(self) -> None:
        """Say how far the run is, if it is time."""

    def say_done(self) -> None:
        """Say that the run went through."""

    def say_stopped(self, error: BaseException) -> None:
        """Say how far a run came that was stopped, by an error or a signal."""
