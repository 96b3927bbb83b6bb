"""The process of a child target: how it is started, how it is stopped, how it ended."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHORTEST_SECRET: Final = 8
"""Characters; what is shorter is a part of many words."""


def start(words: Sequence[str], *, token: str) -> subprocess.Popen[bytes]:
    """Start a child in a group of its own, so that it does not get signals meant for this process.

    Args:
        words: Its command line.
        token: Groove's; variables that hold it are kept from the child.

    Raises:
        OSError: It cannot be started.
        ValueError: It cannot be started either, because of a null character.
    """
    return subprocess.Popen(  # noqa: S603 - that is what the setting is for
        words,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=_environment_without(token),
        start_new_session=True,
    )


def stop(process: subprocess.Popen[bytes], *, seconds: float) -> None:
    """End a child that has not ended by itself, and what it started: it may be a script.

    Args:
        process: The child.
        seconds: How long it may take to end when it is asked.
    """
    if process.poll() is not None:
        return
    _signal_group(process, signal.SIGTERM)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        _signal_group(process, signal.SIGKILL)
        process.wait()


def ended(code: int) -> str:
    """Say how a child ended: `ended with exit code 1`, `was ended by signal 9`."""
    return f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"


def close(pipe: Any) -> None:
    """Close a pipe to or from a child."""
    try:
        pipe.close()
    except OSError:
        # What was not read any more; the child's end has been told.
        return


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _environment_without(token: str) -> dict[str, str]:
    is_long = len(token) >= _SHORTEST_SECRET
    return {
        name: value
        for name, value in os.environ.items()
        if value != token and not (is_long and token in value)
    }
