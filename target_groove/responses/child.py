"""Answers into another Singer target, `responses_command`: a child that reads them on its stdin."""

from __future__ import annotations

import errno
import hashlib
import json
import logging
import os
import queue
import shlex
import shutil
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from target_groove.delivery.encoding import to_json
from target_groove.errors import ConfigurationError, Interrupted
from target_groove.responses.child_process import close, ended, start, stop
from target_groove.responses.response import record_line, schema_line
from target_groove.wording import counted

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Sequence

    from target_groove.ledger.outbox import Written

BOOKMARK: Final = "target_groove_responses"
"""The name in the STATEs that the child gets; it prints one back when it has stored so many."""
_QUEUE: Final = 50
"""Lots of answers that wait for the child to read."""
_ROOM_SECONDS: Final = 120.0
_CLOSE_SECONDS: Final = 10.0
_SLICE: Final = 0.1
_LONGEST_LINE: Final = 65_536
"""Bytes of what the child prints that are looked at together; a STATE of ours is short."""
_LOGGER: Final = logging.getLogger("target-groove")


class ChildTarget:
    """Starts the child once and feeds it in order.

    It gets a STATE behind each lot of answers, and what it prints of them says how much it has
    stored; its end without an error says that of everything. What it prints goes no further: it is
    not this run's STATE. It does not get a signal that is meant for this process.

    Attributes:
        name: `responses_command` and a digest of it.
        confirms: True.
    """

    confirms = True

    def __init__(
        self,
        command: str,
        *,
        stream: str,
        token: str,
        check: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
        room_seconds: float = _ROOM_SECONDS,
    ) -> None:
        """Take the command line; nothing is started yet.

        Args:
            command: The setting, split like a shell's and run without one.
            stream: Name of the stream.
            token: Groove's; variables that hold it are kept from the child.
            check: Raises if a signal asked for the end.
            clock: Gives seconds that only grow.
            room_seconds: How long the delivery waits for a child that does not read.
        """
        digest = hashlib.blake2b(command.encode(), digest_size=6).hexdigest()
        self._words = shlex.split(command)
        self.name = f"responses_command {Path(self._words[0]).name[:50]} {digest}"
        self._stream = stream
        self._token = token
        self._check = check
        self._clock = clock
        self._room_seconds = room_seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._lots: queue.Queue[bytes | None] = queue.Queue(_QUEUE)
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._on_their_way: list[str] = []
        self._told = 0
        self._stored = 0
        self._problem = ""
        self._has_end = False
        self._kept_back = 0

    @property
    def taken(self) -> int:
        """See `Destination`."""
        with self._lock:
            return self._stored

    @property
    def _count(self) -> int:
        """How many answers it was given; those of which `arrived` told are not kept."""
        return self._told + len(self._on_their_way)

    def check(self) -> None:
        """See `Destination`; looks for the program, and does not start it."""
        if shutil.which(self._words[0]) is None:
            is_there = Path(self._words[0]).exists()
            raise self._unusable(os.strerror(errno.EACCES if is_there else errno.ENOENT))

    def begin(self) -> None:
        """See `Destination`."""
        try:
            self._process = start(self._words, token=self._token)
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            raise self._unusable(why) from error
        for work in (self._feed, self._listen):
            thread = threading.Thread(
                target=work, args=(self._process,), name="responses", daemon=True
            )
            self._threads.append(thread)
            thread.start()
        self._put(schema_line(self._stream), self._check)

    def _unusable(self, why: str | None) -> ConfigurationError:
        return ConfigurationError(
            [f"Setting responses_command cannot be started: {self._words[0]!r} ({why})."]
        )

    def send(self, answers: Sequence[Written], *, again: bool = False) -> None:
        """See `Destination`; a child that does not read gets nothing more after a while."""
        del again
        if self._has_failed():
            self._kept_back += len(answers)
            return
        with self._lock:
            self._on_their_way += [each.answer_id for each in answers]
            count = self._count
        lines = [record_line(self._stream, each) for each in answers]
        lines.append(to_json({"type": "STATE", "value": {BOOKMARK: count}}) + b"\n")
        try:
            has_room = self._put(b"".join(lines), self._check)
        except Interrupted:
            with self._lock:
                del self._on_their_way[-len(answers) :]
            raise
        if not has_room:
            self._fails("does not read its input")

    def arrived(self) -> list[str]:
        """See `Destination`."""
        with self._lock:
            new = self._stored - self._told
            given, self._on_their_way = self._on_their_way[:new], self._on_their_way[new:]
            self._told = self._stored
        return given

    def finish(self) -> str:
        """See `Destination`; the child may take the time it needs to store what it has."""
        process = self._process
        if process is None:
            return ""
        self._end_input(self._check)
        while process.poll() is None and not self._has_failed():
            self._check()
            self._pause()
        if not self._has_failed():
            self._join()
            if process.returncode:
                self._fails(ended(process.returncode))
        if self._has_failed():
            self._stop(process)
            left = self._count - self._stored + self._kept_back
            stored = f"; {counted(left, 'answer')} may not be stored" if left else ""
            return f"responses_command {self._problem}{stored}"
        with self._lock:
            self._stored = self._count
        return ""

    def close(self) -> None:
        """See `Destination`."""
        process, self._process = self._process, None
        if process is None:
            return
        until = self._clock() + _CLOSE_SECONDS
        self._end_input(lambda: None, until=until)
        while process.poll() is None and self._clock() < until:
            self._pause()
        if process.poll() == 0 and not self._has_failed():
            with self._lock:
                self._stored = self._count
        self._stop(process)

    def _put(
        self, lot: bytes | None, check: Callable[[], None], until: float | None = None
    ) -> bool:
        """Give the child something to read, or the end of it; not if it does not read."""
        until = self._clock() + self._room_seconds if until is None else until
        while not self._has_failed():
            try:
                self._lots.put(lot, timeout=_SLICE)
            except queue.Full:
                check()
                if self._clock() >= until:
                    return False
            else:
                return True
        return True

    def _end_input(self, check: Callable[[], None], until: float | None = None) -> None:
        check()
        if not self._has_end:
            self._has_end = True
            if not self._put(None, check, until):
                self._fails("does not read its input")

    def _pause(self) -> None:
        self._threads[0].join(_SLICE)
        if not self._threads[0].is_alive():
            self._threads[1].join(_SLICE)

    def _stop(self, process: subprocess.Popen[bytes]) -> None:
        """End the child, if it has not ended by itself."""
        stop(process, seconds=_CLOSE_SECONDS)
        self._has_end = True
        # The thread that feeds it finds that out by itself, if it is not waiting for more.
        self._problem = self._problem or "was stopped"
        self._join()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None and not any(each.is_alive() for each in self._threads):
                close(pipe)

    def _join(self) -> None:
        for each in self._threads:
            each.join(_CLOSE_SECONDS)

    def _has_failed(self) -> bool:
        return bool(self._problem)

    def _fails(self, problem: str) -> None:
        with self._lock:
            if self._problem:
                return
            self._problem = problem
        _LOGGER.warning("responses_command %s.", problem)

    # In threads

    def _feed(self, process: subprocess.Popen[bytes]) -> None:
        stdin = process.stdin
        assert stdin is not None  # noqa: S101 - it is a pipe
        try:
            while (lot := self._next()) is not None:
                stdin.write(lot)
                stdin.flush()
            if process.poll() is not None:
                raise BrokenPipeError
        except OSError:
            code = process.wait()
            self._fails(f"{ended(code)} before it had read everything")
        finally:
            close(stdin)

    def _next(self) -> bytes | None:
        while not self._has_failed():
            try:
                return self._lots.get(timeout=_SLICE)
            except queue.Empty:
                continue
        return None

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        stdout = process.stdout
        assert stdout is not None  # noqa: S101 - it is a pipe
        while line := stdout.readline(_LONGEST_LINE):
            count = _count_in(line)
            with self._lock:
                self._stored = max(self._stored, min(count, self._count))


def _count_in(line: bytes) -> int:
    """Read how much is stored; whatever else the child prints says nothing of that."""
    try:
        state: Any = json.loads(line)
    except (ValueError, RecursionError):
        return 0
    value = state.get(BOOKMARK) if isinstance(state, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
