"""Any sequence of runs, faults, kills, signals, changes and replays that hypothesis thinks of."""

from __future__ import annotations

import functools
from pathlib import Path
from random import Random
from typing import Any, Final

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.faults.bench import Bench
from tests.faults.cases import MIXES, SETTING, Backend, Case, Replay, needs_state
from tests.faults.disturbances import FAMILIES, QUIET
from tests.faults.streams import Mix, make_row
from tests.faults.trial import Trial

LARGE: Final = "faults-large"
_SLOW: Final = ("Retry-After", "hang", "drip", "limit", "late", "huge")
_QUICK_FAMILIES: Final = [
    name
    for name in FAMILIES
    if not any(each in name for each in _SLOW) and "two at once" not in name
]
_ANY: Final = {
    "suppress_health_check": list(HealthCheck),
    "report_multiple_bugs": False,
}
settings.register_profile(LARGE, max_examples=200, stateful_step_count=12, **_ANY)  # type: ignore[arg-type]
_SMALL: Final = settings(
    max_examples=5,
    stateful_step_count=5,
    derandomize=True,
    # A run takes too long to be repeated a hundred times before anybody hears of it.
    phases=[Phase.explicit, Phase.generate],
    **_ANY,  # type: ignore[arg-type]
)

NUMBERS: Final = st.integers(0, 2**20)


class Runs(RuleBasedStateMachine):
    """A source, a target that is disturbed, and a help desk."""

    def __init__(self, bench: Bench, judged: list[Path | None]) -> None:
        super().__init__()
        self._bench = bench
        self._judged = judged
        self._trial: Trial | None = None
        self._rows = 0

    @property
    def trial(self) -> Trial:
        """What has been begun."""
        assert self._trial is not None
        return self._trial

    @initialize(
        streams=st.sampled_from(MIXES),
        seed=NUMBERS,
        rows=st.integers(3, 12),
        window=st.sampled_from([1, 2, 3, 100]),
        per_state=st.sampled_from([1, 2, 5]),
        is_mixed=st.booleans(),
        from_beginning=st.booleans(),
        in_flight=st.sampled_from([1, 2, 8, 16]),
        latency_ms=st.sampled_from([0, 5, 20]),
        backend=st.sampled_from([Backend.SQLITE, Backend.POSTGRESQL]),
    )
    def begin(
        self,
        *,
        streams: tuple[str, ...],
        seed: int,
        rows: int,
        window: int,
        per_state: int,
        is_mixed: bool,
        from_beginning: bool,
        in_flight: int,
        latency_ms: float,
        backend: Backend,
    ) -> None:
        """Fill the source."""
        mix = Mix(streams=streams, rows=rows, is_mixed=is_mixed, rows_per_state=per_state)
        if self._bench.databases is None:
            backend = Backend.SQLITE
        is_from_state = needs_state(streams, "dead_letter") or not from_beginning
        case = Case(
            name="any",
            seed=seed,
            mix=mix,
            runs=(),
            replay=Replay.STATE if is_from_state else Replay.BEGINNING,
            backend=backend,
            settings={
                "on_error": "dead_letter",
                "batch_size_rows": window,
                "checkpoint_seconds": 0,
                "max_in_flight": in_flight,
            },
            latency_ms=latency_ms,
        )
        self._trial = Trial(case, self._bench)
        self._rows = len(self._trial.tap.rows)

    @rule(family=st.sampled_from(_QUICK_FAMILIES), seed=NUMBERS)
    def disturbed_run(self, family: str, seed: int) -> None:
        """Run, and something goes wrong."""
        self.trial.disturb(FAMILIES[family](Random(seed), self._rows))

    @precondition(lambda self: not {"events", *SETTING} & set(self.trial.tap.keys))
    @rule(
        family=st.sampled_from(["two at once", "two at once, one killed"]),
        seed=NUMBERS,
    )
    def two_runs(self, family: str, seed: int) -> None:
        """Run twice at once."""
        self.trial.disturb(FAMILIES[family](Random(seed), self._rows))

    @rule()
    def quiet_run(self) -> None:
        """Run, and nothing goes wrong."""
        self.trial.disturb(QUIET)

    @rule(count=st.integers(1, 2))
    def change(self, count: int) -> None:
        """Let rows change at the source."""
        self.trial.change(count)

    @rule(seed=NUMBERS, count=st.integers(1, 4))
    def grow(self, seed: int, count: int) -> None:
        """Let rows come to the source."""
        rng = Random(seed)
        streams = [*self.trial.tap.keys]
        first = 1000 + len(self.trial.tap.rows)
        self.trial.grow(
            make_row(rng.choice(streams), first + number, self.trial.place, rng)
            for number in range(count)
        )

    @invariant()
    def nothing_is_wrong(self) -> None:
        """Hold what was printed against what is there."""
        if self._trial is not None:
            assert self.trial.report.findings.sentences == [], self.trial.report.folder

    def teardown(self) -> None:
        """Run to the end, undisturbed, and judge."""
        if self._trial is None or self.trial.report.findings.sentences:
            return
        self.trial.finish()
        assert self.trial.report.findings.sentences == [], self.trial.report.folder
        self._judged.append(self.trial.report.folder)
        self._bench.forget()


def test_any_sequence_of_runs(bench: Bench) -> None:
    is_large = settings.get_current_profile_name() == LARGE

    # Whatever makes a machine will do, says its documentation.
    judged: list[Path | None] = []
    machine: Any = functools.partial(Runs, bench, judged)
    run_state_machine_as_test(machine, settings=settings.default if is_large else _SMALL)
    assert judged, "no sequence came to its end"
