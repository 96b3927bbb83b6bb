"""How each of the other tools is told to post every record of a file."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from benchmarks.bare_loops import records

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

IN_FLIGHT = 16
"""For those that can have several requests under way."""


@dataclass(frozen=True)
class Command:
    """What is run with the Python of the tool's environment.

    Attributes:
        arguments: What stands behind `python`.
        source: A file to be its standard input.
        variables: For its environment.
    """

    arguments: tuple[str | Path, ...]
    source: Path | None = None
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Peer:
    """A tool.

    Attributes:
        name: How it is called, and how it is used.
        package: What is installed.
        prepare: Makes the command from the folder with its programs, an empty folder, the
            server's URL, and a Singer file. What it does itself is not measured.
    """

    name: str
    package: str
    prepare: Callable[[Path, Path, str, Path], Command]


def _stitch(programs: Path, folder: Path, url: str, source: Path) -> Command:
    config = {
        "client_id": 1,
        "token": "token",
        "small_batch_url": f"{url}/v1/tickets",
        "big_batch_url": f"{url}/v1/tickets",
        "batch_size_preferences": {"full_table_streams": []},
        "turbo_boost_factor": IN_FLIGHT,
        "disable_collection": True,
    }
    told = ("--config", _written(folder, config), "--max-batch-records", "1")
    return Command((programs / "target-stitch", *told), source)


def _apprise(programs: Path, folder: Path, url: str, source: Path) -> Command:
    host = url.removeprefix("http://")
    config = {"uris": [f"json://{host}/v1/tickets"], "uri_replacement": False}
    return Command((programs / "target-apprise", "--config", _written(folder, config)), source)


def _hotglue(_programs: Path, folder: Path, url: str, source: Path) -> Command:
    config = _written(folder, {"api_url": f"{url}/v1"})
    return Command(("-m", "benchmarks.peers.hotglue_target", "--config", config), source)


def _dlt(_programs: Path, folder: Path, url: str, source: Path) -> Command:
    told = (f"{url}/v1/tickets", source, folder)
    variables = {"RUNTIME__DLTHUB_TELEMETRY": "false", "DLT_DATA_DIR": str(folder)}
    return Command(("-m", "benchmarks.peers.dlt_pipeline", *told), variables=variables)


_DRT_SYNC = """\
name: tickets
model: SELECT * FROM tickets
destination:
  type: rest_api
  url: {url}/v1/tickets
  method: POST
  headers: {{Content-Type: application/json}}
  auth: {{type: bearer, token: token}}
sync:
  mode: full
  batch_size: 100
  on_error: skip
  rate_limit: {{requests_per_second: 0}}
"""


def _drt(programs: Path, folder: Path, url: str, source: Path) -> Command:
    """Its source is a database, so the records are put into one."""
    database = folder / "tickets.db"
    with sqlite3.connect(database) as connection:
        rows = list(records(str(source)))
        columns = ", ".join(f'"{name}"' for name in rows[0])
        marks = ", ".join("?" for _ in rows[0])
        connection.execute(f"CREATE TABLE tickets ({columns})")
        connection.executemany(
            f"INSERT INTO tickets VALUES ({marks})",  # noqa: S608 - question marks
            [tuple(row.values()) for row in rows],
        )
    connection.close()
    (folder / ".drt").mkdir()
    profile = f"default:\n  type: sqlite\n  database: {database}\n"
    (folder / ".drt" / "profiles.yml").write_text(profile, encoding="utf-8")
    (folder / "syncs").mkdir()
    project = "name: bench\nprofile: default\n"
    (folder / "drt_project.yml").write_text(project, encoding="utf-8")
    (folder / "syncs" / "tickets.yml").write_text(_DRT_SYNC.format(url=url), encoding="utf-8")
    variables = {"HOME": str(folder), "DO_NOT_TRACK": "1"}
    return Command((programs / "drt", "run"), variables=variables)


def _written(folder: Path, config: object) -> Path:
    path = folder / "config.json"
    path.write_text(json.dumps(config), encoding="utf-8")
    return path


PEERS = (
    Peer(f"target-stitch, one record a request, boost {IN_FLIGHT}", "target-stitch", _stitch),
    Peer("a target with hotglue-singer-sdk", "hotglue-singer-sdk", _hotglue),
    Peer("target-apprise", "target-apprise", _apprise),
    Peer("drt, `rest_api` destination", "drt-core", _drt),
    Peer("dlt, a sink with one record a call", "dlt", _dlt),
)
