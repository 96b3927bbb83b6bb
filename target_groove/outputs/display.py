"""What a person at a terminal sees while a run goes on; elsewhere nobody loads it."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Any, Final, Self

from rich.console import Console, Group
from rich.file_proxy import FileProxy
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from target_groove.outputs.durations import duration
from target_groove.outputs.on_stderr import handlers_on_stderr

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable
    from types import TracebackType

    from target_groove.outputs.standing import Standing

_A_SECOND: Final = 4
_LABEL: Final = "dim"
_BAR_WIDTH: Final = 28
_SECONDS_WITHOUT_FRACTION: Final = 10
"""From here on `duration` gives whole seconds."""
_ALARMING: Final = {"delivered": "green", "rejected": "red", "in doubt": "yellow"}


class _SteadyConsole(Console):
    """Leaves the cursor alone: a run that is killed could not bring it back."""

    def show_cursor(self, show: bool = True) -> bool:  # noqa: ARG002, FBT001, FBT002 - as rich has it
        return False


class Display:
    """Two lines at the end of the terminal that are always up to date; log lines pass above."""

    def __init__(self, standing: Callable[[], Standing], console: Console | None = None) -> None:
        """Take what is shown; nothing is yet."""
        self._standing = standing
        self._console = console or _SteadyConsole(stderr=True, markup=False, highlight=False)
        self._lock = threading.Lock()
        self._live = Live(
            console=self._console,
            get_renderable=lambda: picture(self._standing()),
            refresh_per_second=_A_SECOND,
            redirect_stdout=False,
            redirect_stderr=False,
            transient=True,
        )
        self._diverted: list[tuple[logging.StreamHandler[Any], Any]] = []

    def __enter__(self) -> Self:
        """Show it."""
        for handler in handlers_on_stderr():
            proxy: Any = FileProxy(self._console, sys.stderr)
            self._diverted.append((handler, handler.setStream(proxy)))
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Take it away."""
        self._live.stop()
        for handler, stream in self._diverted:
            handler.setStream(stream)
        self._diverted.clear()


def picture(standing: Standing) -> Group:
    """Draw how far a run has come."""
    counts = Text(overflow="ellipsis", no_wrap=True)
    for name, count in (
        ("read", standing.read),
        ("delivered", standing.delivered),
        ("unchanged", standing.unchanged + standing.merged),
        ("rejected", standing.rejected - standing.in_doubt),
        ("in doubt", standing.in_doubt),
        ("skipped", standing.skipped),
    ):
        if count or name in {"read", "delivered", "unchanged", "rejected", "in doubt"}:
            counts.append(f"{count:,} ", _ALARMING.get(name, "") if count else _LABEL)
            counts.append(f"{name}   ", _LABEL)
    pace = Text(overflow="ellipsis", no_wrap=True)
    pace.append(f"{standing.requests:,} ")
    pace.append("requests   ", _LABEL)
    pace.append(f"{standing.in_last_minute:,} ")
    pace.append("in the last minute   ", _LABEL)
    if standing.seconds_to_wait >= 1:
        pace.append("the limit lets the next one go in ", _LABEL)
        pace.append(f"{duration(standing.seconds_to_wait)}   ", "yellow")
    return Group(counts, pace, _time_line(standing))


def _time_line(standing: Standing) -> Table:
    line = Table.grid(padding=(0, 1))
    words = Text(overflow="ellipsis", no_wrap=True)
    words.append(_whole(standing.seconds))
    if standing.share is None:
        words.append(" so far", _LABEL)
        line.add_row(words)
        return line
    if standing.seconds_left is not None:
        words.append(" so far, about ", _LABEL)
        words.append(_whole(max(standing.seconds_left, 1)))
        words.append(" to go", _LABEL)
    bar = ProgressBar(total=1.0, completed=standing.share, width=_BAR_WIDTH, complete_style="green")
    line.add_row(bar, f"{standing.share:.0%}", words)
    return line


def _whole(seconds: float) -> str:
    """Write a duration without a fraction, which would only flicker."""
    whole = round(seconds)
    return duration(whole) if whole >= _SECONDS_WITHOUT_FRACTION else f"{whole} s"
