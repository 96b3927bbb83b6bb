"""Two runs that write one store at the same time, and the service that reads it meanwhile."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from itertools import cycle
from typing import TYPE_CHECKING, Any

import pytest

from target_groove.profile.opening import open_store
from tests.runs import record, schema, state

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.conftest import Run
    from tests.postgres import Server
    from tests.profile.test_service import Serving

COUNT = 300
ROUTES = [
    {"stream": "customers", "endpoint": "custom_profile"},
    {"stream": "one", "endpoint": "custom_profile", "prefix": "one"},
    {"stream": "two", "endpoint": "custom_profile", "prefix": "two"},
]


@pytest.fixture
def postgres_url(postgres: Server) -> Iterator[str]:
    postgres.sql("CREATE SCHEMA two_runs")
    yield f"{postgres.url}?options=-csearch_path%3Dtwo_runs"
    postgres.sql("SET client_min_messages = warning; DROP SCHEMA two_runs CASCADE")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/profiles.db"
    return str(request.getfixturevalue("postgres_url"))


def email(number: int) -> str:
    return f"c{number}@example.com"


def messages(name: str, numbers: Sequence[int]) -> list[dict[str, Any]]:
    """A stream that both runs have, and one that only this has; the first customer is deleted."""
    text: list[dict[str, Any]] = [schema("customers", ["email"]), schema(name, ["email"])]
    for number in numbers:
        text += [
            record("customers", {"email": email(number), "run": name, "again": name}),
            record(name, {"email": email(number), "n": number}),
        ]
    deleted = {"email": email(0), "_sdc_deleted_at": "2026-01-02T03:04:05Z"}
    return [*text, record("customers", deleted), record(name, deleted), state({"done": name})]


def start(folder: Path, keep: Run, name: str, numbers: Sequence[int]) -> subprocess.Popen[str]:
    config, source = folder / f"{name}.json", folder / f"{name}.jsonl"
    settings = {**keep.config, "streams": ROUTES, "batch_size_rows": 7}
    config.write_text(json.dumps(settings), encoding="utf-8")
    lines = (json.dumps(each) + "\n" for each in messages(name, numbers))
    source.write_text("".join(lines), encoding="utf-8")
    program = [sys.executable, "-m", "target_groove"]
    return subprocess.Popen(
        [*program, "--config", str(config), "--input", str(source)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_nothing_is_lost_and_the_service_answers_meanwhile(
    keep: Run, url: str, tmp_path: Path, serving: Serving
) -> None:
    # The order differs, so that each wants what the other has just written.
    with (
        start(tmp_path, keep, "one", range(COUNT)) as one,
        start(tmp_path, keep, "two", range(COUNT - 1, -1, -1)) as two,
        serving() as service,
    ):
        numbers = cycle(range(COUNT))
        seen = [service.ask(email(next(numbers)))]
        while one.poll() is None or two.poll() is None:
            seen.append(service.ask(email(next(numbers))))
        for name, run in (("one", one), ("two", two)):
            output, log = run.communicate()
            assert run.returncode == 0, log
            assert json.loads(output) == {"done": name}
            assert "Traceback" not in log
            assert "locked" not in log
    # What is of one record is never of two runs.
    assert all(each.get("run") == each.get("again") for each in seen)
    store = open_store(url)
    there = [store.find(email(number)) for number in range(COUNT)]
    store.close()
    assert there[0] is None
    for number, profile in enumerate(there[1:], 1):
        assert profile is not None
        assert (profile["one_n"], profile["two_n"]) == (number, number)
        assert profile["run"] == profile["again"]


def test_several_make_the_store_at_once(url: str) -> None:
    several = 6
    together, made = threading.Barrier(several), list[bool]()

    def make() -> None:
        together.wait()
        open_store(url).close()
        made.append(True)

    threads = [threading.Thread(target=make) for _ in range(several)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(made) == several
