"""A tap that is slower than the server: its lines come with pauses."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class Feeder:
    """Writes lines into a named pipe, a few at a time."""

    def __init__(self, path: Path, *, lines: int, pause_ms: float) -> None:
        """Put a named pipe in the place of a file, and begin to write what was in it.

        Args:
            path: Where it is.
            lines: How many lines come together.
            pause_ms: The pause between them.
        """
        said = path.read_bytes().splitlines(keepends=True)
        self._path = path
        self._chunks = [b"".join(said[at : at + lines]) for at in range(0, len(said), lines)]
        self._pause = pause_ms / 1000
        self._is_over = threading.Event()
        path.unlink()
        os.mkfifo(path)
        self._thread = threading.Thread(target=self._go_on, daemon=True)
        self._thread.start()

    def finish(self) -> None:
        """Write no more; to be called when the process is over."""
        self._is_over.set()
        # The other end may never have been opened.
        descriptor = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK)
        self._thread.join()
        os.close(descriptor)

    def _go_on(self) -> None:
        descriptor = os.open(self._path, os.O_WRONLY)
        try:
            for chunk in self._chunks:
                if self._is_over.is_set():
                    break
                os.write(descriptor, chunk)
                self._is_over.wait(self._pause)
        except BrokenPipeError:
            return
        finally:
            os.close(descriptor)
