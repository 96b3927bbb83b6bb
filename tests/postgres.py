"""A PostgreSQL server of the machine's own packages, for as long as tests need one."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_USER: Final = "postgres"
_UP_WITHIN_SECONDS: Final = 30


@dataclass(frozen=True)
class Server:
    """A running server.

    Attributes:
        port: On 127.0.0.1.
        password: The superuser's.
        programs: The folder with psql and the like.
        database: The database that `sql` and `url` are about.
        user: The superuser.
        host: Always this machine.
    """

    port: int
    password: str
    programs: Path
    database: str = "postgres"
    user: str = _USER
    host: str = "127.0.0.1"

    @property
    def url(self) -> str:
        """The address, as SQLAlchemy and libpq take it."""
        return f"postgresql://{self.user}:{self.password}@{self.host}:{self.port}/{self.database}"

    def sql(self, statement: str, data: str | None = None) -> str:
        """Run a statement; a COPY FROM STDIN reads the data.

        Returns:
            The rows, a line each, columns apart by `|`.
        """
        done = subprocess.run(
            [
                self.programs / "psql",
                *("--no-psqlrc", "--quiet", "--tuples-only", "--no-align"),
                *("--set", "ON_ERROR_STOP=1", "--command", statement, self.url),
            ],
            input=data,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


def server_programs() -> Path | None:
    """Find the folder with the newest server's programs; None if there is no server here."""
    versions = Path("/usr/lib/postgresql").glob("*/bin/postgres")
    newest = max(versions, key=lambda found: float(found.parts[-3]), default=None)
    if newest is None and (on_path := shutil.which("postgres")):
        newest = Path(on_path)
    return newest.parent if newest else None


@contextlib.contextmanager
def running_server(programs: Path) -> Iterator[Server]:
    """Run a new server, without a table, on a free port of 127.0.0.1.

    Args:
        programs: The folder with initdb, postgres, pg_isready and psql.
    """
    # A folder of its own, as the server's user cannot enter pytest's.
    folder = Path(tempfile.mkdtemp(prefix="postgres-", dir="/tmp"))
    data, log, password = folder / "data", folder / "log", folder / "password"
    password.write_text(secrets.token_hex(8))
    # The server refuses to run as root; Debian's package brings a user for it.
    user = _USER if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user, user)
        shutil.chown(password, user, user)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        server = Server(free.getsockname()[1], password.read_text(), programs)
    try:
        subprocess.run(
            [
                *(programs / "initdb", "--pgdata", data, "--username", server.user),
                *("--auth", "scram-sha-256", "--pwfile", password),
                *("--encoding", "UTF8", "--locale", "C", "--no-sync"),
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=folder,
            user=user,
            group=user,
        )
        with log.open("wb") as output:
            process = subprocess.Popen(
                [
                    *(programs / "postgres", "-D", data, "-p", str(server.port)),
                    *("-c", f"listen_addresses={server.host}", "-c", "unix_socket_directories="),
                    *("-c", "fsync=off", "-c", "timezone=UTC"),
                ],
                stdout=output,
                stderr=output,
                cwd=folder,
                user=user,
                group=user,
            )
        try:
            _wait_until_up(server, process, log)
            yield server
        finally:
            # A fast shutdown: connections are closed, transactions rolled back.
            process.send_signal(signal.SIGINT)
            process.wait(timeout=_UP_WITHIN_SECONDS)
    finally:
        shutil.rmtree(folder)


def _wait_until_up(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _UP_WITHIN_SECONDS
    ready = [str(server.programs / "pg_isready"), "--quiet", "--dbname", server.url]
    while subprocess.run(ready, check=False).returncode:
        if process.poll() is not None or time.monotonic() > deadline:
            message = f"PostgreSQL did not start:\n{log.read_text(errors='replace')}"
            raise RuntimeError(message)
        time.sleep(0.05)
