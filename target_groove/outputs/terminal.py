"""The display of a run, for those runs that have a person in front of them and last a moment."""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING, Final

from target_groove.outputs.on_stderr import handlers_on_stderr, is_for_people

if TYPE_CHECKING:
    from collections.abc import Callable

    from target_groove.outputs.standing import Standing

_SECONDS_BEFORE: Final = 0.5
"""A shorter run needs no display, and so does not wait for it to be loaded."""


def has_terminal() -> bool:
    """Whether standard error is a terminal that can move its cursor."""
    try:
        is_terminal = sys.stderr.isatty()
    except (AttributeError, ValueError):
        return False
    return is_terminal and os.environ.get("TERM", "") not in {"", "dumb", "unknown"}


class Terminal:
    """Shows the display in a thread of its own, from a moment after the beginning to the end.

    The lines for tools, which tell the same, are left out there meanwhile.
    """

    def __init__(self, standing: Callable[[], Standing]) -> None:
        """Begin."""
        self._standing = standing
        self._is_over = threading.Event()
        self._handlers = handlers_on_stderr()
        for handler in self._handlers:
            handler.addFilter(is_for_people)
        self._thread = threading.Thread(target=self._show, name="display", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Take the display away."""
        self._is_over.set()
        self._thread.join()
        for handler in self._handlers:
            handler.removeFilter(is_for_people)

    def _show(self) -> None:
        if self._is_over.wait(_SECONDS_BEFORE):
            return
        from target_groove.outputs.display import Display  # noqa: PLC0415 - takes a tenth of a second

        with Display(self._standing):
            self._is_over.wait()
