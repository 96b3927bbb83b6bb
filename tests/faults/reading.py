"""A reader of a run's stdout that goes away before the end."""

from __future__ import annotations

import os
import select
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class Reader:
    """Reads some lines from a named pipe, then closes its end."""

    def __init__(self, path: Path, lines: int) -> None:
        """Put a named pipe in the place of a file, and begin to read.

        Args:
            path: Where it is.
            lines: How many lines are read, at least 1: the pipe must have been opened.
        """
        self.path = path
        self._lines = lines
        self._read = b""
        path.unlink(missing_ok=True)
        os.mkfifo(path)
        # Not waiting for the process to open its end.
        self._descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._go_on, daemon=True)
        self._thread.start()

    def finish(self) -> bytes:
        """Give what was read; to be called when the process is over."""
        self._is_over.set()
        self._thread.join()
        return self._read

    def _go_on(self) -> None:
        while self._read.count(b"\n") < self._lines:
            is_over = self._is_over.is_set()
            select.select([self._descriptor], [], [], 0.02)
            try:
                chunk = os.read(self._descriptor, 65_536)
            except BlockingIOError:
                continue
            if not chunk and is_over:
                break
            # Nobody has opened the other end yet.
            self._is_over.wait(0 if chunk else 0.002)
            self._read += chunk
        os.close(self._descriptor)
