"""Groove's answers, which tasks keep and the driver tells."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pyspark.errors import PySparkException

from tests.processes import patiently
from tests.responses.receivers import receiving
from tests.spark.door import TICKETS
from tests.spark.processes import Job
from tests.spark.test_streams import put, run

if TYPE_CHECKING:
    from tests.spark.door import Door

MESSAGES = {
    "endpoint": "create_message",
    "key": "id",
    "path_params": '{"ticket_number": "ticket"}',
}


def told(path: Path) -> list[dict[str, Any]]:
    """Read the answers of a file, each of them there once."""
    messages = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert messages[0]["type"] == "SCHEMA"
    answers = [each["record"] for each in messages if each["type"] == "RECORD"]
    assert len({each["response_id"] for each in answers}) == len(answers)
    return answers


def test_the_driver_tells_the_answers_of_all_tasks_once(door: Door) -> None:
    path = door.folder / "answers.jsonl"
    options = {**TICKETS, "responses_path": str(path), "on_error": "dead_letter"}
    door.sandbox.faults([{"action": "status", "status": 422, "body": "hello 3"}])
    door.save(door.tickets(0, 12), **options)

    answers = told(path)
    assert sorted(int(each["record_key"]) for each in answers) == list(range(12))
    assert len({each["run_id"] for each in answers}) == 1
    outcomes = {each["record_key"]: each["action"] for each in answers}
    assert outcomes.pop("3") == "rejected"
    assert set(outcomes.values()) == {"created"}
    numbers = {each["title"]: str(each["number"]) for each in door.sandbox.things("tickets")}
    assert all(
        numbers[f"order {each['record_key']}"] == each["resource_id"]
        for each in answers
        if each["record_key"] in outcomes
    )

    door.sandbox.faults([])
    door.save(door.tickets(0, 12), **options)
    again = told(path)[12:]
    assert [(each["record_key"], each["action"]) for each in again] == [("3", "created")]


def test_what_the_driver_delivers_is_told_in_its_order(door: Door) -> None:
    path = door.folder / "answers.jsonl"
    door.save(door.tickets(0, 1), **TICKETS)
    messages = [(number, 1, f"message {number}") for number in range(5)]
    frame = door.spark.frame(messages, "id int, ticket int, body string", partitions=2)
    door.save(frame, **MESSAGES, responses_path=str(path))
    assert [each["record_key"] for each in told(path)] == ["0", "1", "2", "3", "4"]


def test_answers_that_nobody_took_are_told_by_the_next_write(door: Door) -> None:
    program, file = door.folder / "child.py", door.folder / "child.jsonl"
    options = {**TICKETS, "responses_command": shlex.join([sys.executable, str(program)])}
    # It has no fault as long as it gets no answer: nothing is sent to Groove if it cannot start.
    program.write_text("import sys\nfor line in sys.stdin:\n  if 'RECORD' in line: sys.exit(3)\n")
    with pytest.raises(PySparkException) as raised:
        door.save(door.tickets(0, 8), **options)
    assert "what did not arrive is told by the next run." in str(raised.value)
    assert len(door.sandbox.things("tickets")) == 8

    program.write_text(f"import sys\nopen({str(file)!r}, 'w').write(sys.stdin.read())\n")
    assert door.save(door.tickets(0, 8), **options)["unchanged"] == 8
    assert sorted(each["record_key"] for each in told(file)) == [str(each) for each in range(8)]
    assert len(door.sandbox.things("tickets")) == 8


def test_each_micro_batch_tells_its_answers_by_a_program_of_its_own(door: Door) -> None:
    source, program = door.folder / "source", door.folder / "child.py"
    source.mkdir()
    put(source, "a.json", range(3))
    put(source, "b.json", range(3, 6))
    counts = door.folder / "counts"
    program.write_text(
        "import sys\n"
        "count = sys.stdin.read().count('RECORD')\n"
        f"open({str(counts)!r}, 'a').write(f'{{count}} ')\n"
    )
    options = {
        "responses_path": str(door.folder / "{run_id}.jsonl"),
        "responses_command": shlex.join([sys.executable, str(program)]),
    }
    run(door, source, door.folder / "checkpoint", **options)
    files = door.folder.glob("*.jsonl")
    keys = sorted(sorted(each["record_key"] for each in told(path)) for path in files)
    assert keys == [["0", "1", "2"], ["3", "4", "5"]]
    assert counts.read_text() == "3 3 "


def test_what_a_driver_that_was_killed_had_not_told_the_next_write_tells(door: Door) -> None:
    path = door.folder / "answers.jsonl"
    with receiving(200, 0) as receiver:
        answers = {"responses_path": str(path), "responses_webhook_url": receiver.url}
        options = {**door.options, **TICKETS, **answers}
        with Job.started(door.folder / "job", [options], range(250), master="local[2]") as job:
            patiently(lambda: len(receiver.arrays) == 2)
            job.kill()
        first = {each["response_id"] for each in receiver.taken}
        assert len(first) == 100
        receiver.statuses[:] = [200]

        def save() -> dict[str, int]:
            return door.save(door.tickets(0, 250), **TICKETS, **answers)

        # Its other processes end a little later, and what they have in hand is left to them.
        assert save()["unchanged"] == 250
        patiently(lambda: save()["unchanged"] == 250 and len(receiver.taken) >= 250)
        taken = [each["response_id"] for each in receiver.taken]
    # The file had all of them before the receiver was asked; the receiver may have some again.
    assert sorted(int(each["record_key"]) for each in told(path)) == list(range(250))
    assert {each["response_id"] for each in told(path)} == set(taken)
    assert len(taken) - len(set(taken)) <= 100
    assert len(door.writes()) == 250


def test_a_way_that_cannot_be_used_is_said_before_anything_is_sent(door: Door) -> None:
    begun = door.stages()
    with pytest.raises(PySparkException) as raised:
        door.save(door.tickets(0, 8), **TICKETS, responses_path=str(door.folder))
    assert "cannot be written (Is a directory); mend that or set responses_path." in str(
        raised.value
    )
    with pytest.raises(PySparkException) as raised:
        door.save(door.tickets(0, 8), **TICKETS, responses_command="no-such-program")
    assert "responses_command cannot be started: 'no-such-program'" in str(raised.value)
    assert door.stages() == begun
    assert door.writes() == []
