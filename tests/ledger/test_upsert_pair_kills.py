"""Pairs, killed at each step of a change and of a create: nothing is lost, and nothing is twice."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from target_groove.delivery.engine import Engine
from tests.faults.killed import VARIABLE
from tests.ledger.desk import TICKET, sent, upserting
from tests.processes import Loader
from tests.runs import records

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from target_groove.sandbox import Sandbox
    from tests.conftest import Run

ROOT = Path(__file__).parents[2]
ONE = {**TICKET, "state": "opened", "tags": ["a"], "assignee": "ada@sandbox.example"}
TWO = {**ONE, "state": "closed", "tags": ["b"], "assignee": "grace@sandbox.example"}
NEW = {**ONE, "priority": "low"}


class Deadly(Loader):
    """The program with a kill point."""

    def command(
        self, config: Mapping[str, Any] | None = None, arguments: Iterable[str] = ()
    ) -> list[str]:
        python, flag, _, *rest = super().command(config, arguments)
        return [python, flag, "tests.faults.killed", *rest]


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Engine, "pause", lambda _self, _seconds: None)


@pytest.fixture
def upsert(run: Run) -> Run:
    """Runs with a ledger in a file."""
    return upserting(run, exclude_attributes=["id"])


def tickets(row: dict[str, Any]) -> list[Any]:
    return records("upsert_ticket", row, keys=["id"])


def kill(run: Run, folder: Path, point: str, row: dict[str, Any]) -> None:
    """Deliver a record by a run that is killed at a point."""
    loader = Deadly(folder, run.config)
    done = loader(tickets(row), environment={VARIABLE: point, "PYTHONPATH": str(ROOT)})
    assert done.exit_code == -signal.SIGKILL, done.stderr


def assert_groove_has(sandbox: Sandbox, row: dict[str, Any]) -> None:
    (made,) = sandbox.things("tickets")
    for name in ("state", "tags", "assignee", "priority"):
        assert made[name] == row.get(name), name


@pytest.mark.parametrize("last", [TWO, ONE], ids=["again", "taken back"])
@pytest.mark.parametrize(
    "point",
    [
        "after leaving:2",
        "after answer:1",
        "after one of several calls:1",
        "after answer:2",
        "before outcome:1",
    ],
)
def test_a_change(
    upsert: Run, sandbox: Sandbox, tmp_path: Path, point: str, last: dict[str, Any]
) -> None:
    upsert({}, tickets(ONE))
    kill(upsert, tmp_path, point, TWO)
    before = len(sandbox.log())
    assert upsert({}, tickets(last)).exit_code == 0
    assert_groove_has(sandbox, last)
    assert "1 unchanged, 0 requests" in upsert({}, tickets(last)).log
    if last is TWO:
        assert len(sandbox.log()) - 1 <= 4, "only the call that was under way is repeated"
    else:
        assert len(sandbox.log()) - before <= before - 1 + 1, "only what may have left is undone"


@pytest.mark.parametrize(
    "point",
    [
        "after leaving:1",
        "after answer:1",
        "after one of several calls:1",
        "after answer:2",
    ],
)
def test_a_create(upsert: Run, sandbox: Sandbox, tmp_path: Path, point: str) -> None:
    kill(upsert, tmp_path, point, NEW)
    changed = {**NEW, "tags": ["b"]}
    assert upsert({}, tickets(changed)).exit_code == 0
    assert_groove_has(sandbox, changed)
    assert [path for _, path, _ in sent(sandbox)].count("/tickets") == 1
    assert "1 unchanged, 0 requests" in upsert({}, tickets(changed)).log
