"""A signal asks the run to end; whoever waits can see it."""

from __future__ import annotations

import os
import select
import signal
import threading
from typing import TYPE_CHECKING, Any

from target_groove.errors import EXIT_SIGNAL_BASE, Halted, Interrupted

if TYPE_CHECKING:
    from types import FrameType


class StopRequest:
    """Whether a signal asked the run to end, or the run itself that nothing more be sent.

    The handler only writes to a pipe and sets a flag, so it is safe at any instant; who waits, for
    time to pass or for input, watches the pipe as well.
    """

    def __init__(self) -> None:
        """Open the pipe; nothing has been asked yet."""
        self.signal_number: int | None = None
        self._is_halted = False
        self._read_end, self._write_end = os.pipe()
        self._previous: dict[int, Any] = {}

    def fileno(self) -> int:
        """The descriptor that becomes readable with the signal."""
        return self._read_end

    def close(self) -> None:
        """Listen no more: give the signals back to who had them, and close the pipe."""
        for number, handler in self._previous.items():
            signal.signal(number, handler or signal.SIG_DFL)
        os.close(self._read_end)
        os.close(self._write_end)

    def install(self) -> None:
        """Listen to SIGTERM and SIGINT, where this is the main thread."""
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                self._previous[number] = signal.signal(number, self.handle)

    def handle(self, signal_number: int, _frame: FrameType | None = None) -> None:
        """Ask for the end; a second signal ends the process at once, with nothing more printed."""
        if self.signal_number is not None:
            os._exit(EXIT_SIGNAL_BASE + signal_number)
        self.signal_number = signal_number
        os.write(self._write_end, b"!")

    def halt(self) -> None:
        """Ask that nothing more be sent, and end the waiting of all that wait to send."""
        if not self._is_halted:
            self._is_halted = True
            os.write(self._write_end, b"!")

    @property
    def may_send(self) -> bool:
        """Whether anything may still be sent."""
        return self.signal_number is None and not self._is_halted

    def check(self) -> None:
        """Do nothing, unless a signal asked for the end.

        Raises:
            Interrupted: It did.
        """
        if self.signal_number is not None:
            raise Interrupted(self.signal_number)

    def check_sending(self) -> None:
        """Do nothing, unless nothing more is to be sent.

        Raises:
            Interrupted: A signal asked for the end.
            Halted: The run ends for another reason.
        """
        self.check()
        if self._is_halted:
            msg = "Nothing more is sent."
            raise Halted(msg)

    def sleep(self, seconds: float) -> None:
        """Let time pass, but no longer than until the end is asked for.

        Raises:
            Interrupted: A signal asked for the end.
            Halted: Nothing more is to be sent.
        """
        self.check_sending()
        select.select([self._read_end], [], [], max(seconds, 0.0))
        self.check_sending()
