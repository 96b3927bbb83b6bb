"""What cannot work is said at the driver, in one sentence each, before a task starts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pytest
from pyspark.errors import PySparkException
from pyspark.sql.types import StructType

from target_groove.errors import ConfigurationError, TargetGrooveError
from target_groove.spark.job import Job, read_job
from target_groove.spark.options import read_options
from tests.spark.door import TICKETS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.spark.door import Door

# Spark reads its own way to write schemas.
pytestmark = pytest.mark.usefixtures("spark")

COLUMNS: Final = "order_id long, `from` string, `to` string, body string"
ROUTES_OPTION: Final = "Option streams: a frame is one stream; say endpoint, fields and the like."


def job(folder: Path, columns: str = COLUMNS, **options: str) -> Job:
    given = {
        "api_token": "token",
        "ledger_url": f"sqlite:///{folder}/ledger.db",
        **TICKETS,
        **options,
    }
    schema = StructType.fromDDL(columns)
    return read_job({k: v for k, v in given.items() if v}, schema.jsonValue()["fields"])


@pytest.mark.parametrize(
    "options, sentence",
    [
        ({"key": ""}, "Option key is missing; it names the columns that tell one row from"),
        ({"endpoint": ""}, "Option endpoint is missing; `target-groove endpoints` lists them."),
        ({"streams": "[]"}, ROUTES_OPTION),
        ({"load_method": "append-only"}, "Option load_method: Spark may run a task twice, and"),
        ({"report_path": "r.html"}, "Option report_path tells of one run on one machine, and"),
        (
            {"responses_path": "r.jsonl", "account_column": "to", "api_tokens": '{"a": "b"}'},
            "Option responses_path: an answer does not say of which account it is; write one",
        ),
        ({"ledger_url": "none"}, "Setting ledger_url is none, but Spark may run a task twice,"),
        ({"key": "order"}, "Option key: the frame has no column order; it has order_id, from,"),
        ({"key": "order_id,x"}, "Option key: the frame has no column x; it has order_id, from,"),
        ({"account_column": "shop"}, "Option account_column: the frame has no column shop;"),
        ({"account_column": "to"}, "Option api_tokens is missing; it has the token of each"),
        ({"api_tokens": '{"a": "b"}'}, "Option account_column is missing; it says whose token"),
        ({"api_tokens": '{"a": 1}'}, "Option api_tokens: a JSON object of tokens by account is"),
        ({"api_tokens": '{"a": "b"'}, "Option api_tokens: a JSON object of tokens by account is"),
        ({"api_tokens": "/no/such/file"}, "Option api_tokens: the file cannot be read (No such"),
        ({"order_by": "order_id"}, "Option order_by: Spark gives a sink its rows as they lie;"),
        ({"accounts_at_once": "0"}, "Option accounts_at_once is '0'; a whole number from 1 is"),
        ({"defaults": '{"a": '}, "Option defaults is no JSON ("),
        ({"max_attempts": "many"}, "Setting max_attempts"),
        ({"no_such": "x"}, "no_such"),
        ({"endpoint": "create_tickets"}, "create_tickets"),
        ({"fields": '{"bodies": "body"}'}, "bodies"),
        ({"api_token": ""}, "api_token"),
    ],
)
def test_a_wrong_option_is_a_sentence(
    tmp_path: Path, options: dict[str, str], sentence: str
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        job(tmp_path, **options)
    assert sentence in str(raised.value)
    assert "Traceback" not in str(raised.value)


@pytest.mark.parametrize(
    "columns, sentence",
    [
        ("order_id long, photo binary", "Column photo: binary cannot be delivered; leave it out,"),
        ("order_id long, a struct<b: array<binary>>", "Column a.b: binary cannot be delivered;"),
        ("order_id long, v variant", "Column v: variant cannot be delivered; turn it into a"),
        ("order_id long, m map<int, string>", "Column m: a map whose keys are no text cannot"),
        ("order_id long, i interval day to second", "Column i: interval day to second cannot"),
        ("order_id binary", "Column order_id: binary cannot be delivered;"),
    ],
)
def test_a_column_that_cannot_be_delivered_is_a_sentence(
    tmp_path: Path, columns: str, sentence: str
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        job(tmp_path, columns)
    assert sentence in str(raised.value)


def test_everything_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as raised:
        job(tmp_path, "order_id binary", key="x,y", max_attempts="many")
    for words in ("order_id: binary", "no column x", "no column y", "max_attempts"):
        assert words in str(raised.value)


def test_a_ledger_that_cannot_be_used_is_a_sentence(tmp_path: Path) -> None:
    password = "hush-7c1f"
    with pytest.raises(TargetGrooveError) as raised:
        job(tmp_path, ledger_url=f"postgresql://nobody:{password}@127.0.0.1:1/none")
    assert password not in str(raised.value)


@pytest.mark.parametrize(
    "master, is_fine",
    [
        *[(master, True) for master in ("local", "local[2]", "local[*]")],
        *[(master, False) for master in ("local-cluster[2,1,1024]", "spark://host:7077", "yarn")],
        *[(master, False) for master in ("k8s://x", "")],
    ],
)
def test_a_file_is_a_ledger_only_for_tasks_of_one_machine(
    tmp_path: Path, master: str, *, is_fine: bool
) -> None:
    found = job(tmp_path)
    if is_fine:
        found.check_place(master)
        return
    with pytest.raises(ConfigurationError) as raised:
        found.check_place(master)
    assert "ledger.db, which tasks on other machines do not see" in str(raised.value)


def test_settings_of_the_environment_count_but_for_what_spark_cannot_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TARGET_GROOVE_API_TOKEN", "from-outside")
    monkeypatch.setenv("TARGET_GROOVE_MAX_ATTEMPTS", "4")
    monkeypatch.setenv("TARGET_GROOVE_LOAD_METHOD", "append-only")
    monkeypatch.setenv("TARGET_GROOVE_STREAMS", '[{"stream": "x", "endpoint": "create_ticket"}]')
    found = job(tmp_path, api_token="")
    assert found.config["api_token"] == "from-outside"
    assert int(found.config["max_attempts"]) == 4
    assert [each["stream"] for each in found.config["streams"]] == ["create_ticket"]
    monkeypatch.setenv("TARGET_GROOVE_REPORT_PATH", "r.html")
    with pytest.raises(ConfigurationError, match=r"^Variable TARGET_GROOVE_REPORT_PATH tells of"):
        job(tmp_path, api_token="")


def test_where_answers_go_may_be_taken_back_for_a_write_to_several_accounts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TARGET_GROOVE_RESPONSES_PATH", "answers.jsonl")
    accounts = {"account_column": "to", "api_tokens": '{"a": "b"}'}
    with pytest.raises(ConfigurationError) as raised:
        job(tmp_path, **accounts)
    assert str(raised.value).startswith("Variable TARGET_GROOVE_RESPONSES_PATH: an answer does not")
    options = read_options({**TICKETS, **accounts, "responses_path": ""})
    assert options.settings["responses_path"] == ""


def test_a_text_may_begin_as_json_does(tmp_path: Path) -> None:
    found = job(tmp_path, responses_path="{date}/{run_id}.jsonl", responses_command="[ -e x ]")
    assert found.config["responses_path"] == "{date}/{run_id}.jsonl"
    assert found.config["responses_command"] == "[ -e x ]"


def test_a_job_shows_no_secret(tmp_path: Path) -> None:
    tokens = json.dumps({"a": "hush-1", "b": "hush-2"})
    assert "hush" not in repr(job(tmp_path, account_column="to", api_tokens=tokens))


def test_spark_starts_no_task_for_what_is_refused(door: Door) -> None:
    frame = door.tickets(0, 4)

    def refusal(mode: str = "append", **options: Any) -> str:
        with pytest.raises(PySparkException) as raised:
            door.save(frame, mode, **{**TICKETS, **options})
        return str(raised.value)

    before = door.stages()
    assert "no column order" in refusal(key="order")
    assert "Mode overwrite would delete what Groove has" in refusal("overwrite")
    assert "Option order_by" in refusal(order_by="order_id")
    with pytest.raises(ConfigurationError, match="Option key: the frame has no column order"):
        door.arranged(frame, **{**TICKETS, "key": "order"})
    assert door.stages() == before
    assert door.sandbox.log() == []
