"""`responses_command`: a child that reads answers on its stdin, and may be slow, odd, or dead."""

from __future__ import annotations

import itertools
import json
import shlex
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from target_groove.errors import ConfigurationError, Interrupted
from target_groove.ledger.outbox import Written
from target_groove.responses.child import BOOKMARK, ChildTarget
from target_groove.sandbox import Sandbox
from tests.conftest import Run
from tests.processes import Loader, eventually
from tests.responses.conftest import entries, messages_in, told_in
from tests.runs import state

TO_FILE = """
import os, sys
with open("{file}", "ab") as file:
    for line in sys.stdin.buffer:
        file.write(line)
        file.flush()
        sys.stdout.buffer.write(line)
"""
ACKNOWLEDGES = """
import json, sys
for line in sys.stdin:
    message = json.loads(line)
    if message["type"] == "STATE":
        print(json.dumps(message["value"]), flush=True)
        print("no JSON", flush=True)
"""


@pytest.fixture
def command(tmp_path: Path) -> Callable[..., str]:
    """Writes a program and gives the command line that starts it."""

    def make(text: str, **values: Any) -> str:
        program = tmp_path / "child.py"
        program.write_text(text.format(**values) if values else text)
        return shlex.join([sys.executable, str(program)])

    return make


def child(command: str, **options: Any) -> ChildTarget:
    settings: dict[str, Any] = {"stream": "answers", "token": "t0ken", "check": lambda: None}
    made = ChildTarget(command, **{**settings, **options})
    made.begin()
    return made


def answers(count: int, size: int = 0) -> list[Written]:
    text = json.dumps({"text": "x" * size})
    return [Written(f"r{each}", text) for each in range(count)]


def test_a_child_target_gets_all_answers_and_its_output_stays_with_us(
    run: Run, ticket_config: dict[str, Any], tmp_path: Path, command: Callable[..., str]
) -> None:
    file = tmp_path / "child.jsonl"
    settings = {**ticket_config, "responses_command": command(TO_FILE, file=file)}

    result = run(settings, [*entries(*range(150)), state({"seen": 150})])

    assert result.exit_code == 0, result.log
    assert result.states == [{"seen": 150}]
    messages = messages_in(file.read_bytes().splitlines())
    assert messages[0]["type"] == "SCHEMA"
    assert messages[-1] == {"type": "STATE", "value": {BOOKMARK: 150}}
    told = told_in(file)
    assert len({each["response_id"] for each in told}) == len(told) == 150


def test_another_target_groove_as_the_child(
    run: Run, ticket_config: dict[str, Any], sandbox: Sandbox, tmp_path: Path
) -> None:
    echo = {"stream": "groove_responses", "endpoint": "custom", "method": "POST", "url": "/echo/x"}
    config = {**ticket_config, "streams": [echo], "ledger_url": f"sqlite:///{tmp_path}/2.db"}
    (tmp_path / "other.json").write_text(json.dumps(config))
    words = [sys.executable, "-m", "target_groove", "--config", str(tmp_path / "other.json")]

    result = run({**ticket_config, "responses_command": shlex.join(words)}, entries(1, 2, 3))

    assert result.exit_code == 0, result.log
    arrived = [each["body"] for each in sandbox.log() if each["path"] == "/v1/echo/x"]
    assert sorted(each["record_key"] for each in arrived) == ["1", "2", "3"]


def test_a_child_that_dies_is_reported_and_its_answers_come_with_the_next_run(
    run: Run,
    ticket_config: dict[str, Any],
    sandbox: Sandbox,
    tmp_path: Path,
    command: Callable[..., str],
) -> None:
    settings = {**ticket_config, "responses_command": command("import sys; sys.exit(3)")}

    died = run(settings, [*entries(1, 2), state({"seen": 2})])

    assert died.exit_code == 1
    (problem,) = died.problems
    assert problem.startswith("responses_command ended with exit code 3")
    assert problem.endswith("; what did not arrive is told by the next run.")
    assert died.states == [{"seen": 2}]
    assert len(sandbox.things("tickets")) == 2

    file = tmp_path / "child.jsonl"
    command(TO_FILE, file=file)
    again = run(settings, entries(1, 2, 3))

    assert again.exit_code == 0, again.log
    assert sorted(each["record_key"] for each in told_in(file)) == ["1", "2", "3"]
    assert len(sandbox.things("tickets")) == 3


def test_without_a_ledger_it_says_what_is_lost(
    run: Run, ticket_config: dict[str, Any], command: Callable[..., str]
) -> None:
    line = command("import sys; sys.stdin.read(); sys.exit(4)")

    died = run({**ticket_config, "ledger_url": "none", "responses_command": line}, entries(1))

    (problem,) = died.problems
    assert problem.startswith("responses_command ended with exit code 4; 1 answer may not be")
    assert problem.endswith("stored; what did not arrive is lost, as there is no ledger.")


def test_what_stops_a_run_is_not_hidden_by_its_child(
    run: Run, ticket_config: dict[str, Any], sandbox: Sandbox, command: Callable[..., str]
) -> None:
    sandbox.faults([{"action": "status", "status": 422, "body_text": '{"error": "no"}'}])
    line = command("import sys; sys.stdin.read(); sys.exit(4)")

    stopped = run({**ticket_config, "responses_command": line}, entries(1))

    assert stopped.problems == ["Line 2, stream entries, record id=1: Groove answered 422: no."]
    assert "responses_command ended with exit code 4; 1 answer may not be stored." in stopped.log


def test_a_program_that_is_not_there_is_a_wrong_setting(
    run: Run, ticket_config: dict[str, Any], sandbox: Sandbox
) -> None:
    result = run({**ticket_config, "responses_command": "no-such-program --x"}, entries(1))

    assert result.exit_code == 2
    assert result.problems == [
        (
            "Setting responses_command cannot be started: 'no-such-program' "
            "(No such file or directory)."
        )
    ]
    assert sandbox.log() == []


def test_states_that_the_child_prints_say_what_is_stored(command: Callable[..., str]) -> None:
    target = child(command(ACKNOWLEDGES))
    target.send(answers(2))
    target.send(answers(1))

    eventually(lambda: target._stored == 3)

    assert target.arrived() == ["r0", "r1", "r0"]
    assert target.finish() == ""
    assert target.arrived() == []
    target.close()


def test_what_has_arrived_is_told_once_and_not_kept(command: Callable[..., str]) -> None:
    target = child(command(ACKNOWLEDGES))
    told: list[str] = []
    for number in range(50):
        target.send([Written(f"r{number}", "{}")])
        told += target.arrived()
    eventually(lambda: target.taken == 50)
    told += target.arrived()
    assert told == [f"r{number}" for number in range(50)]
    assert target.finish() == ""
    assert target.arrived() == []
    target.close()


def test_a_child_that_does_not_read_is_left_alone_after_a_while(
    command: Callable[..., str],
) -> None:
    target = child(command("import time; time.sleep(600)"), room_seconds=0.0)
    for _ in range(60):
        target.send(answers(1, size=100_000))

    problem = target.finish()

    assert problem.startswith("responses_command does not read its input; ")
    assert target.arrived() == []
    target.close()


def test_a_signal_ends_the_waiting_for_a_child(command: Callable[..., str]) -> None:
    def check() -> None:
        raise Interrupted(signal.SIGTERM)

    target = child(command("import time; time.sleep(600)"), check=check)
    with pytest.raises(Interrupted):
        target.finish()
    target._process.terminate()  # type: ignore[union-attr]
    target.close()


def test_what_a_signal_kept_from_a_child_is_not_taken_for_stored(
    command: Callable[..., str], tmp_path: Path
) -> None:
    def check() -> None:
        raise Interrupted(signal.SIGTERM)

    text = "import os, sys, time\nwhile not os.path.exists('{go}'): time.sleep(0.01)\n"
    go = tmp_path / "go"
    target = child(command(text + "sys.stdin.read()", go=go), check=check)
    count = 0
    with suppress(Interrupted):
        for count in range(1_000):
            target.send([Written(f"r{count}", json.dumps("x" * 100_000))])

    go.touch()
    target.close()

    assert target.arrived() == [f"r{each}" for each in range(count)]


def test_a_child_that_is_closed_in_time_has_stored_all(command: Callable[..., str]) -> None:
    target = child(command("import sys; sys.stdin.read()"))
    target.send(answers(2))

    target.close()

    assert target.arrived() == ["r0", "r1"]


def test_a_child_does_not_get_the_token(
    tmp_path: Path, command: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TARGET_GROOVE_API_TOKEN", "t0ken-of-groove")
    monkeypatch.setenv("A_URL", "https://t0ken-of-groove@example.org")
    monkeypatch.setenv("KEPT", "yes")
    text = "import os, json; json.dump(dict(os.environ), open('{file}', 'w')); input()"
    file = tmp_path / "environment.json"

    target = child(command(text, file=file), token="t0ken-of-groove")
    target.send(answers(1))
    target.finish()
    target.close()

    found = json.loads(file.read_text())
    assert found["KEPT"] == "yes"
    assert "t0ken-of-groove" not in str(found)


def test_the_child_outlives_a_signal_to_the_run(
    ticket_config: dict[str, Any], tmp_path: Path, command: Callable[..., str]
) -> None:
    file = tmp_path / "child.jsonl"
    config = {**ticket_config, "responses_command": command(TO_FILE, file=file)}
    with Loader(tmp_path, config).start() as live:
        live.send(*entries(1, 2))
        eventually(lambda: file.exists() and len(told_in(file)) == 2)
        live.signal(signal.SIGINT)
        done = live.ended()

    assert done.exit_code == 128 + signal.SIGINT
    again = Loader(tmp_path, config)(entries(1, 2, 3))
    assert again.exit_code == 0, again.stderr
    assert sorted(each["record_key"] for each in told_in(file)) == ["1", "2", "3"]


@pytest.mark.parametrize(
    "prints",
    ["'[' * 200_000", "chr(10) * 9", "'x' * 200_000 + chr(13), end=''", "'{}'"],
    ids=["deep", "blank", "no end", "other"],
)
def test_what_else_a_child_prints_is_passed_over(command: Callable[..., str], prints: str) -> None:
    made = child(
        command(f"import sys, json\nfor line in sys.stdin:\n    print({prints}, flush=True)\n")
    )
    for _ in range(20):
        made.send(answers(1))
    assert made.finish() == ""
    assert made.taken == 20
    made.close()


def test_a_child_that_a_signal_ended_is_told_with_all_that_it_did_not_get(
    command: Callable[..., str],
) -> None:
    made = child(command("import os; os.kill(os.getpid(), 9)"))
    process = made._process
    assert process is not None
    # Until it has ended, a pipe takes what nobody will read.
    eventually(lambda: process.poll() is not None)
    for _ in range(3):
        made.send(answers(2))
    assert made.finish() == (
        "responses_command was ended by signal 9 before it had read everything; "
        "6 answers may not be stored"
    )
    assert made.taken == 0


def test_what_a_script_started_is_ended_with_it(
    command: Callable[..., str], tmp_path: Path
) -> None:
    file = tmp_path / "pid"
    made = child(
        command(
            "import subprocess, sys\n"
            "inner = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
            f"open({str(file)!r}, 'w').write(f'{{inner.pid}}\\n')\n"
            "inner.wait()\n"
        ),
        clock=itertools.count(0, 100).__next__,
    )
    eventually(lambda: file.exists() and file.read_text().endswith("\n"))
    inner = int(file.read_text())
    assert not _has_ended(inner)
    made.close()
    assert eventually(lambda: _has_ended(inner))


def _has_ended(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] == "Z"


def test_a_program_is_looked_for_without_being_started(tmp_path: Path) -> None:
    def check(command: str) -> None:
        ChildTarget(command, stream="answers", token="t0ken", check=lambda: None).check()

    program = tmp_path / "child"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/begun\n")
    with pytest.raises(ConfigurationError, match=r"started: '.*/child' \(Permission denied\)\.$"):
        check(str(program))
    with pytest.raises(ConfigurationError, match=r"started: 'no-such' \(No such file or directory"):
        check("no-such")
    program.chmod(0o700)
    check(f"{program} --config x.json")
    assert not (tmp_path / "begun").exists()
