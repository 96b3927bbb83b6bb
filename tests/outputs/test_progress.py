"""How far a run has come, once a minute and at its end."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from target_groove.outputs.progress import SECONDS_BETWEEN, Progress
from target_groove.outputs.summary import Summary
from tests.runs import records

if TYPE_CHECKING:
    from tests.conftest import Run

TICKET = {"body": "x", "from": "kim@example.org", "to": "support@sandbox.example"}


def test_nothing_is_said_twice_in_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    now = 0.0
    progress = Progress(
        Summary(), dead_letter_path=Path("x"), logger=logging.getLogger("t"), clock=lambda: now
    )
    for second in range(int(2.5 * SECONDS_BETWEEN)):
        now = float(second)
        progress.say_if_due()
    assert [each.message for each in caplog.records] == [
        "So far: 0 delivered, 0 rejected, 0 requests."
    ] * 2


def test_a_run_that_stops_says_how_far_it_came(run: Run) -> None:
    bad = {**TICKET, "state": "odd"}
    result = run({}, records("create_ticket", TICKET, TICKET, bad))
    assert result.exit_code == 1
    assert "Stopped: 2 delivered, 1 rejected, 2 requests" in result.log


def test_the_last_line_of_a_run_counts_and_names_what_was_set_aside(run: Run) -> None:
    bad = {**TICKET, "state": "odd"}
    result = run({"on_error": "dead_letter"}, records("create_ticket", TICKET, bad))
    assert result.log.splitlines()[-1].startswith("Done: 1 delivered, 1 rejected, 1 requests")
    assert run.config["dead_letter_path"] in result.log.splitlines()[-1]


@pytest.mark.parametrize("rows", [0, 3])
def test_a_run_that_goes_through_says_done(run: Run, rows: int) -> None:
    result = run({}, records("create_ticket", *[TICKET] * rows))
    assert f"Done: {rows} delivered" in result.log
