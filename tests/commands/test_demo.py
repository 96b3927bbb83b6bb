"""`target-groove demo` and `sandbox`, as a newcomer runs them."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests

if TYPE_CHECKING:
    from tests.commands.conftest import Cli


def test_demo_delivers_its_sample_and_says_so(cli: Cli) -> None:
    result = cli("demo")
    assert result.exit_code == 0
    for row in (
        "form_entries    create_ticket                 12",
        "help_pages      create_article",
    ):
        assert row in result.stdout
    assert "12 tickets (8 unread, 4 closed)" in result.stdout
    assert "5 articles (4 published, 1 draft)" in result.stdout
    assert '"help_pages":"done"' in result.stdout
    assert "Beside ticket 1" in result.stdout
    for row in ("Loyalty        gold", "Billing card   Visa 4242", "Customer since Apr 2, 2019"):
        assert row in result.stdout


def test_demo_names_the_program_as_it_can_be_called_from_here(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (folder := tmp_path / "bin").mkdir()
    (program := folder / "target-groove").touch(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", [str(program), "demo"])
    assert cli("demo").stdout.endswith(": bin/target-groove demo --keep\n")
    monkeypatch.setenv("PATH", str(folder))
    assert cli("demo").stdout.endswith(": target-groove demo --keep\n")


def first_address(process: subprocess.Popen[str]) -> str:
    """Read what a command prints up to an address."""
    stream = process.stderr or process.stdout
    assert stream
    for line in stream:
        for word in line.split():
            if word.startswith("http://") and not word.endswith(","):
                return word
    msg = "the command named no address"
    raise AssertionError(msg)


def test_demo_keeps_its_page_up_until_interrupted() -> None:
    command = [sys.executable, "-m", "target_groove", "demo", "--keep"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        page = requests.get(first_address(process), timeout=5)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) == 0
    assert page.status_code == 200
    assert "Kettle hums a tune" in page.text


def test_sandbox_runs_until_terminated_and_names_what_to_set() -> None:
    command = [sys.executable, "-m", "target_groove", "sandbox", "--port", "0", "--token", "abc"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        address = first_address(process)
        headers = {"Authorization": "Bearer abc"}
        me = requests.get(f"{address}/v1/me", headers=headers, timeout=5)
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=10)
    assert me.status_code == 200


def test_sandbox_on_the_network_is_refused(cli: Cli) -> None:
    assert cli("sandbox", "--host", "0.0.0.0").exit_code == 2


@pytest.mark.parametrize("command", ["demo", "sandbox"])
def test_a_port_that_is_taken_is_a_sentence(
    command: str, cli: Cli, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = cli(command, "--port", str(port))
    assert result.exit_code == 2
    assert f"The sandbox cannot start: port {port} is taken" in caplog.text


@pytest.mark.parametrize("closed", [0, 1])
def test_a_closed_standard_stream_is_a_sentence(closed: int) -> None:
    done = subprocess.run(
        [
            "sh",
            "-c",
            f'exec "$0" -m target_groove {closed}{"<" if closed == 0 else ">"}&-',
            sys.executable,
        ],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "Standard input and output must be open" in done.stderr
    assert "Traceback" not in done.stderr
