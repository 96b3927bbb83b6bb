"""Standard output, which belongs to whoever reads this run's messages."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

from target_groove.errors import ConfigurationError, DeliveryError

if TYPE_CHECKING:
    from collections.abc import Iterator


class StandardOutput:
    """Writes lines, each at once, until nobody reads them.

    Attributes:
        is_read: Whether somebody does, as far as is known.
    """

    def __init__(self) -> None:
        """Write nothing yet."""
        self.is_read = True

    def write(self, lines: bytes, *, what: str) -> None:
        """Write whole lines.

        Args:
            lines: The lines, each with its end.
            what: What they are, for the sentence if they cannot be written.

        Raises:
            DeliveryError: Standard output takes nothing any more.
        """
        try:
            write(lines)
        except OSError as error:
            self.is_read = False
            write_nowhere()
            msg = _cannot_be_printed(what, error)
            raise DeliveryError(msg) from error


def check_streams(file_input: IO[Any] | None) -> None:
    """Make sure that there is something to read, and somewhere to write.

    Args:
        file_input: The input, standard input if None.

    Raises:
        ConfigurationError: Standard input or output was closed by whoever started the program.
    """
    if sys.stdout is None or (sys.stdin is None and file_input is None):
        msg = "Standard input and output must be open: messages come in there, and go out."
        raise ConfigurationError([msg])


@contextmanager
def showing() -> Iterator[None]:
    """Say what becomes of standard output while a command shows something there.

    Raises:
        BrokenPipeError: Whoever reads it has seen enough.
        DeliveryError: It takes nothing any more.
    """
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        msg = _cannot_be_printed("What is shown", error)
        raise DeliveryError(msg) from error


def _cannot_be_printed(what: str, error: OSError) -> str:
    reason = (
        "nobody reads standard output any more"
        if isinstance(error, BrokenPipeError)
        else f"standard output fails: {error.strerror}"
    )
    return f"{what} cannot be printed, {reason}."


def is_standard_output(found: os.stat_result) -> bool:
    """Say whether a file that was found is where STATE goes, under whatever name."""
    try:
        return os.path.samestat(found, os.fstat(sys.stdout.fileno()))
    except (AttributeError, OSError, ValueError):  # it is closed, or no descriptor
        return False


def write(lines: bytes) -> None:
    """Write whole lines at once.

    Raises:
        OSError: They cannot be written.
    """
    # Bytes, because a terminal's or a cron job's encoding need not know every character.
    binary = getattr(sys.stdout, "buffer", None)
    if binary is None:
        sys.stdout.write(lines.decode())
    else:
        binary.write(lines)
    sys.stdout.flush()


def write_nowhere() -> None:
    """Let nothing more be written: the interpreter must not try to write the rest at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
