"""A tap, `map-groove` and a loader in Meltano: tickets in the help desk, its answers in a table."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from target_groove.sandbox import Sandbox
from tests.pipelines.answers import (
    COUNT,
    ROUTE,
    empty,
    entries,
    kill_all,
    process_of,
    started,
    stored,
    target_postgres,
)
from tests.pipelines.project import Project, tap_script
from tests.postgres import Server
from tests.processes import patiently

pytestmark = pytest.mark.pipelines

RUN = ("run", "tap-script", "map-groove-tickets", "target-postgres")
FEW = 400
RUN_AGAIN = ("run", "--force", *RUN[1:])
"""Meltano that was killed left a note that it runs."""


@pytest.fixture
def pipeline(
    project: Project,
    connection: dict[str, Any],
    postgres: Server,
    target_postgres_programs: Path,
) -> Project:
    """A project with the three plugins, and no table of answers yet."""
    empty(postgres)
    project.define(
        {**connection, "streams": [ROUTE]},
        (tap_script(project.root / "messages.jsonl"),),
        (target_postgres(target_postgres_programs, postgres),),
    )
    project.write_messages(*entries())
    return project


def test_answers_are_loaded_into_postgresql(
    pipeline: Project, sandbox: Sandbox, postgres: Server
) -> None:
    done = pipeline.meltano(*RUN)

    assert done.code == 0, done.log
    numbers = [str(each["number"]) for each in sandbox.things("tickets")]
    assert len(numbers) == COUNT
    assert sorted(stored(postgres)) == sorted(numbers)
    actions = stored(postgres, "DISTINCT action || ' ' || status_code || ' ' || endpoint, sent_at")
    assert {each.partition("|")[0] for each in actions} == {"created 201 create_ticket"}
    assert pipeline.state("tap-script", "target-postgres") == {"singer_state": {"entries": COUNT}}

    done = pipeline.meltano(*RUN)

    assert done.code == 0, done.log
    assert len(stored(postgres)) == len(sandbox.things("tickets")) == COUNT


@pytest.mark.parametrize("victim", ["everything", "map-groove", "target-postgres"])
def test_a_kill_in_the_middle_and_a_second_run_leave_each_answer_once(
    pipeline: Project, sandbox: Sandbox, postgres: Server, tmp_path: Path, victim: str
) -> None:
    count = COUNT if victim == "everything" else FEW
    pipeline.write_messages(*entries(count))
    sandbox.configure(latency_ms=20)  # So that there is a middle.
    with started(pipeline, *RUN, log=tmp_path / "log") as meltano:
        patiently(lambda: len(sandbox.things("tickets")) >= count // 3)
        if victim == "everything":
            kill_all(meltano)
        else:
            os.kill(process_of(f"bin/{victim}", meltano.pid), signal.SIGKILL)
        assert meltano.wait(120) != 0
    assert count // 3 <= len(sandbox.things("tickets")) < count
    sandbox.configure(latency_ms=0)

    done = pipeline.meltano(*RUN_AGAIN)

    assert done.code == 0, done.log
    numbers = [str(each["number"]) for each in sandbox.things("tickets")]
    assert len(numbers) == count
    assert sorted(stored(postgres)) == sorted(numbers)
    assert len(set(stored(postgres, "record_key"))) == count
    assert pipeline.state("tap-script", "target-postgres") == {"singer_state": {"entries": count}}


def test_answers_that_the_loader_lost_at_the_end_are_told_again(
    pipeline: Project, sandbox: Sandbox, postgres: Server
) -> None:
    pipeline.write_messages(*entries(FEW))
    # The loader's table cannot be made: it fails when all is delivered.
    postgres.sql("CREATE SCHEMA answers; CREATE TABLE answers.groove_responses (status_code date)")
    done = pipeline.meltano(*RUN)
    assert done.code == 1, done.log
    empty(postgres)

    done = pipeline.meltano(*RUN, MAP_GROOVE_TELL_AGAIN="1")

    assert done.code == 0, done.log
    numbers = [str(each["number"]) for each in sandbox.things("tickets")]
    assert len(numbers) == FEW
    assert sorted(stored(postgres)) == sorted(numbers)
