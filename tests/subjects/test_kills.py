"""Runs with contacts, killed or asked to end at several moments: nobody is lost, and none twice."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.faults.killed import VARIABLE
from tests.ledger.desk import upserting
from tests.ledger.test_upsert_pair_kills import Deadly
from tests.processes import Loader, eventually
from tests.runs import state
from tests.subjects.runs import assert_once_each, people, person, values

if TYPE_CHECKING:
    from target_groove.sandbox import Sandbox
    from tests.conftest import Run

ROOT = str(Path(__file__).parents[2])
EMAILS = [person(each)["email"] for each in range(60)]


@pytest.fixture
def upsert(run: Run) -> Run:
    """Runs as they are without settings, with several requests at once."""
    return upserting(run, max_in_flight=8)


@pytest.mark.parametrize(
    "point",
    [
        "after intent:1",
        "before leaving:1",
        "after leaving:2",
        "after answer:4",
        "after answer:6",
        "before outcome:1",
        "after outcome:2",
        "before STATE:1",
    ],
)
def test_a_killed_run_is_gone_on_with(
    upsert: Run, sandbox: Sandbox, tmp_path: Path, point: str
) -> None:
    loader = Deadly(tmp_path, upsert.config)
    messages = [*people(60), state(1)]
    done = loader(messages, environment={VARIABLE: point, "PYTHONPATH": ROOT})
    assert done.exit_code == -signal.SIGKILL, done.stderr
    changed = people(60, changed=range(0, 60, 3))
    assert upsert({}, changed).exit_code == 0
    assert_once_each(sandbox, EMAILS)
    assert values(sandbox, "contact_first_name").count("New") == 20
    assert "60 unchanged, 0 requests" in upsert({}, changed).log


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_what_is_in_flight_end(
    upsert: Run, sandbox: Sandbox, tmp_path: Path, number: signal.Signals
) -> None:
    sandbox.configure(latency_ms=100)
    loader = Loader(tmp_path, upsert.config)
    with loader.start(environment={"PYTHONPATH": ROOT}) as live:
        live.send(*people(60), state(1))
        eventually(lambda: sandbox.things("contacts") or len(sandbox.log()) > 2)
        live.signal(number)
        assert live.ended().exit_code == 128 + number
    sandbox.configure(latency_ms=0)
    assert upsert({}, people(60)).exit_code == 0
    assert_once_each(sandbox, EMAILS)
    assert "60 unchanged, 0 requests" in upsert({}, people(60)).log
