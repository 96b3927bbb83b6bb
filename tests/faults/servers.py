"""The PostgreSQL server of this machine, if it has one."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from tests.postgres import running_server, server_programs


@contextlib.contextmanager
def postgres_url() -> Iterator[str | None]:
    """Run a server; gives its address, None if there is none here."""
    programs = server_programs()
    if programs is None:
        yield None
        return
    with running_server(programs) as server:
        yield server.url
