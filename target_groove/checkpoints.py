"""When a STATE may be printed: only when every record before it is settled."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Collection

MOST_STATES_KEPT: Final = 1_001
"""STATEs that wait for records before them; an odd number, so that thinning keeps the newest."""


class Checkpoints:
    """Keeps the order of records and STATEs, and says which STATE is true.

    A record is settled when it is delivered, set aside, or skipped. Records may settle in any
    order; a STATE is true once none of the records read before it is open.
    """

    def __init__(self, *, keep_each: bool = False) -> None:
        """Start with nothing read.

        Args:
            keep_each: Give out every STATE, not only the newest of those that are true.
        """
        self._keep_each = keep_each
        self._next_position = 0
        self._open: dict[int, None] = {}
        self._states: deque[tuple[int, Any]] = deque()
        self._true_states: list[tuple[int, Any]] = []

    @property
    def waits(self) -> bool:
        """Whether a STATE was read that was not given out yet."""
        return bool(self._true_states or self._states)

    @property
    def records_read(self) -> int:
        """How many records have been read."""
        return self._next_position

    @property
    def open_positions(self) -> Collection[int]:
        """The positions of records that are not settled."""
        return self._open.keys()

    def open(self) -> int:
        """Note a record that has been read.

        Returns:
            Its position, to be settled later.
        """
        position = self._next_position
        self._next_position += 1
        self._open[position] = None
        return position

    def settle(self, position: int) -> None:
        """Note that a record is done with."""
        del self._open[position]

    def state_read(self, value: Any) -> None:
        """Note a STATE message, behind the records that were read before it.

        An empty one would make a runner forget the one that it has; it is not noted.
        """
        if not value:
            return
        newest_open = next(reversed(self._open), -1)
        if not self._keep_each and self._states and self._states[-1][0] > newest_open:
            # No open record lies between the two: the older can never be the newest true one.
            self._states.pop()
        self._states.append((self._next_position, value))
        if len(self._states) > MOST_STATES_KEPT:
            # A STATE may always be left out; the newest stays.
            self._states = deque(list(self._states)[1::2])

    def take_true_states(self) -> list[tuple[int, Any]]:
        """Give the STATEs that are true and were not given before.

        Returns:
            Of each the position of the first record that it does not stand behind, and its value;
            all of them in order, or the newest alone.
        """
        oldest_open = next(iter(self._open), self._next_position)
        while self._states and self._states[0][0] <= oldest_open:
            self._true_states.append(self._states.popleft())
        given, self._true_states = self._true_states, []
        return given if self._keep_each else given[-1:]
