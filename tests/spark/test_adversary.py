"""Rows that want to get lost, to leave twice or to overtake others; mostly without a Spark."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from pyspark import TaskContext
from pyspark.errors import PySparkException
from pyspark.sql.pandas.types import from_arrow_schema

from target_groove.errors import ConfigurationError, DeliveryError
from target_groove.spark import delivering
from target_groove.spark.ending import end_write
from target_groove.spark.job import Job, read_job
from target_groove.spark.objects import Objects
from target_groove.spark.rows import Row
from target_groove.spark.staging import Staging, make_staging
from target_groove.spark.stops import Stops
from target_groove.spark.task import write_partition
from tests.conftest import TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from target_groove.sandbox import Sandbox
    from target_groove.spark.told import Told
    from tests.spark.door import Door


@pytest.fixture
def task() -> Iterator[TaskContext]:
    """A task, as a worker of Spark knows it."""
    context: Any = TaskContext._getOrCreate()
    context._localProperties = {"spark.master": "local[2]"}
    context._partitionId, context._taskAttemptId = 0, 0
    yield context
    TaskContext._taskContext = None


@pytest.fixture
def options(task: TaskContext, sandbox: Sandbox, tmp_path: Path) -> dict[str, str]:
    """Options of a write to the sandbox by tasks of this process."""
    assert TaskContext.get() is task
    return {
        "api_token": TOKEN,
        "api_url": sandbox.api_url,
        "requests_per_minute": "0",
        "max_in_flight": "1",
        "ledger_url": f"sqlite:///{tmp_path}/ledger.db",
        "profile_url": f"sqlite:///{tmp_path}/profiles.db",
        "dead_letter_path": str(tmp_path / "dead-letters.singer.jsonl"),
        "key": "id",
    }


def fields_of(batch: pa.RecordBatch) -> Any:
    """The fields of a frame, as Spark writes them."""
    return from_arrow_schema(batch.schema).jsonValue()["fields"]


def job_of(options: dict[str, str], frame: pa.RecordBatch, /, **others: str) -> Job:
    """Check a write, as its driver does."""
    job = read_job({**options, **others}, fields_of(frame))
    make_staging(job.ledger_url)
    return job


def tasks(job: Job, partitions: Sequence[pa.RecordBatch]) -> list[Told]:
    """Run the tasks of a write, one after the other."""
    told = []
    context: Any = TaskContext._getOrCreate()
    for number, batch in enumerate(partitions):
        context._partitionId, context._taskAttemptId = number, context._taskAttemptId + 1
        told.append(write_partition(job, [batch]))
    return told


def write(options: dict[str, str], /, *partitions: pa.RecordBatch, **others: str) -> Told:
    """Write a frame."""
    job = job_of(options, partitions[0], **others)
    return end_write(job, tasks(job, partitions))


def bodies(sandbox: Sandbox, end: str) -> list[Any]:
    """The bodies of the calls that were to change something, by the end of their path."""
    return [
        each["body"]
        for each in sandbox.log()
        if each["path"].endswith(end) and each["method"] != "GET"
    ]


def problems(options: dict[str, str], frame: pa.RecordBatch, /, **others: str) -> str:
    """What is said of a write that cannot be."""
    with pytest.raises(ConfigurationError) as error:
        job_of(options, frame, **others)
    return str(error.value)


TICKETS = {
    "endpoint": "create_ticket",
    "defaults": '{"to": "a@acme.example", "from": "b@b.example"}',
}


def tickets(*ids: Any, **columns: list[Any]) -> pa.RecordBatch:
    return pa.record_batch({"id": list(ids), "body": [f"text {each}" for each in ids], **columns})


def test_list_that_replaces_is_whole_however_many_rows_a_bundle_has(
    sandbox: Sandbox, options: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "_BUNDLE", 3)
    write({**options, **TICKETS}, tickets(1))
    number = sandbox.things("tickets")[0]["number"]
    frame = pa.record_batch({"id": range(5), "ticket_number": [number] * 5, "tag": list("abcde")})
    rule = {"grouping": "grouped", "group_by": ["ticket_number"], "key": "tags", "collect": "tag"}
    write(
        {**options, "endpoint": "replace_ticket_tags", "stream": "tags", "batch": json.dumps(rule)},
        frame,
    )
    assert [each["tags"] for each in bodies(sandbox, "/tags")] == [list("abcde")]


def test_settings_of_the_sdk_may_be_given_as_text(options: dict[str, str]) -> None:
    frame = tickets(1)
    given = {"flattening_enabled": "true", "flattening_max_depth": "1", "validate_records": "False"}
    job = job_of({**options, **TICKETS}, frame, **given)
    assert job.config["flattening_enabled"] is True
    assert job.config["flattening_max_depth"] == 1
    assert job.config["validate_records"] is False
    assert "neither true nor false" in problems(
        {**options, **TICKETS}, frame, flattening_enabled="perhaps"
    )
    assert "add_record_metadata" in problems(
        {**options, **TICKETS}, frame, add_record_metadata="true"
    )


def test_row_is_not_taken_for_unchanged_when_flattening_makes_another_record_of_it(
    sandbox: Sandbox, options: dict[str, str]
) -> None:
    frame = pa.record_batch({"id": [1], "body": ["old"], "more": [{"text": "new"}]})
    options = {**options, **TICKETS, "fields": '{"body": "{{ more__text | default: body }}"}'}
    assert write(options, frame).counts["delivered"] == 1
    flat = {"flattening_enabled": "true", "flattening_max_depth": "1"}
    assert write(options, frame, **flat).counts["delivered"] == 1
    assert [each["body"] for each in bodies(sandbox, "/tickets")] == ["old", "new"]


def test_stream_map_that_calls_rows_otherwise_does_not_lose_them(options: dict[str, str]) -> None:
    maps = json.dumps({"create_ticket": {"__alias__": "elsewhere"}})
    with pytest.raises(DeliveryError, match="elsewhere has no route"):
        write({**options, **TICKETS}, tickets(1), stream_maps=maps)
    maps = json.dumps({"create_ticket": {"body": "no_such_name("}})
    with pytest.raises(DeliveryError, match="stream create_ticket cannot be used"):
        write({**options, **TICKETS}, tickets(1), stream_maps=maps)
    maps = json.dumps({"create_ticket": {"__alias__": "update_ticket_state"}})
    assert not job_of({**options, **TICKETS}, tickets(1), stream_maps=maps).delivers_in_tasks


def test_rows_whose_object_a_stream_map_decides_are_not_torn_apart(options: dict[str, str]) -> None:
    maps = json.dumps({"create_message": {"ticket_number": "of"}})
    job = job_of(options, tickets(1, of=[7]), endpoint="create_message", stream_maps=maps)
    objects = Objects(job)
    first = objects.of(Row("row 1", {"id": 1, "of": 7}, b""))
    assert first == objects.of(Row("row 2", {"id": 2, "of": 7}, b""))


def test_profiles_of_one_customer_are_one_object(options: dict[str, str]) -> None:
    frame = pa.record_batch({"id": [1, 2], "email": ["A@b.example", "a@b.example"]})
    job = job_of(options, frame, endpoint="custom_profile")
    assert not job.delivers_in_tasks
    objects = Objects(job)
    marks = {objects.of(Row("", each, b"")) for each in frame.to_pylist()}
    assert len(marks) == 1


def test_account_may_be_part_of_the_key(options: dict[str, str]) -> None:
    options = {**options, **TICKETS, "key": "shop,id", "account_column": "shop"}
    options["api_tokens"] = json.dumps({"a": TOKEN, "b": TOKEN})
    del options["api_token"]
    frame = tickets(1, 1, 2, shop=["a", "b", "b"])
    assert write(options, frame).counts["delivered"] == 3
    told = write(options, frame)
    assert (told.counts["unchanged"], told.staged) == (3, 0)
    assert "account_column" in problems(options, frame, key="shop")


@pytest.mark.parametrize("account", [[{"a": 1}], [1.5], [True]])
def test_account_that_is_no_name_is_refused_at_the_driver(
    options: dict[str, str], account: list[Any]
) -> None:
    options = {**options, **TICKETS, "account_column": "shop", "api_tokens": '{"a": "t"}'}
    assert "neither text nor a whole number" in problems(options, tickets(1, shop=account))


def test_every_token_is_checked_at_the_driver(options: dict[str, str]) -> None:
    tokens = json.dumps({"a": "good", "b": "bad-token\n"})
    said = problems(
        {**options, **TICKETS}, tickets(1, shop=["a"]), account_column="shop", api_tokens=tokens
    )
    assert "the token of b has" in said
    assert "bad-token" not in said


def test_columns_of_one_name_are_refused(options: dict[str, str]) -> None:
    frame = pa.record_batch(
        [pa.array([1]), pa.array(["x"]), pa.array(["y"])], names=["id", "body", "body"]
    )
    assert "Column body is there twice" in problems({**options, **TICKETS}, frame)


def test_value_that_no_record_can_have_is_said_and_what_came_before_is_delivered(
    sandbox: Sandbox, options: dict[str, str]
) -> None:
    good, far = pa.array([19_000], pa.date32()), pa.array([4_000_000], pa.date32())
    ids, bodies_, broken = pa.array([1]), pa.array(["x"]), pa.array([b"\xff"]).view(pa.string())
    frames = [
        pa.record_batch([ids, bodies_, good], names=["id", "body", "day"]),
        pa.record_batch([pa.array([2]), bodies_, far], names=["id", "body", "day"]),
        pa.record_batch([pa.array([3]), broken, good], names=["id", "body", "day"]),
    ]
    job = job_of({**options, **TICKETS}, frames[0])
    told = tasks(job, frames)
    assert "Column day has a value" in told[1].stopped
    assert "Column body has a value" in told[2].stopped
    with pytest.raises(DeliveryError, match="Partition 1: Column day has"):
        end_write(job, told)
    assert len(sandbox.things("tickets")) == 1


def test_other_tasks_send_nothing_with_a_token_that_was_refused(
    sandbox: Sandbox, options: dict[str, str]
) -> None:
    job = job_of({**options, **TICKETS, "api_token": "wrong"}, tickets(1))
    told = tasks(job, [tickets(each) for each in range(4)])
    assert sum(each.requests for each in told) == 1
    with pytest.raises(DeliveryError):
        end_write(job, told)
    assert len(bodies(sandbox, "/tickets")) == 1


def test_task_that_is_at_it_learns_that_another_one_was_stopped(
    sandbox: Sandbox, options: dict[str, str]
) -> None:
    job = job_of({**options, **TICKETS, "batch_size_rows": "1"}, tickets(1))
    seconds = iter(range(0, 100, 2))
    rows = [Row(f"row {each}", {"id": each, "body": "text"}, b"") for each in range(9)]
    with closing(Staging(job.ledger_url)) as staging:
        stops = Stops(job, staging, attempt=1, clock=lambda: next(seconds))
        assert not stops.of("")
        Stops(job, staging, attempt=2).add("", "Another task was stopped.")
        told = delivering.deliver(job, "", rows, None, stops)
    assert told.stopped == "Another task was stopped."
    assert told.counts["delivered"] == len(sandbox.things("tickets")) == 3


def test_token_that_is_refused_stops_its_own_account_only(
    sandbox: Sandbox, options: dict[str, str]
) -> None:
    options = {**options, **TICKETS, "account_column": "shop", "accounts_at_once": "1"}
    options["api_tokens"] = json.dumps({"a": "wrong", "b": TOKEN, "c": TOKEN})
    with pytest.raises(DeliveryError, match="4 rows: 3 delivered"):
        write(options, tickets(1, 2, 3, 4, shop=["a", "b", "b", "c"]))
    assert len(sandbox.things("tickets")) == 3


def test_rows_that_went_missing_before_the_driver_read_them_fail_the_write(
    options: dict[str, str],
) -> None:
    frame = pa.record_batch({"id": [1], "ticket_number": [1], "state": ["closed"]})
    job = job_of(options, frame, endpoint="update_ticket_state")
    told = tasks(job, [frame])
    with closing(Staging(job.ledger_url)) as staging:
        staging.remove(job.name, now=0)
    with pytest.raises(DeliveryError, match="1 row that tasks left"):
        end_write(job, told)


def test_dead_letters_of_several_accounts_say_whose_they_are(options: dict[str, str]) -> None:
    options = {**options, **TICKETS, "account_column": "shop", "on_error": "dead_letter"}
    options["api_tokens"] = json.dumps({"a": TOKEN})
    told = write(options, tickets(1, 2, shop=["a", "b"]), defaults='{"to": "c@c.example"}')
    assert told.counts["rejected"] == 2
    lines = Path(options["dead_letter_path"]).read_text(encoding="utf-8").splitlines()
    records = [json.loads(each)["record"] for each in lines if '"RECORD"' in each]
    assert sorted((each["id"], each["shop"]) for each in records) == [(1, "a"), (2, "b")]


def arranged(job: Job) -> list[dict[str, Any]]:
    """The fields of a frame that was arranged for a write."""
    fields: list[dict[str, Any]] = fields_of(tickets(1))
    names = ("_groove_place", "_groove_object", "_groove_unchanged", "_groove_reads")
    fields += [{"name": each, "type": "long", "nullable": True, "metadata": {}} for each in names]
    fields[-3]["metadata"] = {"target-groove": json.dumps(job.arranged_by)}
    return fields


def test_frame_is_written_by_the_options_it_was_arranged_by(options: dict[str, str]) -> None:
    options = {**options, **TICKETS}
    fields = arranged(job_of(options, tickets(1)))
    assert read_job({**options, "max_in_flight": "3", "api_token": "other"}, fields).is_arranged
    for name, value in (
        ("key", "body"),
        ("ledger_namespace", "test"),
        ("fields", '{"body": "body"}'),
        ("stream", "other"),
    ):
        with pytest.raises(ConfigurationError, match=f"arranged with another {name}"):
            read_job({**options, name: value}, fields)
    with pytest.raises(ConfigurationError, match="lacks _groove_reads"):
        read_job(options, fields[:-1])
    with pytest.raises(ConfigurationError, match="arranged already"):
        read_job(options, fields, is_for_arranging=True)
    fields[-3]["metadata"] = {}
    with pytest.raises(ConfigurationError, match="no note"):
        read_job(options, fields)


def test_frame_with_dots_in_its_names_is_arranged_and_says_how(door: Door) -> None:
    frame = door.tickets(0, 6).withColumnRenamed("order_id", "order.id")
    options = {"endpoint": "create_ticket", "key": "order.id", "order_by": "order.id"}
    arranged_frame = door.arranged(frame, **options)
    with pytest.raises(PySparkException, match="arranged with another ledger_namespace"):
        door.save(arranged_frame, **options, ledger_namespace="other")
    assert door.save(arranged_frame, **options)["delivered"] == 6
    told = door.save(door.arranged(frame, **options), **options)
    assert (told["unchanged"], told["request"]) == (6, 0)
