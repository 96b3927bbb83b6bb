"""TLS: always verified; what fails before a request is told from what fails behind it."""

from __future__ import annotations

import contextlib
import shutil
import socket
import ssl
import subprocess
import threading
from typing import TYPE_CHECKING

import pytest

from target_groove.delivery.outcome import Verdict
from target_groove.delivery.request import Delivery

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.delivery.conftest import Desk, RawServer

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl to certify")
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that certifies itself, with its key in the same file."""
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", str(path), "-out", str(path.with_suffix(".crt"))),
        ],
        check=True,
        capture_output=True,
    )
    path.write_text(path.read_text() + path.with_suffix(".crt").read_text())
    return path


class _Server:
    """Answers over TLS; or, `broken`, says something that is no TLS once it has the request.

    Connected to by `CONNECT`, it is a proxy and what is behind it.
    """

    def __init__(self, certificate: Path, *, broken: bool = False) -> None:
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://127.0.0.1:{self.listener.getsockname()[1]}"
        self.broken = broken
        self.received: list[bytes] = []
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            raw = socket.socket(fileno=socket.dup(connection.fileno()))
            with raw, connection, contextlib.suppress(OSError):
                self._answer(connection, raw)

    def _answer(self, connection: socket.socket, raw: socket.socket) -> None:
        if connection.recv(1, socket.MSG_PEEK) == b"C":
            while not connection.recv(65_536).endswith(b"\r\n\r\n"):
                pass
            connection.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
        with self.context.wrap_socket(connection, server_side=True) as secured:
            request = b""
            while not request.endswith(b'{"id":1}'):
                request += secured.recv(65_536)
            self.received.append(request)
            if self.broken:
                raw.sendall(b"this is no TLS at all")
            else:
                secured.sendall(OK)


@pytest.fixture
def server(certificate: Path) -> Iterator[Callable[..., _Server]]:
    """`server(broken=…)` starts a server with the certificate."""
    with contextlib.ExitStack() as stack:

        def start(*, broken: bool = False) -> _Server:
            started = _Server(certificate, broken=broken)
            stack.callback(started.close)
            return started

        yield start


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The certificate is one that the environment trusts."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate.with_suffix(".crt")))


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_trusted_certificate(
    desk: Desk,
    server: Callable[..., _Server],
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    for each in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(each, raising=False)
    monkeypatch.setenv(name, str(certificate.with_suffix(".crt")))
    groove = server()
    desk.api_url = groove.url

    assert desk.send().verdict is Verdict.DELIVERED


def test_the_first_bundle_counts(
    desk: Desk, server: Callable[..., _Server], monkeypatch: pytest.MonkeyPatch, certificate: Path
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate.with_suffix(".crt")))
    monkeypatch.setenv("CURL_CA_BUNDLE", "/nowhere/own.pem")
    desk.api_url = server().url

    assert desk.send().verdict is Verdict.DELIVERED


def test_a_folder_of_certificates(
    desk: Desk,
    server: Callable[..., _Server],
    certificate: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """OpenSSL finds a certificate in a folder by the hash of whom it is for."""
    printed = subprocess.run(
        ["openssl", "x509", "-noout", "-hash", "-in", str(certificate.with_suffix(".crt"))],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    shutil.copy(certificate.with_suffix(".crt"), tmp_path / f"{printed.strip()}.0")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path))
    desk.api_url = server().url

    assert desk.send().verdict is Verdict.DELIVERED


def test_certificates_are_read_once(
    desk: Desk,
    server: Callable[..., _Server],
    certificate: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each call here is a connection of its own: reading them takes longer than the call."""
    bundle = tmp_path / "own.crt"
    shutil.copy(certificate.with_suffix(".crt"), bundle)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    groove = server()
    desk.api_url = groove.url
    engine = desk.engine()

    for _ in range(3):
        delivery = Delivery((desk.request(),))
        assert engine.deliver(delivery).verdict is Verdict.DELIVERED
        bundle.unlink(missing_ok=True)

    assert len(groove.received) == 3


def test_another_certificate(
    desk: Desk, server: Callable[..., _Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is sent; nor would it be at the next attempt."""
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    groove = server()
    desk.api_url = groove.url
    desk.settings["max_attempts"] = 3

    outcome = desk.send("POST", repeatable=False)

    assert outcome.verdict is Verdict.UNAVAILABLE
    assert outcome.attempts == 1
    assert outcome.reason.startswith("Groove cannot be reached at ")
    assert "certificate verify failed" in outcome.reason.lower()
    assert groove.received == []


def test_no_tls_at_all(desk: Desk, raw_server: Callable[[bytes], RawServer]) -> None:
    groove = raw_server(OK)
    desk.api_url = groove.url.replace("http://", "https://")
    desk.settings["max_attempts"] = 2

    outcome = desk.send("POST", repeatable=False)

    assert outcome.verdict is Verdict.UNAVAILABLE
    assert outcome.attempts == 2
    assert all(b"Bearer" not in each for each in groove.received)


def test_a_handshake_that_takes_too_long(desk: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        desk.api_url = f"https://127.0.0.1:{silent.getsockname()[1]}"
        desk.settings |= {"max_attempts": 1, "request_timeout_seconds": 1}

        outcome = desk.send("POST", repeatable=False)

    assert outcome.verdict is Verdict.UNAVAILABLE


@pytest.mark.usefixtures("trusted")
def test_tls_that_breaks_behind_the_request(desk: Desk, server: Callable[..., _Server]) -> None:
    """Groove has the request: a create is in doubt, and not sent again."""
    groove = server(broken=True)
    desk.api_url = groove.url

    outcome = desk.send("POST", repeatable=False)

    assert outcome.verdict is Verdict.IN_DOUBT
    assert outcome.reason.startswith("no answer from Groove: ")
    assert len(groove.received) == 1


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("broken, verdict", [(False, Verdict.DELIVERED), (True, Verdict.IN_DOUBT)])
def test_through_a_tunnel(
    desk: Desk,
    server: Callable[..., _Server],
    monkeypatch: pytest.MonkeyPatch,
    *,
    broken: bool,
    verdict: Verdict,
) -> None:
    groove = server(broken=broken)
    desk.api_url = "https://127.0.0.1:9"
    monkeypatch.setenv("https_proxy", groove.url.replace("https://", "http://"))
    monkeypatch.setenv("no_proxy", "")

    assert desk.send("POST", repeatable=False).verdict is verdict
    assert len(groove.received) == 1


def test_a_tunnel_that_is_refused(
    desk: Desk, raw_server: Callable[[bytes], RawServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Groove has nothing, however the proxy says it."""
    proxy = raw_server(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
    desk.api_url = "https://127.0.0.1:9"
    desk.settings["max_attempts"] = 2
    monkeypatch.setenv("https_proxy", proxy.url)
    monkeypatch.setenv("no_proxy", "")

    outcome = desk.send("POST", repeatable=False)

    assert outcome.verdict is Verdict.UNAVAILABLE
    assert "502" in outcome.reason
    assert [each.partition(b" ")[0] for each in proxy.received] == [b"CONNECT"] * 2
    assert all(b"Bearer" not in each for each in proxy.received)


def test_certificates_that_are_not_there(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/own.pem")
    desk.api_url = "https://127.0.0.1:9"

    outcome = desk.send("POST", repeatable=False)

    assert outcome.verdict is Verdict.UNAVAILABLE
    assert outcome.attempts == 1
    assert "/nowhere/own.pem" in outcome.reason


def test_certificates_that_are_none(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own.pem").write_text("none")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "own.pem"))
    desk.api_url = "https://127.0.0.1:9"

    outcome = desk.send("POST", repeatable=False)

    assert (outcome.verdict, outcome.attempts) == (Verdict.UNAVAILABLE, 1)
    assert "certificates cannot be read from " in outcome.reason


@pytest.mark.parametrize(
    "trusts, verdict", [(True, Verdict.DELIVERED), (False, Verdict.UNAVAILABLE)]
)
def test_a_proxy_behind_tls(
    desk: Desk,
    server: Callable[..., _Server],
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    trusts: bool,
    verdict: Verdict,
) -> None:
    """It is verified too, even for a request that goes on without TLS."""
    proxy = server()
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    if trusts:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate.with_suffix(".crt")))
    else:
        monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.setenv("http_proxy", proxy.url)
    monkeypatch.setenv("no_proxy", "")
    desk.api_url = "http://127.0.0.1:9"
    desk.settings["max_attempts"] = 1

    assert desk.send("POST", repeatable=False).verdict is verdict
    assert [each.partition(b" HTTP")[0] for each in proxy.received] == (
        [b"POST http://127.0.0.1:9/echo/x"] if trusts else []
    )
