"""What was set aside about one Groove object comes back in the order in which it was read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.ledger.desk import DEAD_LETTER, TICKET, bodies, post, upserting
from tests.outputs.letters import plain_reader
from tests.runs import records

if TYPE_CHECKING:
    from target_groove.sandbox import Sandbox
    from tests.conftest import Run

STREAM = "update_ticket_state"


@pytest.fixture
def number(sandbox: Sandbox) -> int:
    """The number of a ticket."""
    answer: int = post(sandbox, "/tickets", TICKET)["ticket"]["number"]
    return answer


def refuse(sandbox: Sandbox, times: int) -> None:
    rule = {"method": "PUT", "times": times, "action": "status", "status": 422}
    sandbox.faults([rule])


def letters(run: Run) -> list[dict[str, Any]]:
    path = Path(run.config["dead_letter_path"])
    return [record for _, record in plain_reader(path)]


def replay(run: Run) -> None:
    path = Path(run.config["dead_letter_path"])
    lines = path.read_bytes().splitlines()
    path.unlink()
    assert run(DEAD_LETTER, lines).exit_code == 0


def test_updates_that_a_refused_one_had_made_void(run: Run, sandbox: Sandbox, number: int) -> None:
    states = [{"id": at, "ticket_number": number, "state": state} for at, state in ENDING_CLOSED]
    loader = upserting(run)
    refuse(sandbox, 1)
    seen = len(sandbox.log())
    assert loader(DEAD_LETTER, records(STREAM, *states, keys=["id"])).exit_code == 0
    assert bodies(sandbox, seen) == [{"state": "closed"}]
    assert [each["id"] for each in letters(run)] == [1, 2, 3]
    seen = len(sandbox.log())
    replay(loader)
    assert [each["state"] for each in bodies(sandbox, seen)] == ["closed", "pending", "closed"]


ENDING_CLOSED = ((1, "closed"), (2, "pending"), (3, "closed"))


@pytest.mark.parametrize("window", [1, 100])
def test_versions_of_one_record(run: Run, sandbox: Sandbox, number: int, window: int) -> None:
    """The second is not taken for older than the first, which was delivered a moment ago."""
    states = [{"id": 1, "ticket_number": number, "state": each} for each in ("closed", "pending")]
    loader = upserting(run, batch_size_rows=window)
    refuse(sandbox, 2)
    assert loader(DEAD_LETTER, records(STREAM, *states, keys=["id"])).exit_code == 0
    assert [each["state"] for each in letters(run)] == ["closed", "pending"]
    sandbox.faults([])
    seen = len(sandbox.log())
    replay(loader)
    assert [each["state"] for each in bodies(sandbox, seen)] == ["closed", "pending"]
    assert not Path(run.config["dead_letter_path"]).exists()


def test_a_version_that_was_delivered_in_between(run: Run, sandbox: Sandbox, number: int) -> None:
    def version(state: str) -> list[dict[str, Any]]:
        return records(STREAM, {"id": 1, "ticket_number": number, "state": state}, keys=["id"])

    loader = upserting(run)
    refuse(sandbox, 1)
    loader(DEAD_LETTER, version("closed"))
    loader(DEAD_LETTER, version("pending"))
    seen = len(sandbox.log())
    replay(loader)
    assert bodies(sandbox, seen) == []
