"""Many trials, some at a time, and what they came to."""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import Final

from target_groove.sandbox import Sandbox
from tests.faults.bench import TOKEN, Bench, Clock
from tests.faults.cases import Case
from tests.faults.launching import Forked
from tests.faults.servers import Databases
from tests.faults.trial import Report, run_trial

JOBS: Final = 3 * (os.cpu_count() or 1)
"""Trials at a time: most of the time of a trial is spent waiting."""


@contextlib.contextmanager
def benches(count: int, folder: Path, server: Databases | None) -> Iterator[list[Bench]]:
    """Set up places for trials, with one process that all runs are forked from each."""
    with contextlib.ExitStack() as stack:
        clocks = [Clock() for _ in range(count)]
        yield [
            Bench(
                stack.enter_context(Sandbox(token=TOKEN, clock=clock)),
                clock,
                folder,
                stack.enter_context(Forked()),
                server,
            )
            for clock in clocks
        ]


@contextlib.contextmanager
def begun(cases: Iterable[Case], places: Sequence[Bench]) -> Iterator[list[Future[Report]]]:
    """Begin to carry out cases, as many at a time as there are places."""
    free: SimpleQueue[Bench] = SimpleQueue()
    for place in places:
        free.put(place)

    def one(case: Case) -> Report:
        place = free.get()
        try:
            return run_trial(case, place)
        finally:
            free.put(place)

    with ThreadPoolExecutor(len(places)) as pool:
        try:
            yield [pool.submit(one, case) for case in cases]
        finally:
            pool.shutdown(cancel_futures=True)


@dataclass(slots=True)
class Counts:
    """What trials came to."""

    trials: int = 0
    runs: int = 0
    lost: int = 0
    twice: int = 0
    resent: int = 0
    held: Counter[str] = field(default_factory=Counter)
    set_aside: Counter[str] = field(default_factory=Counter)
    ahead: int = 0
    unnamed: int = 0
    disorder: int = 0
    wrong: int = 0
    busy_kills: int = 0
    at_once: Counter[str] = field(default_factory=Counter)
    kills: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    backends: Counter[str] = field(default_factory=Counter)
    streams: Counter[str] = field(default_factory=Counter)
    doubts: Counter[str] = field(default_factory=Counter)

    def add(self, report: Report) -> None:
        """Count a report."""
        findings = report.findings
        self.trials += 1
        self.runs += report.runs
        self.lost += findings.lost.total()
        self.twice += findings.twice.total()
        self.resent += findings.resent.total()
        self.held += findings.held
        self.set_aside += findings.set_aside
        self.ahead += len(findings.ahead)
        self.unnamed += len(findings.unnamed)
        self.disorder += len(findings.disorder)
        self.wrong += len(findings.wrong)
        self.busy_kills += report.busy_kills
        self.at_once[f"{report.most_at_once:2}"] += 1
        self.kills += report.kills
        self.faults += report.faults
        self.backends[report.case.backend] += 1
        self.streams.update(report.case.mix.streams)
        self.doubts[str(report.case.settings.get("on_in_doubt", "look_up"))] += 1

    @property
    def is_good(self) -> bool:
        """Whether every promise was kept."""
        broken = self.lost or self.twice or self.ahead or self.unnamed or self.disorder
        return not (broken or self.wrong)

    def table(self) -> str:
        """Write the counts for people."""
        lines = [
            f"trials {self.trials} ({_listed(self.backends)}), runs {self.runs}",
            f"streams: trials {_listed(self.streams)}",
            f"on_in_doubt: trials {_listed(self.doubts)}",
            f"calls at once, at most: trials {_listed(self.at_once)}",
            f"kills {self.kills.total()}, of these with several calls under way {self.busy_kills}",
            *(f"  {count:5} {name}" for name, count in sorted(self.kills.items())),
            f"faults {self.faults.total()}",
            *(f"  {count:5} {name}" for name, count in sorted(self.faults.items())),
            f"lost {self.lost}, twice {self.twice}, acknowledged too early {self.ahead}",
            f"sent again as on_in_doubt: resend asks {self.resent}",
            f"held {self.held.total()} ({_listed(self.held)}), of these not named {self.unnamed}",
            f"set aside {self.set_aside.total()} ({_listed(self.set_aside)})",
            f"out of order {self.disorder}, otherwise wrong {self.wrong}",
        ]
        return "\n".join(lines)


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
