"""What can go wrong in a run, as data."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from random import Random
from types import MappingProxyType
from typing import Any, Final

from tests.faults.points import POINTS, Passes, Point

NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class Stage(StrEnum):
    """How far a request is when a blow falls."""

    ARRIVED = "arrived"
    ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Blow:
    """Signals that are sent from outside, once the sandbox saw so many requests of this run.

    Attributes:
        signals: One after the other.
        after: The number of the request.
        stage: How far that request must be.
        jitter_ms: At a random time within so many milliseconds after that.
    """

    signals: tuple[int, ...] = (signal.SIGKILL,)
    after: int = 1
    stage: Stage = Stage.ARRIVED
    jitter_ms: float = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Disturbance:
    """What goes wrong in one run.

    Attributes:
        name: What it is called in counts.
        kill: Name of a kill point, and the passage.
        blow: What falls from outside.
        faults: Rules for the sandbox.
        options: Options of the sandbox.
        settings: Settings of the loader.
        is_twin: Two processes run at once; `kill` and `blow` meet the first.
        stdout_lines: After so many STATE lines nobody reads stdout any more; None: to the end.
        pauses: The tap says so many lines, then pauses for so many milliseconds, and so on.
        is_refused: The token is refused: no more calls than are in flight may meet that.
        is_overcome: The run must end with exit code 0 all the same.
    """

    name: str
    kill: tuple[str, int] | None = None
    blow: Blow | None = None
    faults: tuple[Mapping[str, Any], ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    is_twin: bool = False
    stdout_lines: int | None = None
    pauses: tuple[int, float] | None = None
    is_refused: bool = False
    is_overcome: bool = False


QUIET: Final = Disturbance(name="nothing", is_overcome=True)
Draw = Callable[[Random, int], Disturbance]
"""Draws a disturbance for an input of so many rows."""
_QUICK: Final = {"request_timeout_seconds": 1}
_UNKNOWN: Final = (
    {"action": "status", "status": 500},
    {"action": "status", "status": 502},
    {"action": "status", "status": 504},
    {"action": "status_after", "status": 500},
    {"action": "status_after", "status": 502},
    {"action": "status_after", "status": 504},
    {"action": "reset_before"},
    {"action": "reset_after"},
    {"action": "malformed"},
)
_SLOW: Final = (
    {"action": "hang_before", "seconds": 20},
    {"action": "hang_after", "seconds": 20},
    {"action": "drip", "seconds": 20},
)
RETRY_AFTERS: Final[Mapping[str, Mapping[str, str]]] = {
    "seconds": {"Retry-After": "1"},
    "date": {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"},
    "absent": {},
    "negative": {"Retry-After": "-7"},
    "zero": {"Retry-After": "0"},
    "senseless": {"Retry-After": "soon"},
}
_AMID_OTHERS: Final = frozenset(
    {
        "after leaving",
        "before send",
        "after answer",
        "before outcome",
        "after outcome",
        "before STATE",
        "after STATE",
    }
)
"""Points that a run passes while other calls are under way."""
POSTS: Final = {"method": "POST"}
"""Only what creates; look-ups go through."""


def passage(rng: Random, point: Point, rows: int) -> int:
    """Draw a passage of a point that a run of so many rows is likely to come to."""
    most = {
        Passes.RECORD: rows * 2 // 3,
        Passes.WINDOW: max(1, rows // 4),
        Passes.RUN: 1,
        Passes.SELDOM: 2,
    }
    return rng.randint(1, most[point.passes])


def kill_at(point: Point) -> Draw:
    """Kill at a passage of a point; a fault makes sure that it is passed, where it takes one."""

    def draw(rng: Random, rows: int) -> Disturbance:
        seldom = point.passes is Passes.SELDOM
        faults = [_some(rng, _UNKNOWN, rows)] if seldom and "letter" not in point.name else []
        settings = {}
        if "hold" in point.name:
            # Hardly anything else is held; and not every row is sent by a call of its own.
            settings["on_in_doubt"] = "hold"
            faults = [{**rng.choice(_UNKNOWN), **POSTS, "at": [1, 2]}]
        return Disturbance(
            name=f"killed {point.name}",
            kill=(point.name, passage(rng, point, rows)),
            faults=tuple(faults),
            settings=settings,
        )

    return draw


def _some(rng: Random, rules: tuple[Mapping[str, Any], ...], rows: int) -> dict[str, Any]:
    return {**rng.choice(rules), "at": [rng.randint(1, rows)]}


def fault(rule: Mapping[str, Any], settings: Mapping[str, Any] = NOTHING) -> Draw:
    """Let one or two requests fail; half of the time look-ups as well."""

    def draw(rng: Random, rows: int) -> Disturbance:
        at = sorted({rng.randint(1, rows), rng.randint(1, rows)})
        which = POSTS if rng.random() < 0.5 else {}
        kind = f"{rule['action']} {rule.get('status', '')}".strip()
        return Disturbance(name=kind, faults=({**rule, **which, "at": at},), settings=settings)

    return draw


def storm(status: int, form: str) -> Draw:
    """Refuse one to three requests in a row, with a `Retry-After` of some form."""

    def draw(rng: Random, rows: int) -> Disturbance:
        first = rng.randint(1, rows)
        at = [*range(first, first + rng.randint(1, 2))]
        rule = {"action": "status", "status": status, "headers": RETRY_AFTERS[form], "at": at}
        name = f"{status}, Retry-After {form}"
        return Disturbance(name=name, faults=(rule,), is_overcome=True)

    return draw


def limit(window: str, form: str) -> Draw:
    """Let the sandbox keep a limit of its own."""

    def draw(rng: Random, rows: int) -> Disturbance:
        options = {
            "requests_per_minute": max(3, rows // rng.randint(2, 3)),
            "window": window,
            "window_seconds": 1.0,
            "retry_after": form,
        }
        name = f"limit, {window} window, Retry-After {form}"
        return Disturbance(name=name, options=options, is_overcome=True)

    return draw


def huge_wait(rng: Random, rows: int) -> Disturbance:
    """Ask for a wait of a year; a signal ends it."""
    first = rng.randint(1, rows)
    rule = {
        "action": "status",
        "status": rng.choice([429, 503]),
        "headers": {"Retry-After": "31536000"},
        "at": [*range(first, first + 50)],
    }
    return Disturbance(
        name="Retry-After huge, and a signal",
        faults=(rule,),
        blow=Blow(signals=(rng.choice([signal.SIGTERM, signal.SIGINT]),), after=first),
    )


def killed_outside(stage: Stage, action: str) -> Draw:
    """Kill when a request has arrived, or was accepted and has no answer yet."""

    def draw(rng: Random, rows: int) -> Disturbance:
        number = rng.randint(1, rows)
        rule = {"action": action, "at": [number], "seconds": 20 if action == "hang_after" else 0.1}
        return Disturbance(
            name=f"killed when a request {'is' if stage is Stage.ACCEPTED else 'has'} {stage}",
            faults=(rule,),
            blow=Blow(after=number, stage=stage),
        )

    return draw


def signals(*numbers: int, latencies_ms: tuple[float, ...] = (3, 20, 60)) -> Draw:
    """Send signals at a random time."""

    def draw(rng: Random, rows: int) -> Disturbance:
        latency_ms = rng.choice(latencies_ms)
        names = ", ".join(signal.Signals(number).name for number in numbers)
        after = rng.randint(1, rows)
        return Disturbance(
            name=f"{names} at a random time",
            options={"latency_ms": latency_ms},
            blow=Blow(signals=numbers, after=after, jitter_ms=rng.random() * 2 * latency_ms),
        )

    return draw


def revoked(status: int) -> Draw:
    """Refuse the token from some request on."""

    def draw(rng: Random, rows: int) -> Disturbance:
        first = rng.randint(1, rows)
        rule = {"action": "status", "status": status, "at": [*range(first, first + 200)]}
        return Disturbance(name=f"token refused, {status}", faults=(rule,), is_refused=True)

    return draw


def refused(method: str, name: str) -> Draw:
    """Let Groove refuse a record."""

    def draw(rng: Random, rows: int) -> Disturbance:
        rule = {"action": "status", "status": 422, "body_text": '{"error": "no"}'}
        at = [rng.randint(1, rows if method == "POST" else max(1, rows // 2))]
        return Disturbance(name=name, faults=({**rule, "method": method, "at": at},))

    return draw


def late(rng: Random, rows: int) -> Disturbance:
    """Accept a request only after the client has given up on it."""
    rule = {"action": "delay", "seconds": 1.3, "at": [rng.randint(1, rows)], **POSTS}
    return Disturbance(name="accepted after the time-out", faults=(rule,), settings=_QUICK)


def unread(rng: Random, rows: int) -> Disturbance:
    """Let the reader of stdout go away."""
    return Disturbance(name="stdout closed", stdout_lines=rng.randint(1, rows // 2))


def slow_tap(*numbers: int) -> Draw:
    """Let the tap pause between its lines, so that the loader waits for it; perhaps a signal."""

    def draw(rng: Random, rows: int) -> Disturbance:
        blow = Blow(signals=numbers, after=rng.randint(1, rows), jitter_ms=rng.random() * 60)
        return Disturbance(
            name=", ".join(["slow tap", *(signal.Signals(number).name for number in numbers)]),
            # Windows are delivered as they are after 100 ms.
            pauses=(rng.randint(2, 9), rng.choice([10, 40, 130])),
            blow=blow if numbers else None,
            is_overcome=not numbers,
        )

    return draw


def several_lost(rng: Random, rows: int) -> Disturbance:
    """Lose answers of creates that are in flight together."""
    first = rng.randint(1, rows)
    at = [number for number in range(first, first + 6) if rng.random() < 0.6]
    rule = {**rng.choice(_UNKNOWN), **POSTS, "at": at or [first]}
    return Disturbance(name="several answers lost", faults=(rule,))


def several_lost_and_killed(rng: Random, rows: int) -> Disturbance:
    """Lose answers of creates that are in flight together, and die over it."""
    lost = several_lost(rng, rows)
    after = lost.faults[0]["at"][-1]
    return replace(
        lost,
        name="several answers lost, killed",
        options={"latency_ms": 20},
        blow=Blow(after=after, jitter_ms=rng.random() * 60),
    )


def with_several_in_flight(*draws: Draw) -> Draw:
    """Draw one of some disturbances, while the sandbox takes so long that many calls wait."""

    def draw(rng: Random, rows: int) -> Disturbance:
        drawn = rng.choice(draws)(rng, rows)
        return replace(
            drawn,
            name=f"{drawn.name}, several in flight",
            options={**drawn.options, "latency_ms": 150},
            settings={**drawn.settings, "max_in_flight": 16, "batch_size_rows": 100},
        )

    return draw


def twins(rng: Random, rows: int) -> Disturbance:
    """Run two processes at once."""
    latency = {"latency_ms": rng.choice([0, 2, 5, 60])}
    lost = (_some(rng, _UNKNOWN, rows),) if rng.random() < 0.4 else ()
    return Disturbance(
        name="two at once", is_twin=True, options=latency, faults=lost, is_overcome=not lost
    )


def killed_twin(rng: Random, rows: int) -> Disturbance:
    """Run two processes at once, and kill one of them."""
    point = rng.choice(POINTS)
    return Disturbance(
        name="two at once, one killed",
        is_twin=True,
        options={"latency_ms": rng.choice([0, 2, 5, 60])},
        kill=(point.name, passage(rng, point, rows)),
    )


FAMILIES: Final[Mapping[str, Draw]] = {
    **{f"killed {point.name}": kill_at(point) for point in POINTS},
    "killed at arrival": killed_outside(Stage.ARRIVED, "delay"),
    "killed at acceptance": killed_outside(Stage.ACCEPTED, "hang_after"),
    "killed at a random time": signals(signal.SIGKILL),
    **{f"{rule['action']} {rule.get('status', '')}".strip(): fault(rule) for rule in _UNKNOWN},
    **{str(rule["action"]): fault(rule, _QUICK) for rule in _SLOW},
    **{
        f"{status}, Retry-After {form}": storm(status, form)
        for status in (429, 503)
        for form in RETRY_AFTERS
    },
    **{
        f"{window} limit, Retry-After {form}": limit(window, form)
        for window in ("fixed", "sliding")
        for form in ("seconds", "date", "none", "negative", "zero")
    },
    "huge wait": huge_wait,
    "SIGTERM": signals(signal.SIGTERM),
    "SIGINT": signals(signal.SIGINT),
    "second signal": signals(signal.SIGTERM, signal.SIGINT, latencies_ms=(30,)),
    "401": revoked(401),
    "403": revoked(403),
    "422": refused("POST", "refused, 422"),
    "422 of an update": refused("PUT", "an update refused, 422"),
    "slow tap": slow_tap(),
    "slow tap, killed": slow_tap(signal.SIGKILL),
    "slow tap, SIGTERM": slow_tap(signal.SIGTERM),
    "killed with several in flight": with_several_in_flight(signals(signal.SIGKILL)),
    "killed at a point with several in flight": with_several_in_flight(
        *(kill_at(point) for point in POINTS if point.name in _AMID_OTHERS)
    ),
    "signal with several in flight": with_several_in_flight(
        signals(signal.SIGTERM), signals(signal.SIGINT)
    ),
    "401 with several in flight": with_several_in_flight(revoked(401)),
    "several answers lost": several_lost,
    "several answers lost, killed": several_lost_and_killed,
    "late acceptance": late,
    "stdout closed": unread,
    "two at once": twins,
    "two at once, one killed": killed_twin,
}
"""Every kind of disturbance; a campaign takes them in turn."""
