"""Profiles: how fast they are loaded, and how fast Groove gets its answers."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from benchmarks.inputs import write_stream
from benchmarks.measure import NotMeasuredError, environment
from benchmarks.open_loop import ask
from benchmarks.tables import Section, Table, seconds
from target_groove.delivery.encoding import to_json
from target_groove.profile.changes import Change
from target_groove.profile.opening import open_store
from target_groove.profile.writing import ProfileWriter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.lab import Lab

LOADED = 100_000
SERVED = 1_000_000
PER_SECOND = 200
QUESTIONS = 6_000
_WINDOW = 10_000
_TOKEN = "token"  # noqa: S105 - opens nothing
_WARM_UP = 200


def measure(lab: Lab) -> Section:
    """Load profiles, and ask for them.

    Raises:
        NotMeasuredError: A process failed.
    """
    load, figures = _load(lab)
    serve, more = _serve(lab)
    return Section((load, serve), {**figures, **more})


def _load(lab: Lab) -> tuple[Table, dict[str, float]]:
    count = lab.sized(LOADED)
    path = lab.folder / "profiles.jsonl"
    source = write_stream(path, "custom_profile", map(_record, range(count)), key="email")
    url = f"sqlite:///{lab.folder}/loaded.db"
    rows, runs = [], []
    for name in ("a new store", "the same once more"):
        run = lab.loader.deliver(source, "http://127.0.0.1:9/v1", profile_url=url)
        runs.append(run)
        rows.append(
            (
                name,
                seconds(run.seconds),
                f"{count / run.seconds:,.0f}",
                f"{run.cpu_seconds / count * 1e6:.1f}",
                f"{run.peak_mib:.0f}",
            )
        )
    columns = ("seconds, whole run", "records a second", "CPU, µs a record", "peak memory, MiB")
    title = f"{count:,} profiles in one run, SQLite"
    return Table(title, columns, tuple(rows)), {"profiles": runs[0].seconds}


def _serve(lab: Lab) -> tuple[Table, dict[str, float]]:
    count, questions = lab.sized(SERVED), lab.sized(QUESTIONS, at_least=_WARM_UP)
    url = f"sqlite:///{lab.folder}/served.db"
    _fill(url, count)
    chance = random.Random(7)  # noqa: S311 - the same customers each time
    paths = [
        f"/?email=customer{chance.randrange(count)}%40example.org&api_token={_TOKEN}"
        for _ in range(min(questions, 5_000))
    ]
    rows, figures = [], dict[str, float]()
    with _service(lab.folder, url) as port:
        ask(port, paths, per_second=PER_SECOND, count=_WARM_UP, keep_alive=True)
        for keep_alive in (True, False):
            asked = ask(port, paths, per_second=PER_SECOND, count=questions, keep_alive=keep_alive)
            if not asked.latencies:
                msg = "no question was answered"
                raise NotMeasuredError(msg)
            rows.append(
                (
                    "connections kept open" if keep_alive else "a connection for each question",
                    *(f"{asked.percentile(each) * 1000:.1f}" for each in (0.5, 0.9, 0.99, 1)),
                    str(asked.failed),
                    str(asked.connections),
                    f"{asked.late * 1000:.1f}",
                )
            )
            p99 = asked.percentile(0.99) * 1000
            figures["profile_p99"] = max(p99, figures.get("profile_p99", 0))
            figures["profile_failed"] = figures.get("profile_failed", 0) + asked.failed
    columns = (
        "p50, ms",
        "p90, ms",
        "p99, ms",
        "longest, ms",
        "failed",
        "connections",
        "the generator's own delay at most, ms",
    )
    title = f"{questions:,} questions, {PER_SECOND} a second, {count:,} profiles in SQLite"
    return Table(title, columns, tuple(rows)), figures


def _record(number: int) -> dict[str, Any]:
    return {
        "email": f"customer{number}@example.org",
        "name": f"Customer {number}",
        "plan": ("free", "pro", "gold")[number % 3],
        "seats": number % 50,
        "last_charge": {"amount": f"${number % 90}.00", "at": "2026-01-02T03:04:05Z"},
        "stripe": {"customer_token": f"cus_{number:08}"},
    }


def _fill(url: str, count: int) -> None:
    writer = ProfileWriter(open_store(url), now=time.time)
    for start in range(0, count, _WINDOW):
        numbers = range(start, min(count, start + _WINDOW))
        writer.write(
            [
                Change(
                    "customers",
                    f"customer{number}@example.org",
                    f"customer{number}@example.org",
                    None,
                    to_json(_record(number)).decode(),
                )
                for number in numbers
            ]
        )
    writer.close()


@contextmanager
def _service(folder: Path, url: str) -> Iterator[int]:
    config = folder / "service.json"
    config.write_text(json.dumps({"api_token": _TOKEN, "profile_url": url}), encoding="utf-8")
    program = [sys.executable, "-m", "target_groove", "profile", "serve"]
    log = folder / "service.log"
    with (
        log.open("wb") as written,
        subprocess.Popen(
            [*program, "--config", str(config), "--port", "0"], stderr=written, env=environment()
        ) as process,
    ):
        try:
            yield _port(process, log)
        finally:
            process.terminate()


def _port(process: subprocess.Popen[bytes], log: Path) -> int:
    while process.poll() is None:
        if found := re.search(r"is at http://127\.0\.0\.1:(\d+)/", log.read_text("utf-8")):
            return int(found[1])
        time.sleep(0.05)
    msg = f"the service ended: {log.read_text('utf-8')[-300:]}"
    raise NotMeasuredError(msg)
