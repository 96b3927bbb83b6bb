"""When a window with batches ends: at so many records to be sent, or when they wait too long."""

from __future__ import annotations

import contextlib
import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from target_groove.target import GrooveTarget
from tests.conftest import Run
from tests.ledger.desk import bodies, upserting
from tests.runs import Message, records

if TYPE_CHECKING:
    from collections.abc import Iterator

    from target_groove.sandbox import Sandbox

BATCH = {
    "stream": "s",
    "endpoint": "custom",
    "method": "POST",
    "url": "/echo/x",
    "batch": {"grouping": "array", "size": 100},
}


@pytest.fixture
def deliver(run: Run) -> Run:
    """Runs that send what changed in batches, and whose batches never wait too long."""
    return upserting(run, streams=[BATCH], checkpoint_seconds=3600)


def rows(count: int, *, changed_every: int = 0) -> list[Message]:
    """Records, of which every so many is another than before."""
    values = (
        {"id": each, "v": int(bool(changed_every) and each % changed_every == 0)}
        for each in range(count)
    )
    return list(records("s", *values, keys=["id"]))


def sizes(sandbox: Sandbox, since: int = 0) -> list[int]:
    """How many records each request had."""
    return [len(each) for each in bodies(sandbox, since)]


def test_changes_of_many_windows_share_a_request(deliver: Run, sandbox: Sandbox) -> None:
    deliver({}, rows(1000))
    assert sizes(sandbox) == [100] * 10
    result = deliver({}, rows(1000, changed_every=100))
    assert sizes(sandbox, since=10) == [10]
    assert "10 delivered, 0 rejected, 990 unchanged, 1 request" in result.log


def test_a_window_ends_with_so_many_records_that_are_sent(deliver: Run, sandbox: Sandbox) -> None:
    deliver({}, rows(200))
    result = deliver({"batch_size_rows": 10}, rows(200, changed_every=5))
    assert result.exit_code == 0
    assert sizes(sandbox, since=2) == [10] * 4


@pytest.mark.parametrize(
    "seconds_a_window, checkpoint_seconds, expected",
    [(0.0, 0, [8]), (0.3, 0, [8]), (1.0, 0, [4, 4]), (1.0, 2, [6, 2]), (1.0, 10, [8])],
)
def test_records_wait_for_their_batch_no_longer_than_a_state_does(
    deliver: Run,
    sandbox: Sandbox,
    seconds_a_window: float,
    checkpoint_seconds: int,
    expected: list[int],
) -> None:
    """Two of ten records changed, so that a window alone would never be full."""
    deliver({}, rows(40))
    now = 0.0

    def lines() -> Iterator[bytes]:
        nonlocal now
        for number, message in enumerate(rows(40, changed_every=5)):
            now += seconds_a_window if number % 10 == 1 else 0.0
            yield json.dumps(message).encode() + b"\n"

    config = {**deliver.config, "batch_size_rows": 10, "checkpoint_seconds": checkpoint_seconds}
    target = GrooveTarget(config=config)
    with contextlib.closing(target), contextlib.redirect_stdout(io.StringIO()):
        target.parts.pipeline._clock = lambda: now
        source: Any = _Lines(lines())
        target.run(source)
    assert sizes(sandbox, since=1) == expected


class _Lines(io.RawIOBase):
    """A source that gives a line at each reading."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines = lines

    def read(self, _size: int = -1) -> Any:
        return next(self._lines, b"")
