"""A replay that stops midway: what it delivered is gone, the next one delivers nothing twice."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from target_groove.outputs.dead_letters import DeadLetters
from tests.outputs.letters import REFUSAL, add, entries, plain_reader, source
from tests.processes import ECHO, Loader, eventually

if TYPE_CHECKING:
    from target_groove.sandbox import Sandbox


def test_a_replay_that_stops_keeps_what_it_did_not_deliver(
    sandbox: Sandbox, loader: Loader, path: Path
) -> None:
    """Lines as they were, with their SCHEMAs; then the next replay delivers nothing twice."""
    add(DeadLetters(str(path)), source(1), source(2, "t"), source(3), source(4, "t"))
    lines = path.read_bytes().splitlines()
    sandbox.faults([{**REFUSAL, "body": '"id":3'}])

    done = loader(arguments=["--input", str(path)], config={"on_error": "fail"})

    assert done.exit_code == 1
    assert path.read_bytes().splitlines() == [lines[0], lines[4], lines[2], lines[5]]
    sandbox.faults([])
    assert loader(arguments=["--input", str(path)]).exit_code == 0
    assert [entry["body"]["id"] for entry in sandbox.log()] == [1, 2, 3, 3, 4]
    assert [*path.parent.glob("dead*")] == []


def test_a_replay_that_groove_stops(sandbox: Sandbox, loader: Loader, path: Path) -> None:
    """What was rejected again, and what was not tried, in this order."""
    add(DeadLetters(str(path)), *(source(each) for each in range(1, 5)))
    sandbox.faults(
        [
            {**REFUSAL, "body_text": '{"error": "still no"}', "body": '"id":2'},
            {"action": "status", "status": 503, "body": '"id":3'},
        ]
    )

    done = loader(arguments=["--input", str(path)], config={"max_attempts": 1})

    assert done.exit_code == 1
    found = [each for each in entries(path) if each["type"] == "RECORD"]
    assert [each["record"]["id"] for each in found] == [2, 3, 4]
    assert [each["dead_letter"]["reason"] for each in found] == [
        "Groove answered 422: still no",
        "no",
        "no",
    ]


def test_a_replay_beyond_the_limit(sandbox: Sandbox, loader: Loader, path: Path) -> None:
    add(DeadLetters(str(path)), *(source(each) for each in range(1, 5)))
    sandbox.faults([{**REFUSAL, "body": '"id":2'}])

    assert loader(arguments=["--input", str(path)], config={"max_rejected": 0}).exit_code == 1

    assert [row["id"] for _, row in plain_reader(path)] == [2, 3, 4]


@pytest.mark.parametrize(
    "number,left", [(signal.SIGKILL, [1, 2, 3, 4]), (signal.SIGTERM, [1, 4])], ids=["kill", "term"]
)
def test_a_replay_that_is_ended(
    sandbox: Sandbox, loader: Loader, path: Path, number: signal.Signals, left: list[int]
) -> None:
    """After SIGTERM what was delivered is gone; only a kill leaves the file as it was."""
    add(DeadLetters(str(path)), *(source(each) for each in range(1, 5)))
    before = path.read_bytes()
    sandbox.faults(
        [{**REFUSAL, "body": '"id":1'}, {"action": "delay", "seconds": 1.5, "body": '"id":3'}]
    )
    with loader.start(arguments=["--input", str(path)]) as live:
        eventually(lambda: len(sandbox.log()) == 3)
        live.signal(number)
        live.ended()

    assert [row["id"] for _, row in plain_reader(path)] == left
    assert number is signal.SIGTERM or path.read_bytes() == before
    sandbox.faults([])
    assert loader(arguments=["--input", str(path)]).exit_code == 0
    # Nobody knows what became of the request that was on its way when the process was killed.
    held = [3] if number is signal.SIGKILL else []
    assert ([row["id"] for _, row in plain_reader(path)] if path.exists() else []) == held
    assert [each["body"]["id"] for each in sandbox.log()] == [1, 2, 3, 1, 4]


def test_a_batch_that_waits_stays(sandbox: Sandbox, loader: Loader, path: Path) -> None:
    add(DeadLetters(str(path)), *(source(each) for each in range(1, 4)))
    sandbox.faults([{"action": "status", "status": 401}])
    route = {**ECHO, "batch": {"grouping": "array", "size": 2}}
    before = path.read_bytes()

    done = loader(arguments=["--input", str(path)], config={"streams": [route]})

    assert done.exit_code == 1
    assert path.read_bytes() == before
    assert [*path.parent.glob("dead*")] == [path]
