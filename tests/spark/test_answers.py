"""Groove's answers, which tasks keep and the driver tells."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pyspark.errors import PySparkException

from tests.spark.door import TICKETS

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
