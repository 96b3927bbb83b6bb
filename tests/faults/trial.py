"""One trial: a case is carried out, and the oracle judges it."""

from __future__ import annotations

import json
import signal
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Final

from tests.faults.bench import Bench, Ended
from tests.faults.cases import Backend, Case, Replay
from tests.faults.disturbances import QUIET, Disturbance
from tests.faults.killed import NO_SUCH_POINT
from tests.faults.oracle import (
    Aside,
    Findings,
    World,
    check_acknowledged,
    check_end,
    look,
    position_of,
    titles,
)
from tests.faults.order import after_refusal, check_order, most_at_once
from tests.faults.rows import Row, Tap
from tests.faults.streams import changed, make_row, make_tap, routes

_LAST_RUNS: Final = 3
"""How often the undisturbed run is tried: a person starts it again after an exit code of 1."""
_SILENT: Final = {0, 1, -signal.SIGKILL, 128 + signal.SIGTERM, 128 + signal.SIGINT}
"""How a disturbed run may end; -SIGTERM and -SIGINT too, before the handlers are there."""


@dataclass(slots=True)
class Report:
    """What came of a trial.

    Attributes:
        case: The case.
        findings: What the oracle says.
        runs: How many runs there were.
        seconds: How long it took.
        kills: Kills that happened, by point.
        busy_kills: How many of them while several calls were under way.
        faults: Faults that the sandbox carried out, by kind.
        most_at_once: How many calls were under way together at most.
        folder: The files of the trial.
    """

    case: Case
    findings: Findings = field(default_factory=Findings)
    runs: int = 0
    seconds: float = 0.0
    kills: Counter[str] = field(default_factory=Counter)
    busy_kills: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    most_at_once: int = 0
    folder: Path | None = None


class Trial:
    """A case on a bench."""

    def __init__(self, case: Case, bench: Bench) -> None:
        """Make the input and the world before."""
        self._bench, self._case = bench, case
        self.report = Report(case)
        self._rng = Random(case.seed)
        own = bench.begin(case.backend)
        self.report.folder = bench.trial
        self.settings = {
            "max_in_flight": 8,
            **own,
            **case.settings,
            "streams": routes(case.mix.streams),
        }
        self.place = bench.prepare()
        self.tap: Tap = make_tap(case.mix, self.place, self._rng)
        for _ in range(case.foreign):
            row = self._rng.choice(self.tap.rows)
            # Groove tells no dates of groups: an equal one of somebody else's is taken for ours,
            # as docs/promises/never-twice.md says.
            if row.mended is None and row.stream != "groups":
                bench.make_equal(row)
        self.before: World = look(bench.sandbox)
        self._position = 0
        self._is_calm = True
        self._logs = ""
        self._seen = len(bench.sandbox.log())

    @property
    def _findings(self) -> Findings:
        return self.report.findings

    def disturb(self, disturbance: Disturbance) -> None:
        """Make one run in which something goes wrong."""
        ended = self._run(disturbance)
        for each in ended:
            code = each.exit_code
            if code == NO_SUCH_POINT:
                self._findings.wrong.append(f"the program has no point for {disturbance.name}")
            elif code not in _SILENT | {-signal.SIGTERM, -signal.SIGINT}:
                self._findings.wrong.append(f"{disturbance.name}: a run ended with {code}")
            elif code and disturbance.is_overcome and self._is_calm and self._can_end_well:
                self._findings.wrong.append(f"{disturbance.name}: the run ended with {code}")
        self._is_calm = self._is_calm and disturbance.is_overcome
        if killed := [each for each in ended if each.exit_code == -signal.SIGKILL]:
            self.report.kills[disturbance.name] += 1
            self.report.busy_kills += killed[0].in_flight > 1

    @property
    def _can_end_well(self) -> bool:
        """Whether no record stops a run by itself."""
        sets_aside = self.settings.get("on_error") == "dead_letter"
        return sets_aside or all(row.mended is None for row in self.tap.rows)

    def change(self, count: int) -> None:
        """Let rows change at the source, between two runs."""
        for version in range(1, count + 1):
            number = self._rng.randrange(len(self.tap.rows))
            row = self.tap.rows[number]
            if row.mended is not None or not row.marks or "id" not in row.record:
                continue
            if number < self._start:
                self.tap.append_change(number, changed(row, version))
            else:
                self.tap.change(number, changed(row, version))

    def grow(self, rows: Iterable[Row]) -> None:
        """Let rows come to the end of the source."""
        self.tap.rows += rows

    def grow_by(self, count: int) -> None:
        """Let so many rows come to the end of the source, of each stream in turn."""
        streams, first = self._case.mix.streams, 1000 + len(self.tap.rows)
        self.grow(
            make_row(streams[number % len(streams)], number, self.place, self._rng)
            for number in range(first, first + count)
        )

    def finish(self) -> None:
        """Run undisturbed, to the end of the input, and once more; then judge."""
        if self.settings.get("on_error") != "dead_letter":
            self.tap.mend()
        for _ in range(_LAST_RUNS):
            (ended,) = self._run(QUIET)
            code = ended.exit_code
            if not code:
                break
            if self._held():
                # What is held stops a run until somebody has looked; or it is set aside.
                self.settings["on_error"] = "dead_letter"
        else:
            last = ended.log.splitlines()[-1:] or ["nothing"]
            self._findings.wrong.append(f"the last run ended with {code} and said: {last[0]}")
        aside = self._aside()
        check_end(self._findings, self.tap, self.before, look(self._bench.sandbox), aside)
        if self.settings.get("on_in_doubt") == "resend":
            self._findings.resent, self._findings.twice = self._findings.twice, Counter()
        if not code and not aside.letters and not aside.held:
            self._run_idly()
        self._count_faults()

    def _run_idly(self) -> None:
        """Run the same input again, from its beginning: nothing must be sent."""
        if self._case.backend is Backend.NONE or "events" in self._case.mix.streams:
            return
        seen = len(self._bench.sandbox.log())
        self._position = 0
        self.tap = self.tap.as_it_is()
        (ended,) = self._run(QUIET)
        sent = self._bench.sandbox.log(seen)
        if ended.exit_code or sent:
            calls = Counter(f"{each['method']} {each['path']}" for each in sent)
            self._findings.wrong.append(
                f"the same input again ended with {ended.exit_code} and sent {dict(calls)}"
            )

    @property
    def _start(self) -> int:
        return self._position if self._case.replay is Replay.STATE else 0

    def _run(self, disturbance: Disturbance) -> list[Ended]:
        seen = len(self._bench.sandbox.log())
        start = self._start
        ended = self._bench.run(
            self.settings,
            self.tap.messages(start),
            disturbance,
            is_fresh=self._case.is_fresh,
            latency_ms=self._case.latency_ms,
        )
        self.report.runs += len(ended)
        for each in ended:
            self._logs += each.log
            if "Traceback" in each.log:
                self._findings.wrong.append(f"{disturbance.name}: a traceback in the log")
            self._judge(each)
        self._judge_calls(disturbance, self.tap.rows[start:], self._bench.sandbox.log(seen))
        return ended

    def _judge_calls(
        self,
        disturbance: Disturbance,
        rows: Sequence[Row],
        log: Sequence[Mapping[str, Any]],
    ) -> None:
        """Judge how the calls of a run came."""
        settings = {**self.settings, **disturbance.settings}
        most = int(settings["max_in_flight"]) * (1 + disturbance.is_twin)
        at_once = most_at_once(log)
        self.report.most_at_once = max(self.report.most_at_once, at_once)
        if at_once > most:
            self._findings.wrong.append(f"{at_once} calls were under way at once, not {most}")
        if not disturbance.is_twin:
            # Nothing orders the calls of two processes among each other.
            self._findings.disorder += check_order(rows, log, titles(self._bench.sandbox))
        if disturbance.is_refused:
            refused = sum(each["status"] in {401, 403} for each in log)
            late = after_refusal(log)
            if refused > most or late > most - 1:
                self._findings.wrong.append(
                    f"{refused} calls were sent with a refused token, "
                    f"{late} came after the first answer"
                )

    def _judge(self, ended: Ended) -> None:
        try:
            position = position_of(ended.stdout)
        except ValueError as error:
            self._findings.wrong.append(str(error))
            return
        if position is None:
            return
        self._position = max(self._position, position)
        for aside in (self._aside(held=()), self._aside()):
            found = Findings()
            check_acknowledged(found, self.tap, position, self.before, ended.world, aside)
            if not found.ahead:
                return
        self._findings.ahead += found.ahead

    def _aside(self, held: Sequence[Mapping[str, Any]] | None = None) -> Aside:
        letters = Path(self.settings["dead_letter_path"])
        lines = letters.read_bytes().splitlines() if letters.exists() else []
        messages = [_parsed(line) for line in lines]
        return Aside(
            letters=[each for each in messages if each.get("type") == "RECORD"],
            # Asking takes a process of its own.
            held=self._held() if held is None else held,
            logs=self._logs,
        )

    def _held(self) -> list[Mapping[str, Any]]:
        if self._case.backend is Backend.NONE:
            return []
        code, said, log = self._bench.command(
            self.settings, "ledger", "list", "--held", "--limit", "0", "--format", "json"
        )
        # Nobody can hold anything before the first run has made the ledger.
        if code and "There is no delivery ledger" not in log:
            last = log.splitlines()[-1:] or ["nothing"]
            self._findings.wrong.append(f"ledger list ended with {code} and said: {last[0]}")
            return []
        return [json.loads(line) for line in said.splitlines()]

    def _count_faults(self) -> None:
        for each in self._bench.sandbox.log(self._seen):
            if each["fault"]:
                shown = f" {each['status']}" if each["fault"].startswith("status") else ""
                self.report.faults[each["fault"] + shown] += 1
            elif each["status"] == 429:
                self.report.faults["429 by the limit"] += 1


def run_trial(case: Case, bench: Bench) -> Report:
    """Carry out a case."""
    began = time.monotonic()
    trial = Trial(case, bench)
    try:
        for disturbance in case.runs:
            trial.disturb(disturbance)
            if case.changes:
                trial.change(case.changes)
            trial.grow_by(case.grows)
        trial.finish()
    except TimeoutError as error:
        trial.report.findings.wrong.append(str(error))
    if not trial.report.findings.sentences and not trial.report.findings.undecided:
        bench.forget()
        trial.report.folder = None
    trial.report.seconds = time.monotonic() - began
    return trial.report


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(line)
    except ValueError:
        # A line that a kill cut off; the next writer takes it away.
        return {}
    return parsed if isinstance(parsed, dict) else {}
