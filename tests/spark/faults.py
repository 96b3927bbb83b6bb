"""1,500 tickets written by two executors that are killed again and again, at a request limit.

    python -m tests.spark.faults [--seed N] [--kills N]

Counts what arrived, and how long it took beside the least that the limit allows. Ends with 1 if a
ticket is missing or there twice.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Final

from target_groove.sandbox import Sandbox
from tests.postgres import running_server, server_programs
from tests.spark.processes import EXECUTOR, Job, kill

TICKETS: Final = 1_500
PER_MINUTE: Final = 350
WINDOW: Final = 60.0
LATENCY: Final = 30
CLUSTER: Final = "local-cluster[2,1,1024]"
SETTINGS: Final = {"spark__task__maxFailures": "50", "spark__deploy__maxExecutorRetries": "-1"}


def main() -> int:
    """Do it, and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=6)
    arguments = parser.parse_args()
    programs = server_programs()
    if programs is None:
        print("There is no PostgreSQL server here.")  # noqa: T201
        return 0
    limit = {"requests_per_minute": PER_MINUTE, "window_seconds": WINDOW}
    with (
        tempfile.TemporaryDirectory() as folder,
        running_server(programs) as server,
        Sandbox(latency_ms=LATENCY, **limit) as sandbox,  # type: ignore[arg-type]
    ):
        options = {
            "api_token": sandbox.token,
            "api_url": sandbox.api_url,
            "requests_per_minute": str(PER_MINUTE),
            "ledger_url": server.url,
            "ledger_namespace": uuid.uuid4().hex,
            "dead_letter_path": str(Path(folder, "dead-letters.singer.jsonl")),
            "endpoint": "create_ticket",
            "key": "order_id",
        }
        with Job.started(
            Path(folder, "job"),
            [options, options],
            range(TICKETS),
            master=CLUSTER,
            settings=SETTINGS,
            partitions=4,
        ) as job:
            killing = _Killing(job, sandbox, Random(arguments.seed), arguments.kills)
            killing.start()
            try:
                results = job.result()
            finally:
                killing.end()
            said = [line for line in job.log.splitlines() if " to Groove: " in line]
        return _judge(sandbox, killing, [each["error"] for each in results], said)


class _Killing(threading.Thread):
    """Kills an executor whenever so many more requests have left."""

    def __init__(self, job: Job, sandbox: Sandbox, chance: Random, kills: int) -> None:
        super().__init__(daemon=True)
        self._job = job
        self._sandbox = sandbox
        self._at = sorted(chance.sample(range(20, TICKETS - 20), kills))
        self._ended = threading.Event()
        self.killed_at: list[float] = []

    def run(self) -> None:
        for calls in self._at:
            while len(self._sandbox.things("tickets")) < calls:
                if self._ended.wait(0.05):
                    return
            if kill(self._job.process.pid, EXECUTOR, only_first=True):
                self.killed_at.append(time.time())

    def end(self) -> None:
        """Kill no more."""
        self._ended.set()
        self.join()


def _judge(sandbox: Sandbox, killing: _Killing, errors: Sequence[str], said: Sequence[str]) -> int:
    titles = Counter(each["title"] for each in sandbox.things("tickets"))
    wanted = {f"order {number}" for number in range(TICKETS)}
    lost, twice = wanted - titles.keys(), [each for each, count in titles.items() if count > 1]
    calls = sandbox.log()
    took = calls[-1]["at"] - calls[0]["at"]
    # The first window's worth leaves at once, each further one a window later.
    least = (TICKETS - 1) // PER_MINUTE * WINDOW
    begun = calls[0]["at"]
    seconds = Counter(int(each["at"] - begun) // 5 * 5 for each in calls)
    refused = sum(each["status"] == 429 for each in calls)
    for line in (
        *said,
        *filter(None, errors),
        f"{len(killing.killed_at)} executors killed; {len(calls)} requests, {refused} refused",
        f"requests by second: {dict(sorted(seconds.items()))}",
        f"killed at second: {[round(each - begun) for each in killing.killed_at]}",
        f"{sum(titles.values())} tickets: {len(lost)} lost, {len(twice)} twice",
        f"{took:.1f} s, at least {least:.0f} s at {PER_MINUTE} a minute: {took / least:.3f} of it",
    ):
        print(line)  # noqa: T201
    return 1 if lost or twice or any(errors) else 0


if __name__ == "__main__":
    sys.exit(main())
