"""`map-groove`: between a tap and a loader, with Groove's answers as what goes on."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from target_groove.sandbox import Sandbox
from tests.processes import ECHO, Finished, Loader, lines_of, patiently, rows
from tests.responses.conftest import entries, messages_in, told_in
from tests.runs import Message, record, schema, state

PROGRAM = "from target_groove.__main__ import map_groove; map_groove()"


@dataclass
class Mapper(Loader):
    """`map-groove` as a process."""

    def command(
        self, config: Any = None, arguments: Iterable[str] = (), program: str = PROGRAM
    ) -> list[str]:
        """The command line, with the configuration in a file."""
        path = self.folder / "config.json"
        path.write_text(json.dumps({**self.config, **(config or {})}))
        return [sys.executable, "-c", program, "--config", str(path), *arguments]


@pytest.fixture
def mapper(ticket_config: dict[str, Any], tmp_path: Path) -> Mapper:
    """The mapper, with a ticket for each entry."""
    return Mapper(tmp_path, ticket_config)


def test_answers_go_on_and_each_state_behind_them(mapper: Mapper, sandbox: Sandbox) -> None:
    messages = [
        *entries(1, 2),
        state({"seen": 2}),
        record("entries", {"id": 3, "message": "Entry 3.", "email": "p3@customers.example"}),
        schema("visits", ["id"]),
        record("visits", {"id": 1}),
        state({"seen": 3}),
    ]

    # The third answer comes when the first STATE has had its time.
    sandbox.faults([{"action": "delay", "seconds": 2, "body": "Entry 3."}])

    done = mapper(messages, config={"batch_size_rows": 2, "responses_stream": "answers"})

    assert done.exit_code == 0, done.stderr
    found = messages_in(done.stdout.splitlines())
    assert found[0]["type"] == "SCHEMA"
    assert {each["stream"] for each in found if "stream" in each} == {"answers"}
    kinds = [each["type"] for each in found]
    assert kinds == ["SCHEMA", "RECORD", "RECORD", "STATE", "RECORD", "STATE"]
    assert [each["value"] for each in found if each["type"] == "STATE"] == [
        {"seen": 2},
        {"seen": 3},
    ]
    assert len(sandbox.things("tickets")) == 3


def test_a_run_is_summed_up_and_reported_as_the_targets(mapper: Mapper, tmp_path: Path) -> None:
    page = tmp_path / "run.html"
    settings = {"responses_path": str(tmp_path / "answers.jsonl")}

    done = mapper(entries(1, 2), config=settings, arguments=["--report", str(page)])

    assert done.exit_code == 0, done.stderr
    assert "entries → create_ticket: 2 delivered; 2 requests" in done.stderr
    assert re.search(r"2 answers went to responses_path \S*answers\.jsonl", done.stderr)
    assert done.stderr.splitlines()[-1].endswith(f"; the report is {page}.")
    (told, _) = told_in(tmp_path / "answers.jsonl")
    assert f'"runId":"{told["run_id"]}"' in page.read_text(encoding="utf-8")


def test_a_second_run_tells_nothing_anew(mapper: Mapper, sandbox: Sandbox) -> None:
    mapper(entries(1, 2))
    sent = len(sandbox.log())

    again = mapper([*entries(1, 2), state({"seen": 2})])

    kinds = [each["type"] for each in messages_in(again.stdout.splitlines())]
    assert kinds == ["SCHEMA", "STATE"]
    assert len(sandbox.log()) == sent


def test_by_pipe_into_a_file_target(mapper: Mapper, sandbox: Sandbox, tmp_path: Path) -> None:
    echo = {"stream": "groove_responses", "endpoint": "custom", "method": "POST", "url": "/echo/x"}
    config = {**mapper.config, "streams": [echo], "ledger_url": f"sqlite:///{tmp_path}/2.db"}
    (tmp_path / "other.json").write_text(json.dumps(config))
    behind = [sys.executable, "-m", "target_groove", "--config", str(tmp_path / "other.json")]
    with subprocess.Popen(mapper.command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as first:
        loader = subprocess.Popen(behind, stdin=first.stdout, stdout=subprocess.PIPE)
        assert first.stdout is not None
        first.stdout.close()
        assert first.stdin is not None
        first.stdin.write(lines_of([*entries(*range(120)), state({"seen": 120})]))
        first.stdin.close()
        states, _ = loader.communicate(timeout=60)

    assert (first.returncode, loader.returncode) == (0, 0)
    assert states == b'{"seen":120}\n'
    echoed = [each["body"] for each in sandbox.log() if each["path"] == "/v1/echo/x"]
    assert len({each["response_id"] for each in echoed}) == len(echoed) == 120
    numbers = {str(each["number"]) for each in sandbox.things("tickets")}
    assert {each["resource_id"] for each in echoed} == numbers


def test_kills_lose_no_answer(mapper: Mapper, sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.configure(latency_ms=2)
    messages = entries(*range(300))
    (tmp_path / "input").write_bytes(lines_of(messages))
    outputs = [tmp_path / f"output.{part}" for part in (1, 2, 3)]
    for part, output in enumerate(outputs, start=1):
        # Into a file: it is read however much there is.
        with (tmp_path / "input").open("rb") as read, output.open("wb") as written:
            process = subprocess.Popen(mapper.command(), stdin=read, stdout=written)
        patiently(partial(_are_there, sandbox, part * 80))
        process.kill()
        process.wait()

    done = mapper(messages)

    assert done.exit_code == 0, done.stderr
    # A loader may have lost all that a killed run told, so the last one tells it anew.
    last = _told(done)
    assert sorted(each["resource_id"] for each in last) == sorted(
        str(each["number"]) for each in sandbox.things("tickets")
    )
    assert len(last) == 300
    told = {each["response_id"] for each in last}
    for each in outputs:
        earlier = Finished(0, each.read_bytes(), "")
        assert {answer["response_id"] for answer in _told(earlier)} <= told


def test_a_loader_that_lost_everything_gets_it_again(mapper: Mapper) -> None:
    first = mapper(entries(1, 2))

    again = mapper(entries(1, 2), arguments=["--tell-again"])
    third = mapper(entries(1, 2), environment={"MAP_GROOVE_TELL_AGAIN": "1"})

    for each in (again, third):
        assert _ids(each) == _ids(first)
    assert _ids(mapper(entries(1, 2))) == []


def test_a_loader_that_is_gone_stops_the_run(mapper: Mapper, sandbox: Sandbox) -> None:
    with mapper.start(config={"batch_size_rows": 1}) as live:
        live.next_line()
        assert live.process.stdout is not None
        live.process.stdout.close()
        live.send(*entries(1), state({"seen": 1}))
        live.process.wait(60)

    assert live.process.returncode == 1
    assert "cannot be printed, nobody reads standard output any more" in live.log
    assert "Traceback" not in live.log
    again = mapper(entries(1, 2))
    assert sorted(each["record_key"] for each in _told(again)) == ["1", "2"]
    assert len(sandbox.things("tickets")) == 2


@pytest.mark.parametrize("behind", [0, 3, 5])
def test_records_without_a_key_are_sent_once_whichever_state_the_loader_stored(
    mapper: Mapper, sandbox: Sandbox, behind: int
) -> None:
    config = {"streams": [ECHO], "batch_size_rows": 1, "max_in_flight": 1}
    messages: list[Message] = [schema("s")]
    for each in range(1, 6):
        messages += [record("s", {"id": each}), state({"seen": each})]
    with mapper.start(config=config) as live:
        live.send(*messages)
        for _ in range(11):
            live.next_line()
        live.signal(signal.SIGKILL)
        live.ended()

    # The tap goes on behind the STATE that the loader stored.
    later = [messages[0], *messages[1 + 2 * behind :], record("s", {"id": 6})]
    done = mapper(later, config=config)

    assert done.exit_code == 0, done.stderr
    assert [each["body"]["id"] for each in sandbox.log()] == [1, 2, 3, 4, 5, 6]


def test_settings_come_from_variables_of_both_names(
    mapper: Mapper, sandbox: Sandbox, tmp_path: Path
) -> None:
    config = mapper.config
    environment = {
        "TARGET_GROOVE_API_TOKEN": config["api_token"],
        "TARGET_GROOVE_RESPONSES_STREAM": "of_the_target",
        "MAP_GROOVE_RESPONSES_STREAM": "of_the_mapper",
        "MAP_GROOVE_API_URL": config["api_url"],
        "MAP_GROOVE_STREAMS": json.dumps([ECHO]),
        "MAP_GROOVE_LEDGER_URL": "none",
    }

    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "--config", "ENV"],
        input=lines_of(rows(1)),
        env={**os.environ, **environment},
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert messages_in(done.stdout.splitlines())[1]["stream"] == "of_the_mapper"
    assert len(sandbox.log()) == 1


def test_the_command_line_tells_its_name_and_what_is_wrong(mapper: Mapper) -> None:
    version = mapper(arguments=["--version"])
    about = mapper(arguments=["--about", "--format=json"])
    wrong = mapper(config={"api_token": None, "responses_path": "{day}.jsonl"})

    assert version.stdout.startswith(b"map-groove v0")
    assert json.loads(about.stdout)["name"] == "map-groove"
    assert wrong.exit_code == 2
    assert (
        "Setting responses_path is '{day}.jsonl'; it may hold {date} and {run_id}" in wrong.stderr
    )
    assert "Setting api_token is missing" in wrong.stderr


def _are_there(sandbox: Sandbox, count: int) -> bool:
    return len(sandbox.things("tickets")) >= count


def _told(done: Finished) -> list[dict[str, Any]]:
    """The answers in whole lines; a kill may tear the last."""
    whole = done.stdout[: done.stdout.rfind(b"\n") + 1]
    return [each["record"] for each in messages_in(whole.splitlines()) if each["type"] == "RECORD"]


def _ids(done: Finished) -> list[str]:
    return sorted(each["response_id"] for each in _told(done))
