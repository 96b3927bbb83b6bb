"""Locks on single bytes of a file, which the system releases when their owner is gone."""

from __future__ import annotations

import fcntl
import os
import struct
import time
from typing import Final

_FLOCK: Final = struct.Struct("hhqqi0q")
_HAS_OWN_LOCKS: Final = hasattr(fcntl, "F_OFD_SETLK")
_PAUSE_SECONDS: Final = 0.000_1

_held: Final[set[tuple[int, int, int]]] = set()
"""Where locks belong to the process: what this one holds, for it cannot ask the system."""


def try_lock(descriptor: int, offset: int, *, shared: bool = False) -> bool:
    """Lock a byte, unless another has it; it may be beyond the end of the file."""
    kind = fcntl.F_RDLCK if shared else fcntl.F_WRLCK
    try:
        if _HAS_OWN_LOCKS:
            # These belong to the open file: two ledgers in one process are two owners, and
            # closing another descriptor of the file does not release them.
            fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, _FLOCK.pack(kind, 0, offset, 1, 0))
        else:
            if _own(descriptor, offset) in _held:
                return False
            how = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
            fcntl.lockf(descriptor, how | fcntl.LOCK_NB, 1, offset)
            _held.add(_own(descriptor, offset))
    except (BlockingIOError, PermissionError):
        return False
    return True


def lock(descriptor: int, offset: int, *, seconds: float, shared: bool = False) -> bool:
    """Lock a byte, and wait for whoever has it, but not for ever."""
    if try_lock(descriptor, offset, shared=shared):
        return True
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(_PAUSE_SECONDS)
        if try_lock(descriptor, offset, shared=shared):
            return True
    return False


def unlock(descriptor: int, offset: int) -> None:
    """Release a byte."""
    if _HAS_OWN_LOCKS:
        fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, _FLOCK.pack(fcntl.F_UNLCK, 0, offset, 1, 0))
    else:
        fcntl.lockf(descriptor, fcntl.LOCK_UN, 1, offset)
        _held.discard(_own(descriptor, offset))


def is_locked(descriptor: int, offset: int) -> bool:
    """Say whether anybody has a byte, except through this very descriptor."""
    if _HAS_OWN_LOCKS:
        asked = _FLOCK.pack(fcntl.F_WRLCK, 0, offset, 1, 0)
        answer = fcntl.fcntl(descriptor, fcntl.F_OFD_GETLK, asked)
        return bool(_FLOCK.unpack(answer)[0] != fcntl.F_UNLCK)
    if not try_lock(descriptor, offset):
        return True
    unlock(descriptor, offset)
    return False


def _own(descriptor: int, offset: int) -> tuple[int, int, int]:
    status = os.fstat(descriptor)
    return status.st_dev, status.st_ino, offset
