"""Standard output, which belongs to whoever reads this run's messages."""

from __future__ import annotations

import os
import sys

from target_groove.errors import DeliveryError


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
            _write(lines)
        except OSError as error:
            self.is_read = False
            # The interpreter must not try to write the rest at its end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            reason = (
                "nobody reads standard output any more"
                if isinstance(error, BrokenPipeError)
                else f"standard output fails: {error.strerror}"
            )
            msg = f"{what} cannot be printed, {reason}."
            raise DeliveryError(msg) from error


def _write(lines: bytes) -> None:
    # Bytes, because a terminal's or a cron job's encoding need not know every character.
    binary = getattr(sys.stdout, "buffer", None)
    if binary is None:
        sys.stdout.write(lines.decode())
    else:
        binary.write(lines)
    sys.stdout.flush()
