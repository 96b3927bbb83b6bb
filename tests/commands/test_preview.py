"""`target-groove preview`, as a command and as a process."""

from __future__ import annotations

import io
import json
import logging
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from target_groove.delivery.request import Source
from target_groove.outputs.request_lines import RequestLine
from target_groove.outputs.request_text import RequestText
from tests.processes import PATIENCE, Loader, lines_of
from tests.runs import records

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from target_groove.sandbox import Sandbox
    from tests.commands.conftest import Cli

    Write = Callable[..., str]

TICKET = {"body": "Hi \u001b[31m", "from": "kim@example.org", "to": "support@sandbox.example"}
SOURCE = Source("s", {}, {}, "line 2", "id=1", 0)


AS_JSON = ["--format", "json"]


class Previews(Loader):
    """Starts previews in place of runs."""

    def command(
        self, config: Mapping[str, Any] | None = None, arguments: Iterable[str] = ()
    ) -> list[str]:
        python, *module, option, path = super().command(config)
        return [python, *module, "preview", option, path, *arguments]


@pytest.fixture
def input_file(tmp_path: Path) -> str:
    path = tmp_path / "input.jsonl"
    rows = [{"id": n, **TICKET} for n in range(3)]
    path.write_bytes(lines_of(records("create_ticket", *rows, {"id": 9}, keys=["id"])))
    return str(path)


@pytest.fixture
def loader(config: dict[str, Any], tmp_path: Path) -> Loader:
    return Previews(tmp_path, config)


def test_lines_for_tools(
    cli: Cli, config_file: Write, input_file: str, sandbox: Sandbox, config: dict[str, Any]
) -> None:
    result = cli("preview", "--config", config_file(), "--input", input_file, "--format", "json")
    assert result.exit_code == 0
    lines = [json.loads(each) for each in result.stdout.splitlines()]
    assert [list(each) for each in lines] == [
        [
            "stream",
            "endpoint",
            "method",
            "url",
            "headers",
            "body",
            "records",
            "action",
            "problems",
        ]
    ] * 4
    assert lines[0]["url"] == f"{sandbox.api_url}/tickets"
    assert lines[0]["body"] == TICKET
    assert lines[0]["headers"]["Authorization"] == "Bearer ***"
    assert config["api_token"] not in result.output
    assert [each["action"] for each in lines] == ["create"] * 3 + ["rejected"]
    assert sandbox.log() == []


def test_no_answer_and_no_report_is_written(
    cli: Cli, config_file: Write, input_file: str, tmp_path: Path
) -> None:
    config = config_file(
        responses_path=str(tmp_path / "told" / "answers.jsonl"),
        responses_command="no-such-program",
        report_path=str(tmp_path / "run.html"),
    )
    assert cli("preview", "--config", config, "--input", input_file).exit_code == 0
    assert not (tmp_path / "told").exists()
    assert not (tmp_path / "run.html").exists()


def test_text_for_people(cli: Cli, config_file: Write, input_file: str, sandbox: Sandbox) -> None:
    result = cli("preview", "--config", config_file(), "--input", input_file)
    assert result.exit_code == 0
    assert result.stdout.startswith(
        "1. create  create_ticket · create_ticket · line 2 id=0\n"
        f"POST {sandbox.api_url}/tickets\n"
        "Content-Type: application/json\n"
        "Authorization: Bearer ***\n"
        "{\n"
        '  "body": "Hi \\u001b[31m",\n'
    )
    assert result.stdout.endswith(
        "rejected  create_ticket · create_ticket · line 5 id=9\n"
        "! body: is missing; from: is missing; to or mailbox: one of them is needed\n\n"
    )
    assert "\x1b" not in result.stdout


def test_the_limit_ends_it(
    cli: Cli, config_file: Write, input_file: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="target-groove")
    result = cli("preview", "--config", config_file(), "--input", input_file, "--limit", "2")
    assert result.exit_code == 0
    assert "2. create" in result.stdout
    assert "3. create" not in result.stdout
    # The second record may have more requests, so nobody says how many records these are for.
    assert "Preview: 2 requests; nothing was sent." in caplog.messages


def test_what_is_unusable_ends_with_2(cli: Cli, config_file: Write, input_file: str) -> None:
    path = config_file(on_error="maybe")
    assert cli("preview", "--config", path, "--input", input_file).exit_code == 2
    assert cli("preview", "--config", config_file(), "--limit", "0").exit_code == 2


def test_a_line_that_cannot_be_read_ends_with_1(loader: Loader) -> None:
    done = loader([b"{oops"], arguments=AS_JSON)
    assert done.exit_code == 1
    assert "Line 1: not valid JSON in Unicode" in done.stderr
    assert "Traceback" not in done.stderr


def test_requests_are_shown_while_the_input_is_open_and_the_limit_ends_it(loader: Loader) -> None:
    rows = [{"id": n, **TICKET} for n in range(3)]
    with loader.start(arguments=[*AS_JSON, "--limit", "4"]) as live:
        live.send(*records("create_ticket", *rows, keys=["id"]))
        for each in rows:
            assert json.loads(live.next_line())["records"][0]["key"] == f"id={each['id']}"
        live.send(*records("create_ticket", {"id": 7, **TICKET}, keys=["id"]))
        done = live.ended()
    assert done.exit_code == 0
    assert len(done.stdout.splitlines()) == 1
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [AS_JSON, []], ids=["json", "text"])
def test_a_reader_who_has_seen_enough_is_no_error(loader: Loader, arguments: list[str]) -> None:
    with loader.start(arguments=arguments) as live:
        assert live.process.stdout is not None
        live.process.stdout.close()
        assert live.process.stdin is not None
        live.process.stdin.write(lines_of(records("create_ticket", {"id": 1, **TICKET})))
        live.process.stdin.close()
        assert live.process.wait(PATIENCE) == 0
        assert "Traceback" not in live.log
        assert "Broken" not in live.log


@pytest.mark.parametrize("arguments", [AS_JSON, []], ids=["json", "text"])
@pytest.mark.parametrize("to", ["/dev/full", "&-"])
def test_a_standard_output_that_takes_nothing_is_a_sentence(
    loader: Loader, input_file: str, arguments: list[str], to: str
) -> None:
    command = loader.command(None, [*arguments, "--input", input_file])
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" >{to}', "sh", *command],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if to == "&-":
        assert done.returncode == 2
        assert "Standard input and output must be open" in done.stderr
    else:
        assert done.returncode == 1
        assert "What is shown cannot be printed, standard output fails: No space" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


@pytest.mark.parametrize("variable,coloured", [("FORCE_COLOR", True), ("NO_COLOR", False)])
def test_colours_are_for_terminals_that_want_them(
    loader: Loader, variable: str, *, coloured: bool
) -> None:
    environment = {"FORCE_COLOR": "1", variable: "1", "TERM": "xterm-256color"}
    row = {"id": 1, **TICKET}
    done = loader(records("create_ticket", row, keys=["id"]), environment=environment, arguments=[])
    assert (b"\x1b[3" in done.stdout) is coloured
    assert b'\x1b[31m"' not in done.stdout


# Text


def shown(*lines: RequestLine) -> str:
    file = io.StringIO()
    text = RequestText(file)
    for each in lines:
        text.show(each)
    return file.getvalue()


def line(**changes: Any) -> RequestLine:
    return RequestLine(
        **{
            "stream": "s",
            "endpoint": "custom",
            "method": "POST",
            "url": "https://api.groovehq.com/v1/x",
            "headers": {"Accept": "application/json", "X-Source": "here"},
            "sources": [SOURCE],
            "action": "create",
            **changes,
        }
    )


def test_a_document_is_written_as_it_is_read() -> None:
    body = {"query": "query LookUp {\n  o0: contacts { id }\n}", "variables": {"a": 1}}
    assert '\nquery LookUp {\n  o0: contacts { id }\n}\n{\n  "a": 1\n}\n' in shown(line(body=body))


def test_a_text_is_written_line_by_line_and_cannot_steer_the_terminal() -> None:
    said = shown(line(body='{"a":1}\n{"a":"\x1b[2J"}\n', stream="s\x1b[2J"))
    assert '{"a":1}\n{"a":"\\u001b[2J"}\n' in said
    assert said.startswith("1. create  s\\u001b[2J · custom · line 2 id=1\n")


def test_many_records_are_counted() -> None:
    assert "line 2 id=1 · and 2 more\n" in shown(line(sources=[SOURCE] * 5))


def test_headers_of_every_request_are_left_out() -> None:
    assert "Accept" not in shown(line())
    assert "X-Source: here" in shown(line())
