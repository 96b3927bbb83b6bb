"""What a mutation refuses, as its payload tells it."""

from __future__ import annotations

from dataclasses import dataclass

# "has already been taken" is Groove's, the others are inferred from it: those of Rails.
TAKEN = "has already been taken"
BLANK = "can't be blank"
INVALID = "is invalid"
NOT_FOUND = "could not be found"


@dataclass(frozen=True, slots=True)
class UserError:
    """One reason why a mutation did nothing.

    Attributes:
        message: The end of a sentence that begins with what the path names.
        path: Names and positions, from the input inward.
    """

    message: str
    path: tuple[str, ...]


class Refused(Exception):
    """A mutation that is answered with errors in its payload, and with null for the object."""

    def __init__(self, *errors: UserError) -> None:
        """Keep the errors."""
        super().__init__(errors)
        self.errors = errors


def refused(message: str, *path: str) -> Refused:
    """Refuse for one reason."""
    return Refused(UserError(message, path))
