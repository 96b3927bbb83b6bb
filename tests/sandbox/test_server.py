from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest
import requests

import target_groove.sandbox
from target_groove.sandbox import Sandbox, run

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = """
import sys
from target_groove.sandbox import run
run(db=sys.argv[1], on_ready=lambda url: print(url, flush=True))
"""
TICKET = {"body": "Hello", "from": "jo@acme.example", "to": "support@sandbox.example"}
TOKEN = {"Authorization": "Bearer sandbox-token"}


def test_addresses(sandbox: Sandbox) -> None:
    assert sandbox.url.startswith("http://127.0.0.1:")
    assert sandbox.api_url == f"{sandbox.url}/v1"
    assert sandbox.uploader_url == sandbox.url
    assert sandbox.token == "sandbox-token"


def test_many_run_beside_each_other() -> None:
    with Sandbox() as one, Sandbox() as two:
        assert one.url != two.url
        requests.get(f"{one.api_url}/me", timeout=10)
        assert (len(one.log()), len(two.log())) == (1, 0)


def test_a_port_can_be_chosen_and_used_again(sandbox: Sandbox) -> None:
    port = int(sandbox.url.rpartition(":")[2])
    with pytest.raises(OSError, match="in use"):
        Sandbox(port=port).start()
    sandbox.close()
    sandbox.close()
    with Sandbox(port=port) as again:
        again.start()
        assert requests.get(again.url, timeout=10).status_code == 200


def test_a_stopped_sandbox_says_so(sandbox: Sandbox) -> None:
    sandbox.close()
    with pytest.raises(RuntimeError, match="not running"):
        sandbox.log()


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "sandbox.example"])
def test_only_loopback(host: str) -> None:
    with pytest.raises(ValueError, match="loopback only"):
        Sandbox(host=host)


def test_elsewhere_when_told_so() -> None:
    with Sandbox(host="0.0.0.0", allow_remote=True) as remote:
        port = remote.url.rpartition(":")[2]
        assert requests.get(f"http://127.0.0.1:{port}/", timeout=10).status_code == 200


@pytest.mark.parametrize("host", ["localhost", "::1"])
def test_other_names_of_loopback(host: str) -> None:
    try:
        socket.getaddrinfo(host, 0)
        running = Sandbox(host=host)
        running.start()
    except OSError:
        pytest.skip(f"this machine has no {host}")
    with running:
        assert requests.get(running.url, timeout=10).status_code == 200


def test_wrong_options_are_refused_at_once() -> None:
    with pytest.raises(ValueError, match="retry_after"):
        Sandbox(retry_after="never")


def test_without_a_seed_there_is_nothing() -> None:
    with Sandbox(seed=False) as empty:
        assert empty.things("agents") == []
        empty.reset()
        assert empty.things("agents") == []


def test_a_file_outlives_the_sandbox(tmp_path: Path) -> None:
    path = tmp_path / "sandbox.db"
    with Sandbox(db=path) as first:
        requests.post(f"{first.api_url}/tickets", json=TICKET, headers=TOKEN, timeout=10)
        message = first.things("messages")[0]["id"]
        url = f"{first.uploader_url}/messages/{message}/attachments?filename=a.txt"
        requests.post(url, data=b"abc", headers=TOKEN, timeout=10)
        group = first.things("groups")[0]["id"]
        requests.delete(f"{first.api_url}/groups/{group}", headers=TOKEN, timeout=10)
    with Sandbox(db=path) as second:
        (ticket,) = second.things("tickets")
        assert (ticket["number"], ticket["message_count"]) == (1, 1)
        assert ticket["href"].startswith(second.api_url)
        file = requests.get(second.things("attachments")[0]["url"], timeout=10)
        assert file.content == b"abc"
        assert [it["name"] for it in second.things("groups")] == ["Billing"]
        answer = requests.post(f"{second.api_url}/tickets", json=TICKET, headers=TOKEN, timeout=10)
        assert answer.json()["ticket"]["number"] == 2
        second.reset()
        assert second.things("tickets") == []
    with Sandbox(db=path) as third:
        assert third.things("tickets") == []
        assert len(third.things("groups")) == 2


def test_a_file_that_is_none_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "sandbox.db"
    path.write_text("this is no database, " * 100)
    with pytest.raises(Exception, match="not a database"):
        Sandbox(db=path).start()


def start(path: Path) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def test_what_was_answered_survives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "sandbox.db"
    process, url = start(path)
    with process:
        for _ in range(3):
            requests.post(f"{url}/v1/tickets", json=TICKET, headers=TOKEN, timeout=10)
        process.kill()
    with Sandbox(db=path) as again:
        assert [ticket["number"] for ticket in again.things("tickets")] == [1, 2, 3]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_run_serves_until_a_signal(tmp_path: Path, number: signal.Signals) -> None:
    process, url = start(tmp_path / "sandbox.db")
    with process:
        assert requests.get(url, timeout=10).status_code == 200
        process.send_signal(number)
        assert process.wait(timeout=10) == 0


def test_run_returns_the_signal_and_restores_handlers() -> None:
    before = signal.getsignal(signal.SIGTERM)
    seen: list[int] = []

    def ready(url: str) -> None:
        seen.append(requests.get(url, timeout=10).status_code)
        threading.Thread(target=os.kill, args=(os.getpid(), signal.SIGTERM)).start()

    assert run(on_ready=ready) == signal.SIGTERM
    assert seen == [200]
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_client_that_leaves_in_the_middle_is_no_call(sandbox: Sandbox) -> None:
    host, port = sandbox.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as client:
        client.sendall(b"POST /v1/tickets HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{")
    requests.get(f"{sandbox.api_url}/me", timeout=10)
    assert [entry["path"] for entry in sandbox.log()] == ["/v1/me"]


def test_the_package_offers_two_names() -> None:
    with pytest.raises(AttributeError, match="nothing"):
        target_groove.sandbox.nothing  # noqa: B018


def test_importing_the_package_loads_no_server() -> None:
    program = "import sys, target_groove.sandbox; print('uvicorn' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def test_nothing_is_written_to_the_terminal(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "sandbox.db")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stderr is not None
        url = process.stdout.readline().strip()
        requests.post(f"{url}/_faults", json=[{"action": "reset_after", "times": 1}], timeout=10)
        with pytest.raises(requests.ConnectionError):
            requests.get(f"{url}/v1/me", timeout=10)
        requests.get(f"{url}/v1/me", timeout=10)
        process.terminate()
        assert (process.stdout.read(), process.stderr.read()) == ("", "")
