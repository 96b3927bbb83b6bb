"""The records of one request: rejected together, and what is said of them stays true."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from target_groove.outputs.dead_letters import DeadLetters
from target_groove.sandbox import Sandbox
from tests.conftest import Run
from tests.outputs.letters import ID, REFUSAL, entries, plain_reader, rows, source
from tests.processes import ECHO, Loader
from tests.runs import Message, record, records, schema, state

BATCHED = {**ECHO, "batch": {"grouping": "array"}}


def about(path: Path) -> list[dict[str, Any]]:
    return [each["dead_letter"] for each in entries(path) if each["type"] == "RECORD"]


def with_states(*ids: int) -> list[Message]:
    each_with_state = [[record("s", {"id": each}), state({"seen": each})] for each in ids]
    return [schema("s", ["id"], ID), *(each for pair in each_with_state for each in pair)]


def test_the_limit_does_not_tear_a_request_apart(
    sandbox: Sandbox, run: Run, settings: dict[str, Any], path: Path
) -> None:
    sandbox.faults([REFUSAL])

    result = run({**settings, "streams": [BATCHED], "max_rejected": 0}, with_states(1, 2, 3))

    assert result.exit_code == 1
    assert "3 records were rejected, max_rejected is 0" in result.problems[0]
    assert plain_reader(path) == [("s", {"id": each}) for each in (1, 2, 3)]
    assert result.states == [{"seen": 1}, {"seen": 2}, {"seen": 3}]


def test_the_limit_itself_is_allowed(sandbox: Sandbox, run: Run, settings: dict[str, Any]) -> None:
    sandbox.faults([REFUSAL])
    changed = {**settings, "streams": [BATCHED], "max_rejected": 3}

    assert run(changed, rows(1, 2, 3)).exit_code == 0


def test_a_run_that_stops_says_how_many_shared_the_request(
    sandbox: Sandbox, run: Run, settings: dict[str, Any], path: Path
) -> None:
    sandbox.faults([REFUSAL])

    result = run({**settings, "streams": [BATCHED], "on_error": "fail"}, rows(1, 2, 3))

    assert result.problems == [
        ("Line 2, stream s, record id=1: Groove answered 422: no (3 records shared the request).")
    ]
    assert not path.exists()


def test_a_batch_is_not_repeated_for_each_of_its_records(
    sandbox: Sandbox, run: Run, settings: dict[str, Any], path: Path
) -> None:
    sandbox.faults([REFUSAL])
    messages = [
        schema("s", ["id"], ID),
        *(record("s", {"id": each, "pad": "x" * 5_000}) for each in range(100)),
    ]

    run({**settings, "streams": [BATCHED]}, messages)

    assert path.stat().st_size < 600_000
    assert about(path)[0]["request"]["records_in_request"] == 100


def test_what_is_known_is_written_and_the_rest_left_out(
    run: Run, settings: dict[str, Any], path: Path
) -> None:
    result = run(settings, [])
    assert result.target is not None
    rejections = result.target.parts.rejections
    first, second = (result.target.parts.checkpoints.open() for _ in range(2))

    rejections.take_all(
        (source(first),),
        "no",
        set_aside=True,
        request={"url": "b"},
        delivered=[{"url": "a"}],
        resource_id="9",
        in_doubt=True,
    )
    rejections.take(source(second), "no", set_aside=True)

    assert about(path) == [
        {
            "reason": "no",
            "set_aside_at": pytest.approx(time.time(), abs=100),
            "request": {"url": "b"},
            "delivered": [{"url": "a"}],
            "resource_id": "9",
            "in_doubt": True,
        },
        {"reason": "no", "set_aside_at": pytest.approx(time.time(), abs=100)},
    ]


@pytest.mark.parametrize("before", ["text", None, {"delivered": "text"}, {"reason": "old"}])
def test_what_a_tap_wrote_there_does_no_harm(path: Path, before: Any) -> None:
    letter = source(1)
    message = {**letter.message, "dead_letter": before}
    DeadLetters(str(path)).add(
        [type(letter)(letter.stream, message, letter.schema, "line 1", "", 1)],
        {"reason": "no", "delivered": [{"url": "b"}]},
    )

    assert about(path) == [{"reason": "no", "delivered": [{"url": "b"}]}]


def test_what_was_delivered_stays_known_when_it_is_rejected_for_something_else(
    sandbox: Sandbox, loader: Loader, path: Path
) -> None:
    """Here it does not fit its schema any more, so that nobody plans its calls."""
    known = {"delivered": [{"url": "a"}], "resource_id": "9", "in_doubt": True}
    letter = source(1, id={"type": "string"})
    DeadLetters(str(path)).add([letter], {"reason": "before", **known})

    assert loader(arguments=["--input", str(path)]).exit_code == 0

    (again,) = about(path)
    assert "does not fit its schema" in again.pop("reason")
    assert again == {**known, "set_aside_at": again["set_aside_at"]}
    assert sandbox.log() == []


@pytest.mark.parametrize("on_error", ["dead_letter", "fail"])
def test_a_record_cannot_steer_the_terminal(run: Run, on_error: str) -> None:
    row = {"id": "\x1b[31mred\nINFO all is well", "body": "\x1b]0;x\x07"}
    result = run({"on_error": on_error}, records("create_ticket", row, keys=["id"]))
    assert "\\u001b[31mred\\u000aINFO all is well" in result.log + "".join(result.problems)
    assert "\x1b" not in result.log + "".join(result.problems)
