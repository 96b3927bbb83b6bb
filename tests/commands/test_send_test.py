"""`target-groove send-test`: one record, sent by the engine of a run, and shown."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.processes import PATIENCE, Loader, lines_of
from tests.responses.conftest import told_in
from tests.runs import records, schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from click.testing import Result

    from target_groove.sandbox import Sandbox
    from tests.commands.conftest import Cli
    from tests.conftest import Run

    Write = Callable[..., str]
    Send = Callable[..., Result]

TICKET = {"body": "Hi", "from": "kim@example.org", "to": "support@sandbox.example"}
ROWS = [{"id": n, **TICKET, "body": f"Hi {n}"} for n in range(3)]
UPSERT = {"load_method": "upsert"}


class Samples(Loader):
    """Starts tests in place of runs."""

    def command(
        self, config: Mapping[str, Any] | None = None, arguments: Iterable[str] = ()
    ) -> list[str]:
        python, *module, option, path = super().command(config)
        return [python, *module, "send-test", option, path, *arguments]


@pytest.fixture
def send(cli: Cli, config_file: Write, tmp_path: Path) -> Send:
    """`send(messages, "--record", "2", settings)` sends one of them for a test."""

    def one(messages: list[Any], *arguments: str, **settings: Any) -> Result:
        path = tmp_path / "input.jsonl"
        path.write_bytes(lines_of(messages))
        config = config_file(**{**UPSERT, **settings})
        return cli("send-test", "--config", config, "--input", str(path), *arguments)

    return one


def tickets(*rows: dict[str, Any]) -> list[Any]:
    return records("create_ticket", *(rows or ROWS), keys=["id"])


def bodies(sandbox: Sandbox) -> list[Any]:
    return [each["body"] for each in sandbox.log()]


def problems(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.getMessage() for each in caplog.records if each.levelname == "ERROR"]


def test_request_and_answer_are_shown(send: Send, sandbox: Sandbox, config: dict[str, Any]) -> None:
    result = send(tickets())
    assert result.exit_code == 0
    assert [each["body"] for each in bodies(sandbox)] == ["Hi 0"]
    said = result.stdout
    assert said.startswith("1. create  create_ticket · create_ticket · line 2 id=0\nPOST http://")
    assert "Authorization: Bearer ***\n" in said
    assert "\n201 after " in said
    assert '"number": 1,\n' in said
    assert said.endswith("Delivered; the ledger knows it, like every delivery.\n")
    assert config["api_token"] not in result.output


def test_a_run_does_not_send_it_again(send: Send, run: Run) -> None:
    send(tickets(), "--record", "2")
    assert "2 delivered, 0 rejected, 1 unchanged" in run(UPSERT, tickets()).log


def test_what_the_ledger_has_is_not_sent_but_thrown_away_again(
    send: Send, sandbox: Sandbox
) -> None:
    send(tickets())
    again = send(tickets())
    assert again.exit_code == 0
    assert again.stdout.startswith("Nothing was sent: the ledger says that Groove has the record")
    thrown = send(tickets(), "--throwaway")
    assert thrown.stdout.endswith("no ledger knows it, so a run sends the record again.\n")
    assert len(sandbox.things("tickets")) == 2


@pytest.mark.parametrize("ledger", ["sqlite:///{folder}/new.db", "none"])
def test_what_is_thrown_away_makes_no_ledger(
    send: Send, tmp_path: Path, sandbox: Sandbox, ledger: str
) -> None:
    url = ledger.format(folder=tmp_path)
    assert send(tickets(), "--throwaway", ledger_url=url).exit_code == 0
    assert not (tmp_path / "new.db").exists()
    assert len(sandbox.things("tickets")) == 1


def test_its_answer_is_told_like_every_other(send: Send, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    settings = {"responses_path": str(path), "report_path": str(tmp_path / "run.html")}
    assert send(tickets(), **settings).exit_code == 0
    assert [(each["action"], each["resource_id"]) for each in told_in(path)] == [("created", "1")]
    run({**UPSERT, "responses_path": str(path)}, tickets())
    assert sorted(each["resource_id"] for each in told_in(path)) == ["1", "2", "3"]
    assert not (tmp_path / "run.html").exists()


def test_a_refusal_is_told_too(send: Send, sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.faults([{"action": "status", "status": 422}])
    path = tmp_path / "answers.jsonl"
    assert send(tickets(), responses_path=str(path)).exit_code == 1
    assert [(each["action"], each["status_code"]) for each in told_in(path)] == [("rejected", 422)]


def test_the_answer_to_what_is_thrown_away_is_told_nowhere(send: Send, tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    assert send(tickets(), "--throwaway", responses_path=str(path)).exit_code == 0
    assert not path.exists()


def test_secrets_in_an_answer_are_not_shown(send: Send, sandbox: Sandbox) -> None:
    text = '{"ticket": {"number": 7, "auth_token": "hidden"}}'
    sandbox.faults([{"action": "status", "status": 201, "body_text": text}])
    result = send(tickets())
    assert '"auth_token": "***"' in result.stdout
    assert "hidden" not in result.output


def test_what_is_thrown_away_is_not_in_the_ledger(send: Send, run: Run) -> None:
    run(UPSERT, tickets(ROWS[2]))
    send(tickets(), "--throwaway")
    assert "2 delivered, 0 rejected, 1 unchanged" in run(UPSERT, tickets()).log


def test_a_record_without_a_key_is_not_sent_again_by_the_next_run(
    send: Send, run: Run, sandbox: Sandbox
) -> None:
    rows = records("create_ticket", *ROWS)
    assert send(rows, "--record", "2").exit_code == 0
    assert "2 delivered, 0 rejected, 1 unchanged" in run(UPSERT, rows).log
    assert len(sandbox.things("tickets")) == 3


def test_the_stream_and_its_record_can_be_named(send: Send, sandbox: Sandbox) -> None:
    messages = [
        *records("elsewhere", {"a": 1}),
        *tickets(),
        *records("create_group", {"name": "A"}, {"name": "B"}),
    ]
    assert send(messages, "--stream", "create_group", "--record", "2").exit_code == 0
    assert bodies(sandbox) == [{"name": "B"}]
    assert send(messages, "--record", "4").exit_code == 0
    assert bodies(sandbox)[1] == {"name": "A"}


def test_what_is_not_there_is_said_with_2(
    send: Send, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    assert send(tickets(), "--record", "4").exit_code == 2
    assert send(tickets(), "--stream", "nope").exit_code == 2
    assert problems(caplog) == [
        "There is no record 4: the input has 3 of streams with a route.",
        "There is no record 1: the input has 0 of stream nope.",
    ]
    assert sandbox.log() == []


def test_a_stream_without_a_route_is_said(send: Send, caplog: pytest.LogCaptureFixture) -> None:
    assert send(records("s", {"a": 1}), "--stream", "s").exit_code == 1
    assert problems(caplog) == ["Line 2: stream s has no route; add one to streams."]


def test_a_refusal_is_said_and_nothing_is_set_aside(
    send: Send, sandbox: Sandbox, config: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    sandbox.faults([{"action": "status", "status": 422}])
    result = send(tickets(), on_error="dead_letter")
    assert result.exit_code == 1
    assert "\n422 after " in result.stdout
    assert "Groove answered 422" in problems(caplog)[0]
    assert not os.path.exists(config["dead_letter_path"])  # noqa: PTH110 - a text


def test_only_problems_of_the_record_itself_matter(
    send: Send, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    messages = tickets({"id": 7}, {"id": "x", **TICKET}, ROWS[0])
    messages[0] = schema("create_ticket", ["id"], {"id": {"type": "integer"}})
    assert send(messages, "--record", "3").exit_code == 0
    assert len(sandbox.log()) == 1
    assert send(messages, "--record", "2").exit_code == 1
    assert send(messages, "--record", "1").exit_code == 1
    assert "does not fit its schema" in problems(caplog)[0]
    assert "body: is missing" in problems(caplog)[1]


def test_one_record_of_a_list_that_replaces_is_not_sent(
    send: Send, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    route = {
        "stream": "members",
        "endpoint": "update_group",
        "path_params": {"group_id": "group"},
        "batch": {
            "grouping": "grouped",
            "group_by": ["group_id"],
            "key": "agents",
            "collect": "agent",
        },
    }
    row = {"group": sandbox.things("groups")[0]["id"], "agent": "ada@sandbox.example"}
    assert send(records("members", row), streams=[route]).exit_code == 1
    assert "one record of it would take the others away" in problems(caplog)[0]
    assert sandbox.log() == []


def test_a_lost_answer_is_looked_up_as_in_a_run(send: Send, sandbox: Sandbox) -> None:
    sandbox.faults([{"action": "reset_after", "method": "POST", "times": 1}])
    result = send(tickets())
    assert result.exit_code == 0
    assert "\nno answer after " in result.stdout
    assert "look_up" in result.stdout
    assert len(sandbox.things("tickets")) == 1


def test_a_lost_answer_of_what_is_thrown_away_is_looked_up_too(
    send: Send, run: Run, sandbox: Sandbox
) -> None:
    run(UPSERT, tickets(ROWS[0]))
    sandbox.faults([{"action": "reset_before", "method": "POST", "times": 1}])
    result = send(tickets(), "--throwaway")
    assert result.exit_code == 0
    assert len(sandbox.things("tickets")) == 2


def test_contacts_are_sent_with_all_their_documents(send: Send, sandbox: Sandbox) -> None:
    row = {"id": 1, "email": "ada@example.org", "first_name": "Ada"}
    result = send(records("upsert_contact", row, keys=["id"]))
    assert result.exit_code == 0
    assert result.stdout.count("look_up  upsert_contact") == 3
    assert "mutation Upsert(" in result.stdout
    assert len(sandbox.things("contacts")) == 1


def test_a_look_up_of_names_is_shown_without_what_it_found(send: Send) -> None:
    result = send(tickets({**ROWS[0], "agent_id": "none"}))
    assert result.exit_code == 1
    assert result.stdout.startswith("1. look_up\nGET http://")
    assert "ada@sandbox.example" not in result.stdout


def test_dead_letters_stay_in_their_file(
    cli: Cli, config_file: Write, run: Run, sandbox: Sandbox, config: dict[str, Any]
) -> None:
    sandbox.faults([{"action": "status", "status": 422, "times": 1}])
    run({**UPSERT, "on_error": "dead_letter"}, tickets(ROWS[0]))
    path = config["dead_letter_path"]
    with open(path, "rb") as file:  # noqa: PTH123 - a text
        before = file.read()
    result = cli("send-test", "--config", config_file(**UPSERT), "--input", path)
    assert result.exit_code == 0
    with open(path, "rb") as file:  # noqa: PTH123 - a text
        assert file.read() == before


def test_an_outcome_is_written_down_though_nobody_reads_it(
    config: dict[str, Any], sandbox: Sandbox, run: Run, tmp_path: Path
) -> None:
    path = tmp_path / "input.jsonl"
    path.write_bytes(lines_of(tickets()))
    loader = Samples(tmp_path, {**config, **UPSERT})
    with loader.start(arguments=["--input", str(path)]) as live:
        assert live.process.stdout is not None
        live.process.stdout.close()
        assert live.process.wait(PATIENCE) == 0
        assert "Traceback" not in live.log
        assert "Broken" not in live.log
    assert len(sandbox.things("tickets")) == 1
    assert "2 delivered, 0 rejected, 1 unchanged" in run(UPSERT, tickets()).log


def test_an_outcome_is_written_down_though_it_cannot_be_shown(
    config: dict[str, Any], sandbox: Sandbox, run: Run, tmp_path: Path
) -> None:
    path = tmp_path / "input.jsonl"
    path.write_bytes(lines_of(tickets()))
    command = Samples(tmp_path, {**config, **UPSERT}).command(None, ["--input", str(path)])
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" >/dev/full', "sh", *command],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "What is shown cannot be printed, standard output fails" in done.stderr
    assert "Traceback" not in done.stderr
    assert len(sandbox.things("tickets")) == 1
    assert "2 delivered, 0 rejected, 1 unchanged" in run(UPSERT, tickets()).log


# Edited


def edited(tmp_path: Path, payload: Any) -> str:
    path = tmp_path / "payload.json"
    path.write_text(payload if isinstance(payload, str) else json.dumps(payload))
    return str(path)


def test_the_payload_of_a_file_is_sent_and_the_record_is_not_created_again(
    send: Send, sandbox: Sandbox, run: Run, tmp_path: Path
) -> None:
    path = edited(tmp_path, {**TICKET, "body": "Edited", "state": "open"})
    assert send(tickets(), "--edit", path).exit_code == 0
    assert bodies(sandbox) == [{**TICKET, "body": "Edited", "state": "opened"}]
    assert "2 delivered, 0 rejected, 1 unchanged" in run(UPSERT, tickets()).log


def test_an_edited_update_is_set_right_by_the_next_run(
    send: Send, sandbox: Sandbox, run: Run, tmp_path: Path
) -> None:
    run(UPSERT, tickets(ROWS[0]))
    states = records(
        "update_ticket_state", {"id": 1, "ticket_number": 1, "state": "closed"}, keys=["id"]
    )
    assert send(states, "--edit", edited(tmp_path, {"state": "pending"})).exit_code == 0
    assert sandbox.things("tickets")[0]["state"] == "pending"
    run(UPSERT, states)
    assert sandbox.things("tickets")[0]["state"] == "closed"


def test_an_edited_payload_is_checked(
    send: Send, sandbox: Sandbox, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = edited(tmp_path, {"body": "x", "state": "bogus", "nope": 1})
    assert send(tickets(), "--edit", path).exit_code == 1
    assert "state: 'bogus' is none of" in problems(caplog)[0]
    states = records("update_ticket_state", {"id": 1, "state": "closed"}, keys=["id"])
    assert send(states, "--edit", edited(tmp_path, {"state": "closed"})).exit_code == 1
    assert "ticket_number: is missing" in problems(caplog)[1]
    assert sandbox.log() == []


def test_a_batch_is_edited_record_by_record(send: Send, sandbox: Sandbox, tmp_path: Path) -> None:
    route = {
        "stream": "s",
        "endpoint": "custom",
        "method": "POST",
        "url": "/echo/x",
        "batch": {"grouping": "array"},
    }
    path = edited(tmp_path, {"a": 2})
    assert send(records("s", {"a": 1}), "--edit", path, streams=[route]).exit_code == 0
    assert bodies(sandbox) == [[{"a": 2}]]


def test_a_value_that_is_looked_up_may_stay(send: Send, sandbox: Sandbox, tmp_path: Path) -> None:
    agent = sandbox.things("agents")[0]
    name = f"<email of agents {agent['id']}>"
    path = edited(tmp_path, {**TICKET, "assignee": name})
    row = {**ROWS[0], "agent_id": agent["id"]}
    assert send(tickets(row), "--edit", path).exit_code == 0
    assert bodies(sandbox)[-1]["assignee"] == agent["email"]


@pytest.mark.parametrize(
    "text,said",
    [("[1]", "holds no payload: not a JSON object"), ("{oops", "holds no payload: not valid JSON")],
)
def test_a_file_without_a_payload_is_said_with_2(
    send: Send, tmp_path: Path, text: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert send(tickets(), "--edit", edited(tmp_path, text)).exit_code == 2
    assert said in problems(caplog)[0]


def test_a_file_that_is_not_there_is_said_with_2(
    send: Send, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert send(tickets(), "--edit", str(tmp_path / "none.json")).exit_code == 2
    assert "cannot be read: No such file" in problems(caplog)[0]


def editor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, change: str) -> None:
    """An editor that changes the text of its file."""
    script = tmp_path / "editor.py"
    script.write_text(
        "import pathlib, sys\n"
        "file = pathlib.Path(sys.argv[1])\n"
        "text = file.read_text()\n"
        f"file.write_text({change})\n"
    )
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", f"{sys.executable} {script}")


def test_without_a_file_the_payload_is_edited_in_the_editor(
    send: Send, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor(monkeypatch, tmp_path, "text.replace('Hi 0', 'By hand')")
    assert send(tickets(), "--edit").exit_code == 0
    assert [each["body"] for each in bodies(sandbox)] == ["By hand"]


@pytest.mark.parametrize(
    "change,said",
    [
        ("''", "the payload was emptied in the editor"),
        ("'{'", "what the editor left is no payload"),
        ("b'\\xff'.decode('latin-1'), 'latin-1'", "what the editor left is no payload"),
        ("''); file.unlink(", "the payload could not be edited (No such file or directory)"),
        ("''); sys.exit(1", "Editing failed); check EDITOR"),
    ],
)
def test_what_the_editor_leaves_may_be_nothing(
    send: Send,
    sandbox: Sandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    change: str,
    said: str,
) -> None:
    editor(monkeypatch, tmp_path, change)
    assert send(tickets(), "--edit").exit_code == 1
    assert said in problems(caplog)[0]
    assert sandbox.log() == []


def test_an_editor_needs_the_terminal(
    cli: Cli, config_file: Write, caplog: pytest.LogCaptureFixture
) -> None:
    assert cli("send-test", "--config", config_file(), "--edit").exit_code == 2
    assert "name the input with --input" in problems(caplog)[0]
