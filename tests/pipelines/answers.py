"""What pipelines with `map-groove` need: many form entries, and the tables that answers go to."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.pipelines.project import Project
from tests.postgres import Server
from tests.runs import record, schema, state

COUNT = 1_500
ROUTE = {
    "stream": "form_entries",
    "endpoint": "create_ticket",
    "fields": {"body": "message", "from": "email"},
    "defaults": {"to": "support@sandbox.example"},
}


def entries(count: int = COUNT, *, state_every: int = 100) -> list[dict[str, Any]]:
    """Form entries, with a STATE behind every so many."""
    messages = [schema("form_entries", ["id"])]
    for number in range(1, count + 1):
        person = f"person{number}@customers.example"
        messages.append(
            record("form_entries", {"id": number, "email": person, "message": f"Entry {number}"})
        )
        if number % state_every == 0:
            messages.append(state({"entries": number}))
    return messages


def target_postgres(programs: Path, server: Server) -> dict[str, Any]:
    """Define the loader that stores answers."""
    return {
        "name": "target-postgres",
        "namespace": "target_postgres",
        "executable": str(programs / "target-postgres"),
        "settings": [{"name": "sqlalchemy_url"}, {"name": "default_target_schema"}],
        "config": {"sqlalchemy_url": server.url, "default_target_schema": "answers"},
    }


def stored(server: Server, columns: str = "resource_id") -> list[str]:
    """Read the table that the loader made; empty if it made none yet."""
    there = server.sql("SELECT to_regclass('answers.groove_responses') IS NOT NULL")
    if there != "t":
        return []
    found = server.sql(f"SELECT {columns} FROM answers.groove_responses ORDER BY sent_at")
    return found.splitlines()


def empty(server: Server) -> None:
    """Take away what tests before left."""
    server.sql("SET client_min_messages = warning; DROP SCHEMA IF EXISTS answers CASCADE")


@contextlib.contextmanager
def started(project: Project, *arguments: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run Meltano in a group of processes of its own, to be killed as one."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [project.programs / "meltano", *arguments],
            cwd=project.root,
            env=project.environment({}),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        kill_all(process)


def kill_all(process: subprocess.Popen[bytes]) -> None:
    """Kill Meltano and all plugins that it runs, as a loss of power would."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def process_of(program: str, group: int) -> int:
    """Find the process of a plugin in a group of processes."""
    listed = subprocess.run(
        ["ps", "-e", "-ww", "-o", "pid=,pgid=,args="], capture_output=True, text=True, check=True
    )
    (found,) = [
        int(pid)
        for pid, pgid, args in (line.split(maxsplit=2) for line in listed.stdout.splitlines())
        if int(pgid) == group and program in args
    ]
    return found
