"""What the driver does when its tasks are done, step by step; no Spark runs for it."""

from __future__ import annotations

import json
import shlex
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from pyspark.sql.types import LongType, StringType, StructField, StructType

from target_groove.errors import ConfigurationError, DeliveryError
from target_groove.spark import GrooveDataSource
from target_groove.spark.job import Job, read_job
from target_groove.spark.rows import Row
from target_groove.spark.staging import Staging, make_staging
from target_groove.spark.told import Told, total
from tests.conftest import TOKEN

if TYPE_CHECKING:
    from target_groove.sandbox import Sandbox

SCHEMA: Final = StructType([StructField("id", LongType()), StructField("text", StringType())])
NOW: Final = 1_000_000.0


@pytest.fixture
def options(sandbox: Sandbox, tmp_path: Path) -> dict[str, str]:
    return {
        "api_token": TOKEN,
        "api_url": sandbox.api_url,
        "requests_per_minute": "0",
        "max_in_flight": "1",
        "ledger_url": f"sqlite:///{tmp_path}/ledger.db",
        "dead_letter_path": str(tmp_path / "dead-letters.singer.jsonl"),
        "endpoint": "custom",
        "method": "POST",
        "url": "/echo/x",
        "key": "id",
    }


def job_of(options: dict[str, str]) -> Job:
    job = read_job(options, SCHEMA.jsonValue()["fields"])
    make_staging(job.ledger_url)
    return job


def stage(job: Job, token: str, *numbers: int, now: float = NOW) -> None:
    rows = [Row(f"row {each}", {"id": each, "text": "ä"}, b"") for each in numbers]
    with closing(Staging(job.ledger_url)) as staging:
        staging.add_rows(token, "", rows, now=now)


def left(job: Job, token: str) -> list[Any]:
    with closing(Staging(job.ledger_url)) as staging:
        return [*staging.rows([token]), *staging.dead_letters([token])]


def test_the_driver_delivers_what_tasks_left_in_the_order_of_the_frame(
    options: dict[str, str], sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    job = job_of(options)
    first, second, dead = (f"{job.name}/{each}" for each in ("00000000/7", "00000001/2", "0/3"))
    stage(job, second, 5, 4)
    stage(job, first, 3, 1)
    stage(job, dead, 9)
    writer = GrooveDataSource(options).writer(SCHEMA, overwrite=False)
    writer._job = job
    writer.commit([Told(rows=2, staged=2, token=first), None, Told(rows=2, staged=2, token=second)])
    assert [each["body"]["id"] for each in sandbox.log()] == [3, 1, 5, 4]
    said = capsys.readouterr().err
    assert "custom to Groove: 4 rows: 4 delivered, 0 unchanged; 4 requests, 0 look-ups" in said
    assert [left(job, each) for each in (first, second, dead)] == [[], [], []]


def test_what_a_task_stopped_for_ends_the_write_and_nothing_else_is_sent(
    options: dict[str, str], sandbox: Sandbox
) -> None:
    job = job_of(options)
    stage(job, f"{job.name}/0/1", 1)
    writer = GrooveDataSource(options).streamWriter(SCHEMA, overwrite=False)
    writer._job = job
    told = [
        Told(token=f"{job.name}/0/1", rows=1, staged=1),
        Told(rows=2, stopped="It was refused."),
    ]
    with pytest.raises(DeliveryError) as raised:
        writer.commit(told, 3)
    assert str(raised.value).startswith("It was refused. Of this write: 3 rows: 0 delivered")
    assert sandbox.log() == []


def test_a_write_that_is_given_up_leaves_nothing(
    options: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    job = job_of(options)
    source = GrooveDataSource(options)
    batch, stream = source.writer(SCHEMA, False), source.streamWriter(SCHEMA, False)  # noqa: FBT003 - as Spark calls
    batch._job = stream._job = job
    stage(job, f"{job.name}/0/1", 1)
    batch.abort([None])
    assert left(job, f"{job.name}/0/1") == []
    assert "The write of custom was given up after 0 rows" in capsys.readouterr().err
    stage(job, f"{job.name}/0/1", 1)
    stream.abort([None], 0)
    assert left(job, f"{job.name}/0/1") == []
    assert "The write of custom was given up after 0 rows" in capsys.readouterr().err


def test_dead_letters_of_all_tasks_come_into_one_file(options: dict[str, str]) -> None:
    job = job_of({**options, "max_rejected": "1"})
    tokens = [f"{job.name}/{each}/0" for each in (0, 1)]
    with closing(Staging(job.ledger_url)) as staging:
        for number, token in enumerate(tokens):
            staging.add_dead_letters(token, [f'{{"n": {number}}}\n'.encode()], now=NOW)
    writer = GrooveDataSource(options).writer(SCHEMA, overwrite=False)
    writer._job = job
    rejected = [Told(rows=1, counts=Counter(rejected=1), token=token) for token in tokens]
    with pytest.raises(DeliveryError, match="2 rows were rejected, max_rejected is 1"):
        writer.commit(rejected)
    lines = Path(options["dead_letter_path"]).read_text(encoding="utf-8").splitlines()
    assert [json.loads(each) for each in lines] == [{"n": 0}, {"n": 1}]


def test_modes_that_would_delete_are_refused(options: dict[str, str]) -> None:
    source = GrooveDataSource(options)
    with pytest.raises(ConfigurationError, match="Mode overwrite would delete what Groove has"):
        source.writer(SCHEMA, overwrite=True)
    with pytest.raises(ConfigurationError, match="Output mode complete sends every row"):
        source.streamWriter(SCHEMA, overwrite=True)


def test_what_spark_adds_to_the_options_of_a_stream_is_no_setting(options: dict[str, str]) -> None:
    more = {**options, "checkpointLocation": "/x", "queryName": "y"}
    GrooveDataSource(more).streamWriter(SCHEMA, overwrite=False)


def test_counts_of_tasks_are_added_up() -> None:
    told = total(
        [
            Told(rows=2, counts=Counter(delivered=1, merged=1), requests=1, ledger_reads=1),
            None,
            Told(rows=3, counts=Counter(in_doubt=1, set_aside=2), stopped="First."),
            Told(stopped="Second."),
        ]
    )
    assert told.stopped == "First."
    assert told.sentence == (
        "5 rows: 1 delivered, 0 unchanged, 1 merged into a later one, 1 in doubt, 2 set aside; "
        "1 request, 1 look-up in the ledger"
    )


def test_what_stopped_a_write_and_what_was_not_told_are_both_said(
    options: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    child = shlex.join([sys.executable, "-c", "raise SystemExit(3)"])
    source = GrooveDataSource({**options, "responses_command": child})
    writer = source.writer(SCHEMA, overwrite=False)
    # Where nothing waits, no program is started that might fail.
    with pytest.raises(DeliveryError) as raised:
        writer.commit([Told(rows=1, stopped="The token is refused.")])
    stopped = str(raised.value)
    assert stopped == (
        "The token is refused. Of this write: 1 row: 0 delivered, 0 unchanged; 0 requests, 0 "
        "look-ups in the ledger."
    )

    stage(writer._job, f"{writer._job.name}/0/1", 1)
    rows = Told(rows=1, staged=1, token=f"{writer._job.name}/0/1")
    with pytest.raises(DeliveryError, match="1 answer may not be stored"):
        writer.commit([rows])
    with pytest.raises(DeliveryError) as raised:
        writer.commit([Told(rows=1, stopped="The token is refused.")])
    assert str(raised.value) == (
        f"{stopped} responses_command ended with exit code 3; 1 answer may not be stored; what did "
        "not arrive is told by the next run."
    )
    capsys.readouterr()


def test_a_program_that_takes_answers_is_looked_for_and_not_started(
    options: dict[str, str], tmp_path: Path
) -> None:
    program, begun = tmp_path / "child", tmp_path / "begun"
    program.write_text(f"#!/bin/sh\ntouch {begun}\n")
    options["responses_command"] = str(program)
    with pytest.raises(ConfigurationError, match=r"cannot be started: '.*' \(Permission denied\)"):
        GrooveDataSource(options).writer(SCHEMA, overwrite=False)

    program.chmod(0o700)
    GrooveDataSource(options).writer(SCHEMA, overwrite=False)
    GrooveDataSource(options).streamWriter(SCHEMA, overwrite=False)
    assert not begun.exists()


@pytest.mark.parametrize("is_given_up", [False, True])
def test_the_writer_that_ends_a_micro_batch_goes_by_the_name_of_its_tasks(
    options: dict[str, str],
    tmp_path: Path,
    sandbox: Sandbox,
    capsys: pytest.CaptureFixture[str],
    *,
    is_given_up: bool,
) -> None:
    path = tmp_path / "answers.jsonl"
    source = GrooveDataSource({**options, "responses_path": str(path)})
    job = source.streamWriter(SCHEMA, overwrite=False)._job
    token = f"{job.name}/00000000/7"
    stage(job, token, 1, now=time.time())
    writer = source.streamWriter(SCHEMA, overwrite=False)
    (writer.abort if is_given_up else writer.commit)([None, Told(rows=1, staged=1, token=token)], 4)
    assert left(job, token) == []
    if is_given_up:
        assert sandbox.log() == []
    else:
        _, answer = map(json.loads, path.read_text(encoding="utf-8").splitlines())
        assert answer["record"]["run_id"] == job.name
    capsys.readouterr()
