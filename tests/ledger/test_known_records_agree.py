"""Runs that know records again do what runs do that make every payload."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from target_groove.sandbox import Sandbox
from tests.conftest import TOKEN
from tests.ledger.desk import TICKET, sent
from tests.runs import record, run_target, schema, state

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ECHO = {"stream": "s", "endpoint": "custom", "method": "PUT", "url": "/echo/{id}"}
BATCH = {**ECHO, "url": "/echo/x", "batch": {"grouping": "array", "size": 2}}
ROUTES: dict[str, list[dict[str, Any]]] = {
    "object": [ECHO],
    "batch": [BATCH],
    "ticket": [{"stream": "s", "endpoint": "create_ticket"}],
    "pair": [{"stream": "s", "endpoint": "upsert_ticket"}],
}
FAULTS: tuple[list[dict[str, Any]], ...] = (
    [],
    [],
    [{"action": "status", "status": 422, "at": [2]}],
    [{"action": "status", "status": 401, "at": [3]}],
    [{"action": "reset_after", "at": [1]}],
)
ROWS = st.fixed_dictionaries(
    {"id": st.integers(1, 3), "subject": st.sampled_from(["a", "b"])},
    optional={
        "state": st.sampled_from(["opened", "closed"]),
        "from": st.just("nobody"),  # is refused before a request is spent
        "seen": st.integers(1, 2),  # is no field of a ticket
    },
)
RUNS = st.fixed_dictionaries(
    {
        "rows": st.lists(ROWS, min_size=1, max_size=8),
        "size": st.integers(1, 4),
        "on_error": st.sampled_from(["fail", "dead_letter"]),
        "exclude": st.sampled_from([[], [], ["subject"], ["nothing"]]),
        "method": st.sampled_from(["upsert", "upsert", "upsert", "append-only"]),
        "faults": st.sampled_from(FAULTS),
    }
)


@pytest.fixture(scope="module")
def desks() -> Iterator[tuple[Sandbox, Sandbox]]:
    """Two that know nothing of each other."""
    with Sandbox(token=TOKEN) as one, Sandbox(token=TOKEN) as other:
        yield one, other


def world(desk: Sandbox, folder: Path, runs: list[dict[str, Any]], kind: str) -> list[Any]:
    """Deliver run after run; give all that anybody could see of it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    desk.reset()
    seen: list[Any] = []
    for each in runs:
        desk.faults(each["faults"])
        config = {
            "api_token": TOKEN,
            "api_url": desk.api_url,
            "requests_per_minute": 0,
            "max_in_flight": 1,
            "max_attempts": 1,
            "checkpoint_seconds": 0,
            "ledger_url": f"sqlite:///{folder}/ledger.db",
            "dead_letter_path": str(folder / "dead.jsonl"),
            "streams": ROUTES[kind],
            "batch_size_rows": each["size"],
            "on_error": each["on_error"],
            "exclude_attributes": each["exclude"],
            "load_method": each["method"],
        }
        rows = [record("s", {**TICKET, **row}) for row in each["rows"]]
        messages = [m for n, row in enumerate(rows) for m in (row, state({"n": n}))]
        result = run_target(config, [schema("s", ["id"]), *messages])
        counts = result.target and result.target.parts.summary.sentence
        seen.append((result.exit_code, result.states, counts, sent(desk)))
    return seen


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(runs=st.lists(RUNS, min_size=2, max_size=4), kind=st.sampled_from(sorted(ROUTES)))
def test_what_is_known_again_is_what_is_unchanged(
    desks: tuple[Sandbox, Sandbox], tmp_path: Path, runs: list[dict[str, Any]], kind: str
) -> None:
    knowing = world(desks[0], tmp_path / "one", runs, kind)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("target_groove.route_reading.fingerprint", lambda *_: "")
        making = world(desks[1], tmp_path / "other", runs, kind)
    assert knowing == making
