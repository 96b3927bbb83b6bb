"""The points at which a run is killed: functions of the real program, by name."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class When(StrEnum):
    """At which moment of a call the process is killed."""

    BEFORE = "before"
    AFTER = "after"
    HALF = "half"
    """It is called with the first half of its last argument, which is bytes; then comes the end."""


class Passes(StrEnum):
    """How often a run passes a point, so that the n-th passage is one that happens."""

    RECORD = "once a record"
    WINDOW = "once a window"
    RUN = "once a run"
    SELDOM = "only after a fault"


@dataclass(frozen=True, slots=True)
class Point:
    """A kill point.

    Attributes:
        name: What it is called in counts.
        functions: `module:Class.method` or `module:function`, as the caller finds it; of several,
            a run calls one only.
        when: The moment.
        passes: How often a run passes it.
    """

    name: str
    functions: tuple[str, ...]
    when: When
    passes: Passes = Passes.RECORD


_LEDGER: Final = "target_groove.ledger.ledger:Ledger"
_CLIENT: Final = "target_groove.delivery.client:Client"
_STATE: Final = "target_groove.standard_output:_write"
_EARLIER: Final = "target_groove.ledger.earlier_runs:EarlierRuns"
_UNKEYED: Final = "target_groove.ledger.unacknowledged:Unacknowledged"
_COMMITS: Final = (
    "target_groove.ledger.sqlite_file:SqliteDatabase._commit",
    "target_groove.ledger.postgres:PostgresDatabase._commit",
)
_STATEMENT: Final = ("target_groove.ledger.statement:Statement.__call__",)
_LETTERS: Final = "target_groove.outputs.dead_letters"

POINTS: Final = (
    Point("before intent", (f"{_LEDGER}.claim",), When.BEFORE, Passes.WINDOW),
    Point("after intent", (f"{_LEDGER}.claim",), When.AFTER, Passes.WINDOW),
    Point("before leaving", (f"{_LEDGER}.leaves",), When.BEFORE),
    Point("after leaving", (f"{_LEDGER}.leaves",), When.AFTER),
    Point("before send", (f"{_CLIENT}.call",), When.BEFORE),
    Point("after answer", (f"{_CLIENT}.call",), When.AFTER),
    Point("before outcome", (f"{_LEDGER}.delivered",), When.BEFORE),
    Point("after outcome", (f"{_LEDGER}.delivered",), When.AFTER),
    Point("before one of several calls", (f"{_LEDGER}.call_done",), When.BEFORE, Passes.SELDOM),
    Point("after one of several calls", (f"{_LEDGER}.call_done",), When.AFTER, Passes.SELDOM),
    Point("before sync", (f"{_LEDGER}.sync",), When.BEFORE),
    Point("after sync", (f"{_LEDGER}.sync",), When.AFTER),
    Point("before STATE", (_STATE,), When.BEFORE, Passes.WINDOW),
    Point("half a STATE", (_STATE,), When.HALF, Passes.WINDOW),
    Point("after STATE", (_STATE,), When.AFTER, Passes.WINDOW),
    Point("before acknowledging", (f"{_UNKEYED}.acknowledging",), When.BEFORE, Passes.WINDOW),
    Point("after acknowledging", (f"{_UNKEYED}.acknowledging",), When.AFTER, Passes.WINDOW),
    Point("before forgetting", (f"{_UNKEYED}.acknowledged",), When.BEFORE),
    Point("after forgetting", (f"{_UNKEYED}.acknowledged",), When.AFTER),
    Point("before dead letter", (f"{_LETTERS}:DeadLetters.add",), When.BEFORE, Passes.SELDOM),
    Point("half a dead letter", (f"{_LETTERS}:write_all",), When.HALF, Passes.SELDOM),
    Point("after dead letter", (f"{_LETTERS}:DeadLetters.add",), When.AFTER, Passes.SELDOM),
    Point("before hold", (f"{_LEDGER}.hold",), When.BEFORE, Passes.SELDOM),
    Point("after hold", (f"{_LEDGER}.hold",), When.AFTER, Passes.SELDOM),
    Point("before release", (f"{_LEDGER}.release",), When.BEFORE, Passes.SELDOM),
    Point("after release", (f"{_LEDGER}.release",), When.AFTER, Passes.SELDOM),
    Point("before taking over", (f"{_EARLIER}.left_behind",), When.BEFORE, Passes.RUN),
    Point("after taking over", (f"{_EARLIER}.left_behind",), When.AFTER, Passes.RUN),
    Point("before a statement", _STATEMENT, When.BEFORE),
    Point("after a statement", _STATEMENT, When.AFTER),
    Point("before commit", _COMMITS, When.BEFORE),
    Point("after commit", _COMMITS, When.AFTER),
    Point("before the end", (f"{_LEDGER}.close",), When.BEFORE, Passes.RUN),
    Point("after the end", (f"{_LEDGER}.close",), When.AFTER, Passes.RUN),
)
BY_NAME: Final = {point.name: point for point in POINTS}
