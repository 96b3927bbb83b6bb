"""Locks on bytes, with locks of the open file and with those of the process."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from target_groove.ledger import byte_locks
from tests.ledger.children import child, said


@pytest.fixture(params=["of the file", "of the process"])
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "of the process":
        monkeypatch.setattr(byte_locks, "_HAS_OWN_LOCKS", False)
    elif not hasattr(fcntl, "F_OFD_SETLK"):
        pytest.skip("this system has no locks of the open file")
    return str(request.param)


@pytest.fixture
def descriptors(tmp_path: Path) -> Iterator[tuple[int, int]]:
    """One file, opened twice."""
    both = [os.open(tmp_path / "locks", os.O_RDWR | os.O_CREAT, 0o600) for _ in range(2)]
    yield both[0], both[1]
    for each in both:
        os.close(each)


def hold(pipe: Connection, path: str) -> None:
    """Lock the byte 5000 and stay."""
    descriptor = os.open(path, os.O_RDWR)
    pipe.send(byte_locks.try_lock(descriptor, 5000))
    pipe.recv()


@pytest.mark.usefixtures("kind")
def test_a_byte_has_one_owner(descriptors: tuple[int, int]) -> None:
    one, other = descriptors
    assert byte_locks.try_lock(one, 5000)
    assert not byte_locks.try_lock(other, 5000)
    assert not byte_locks.lock(other, 5000, seconds=0.01)
    assert byte_locks.is_locked(other, 5000)
    assert not byte_locks.is_locked(other, 5001)
    assert byte_locks.try_lock(other, 5001)
    byte_locks.unlock(one, 5000)
    assert not byte_locks.is_locked(other, 5000)
    assert byte_locks.lock(other, 5000, seconds=1)
    byte_locks.unlock(other, 5000)
    byte_locks.unlock(other, 5001)


@pytest.mark.usefixtures("kind")
def test_the_lock_of_a_killed_process_is_gone(descriptors: tuple[int, int], tmp_path: Path) -> None:
    one, _ = descriptors
    with child(hold, str(tmp_path / "locks")) as (process, pipe):
        assert said(pipe)
        assert byte_locks.is_locked(one, 5000)
        process.kill()
        process.join()
        assert not byte_locks.is_locked(one, 5000)
