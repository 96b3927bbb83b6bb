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
        is_fresh: Whether each run has an interpreter of its own, or is forked from one.
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
    is_fresh: bool = False


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
    ("tickets", "events", "messages", "groups", "articles", "updates"),
)
"""Streams that a campaign draws from; the first, which matter most, more often."""
_MAKES_ORDER_ITS_OWN: Final = {"two at once", "two at once, one killed"}


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
    while rng.random() < 0.35:
        runs.append(FAMILIES[rng.choice(families)](rng, rows))
    # Whoever sends what has no key from the beginning again wants it twice.
    from_state = "events" in mix.streams or rng.random() < 0.6
    on_error = (
        "dead_letter" if _may_be_set_aside(mix, runs) else rng.choice(["fail", "dead_letter"])
    )
    settings = {
        "on_error": on_error,
        "batch_size_rows": rng.choice([1, 2, 3, 5, 100]),
        "checkpoint_seconds": rng.choice([0, 0, 0, 1]),
    }
    changeable = not set(mix.streams) & {"events", "packets", "updates"}
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
    )


def _draw_mix(rng: Random, family: str, *, is_twin: bool) -> Mix:
    # Two processes: what has no key they both have to send, and a ticket's states may cross.
    fit = [each for each in MIXES if not is_twin or not {"events", "updates"} & set(each)]
    streams = rng.choice(fit)
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
    )


def _may_be_set_aside(mix: Mix, runs: list[Disturbance]) -> bool:
    """Whether something must be set aside for the input ever to end."""
    return bool({"hooks", "packets"} & set(mix.streams)) or any(
        "letter" in run.name for run in runs
    )


def _case(name: str, *families: str, seed: int = 7, rows: int = 8, **more: Any) -> Case:
    rng = Random(f"{name}/{seed}")
    mix = more.pop("mix", None) or Mix(rows=rows, rows_per_state=1)
    runs = tuple(FAMILIES[family](rng, mix.rows) for family in families)
    settings = {"batch_size_rows": 3, "checkpoint_seconds": 0, **more.pop("settings", {})}
    return Case(name=name, seed=seed, mix=mix, runs=runs, settings=settings, **more)


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
