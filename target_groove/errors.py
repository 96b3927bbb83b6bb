"""What can end a run, each as one sentence and with the exit code it leads to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

EXIT_STOPPED: Final = 1
EXIT_UNUSABLE: Final = 2
EXIT_SIGNAL_BASE: Final = 128


class TargetGrooveError(Exception):
    """A run cannot go on; the text is the sentence that the user reads."""

    exit_code: int = EXIT_STOPPED


class ConfigurationError(TargetGrooveError):
    """The configuration or the arguments are unusable.

    Attributes:
        problems: Every problem that was found, a sentence each.
    """

    exit_code = EXIT_UNUSABLE

    def __init__(self, problems: Iterable[str]) -> None:
        """Keep all problems, so that they are said in one list."""
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class InputError(TargetGrooveError):
    """A line of the input cannot be taken as it is; the text names the line."""


class DeliveryError(TargetGrooveError):
    """A record was rejected, or Groove cannot be delivered to any more."""


class Interrupted(TargetGrooveError):
    """A signal asked the run to end.

    Attributes:
        signal_number: The number of the signal.
    """

    def __init__(self, signal_number: int) -> None:
        """Derive the exit code that shells use for a signal."""
        self.signal_number = signal_number
        self.exit_code = EXIT_SIGNAL_BASE + signal_number
        super().__init__(f"Stopped by signal {signal_number}.")


class Halted(TargetGrooveError):
    """Nothing more is sent, because the run ends for another reason, which is told elsewhere."""
