"""The PostgreSQL server of this machine, if it has one."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

import psycopg
from psycopg import sql

from tests.postgres import Server, running_server, server_programs


@dataclass(frozen=True, slots=True)
class Databases:
    """Makes databases; each trial has its own, as each has a Groove of its own."""

    server: Server

    def make(self, name: str) -> str:
        """Make an empty database.

        Returns:
            Its address.
        """
        self._do("CREATE DATABASE {}", name)
        return replace(self.server, database=name).url

    def drop(self, name: str) -> None:
        """Drop a database, whoever is still connected to it."""
        self._do("DROP DATABASE {} WITH (FORCE)", name)

    def _do(self, statement: str, name: str) -> None:
        with psycopg.connect(self.server.url, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(sql.Identifier(name)))


@contextlib.contextmanager
def databases() -> Iterator[Databases | None]:
    """Run a server; None if there is none here."""
    programs = server_programs()
    if programs is None:
        yield None
        return
    with running_server(programs) as server:
        yield Databases(server)
