"""The cases: an input, and the runs that are disturbed before the last, which is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import Any, Final

from tests.faults.disturbances import FAMILIES, Disturbance
from tests.faults.streams import Mix


class Replay(StrEnum):
    """Where the tap resumes."""

    STATE = "state"
    BEGINNING = "beginning"


class Backend(StrEnum):
    """Where the ledger lives."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case.

    Attributes:
        name: What it is called.
        seed: Decides the rows.
        mix: What the input consists of.
        runs: What goes wrong in each run but the last.
        replay: Where the tap resumes.
        backend: Where the ledger lives.
        settings: Settings of every run.
        foreign: How many things of equal content others made before.
        changes: How many rows change at the source between two runs.
        grows: How many rows come to the source between two runs.
        is_fresh: Whether each run has an interpreter of its own, or is forked from one.
        latency_ms: How long the sandbox takes for each call. While it takes nothing, the loader
            makes calls without threads.
    """

    name: str
    seed: int
    mix: Mix
    runs: tuple[Disturbance, ...]
    replay: Replay = Replay.STATE
    backend: Backend = Backend.SQLITE
    settings: Mapping[str, Any] = field(default_factory=dict)
    foreign: int = 1
    changes: int = 0
    grows: int = 0
    is_fresh: bool = False
    latency_ms: float = 0


MIXES: Final[tuple[tuple[str, ...], ...]] = (
    ("tickets",),
    ("tickets",),
    ("tickets",),
    ("events",),
    ("messages",),
    ("groups",),
    ("articles",),
    ("hooks",),
    ("packets",),
    ("tickets", "messages"),
    ("groups", "tickets", "updates"),
    ("articles", "tickets"),
    ("updates",),
    ("edits",),
    ("versions",),
    ("puts",),
    ("updates", "messages"),
    ("edits", "versions", "tickets"),
    ("people",),
    ("people", "tickets"),
    ("firms",),
    ("firms", "people", "groups"),
    ("copies",),
    ("issues",),
    ("issues",),
    ("pages",),
    ("teams",),
    ("bases",),
    ("teams", "issues", "copies"),
    ("bases", "pages", "firms"),
    ("tickets", "events", "messages", "groups", "articles", "updates"),
)
"""Streams that a campaign draws from; the first, which matter most, more often."""
_MAKES_ORDER_ITS_OWN: Final = {"two at once", "two at once, one killed"}
UPSERTS: Final = frozenset({"issues", "pages", "teams", "bases"})
"""Streams that create a thing, and then send what changed of it."""
SETTING: Final = frozenset({"updates", "edits", "versions", "puts", "people", "firms"}) | UPSERTS
"""Streams whose last record decides."""
_ONE_AT_A_TIME: Final = (SETTING - UPSERTS) | {"events"}
"""Two processes with these: what has no key they both send, and what they set may cross."""
IN_FLIGHT: Final = (1, 2, 8, 8, 16, 16)
LATENCIES_MS: Final = (0, 5, 20, 20, 60, 60)
_LONG_MS: Final = 150
"""So long that 16 are under way before the first is answered, also on a slow machine."""
_OVERCOME_WITHOUT_LEDGER: Final = ("slow tap", "several answers lost", "late acceptance")
"""Beside those that are overcome anyway: a run that lives looks up what became of its creates."""


def draw_case(seed: str, number: int, backends: tuple[Backend, ...]) -> Case:
    """Draw one case of a campaign; the same seed and number give the same case."""
    rng = Random(f"{seed}/{number}")
    families = [*FAMILIES]
    # Each round of a campaign comes to every kind once.
    Random(f"{seed}/round {number // len(families)}").shuffle(families)
    family = families[number % len(families)]
    is_twin = family in _MAKES_ORDER_ITS_OWN
    mix = _draw_mix(rng, family, is_twin=is_twin)
    rows = mix.rows + mix.twins
    runs = [FAMILIES[family](rng, rows)]
    alone = [each for each in families if each not in _MAKES_ORDER_ITS_OWN]
    can_cross = _ONE_AT_A_TIME | (UPSERTS if mix.has_versions else set())
    more = alone if can_cross & set(mix.streams) else families
    while rng.random() < 0.35:
        runs.append(FAMILIES[rng.choice(more)](rng, rows))
    on_error = (
        "dead_letter" if _may_be_set_aside(mix, runs) else rng.choice(["fail", "dead_letter"])
    )
    from_state = needs_state(mix.streams, on_error) or rng.random() < 0.6
    in_flight = rng.choice(IN_FLIGHT)
    settings = {
        "on_error": on_error,
        "batch_size_rows": rng.choice([1, 3, 5, 20, 100]),
        "checkpoint_seconds": rng.choice([0, 0, 0, 1]),
        "max_in_flight": in_flight,
        "on_in_doubt": _draw_doubt(rng, mix),
    }
    is_wide = in_flight >= 8 and rng.random() < 0.5
    latency_ms = _LONG_MS if is_wide else rng.choice(LATENCIES_MS)
    if _needs_no_ledger(family, runs[0]) and rng.random() < 0.3:
        return Case(
            name=f"{family}, without a ledger",
            seed=rng.getrandbits(32),
            mix=Mix(rows=rows, twins=0, rows_per_state=mix.rows_per_state),
            runs=(runs[0],),
            backend=Backend.NONE,
            settings={**settings, "on_in_doubt": "look_up"},
            foreign=0,
            latency_ms=latency_ms,
        )
    changeable = not set(mix.streams) & {"events", "packets", *SETTING}
    return Case(
        name=family,
        seed=rng.getrandbits(32),
        mix=mix,
        runs=tuple(runs),
        replay=Replay.STATE if from_state else Replay.BEGINNING,
        backend=backends[number % len(backends)],
        settings=settings,
        foreign=rng.choice([0, 1, 2]),
        changes=rng.choice([0, 0, 1, 2]) if changeable else 0,
        is_fresh=rng.random() < 0.1,
        latency_ms=latency_ms,
    )


def needs_state(streams: tuple[str, ...], on_error: str) -> bool:
    """Whether the tap must not begin anew.

    Whoever sends what has no key again wants it twice; and what was set aside overtakes what came
    behind it, as docs/promises/order.md says, when it is read again.
    """
    return "events" in streams or (on_error == "dead_letter" and bool(SETTING & set(streams)))


def _needs_no_ledger(family: str, run: Disturbance) -> bool:
    is_overcome = run.is_overcome and not run.is_twin
    return is_overcome or family in _OVERCOME_WITHOUT_LEDGER


def _draw_mix(rng: Random, family: str, *, is_twin: bool) -> Mix:
    fit = [each for each in MIXES if not is_twin or not _ONE_AT_A_TIME & set(each)]
    streams = rng.choice(fit)
    if "of an update" in family:
        streams = rng.choice([each for each in fit if SETTING & set(each)])
    if "hold" in family:
        streams = rng.choice([("tickets",), ("events",), ("hooks",), ("articles", "tickets")])
    if "several calls" in family:
        streams = rng.choice([("articles",), ("articles", "tickets")])
    if "letter" in family and streams == ("packets",):
        streams = ("tickets",)
    rows = rng.randint(6, 24)
    invalid = rng.choice([0, 0, 0, 1])
    return Mix(
        streams=streams,
        rows=rows,
        is_mixed=rng.random() < 0.5,
        twins=rng.choice([0, 1, 2]),
        invalid=2 if "letter" in family else 0 if streams == ("packets",) else invalid,
        rows_per_state=rng.choice([1, 1, 2, 5]),
        has_versions=not is_twin and rng.random() < 0.9,
    )


def _draw_doubt(rng: Random, mix: Mix) -> str:
    drawn = rng.choices(["look_up", "hold", "resend"], [8, 1, 1])[0]
    # Of two things that are meant to be one nobody can say which has the last value.
    return "look_up" if drawn == "resend" and SETTING & set(mix.streams) else drawn


def _may_be_set_aside(mix: Mix, runs: list[Disturbance]) -> bool:
    """Whether something must be set aside for the input ever to end."""
    return bool({"hooks", "packets"} & set(mix.streams)) or any(
        "letter" in run.name for run in runs
    )


def _case(name: str, *families: str, seed: int = 7, rows: int = 8, **more: Any) -> Case:
    rng = Random(f"{name}/{seed}")
    mix = more.pop("mix", None) or Mix(rows=rows, rows_per_state=1)
    runs = tuple(FAMILIES[family](rng, mix.rows) for family in families)
    settings = {
        "batch_size_rows": 3,
        "checkpoint_seconds": 0,
        "max_in_flight": rng.choice(IN_FLIGHT),
        **more.pop("settings", {}),
    }
    latency = more.pop("latency_ms", rng.choice(LATENCIES_MS))
    return Case(
        name=name, seed=seed, mix=mix, runs=runs, settings=settings, latency_ms=latency, **more
    )


def _table() -> tuple[Case, ...]:
    aside: dict[str, Any] = {"settings": {"on_error": "dead_letter"}}
    mixed = Mix(streams=MIXES[-1], rows=14, is_mixed=True, twins=2)
    spoiled = Mix(rows=8, invalid=2)
    cases = []
    for family in FAMILIES:
        more: dict[str, Any] = {}
        if "letter" in family:
            more = {**aside, "mix": spoiled}
        elif "several calls" in family:
            more = {"mix": Mix(streams=("articles",), rows=8)}
        elif "of an update" in family:
            more = {"mix": Mix(streams=("edits",), rows=12), "settings": {"batch_size_rows": 5}}
        elif "two at once" in family:
            more = {"mix": Mix(rows=20), "replay": Replay.BEGINNING}
        cases.append(_case(family, family, **more))
    return (
        *cases,
        *(
            _case(f"{family}, {streams[0]}", family, mix=Mix(streams=streams, rows=8), **aside)
            for family in ("reset_after", "killed after leaving", "killed at acceptance")
            for streams in MIXES[3:9]
        ),
        *(
            _case(
                f"{family}, {streams}",
                family,
                mix=Mix(streams=(streams,), rows=14),
                settings={"batch_size_rows": 5},
            )
            for family in ("reset_after", "killed after answer", "killed before outcome")
            for streams in (*sorted(UPSERTS), "people", "firms")
        ),
        *(
            _case(
                f"merged {streams}, {family}",
                family,
                mix=Mix(streams=(streams,), rows=16, rows_per_state=3),
                settings={"batch_size_rows": 8, "on_error": on_error},
            )
            for streams, family, on_error in (
                ("edits", "422 of an update", "dead_letter"),
                ("versions", "422 of an update", "dead_letter"),
                ("versions", "422 of an update", "fail"),
                ("edits", "killed after leaving", "fail"),
                ("versions", "killed after outcome", "fail"),
                ("updates", "killed before outcome", "fail"),
                ("puts", "killed after answer", "fail"),
            )
        ),
        *(
            _case(
                f"equal tickets, {family}",
                family,
                mix=Mix(rows=6, twins=6),
                settings={"max_in_flight": 16, "batch_size_rows": 100},
                latency_ms=20,
            )
            for family in (
                "reset_after",
                "several answers lost",
                "several answers lost, killed",
                "killed after leaving",
                "killed at acceptance",
            )
        ),
        *(
            _case(
                f"16 in flight, {family}",
                family,
                mix=Mix(rows=30, rows_per_state=1),
                settings={"max_in_flight": 16, "batch_size_rows": 100},
                latency_ms=_LONG_MS,
            )
            for family in ("401", "SIGTERM", "killed at a random time", "422", "two at once")
        ),
        _case("mixed streams, killed after the answer", "killed after answer", mix=mixed),
        _case(
            "killed, and killed again", "killed after answer", "killed before outcome", "SIGTERM"
        ),
        _case("killed while taking over", "killed after leaving", "killed after taking over"),
        _case("killed, from the beginning", "killed after answer", replay=Replay.BEGINNING),
        _case("killed, and rows change", "killed after answer", changes=3),
        _case("an invalid record stops the run", "422", mix=spoiled),
        _case("an invalid record is set aside", "422", mix=spoiled, **aside),
        _case(
            "whatever is in doubt is held",
            "reset_after",
            settings={"on_in_doubt": "hold", "on_error": "dead_letter"},
        ),
        _case("killed, a process of its own", "killed after answer", is_fresh=True),
        _case("stdout closed, a process of its own", "stdout closed", is_fresh=True),
    )


TABLE: Final = {case.name: case for case in _table()}
