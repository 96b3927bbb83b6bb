"""Standard output: STATE lines and nothing else, each behind records that are settled."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.processes import ECHO, PATIENCE, Loader, eventually, lines_of, rows
from tests.runs import state

if TYPE_CHECKING:
    from collections.abc import Callable

    from target_groove.sandbox import Sandbox
    from tests.conftest import Run

REFUSAL = {"action": "status", "status": 422, "body_text": '{"error": "no"}'}


def test_every_state_is_printed_when_there_is_no_interval(
    run: Run, echo_config: dict[str, Any]
) -> None:
    result = run(echo_config, rows(1, 2, 3))

    assert result.states == [{"seen": 1}, {"seen": 2}, {"seen": 3}]


def test_by_default_a_short_run_prints_its_last_state_only(
    run: Run, echo_config: dict[str, Any]
) -> None:
    result = run({**echo_config, "checkpoint_seconds": None}, rows(1, 2, 3))

    assert result.states == [{"seen": 3}]


def test_the_process_prints_nothing_else(loader: Loader) -> None:
    done = loader([*rows(1, 2), {"type": "ACTIVATE_VERSION", "stream": "s", "version": 1}])

    assert done.exit_code == 0
    assert done.stdout == b'{"seen":1}\n{"seen":2}\n'


def test_a_state_is_passed_on_as_it_came(run: Run) -> None:
    value = {"é": "☃\u0000", "n": 123456789012345678901234567890, "d": [None, {"a": True}]}
    line = b'{"type": "STATE", "value": {"amount": 1.10, "tiny": 1E-30}}'

    result = run({}, [state(value), line])

    assert result.states[0] == value
    assert result.stdout[1] == '{"amount":1.10,"tiny":1E-30}'


def test_what_says_nothing_new_is_not_printed(run: Run, echo_config: dict[str, Any]) -> None:
    messages = [*rows(1), state({"seen": 1}), state({}), state({"seen": 2}), state({})]

    assert run(echo_config, messages).states == [{"seen": 1}, {"seen": 2}]


def test_the_state_before_a_refused_record_is_printed_and_none_after(
    sandbox: Sandbox, run: Run, echo_config: dict[str, Any]
) -> None:
    sandbox.faults([{**REFUSAL, "body": '"id":3'}])

    result = run({**echo_config, "checkpoint_seconds": 10}, rows(1, 2, 3, 4))

    assert result.exit_code == 1
    assert result.states == [{"seen": 2}]
    assert [entry["body"]["id"] for entry in sandbox.log()] == [1, 2, 3]


def test_a_record_that_was_set_aside_is_settled(
    sandbox: Sandbox, run: Run, echo_config: dict[str, Any]
) -> None:
    sandbox.faults([{**REFUSAL, "body": '"id":2'}])

    result = run({**echo_config, "on_error": "dead_letter"}, rows(1, 2, 3))

    assert result.exit_code == 0
    assert result.states == [{"seen": 1}, {"seen": 2}, {"seen": 3}]


def test_a_skipped_record_is_settled(run: Run) -> None:
    result = run({}, rows(1, 2))

    assert result.states == [{"seen": 1}, {"seen": 2}]


def test_a_state_waits_for_the_batch_of_the_records_before_it(
    sandbox: Sandbox, run: Run, echo_config: dict[str, Any]
) -> None:
    route = {**ECHO, "batch": {"grouping": "array", "size": 2}}

    result = run({**echo_config, "streams": [route]}, rows(1, 2, 3))

    assert [entry["body"] for entry in sandbox.log()] == [[{"id": 1}, {"id": 2}], [{"id": 3}]]
    assert result.states == [{"seen": 1}, {"seen": 2}, {"seen": 3}]


def test_no_state_passes_a_batch_that_was_refused(
    sandbox: Sandbox, run: Run, echo_config: dict[str, Any]
) -> None:
    sandbox.faults([{**REFUSAL, "body": '"id":3'}])
    route = {**ECHO, "batch": {"grouping": "array", "size": 2}}

    result = run({**echo_config, "streams": [route]}, [state({"seen": 0}), *rows(1, 2, 3, 4, 5)])

    assert result.exit_code == 1
    assert result.states == [{"seen": 0}, {"seen": 1}, {"seen": 2}]


def test_nothing_is_printed_past_an_outcome_that_is_not_known(
    sandbox: Sandbox, run: Run, echo_config: dict[str, Any]
) -> None:
    sandbox.faults([{"action": "reset_after", "at": [2]}])

    result = run(echo_config, rows(1, 2, 3))

    assert result.exit_code == 1
    assert "it is held, as nobody knows whether it was delivered" in result.problems[0]
    assert result.states == [{"seen": 1}]


def test_state_comes_while_the_tap_is_quiet(
    loader: Loader, arrived_ids: Callable[[], list[int]]
) -> None:
    with loader.start(config={"checkpoint_seconds": 1}) as live:
        live.send(*rows(1))

        assert live.next_line() == b'{"seen":1}'
        assert arrived_ids() == [1]
        live.send(*rows(2))
        assert live.finish().states == [{"seen": 2}]


def test_a_quiet_tap_ends_the_window_of_a_batch(
    loader: Loader, arrived: Callable[[], list[Any]], echo_config: dict[str, Any]
) -> None:
    route = {**echo_config["streams"][0], "batch": {"grouping": "array", "size": 50}}
    with loader.start(config={"checkpoint_seconds": 1, "streams": [route]}) as live:
        live.send(*rows(1, 2))

        assert live.next_line() == b'{"seen":2}'
        assert arrived() == [[{"id": 1}, {"id": 2}]]
        assert live.finish().states == []


def test_nobody_reads_stdout_any_more(loader: Loader, arrived_ids: Callable[[], list[int]]) -> None:
    with loader.start() as live:
        live.send(*rows(1))
        assert live.next_line() == b'{"seen":1}'
        assert live.process.stdout is not None
        live.process.stdout.close()
        live.send(*rows(2, 3))
        live.process.wait(PATIENCE)

        assert live.process.returncode == 1
        assert "STATE cannot be printed, nobody reads standard output any more." in live.log
        assert "Traceback" not in live.log
        assert "Exception ignored" not in live.log
        assert arrived_ids() == [1, 2]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")  # noqa: PTH110
def test_stdout_takes_nothing(loader: Loader) -> None:
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        done = subprocess.run(
            loader.command(),
            input=lines_of(rows(1)),
            stdout=full,
            stderr=subprocess.PIPE,
            cwd=loader.folder,
            env=loader._environment(None),
            timeout=PATIENCE,
            check=False,
        )

    assert done.returncode == 1
    assert (
        b"STATE cannot be printed, standard output fails: No space left on device." in done.stderr
    )
    assert b"Traceback" not in done.stderr


def test_a_state_without_value_is_no_state(run: Run) -> None:
    result = run({}, [state({"seen": 1}), {"type": "STATE"}])

    assert result.problems == ["Line 2: a STATE has no value."]
    assert result.states == [{"seen": 1}]


def test_states_of_a_long_input_are_true_at_any_moment(
    loader: Loader, arrived_ids: Callable[[], list[int]]
) -> None:
    """Whenever a line is read, the sandbox has what it says."""
    with loader.start() as live:
        live.send(*rows(*range(1, 41)))
        for number in range(1, 41):
            assert json.loads(live.next_line()) == {"seen": number}
            assert number in arrived_ids()
        assert eventually(arrived_ids) == [*range(1, 41)]
