"""Tours: cases that come to every kind of disturbance once, several of them one after the other.

A run more costs less than a trial more, so `make test` can come to all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from typing import Final

from tests.faults.cases import Backend, Case, Replay, needs_state
from tests.faults.disturbances import FAMILIES, POSTS, Disturbance
from tests.faults.points import POINTS, Point
from tests.faults.streams import Mix

_ROWS: Final = 6
_GROWS: Final = 4
"""So many rows are new to each run, at least; a disturbance is drawn for so many."""
_STOPS: Final = 5
"""Disturbances in a tour."""
_BOTH: Final = (Backend.SQLITE, Backend.POSTGRESQL)
_CREATING: Final = (
    ("tickets",),
    ("issues", "copies"),
    ("messages", "groups"),
    ("pages", "articles"),
    ("events",),
    ("people", "firms"),
    ("teams", "bases"),
)
_ONLY_FOR: Final = {
    "dead letter": ("tickets",),
    "several calls": ("articles",),
    "hold": ("hooks", "packets"),
    "of an update": ("edits", "versions", "puts", "updates"),
    "two at once": ("tickets", "copies"),
}
"""Streams without which a kind would not come about."""


def tours() -> dict[str, Case]:
    """Make the tours, on SQLite and PostgreSQL in turn."""
    rng = Random("tours")
    return {
        f"tour {number}": _tour(number, streams, families, rng)
        for number, (streams, families) in enumerate(PLAN)
    }


def _plan() -> Iterator[tuple[tuple[str, ...], list[str]]]:
    """Say which streams and kinds go together."""
    special = {
        word: [family for family in FAMILIES if word in family and "several in" not in family]
        for word in _ONLY_FOR
    }
    rest = [family for family in FAMILIES if not any(family in each for each in special.values())]
    overcome = [each for each in rest if FAMILIES[each](Random(0), _GROWS).is_overcome]
    others = [each for each in rest if each not in overcome]
    for word, families in special.items():
        yield _ONLY_FOR[word], families
    for number, families in enumerate([*_parts(others), *_parts(overcome)]):
        yield _CREATING[number % len(_CREATING)], families


def _parts(families: Sequence[str]) -> Iterator[list[str]]:
    """Deal families out, so that neighbours, which are alike, are in different tours."""
    count = -(-len(families) // _STOPS)
    for first in range(count):
        yield [*families[first::count]]


def _tour(number: int, streams: tuple[str, ...], families: Sequence[str], rng: Random) -> Case:
    sets_aside = number % 2 or any("dead letter" in each or "hold" in each for each in families)
    on_error = "dead_letter" if sets_aside else "fail"
    is_twin = any("two at once" in each for each in families)
    return Case(
        name=f"tour {number}",
        seed=number,
        mix=Mix(
            streams=streams,
            rows=_ROWS,
            invalid=2 * any("dead letter" in each for each in families),
            has_versions=not is_twin,
        ),
        runs=tuple(_stop(each, rng) for each in families),
        replay=Replay.STATE if needs_state(streams, on_error) or number % 3 else Replay.BEGINNING,
        backend=_BOTH[number % 2],
        settings={
            "on_error": on_error,
            "batch_size_rows": rng.choice([1, 3, 100]),
            "checkpoint_seconds": 0,
            "max_in_flight": rng.choice([1, 2, 8, 16]),
        },
        grows=_GROWS,
        latency_ms=rng.choice([0, 5, 20]),
    )


def _stop(family: str, rng: Random) -> Disturbance:
    point = next((each for each in POINTS if family == f"killed {each.name}"), None)
    return _killed(point) if point else FAMILIES[family](rng, _GROWS)


def _killed(point: Point) -> Disturbance:
    """Kill at the first passage, which every run comes to."""
    faults: tuple[dict[str, object], ...] = ()
    if "hold" in point.name:
        faults = ({"action": "reset_after", **POSTS, "at": [1, 2]},)
    elif "release" in point.name:
        faults = ({"action": "status", "status": 422, **POSTS, "at": [1]},)
    return Disturbance(name=f"killed {point.name}", kill=(point.name, 1), faults=faults)


PLAN: Final = tuple(_plan())
"""The streams of each tour, and its kinds of disturbances."""
