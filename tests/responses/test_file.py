"""`responses_path`: a Singer file that grows by whole lines."""

from __future__ import annotations

import errno
import os
import re
import signal
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from target_groove.outputs.shared_file import appending, write_all
from target_groove.responses.file import ResponsesFile
from target_groove.sandbox import Sandbox
from tests.conftest import Run
from tests.processes import Loader, eventually, patiently
from tests.responses.conftest import entries, messages_in, told_in
from tests.runs import state


def test_runs_append_and_a_singer_target_reads_it(
    run: Run, ticket_config: dict[str, Any], sandbox: Sandbox, tmp_path: Path
) -> None:
    path = tmp_path / "folder" / "responses.jsonl"
    settings = {**ticket_config, "responses_path": str(path), "responses_stream": "answers"}
    assert run(settings, entries(1, 2)).exit_code == 0
    assert run(settings, entries(1, 2, 3)).exit_code == 0

    echo = {"stream": "answers", "endpoint": "custom", "method": "POST", "url": "/echo/x"}
    ledger = {"ledger_url": f"sqlite:///{tmp_path}/other.db", "load_method": "upsert"}
    read = run({**ledger, "streams": [echo]}, path.read_bytes().splitlines())

    assert read.exit_code == 0, read.log
    arrived = [each["body"] for each in sandbox.log() if each["path"] == "/v1/echo/x"]
    assert sorted(each["record_key"] for each in arrived) == ["1", "2", "3"]
    assert len({each["response_id"] for each in arrived}) == 3


def test_the_name_may_hold_day_and_run(
    run: Run, ticket_config: dict[str, Any], tmp_path: Path
) -> None:
    name = f"{tmp_path}/out/{{date}}/{{run_id}}.jsonl"
    for last in (1, 2):
        result = run({**ticket_config, "responses_path": name}, entries(*range(last + 1)))
        assert result.exit_code == 0, result.log

    files = list((tmp_path / "out").rglob("*.jsonl"))
    assert sorted(len(told_in(each)) for each in files) == [1, 2]
    for each in files:
        (told, *_) = told_in(each)
        assert each.parent.name == told["completed_at"][:10]
        assert each.stem == told["run_id"]
        assert messages_in(each.read_bytes().splitlines())[0]["type"] == "SCHEMA"


def test_a_line_that_a_crash_tore_is_taken_away(
    run: Run, ticket_config: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "responses.jsonl"
    settings = {**ticket_config, "responses_path": str(path)}
    run(settings, entries(1))
    path.write_bytes(path.read_bytes() + b'{"type": "RECORD", "stream": "groove_re')

    assert run(settings, entries(2)).exit_code == 0

    assert [each["record_key"] for each in told_in(path)] == ["1", "2"]


def test_nothing_is_written_where_nothing_was_sent(
    run: Run, ticket_config: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "responses.jsonl"
    run(ticket_config, entries(1))

    assert run({**ticket_config, "responses_path": str(path)}, entries(1)).exit_code == 0

    assert not path.exists()


@pytest.mark.parametrize("name", ["", "folder", "file/below", "a\0b"])
def test_a_file_that_cannot_be_written_stops_the_run_before_anything_is_sent(
    run: Run, ticket_config: dict[str, Any], sandbox: Sandbox, tmp_path: Path, name: str
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    path = f"{tmp_path}/{name}"

    result = run({**ticket_config, "responses_path": path}, entries(1))

    assert result.exit_code == 1
    assert "The file of responses" in result.problems[0]
    assert "set responses_path" in result.problems[0]
    assert sandbox.log() == []


@pytest.mark.parametrize("name", ["/dev/full", "pipe", "link"])
def test_what_is_no_file_is_refused_before_anything_is_sent(
    run: Run, ticket_config: dict[str, Any], sandbox: Sandbox, tmp_path: Path, name: str
) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/dev/null")
    path = name if name.startswith("/") else f"{tmp_path}/{name}"

    result = run({**ticket_config, "responses_path": path}, entries(1))

    assert result.exit_code == 1
    (problem,) = result.problems
    assert "cannot be written (it is no file)" in problem
    assert sandbox.log() == []


def test_standard_output_is_refused_under_whatever_name(
    ticket_config: dict[str, Any], sandbox: Sandbox, tmp_path: Path
) -> None:
    loader = Loader(tmp_path, {**ticket_config, "responses_path": f"{tmp_path}/out"})
    with (tmp_path / "out").open("wb") as out:
        done = subprocess.run(
            loader.command(), input=b"", stdout=out, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 1
    assert b"it is standard output, which is for STATE" in done.stderr
    assert sandbox.log() == []


def test_what_does_not_fit_on_the_disk_leaves_no_torn_line(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with appending(path) as descriptor:
        write_all(descriptor, b"one\n")
    with pytest.raises(OSError, match="full"):
        _half_append(path)
    assert path.read_bytes() == b"one\n"


def _half_append(path: Path) -> None:
    with appending(path) as descriptor:
        write_all(descriptor, b"two\nthr")
        raise OSError(errno.ENOSPC, "full")


def test_long_names_are_told_apart_in_the_ledger() -> None:
    long = "x" * 300
    names = {ResponsesFile(f"{each}/{long}", stream="s").name for each in "ab"}
    assert len(names) == 2
    assert max(map(len, names)) <= 100


def test_a_file_that_cannot_be_written_any_more_loses_no_answer(
    run: Run, ticket_config: dict[str, Any], sandbox: Sandbox, tmp_path: Path
) -> None:
    name = f"{tmp_path}/{{date}}/responses.jsonl"
    settings = {**ticket_config, "responses_path": name}
    run(settings, entries(1))
    (folder,) = (each for each in tmp_path.iterdir() if re.match(r"\d{4}-", each.name))
    folder.rename(tmp_path / "away")
    folder.touch()

    stopped = run(settings, [*entries(2), state({"seen": 2})])
    folder.unlink()
    again = run(settings, entries(1, 2, 3))

    assert stopped.exit_code == 1
    assert "cannot be written" in stopped.problems[0]
    assert again.exit_code == 0, again.log
    assert [each["record_key"] for each in told_in(folder / "responses.jsonl")] == ["2", "3"]
    assert len(sandbox.things("tickets")) == 3


@pytest.mark.parametrize("ledger", ["sqlite", "none"])
def test_answers_are_there_before_a_state_is_printed(
    ticket_config: dict[str, Any], tmp_path: Path, ledger: str
) -> None:
    path = tmp_path / "responses.jsonl"
    more = {"ledger_url": "none"} if ledger == "none" else {}
    config = {**ticket_config, **more, "responses_path": str(path), "batch_size_rows": 2}
    with Loader(tmp_path, config).start() as live:
        live.send(*entries(1, 2), state({"seen": 2}))
        assert b"2" in live.next_line()
        assert len(told_in(path)) == 2
        live.finish()


def test_a_quiet_tap_does_not_hold_answers_back(
    ticket_config: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "responses.jsonl"
    config = {**ticket_config, "responses_path": str(path)}
    with Loader(tmp_path, config).start() as live:
        live.send(*entries(1))
        eventually(path.exists)
        eventually(lambda: len(told_in(path)) == 1)
        assert live.finish().exit_code == 0


def test_kills_lose_no_answer_and_tell_none_twice(
    ticket_config: dict[str, Any], sandbox: Sandbox, tmp_path: Path
) -> None:
    path = tmp_path / "responses.jsonl"
    loader = Loader(tmp_path, {**ticket_config, "responses_path": str(path)})
    messages = entries(*range(400))
    sandbox.configure(latency_ms=2)
    for part in range(1, 5):
        with loader.start() as live:
            live.send(*messages)
            patiently(partial(_are_there, sandbox, part * 80))
            live.signal(signal.SIGKILL)

    done = loader(messages)

    assert done.exit_code == 0, done.stderr
    told = told_in(path)
    numbers = sorted(str(each["number"]) for each in sandbox.things("tickets"))
    assert len(numbers) == 400
    assert sorted(each["resource_id"] for each in told) == numbers
    assert len({each["response_id"] for each in told}) == len(told)


def _are_there(sandbox: Sandbox, count: int) -> bool:
    return len(sandbox.things("tickets")) >= count
