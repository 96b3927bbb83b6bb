"""`target-groove profile`, as it is called."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
import requests
from click.testing import CliRunner, Result

from target_groove.cli import CommandLine
from target_groove.profile.changes import Change
from target_groove.profile.opening import open_store
from target_groove.profile.visitor import signing_key, verified
from target_groove.profile.writing import ProfileWriter
from target_groove.sandbox import Sandbox
from target_groove.settings import Settings
from tests.profile.conftest import TOKEN
from tests.runs import records

Cli = Callable[..., Result]


@pytest.fixture
def cli() -> Cli:
    return lambda *arguments: CliRunner().invoke(
        CommandLine.get_singer_command(), ["profile", *arguments]
    )


@pytest.fixture
def config_file(url: str, tmp_path: Path) -> str:
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"api_token": TOKEN, "profile_url": url}), encoding="utf-8")
    return str(path)


@pytest.fixture
def ada(writer: ProfileWriter) -> None:
    attributes = '{"plan":"pro","customer_name":"Ada L"}'
    writer.write([Change("customers", "1", "ada@example.com", None, attributes)])


@pytest.mark.usefixtures("ada")
def test_template_prints_one_that_preview_can_render(
    cli: Cli, config_file: str, tmp_path: Path
) -> None:
    made = cli("template", "--config", config_file)
    assert made.exit_code == 0
    assert "{{ plan | escape }}" in made.stdout
    file = tmp_path / "t.liquid"
    file.write_text(made.stdout, encoding="utf-8")
    arguments = ("preview", "--config", config_file, "--email", "ADA@example.com")
    with_file = cli(*arguments, "--template", str(file))
    assert with_file.exit_code == 0
    assert "&lt;td&gt;pro&lt;/td&gt;" in with_file.stdout
    assert cli(*arguments).stdout == with_file.stdout


@pytest.mark.usefixtures("ada")
def test_preview_says_what_is_undefined(cli: Cli, config_file: str, tmp_path: Path) -> None:
    file = tmp_path / "t.liquid"
    file.write_text("{{ nope }}", encoding="utf-8")
    arguments = ("preview", "--config", config_file, "--template", str(file), "--email")
    shown = cli(*arguments, "ada@example.com")
    assert "Undefined, so nothing is printed for them: nope." in shown.stderr
    shown = cli(*arguments, "bob@example.com", "--headline", "Shop", "--width", "280")
    assert "There is no profile of bob@example.com" in shown.stderr
    assert "<h2>Shop</h2>" in shown.stdout
    assert 'width="280"' in shown.stdout


def test_preview_opens_the_page_where_it_is_written(
    cli: Cli, config_file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(click, "launch", opened.append)
    arguments = ("preview", "--config", config_file, "--email", "a@b.co")
    result = cli(*arguments, "--open", "--output", str(tmp_path / "p.html"))
    assert opened == [(tmp_path / "p.html").as_uri()]
    assert str(tmp_path / "p.html") in result.stderr
    cli(*arguments, "--open")
    assert Path(opened[1].removeprefix("file://")).read_text("utf-8").startswith("<!doctype html>")
    refused = cli(*arguments, "--output", str(tmp_path))
    assert refused.exit_code == 2


def test_without_a_configuration_the_default_store_is_meant(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli("template").stdout.startswith("<p>No attributes yet")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("proxies", ["*", "10.0.0.1,nginx", "10.0.0.1/8", "10.0.0.1,"])
def test_a_proxy_that_is_no_address_is_a_sentence(
    cli: Cli, config_file: str, proxies: str, caplog: pytest.LogCaptureFixture
) -> None:
    result = cli("serve", "--config", config_file, "--trusted-proxies", proxies)
    assert result.exit_code == 2
    assert "addresses such as 10.0.0.5 or networks such as 10.0.0.0/8 are needed." in caplog.text


def test_without_a_configuration_settings_come_from_the_environment(
    cli: Cli, url: str, config_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TARGET_GROOVE_PROFILE_URL", url)
    for arguments in (("template",), ("preview", "--email", "ada@example.com")):
        assert cli(*arguments).stdout == cli(*arguments, "--config", config_file).stdout
    assert cli("sign", "ada@example.com").exit_code == 2
    assert cli("serve", "--port", "0").exit_code == 2
    monkeypatch.setenv("TARGET_GROOVE_API_TOKEN", TOKEN)
    assert cli("sign", "ada@example.com").exit_code == 0


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_template_that_cannot_be_read_is_a_sentence(
    cli: Cli, config_file: str, tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "t.liquid"
    if content:
        file.write_bytes(content)
    arguments = ("preview", "--config", config_file, "--email", "a@b.co", "--template", str(file))
    assert cli(*arguments).exit_code == 2


@pytest.mark.usefixtures("ada")
@pytest.mark.parametrize(
    "number,exit_codes",
    [
        (signal.SIGTERM, {-signal.SIGTERM, 128 + signal.SIGTERM}),
        (signal.SIGINT, {128 + signal.SIGINT}),
    ],
)
def test_serve_answers_until_a_signal_ends_it(
    config_file: str, number: signal.Signals, exit_codes: set[int]
) -> None:
    command = [sys.executable, "-m", "target_groove", "profile", "serve", "--config", config_file]
    with subprocess.Popen([*command, "--port", "0"], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        logged = []
        for line in process.stderr:
            logged.append(line)
            if found := re.search(r"http://\S+/", line):
                break
        assert found
        query = {"email": "ada@example.com", "api_token": TOKEN}
        answer: Any = requests.get(found[0], params=query, timeout=10).json()
        os.kill(process.pid, number)
        logged += process.stderr.readlines()
        assert process.wait(20) in exit_codes
    assert answer == {"plan": "pro", "customer_name": "Ada L"}
    assert any(" GET / 200 " in each for each in logged)
    assert TOKEN not in "".join(logged)
    assert "Aborted!" not in "".join(logged)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_serve_on_a_port_that_is_taken_is_a_sentence(cli: Cli, config_file: str, host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        taken = socket.create_server((host, 0), family=family)
    except OSError:
        pytest.skip(f"there is no {host} here")
    with taken:
        port = str(taken.getsockname()[1])
        result = cli("serve", "--config", config_file, "--host", host, "--port", port)
    assert result.exit_code == 2


def test_check_says_what_is_wrong_with_the_store(
    sandbox: Sandbox, config: dict[str, Any], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    routes = [{"stream": "customers", "endpoint": "custom_profile"}]
    path = tmp_path / "config.json"

    def check(profile_url: str) -> int:
        settings = {**config, "streams": routes, "profile_url": profile_url}
        path.write_text(json.dumps(settings), encoding="utf-8")
        command = CommandLine.get_singer_command()
        return CliRunner().invoke(command, ["check", "--config", str(path)]).exit_code

    assert check(f"sqlite:///{tmp_path}/none.db") == 0
    open_store(f"sqlite:///{tmp_path}/there.db").close()
    assert check(f"sqlite:///{tmp_path}/there.db") == 0
    assert not (tmp_path / "none.db").exists()
    (tmp_path / "text.db").write_text("no database, but a text of some length", encoding="utf-8")
    assert check(f"sqlite:///{tmp_path}/text.db") == 2
    assert "text.db cannot be used: " in caplog.text
    assert {each["path"] for each in sandbox.log()} == {"/v1/me"}


def test_send_test_writes_one_record_and_says_so(
    config: dict[str, Any], tmp_path: Path, url: str
) -> None:
    path, source = tmp_path / "config.json", tmp_path / "input.jsonl"
    path.write_text(json.dumps({**config, "profile_url": url}), encoding="utf-8")
    rows = [{"email": "a@b.co", "plan": "pro"}, {"email": "c@b.co"}]
    lines = [json.dumps(each) for each in records("custom_profile", *rows, keys=["email"])]
    source.write_text("\n".join(lines), encoding="utf-8")
    command = ["send-test", "--config", str(path), "--input", str(source)]
    said = [CliRunner().invoke(CommandLine.get_singer_command(), command).stdout for _ in range(2)]
    assert "Written to the profile store" in said[0]
    assert "the profile store has the record as it is" in said[1]
    store = open_store(url)
    assert store.find("a@b.co") == {"customer_email": "a@b.co", "plan": "pro"}
    assert store.find("c@b.co") is None
    store.close()


def test_sign_prints_a_visitor_that_the_service_believes(cli: Cli, config_file: str) -> None:
    before = int(time.time())
    signed = cli("sign", " Ada@example.com", "--config", config_file)
    assert signed.exit_code == 0
    (line,) = signed.stdout.splitlines()
    visitor = verified(line, signing_key(Settings(api_token=TOKEN)))
    assert visitor
    assert visitor.email == "Ada@example.com"
    assert before + 3600 <= visitor.expires_at <= time.time() + 3600
    short = cli("sign", "ada@example.com", "--config", config_file, "--for", "5").stdout
    assert int(short.split(".")[1]) <= time.time() + 5


def test_sign_takes_the_environment_if_no_file_is_named(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "a secret of our own for the visitors"
    monkeypatch.setenv("TARGET_GROOVE_API_TOKEN", TOKEN)
    monkeypatch.setenv("TARGET_GROOVE_WIDGET_SECRET", secret)
    line = cli("sign", "ada@example.com").stdout.strip()
    assert verified(line, secret.encode())
    assert secret not in line


@pytest.mark.parametrize(
    "arguments", [("nobody",), ("a@b.co", "--for", "0"), ("a@b.co", "--for", "99999999"), ()]
)
def test_what_cannot_be_signed_is_refused(
    cli: Cli, config_file: str, arguments: tuple[str, ...]
) -> None:
    result = cli("sign", *arguments, "--config", config_file)
    assert result.exit_code == 2
    assert not result.stdout


def test_serve_does_not_start_with_a_template_that_is_none(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    calls = [{"call": "message", "text": "{{ x | nope }}"}]
    path.write_text(json.dumps({"api_token": TOKEN, "widget_calls": calls}), encoding="utf-8")
    assert cli("serve", "--config", str(path), "--port", "0").exit_code == 2


def test_check_says_what_is_wrong_with_the_calls(
    config: dict[str, Any], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "config.json"

    def check(text: str) -> int:
        calls = [{"call": "message", "text": text}]
        settings = {**config, "widget_fields": ["plan"], "widget_calls": calls}
        path.write_text(json.dumps(settings), encoding="utf-8")
        command = CommandLine.get_singer_command()
        return CliRunner().invoke(command, ["check", "--config", str(path)]).exit_code

    assert check("{{ plan }}") == 0
    assert check("{{ seats }}") == 2
    assert "widget_calls[0].text uses seats, which widget_fields does not name." in caplog.text
