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


@pytest.mark.parametrize("ids", [(1, 1), (1, 2)], ids=["one record", "one ticket"])
@pytest.mark.parametrize("at_once", [1, 8])
def test_one_that_is_never_sent_comes_behind_those_that_groove_refuses(
    run: Run, sandbox: Sandbox, number: int, ids: tuple[int, int], at_once: int
) -> None:
    states = [
        {"id": key, "ticket_number": number, "state": state}
        for key, state in zip(ids, ("closed", "nonsense"), strict=True)
    ]
    sandbox.configure(latency_ms=50)
    refuse(sandbox, 1)
    loader = upserting(run, max_in_flight=at_once)
    assert loader(DEAD_LETTER, records(STREAM, *states, keys=["id"])).exit_code == 0
    assert [each["state"] for each in letters(run)] == ["closed", "nonsense"]


def test_a_file_that_is_missing_comes_behind_one_that_groove_refuses(
    run: Run, sandbox: Sandbox, tmp_path: Path
) -> None:
    (tmp_path / "there.txt").write_text("x")
    sandbox.configure(latency_ms=50)
    sandbox.faults([{"method": "POST", "times": 1, "action": "status", "status": 422}])
    rows = [{"id": 1, "message_id": 7, "path": each} for each in ("there.txt", "missing.txt")]
    loader = upserting(
        run, max_in_flight=8, attachments_dir=str(tmp_path), uploader_url=sandbox.url
    )
    result = loader(DEAD_LETTER, records("upload_attachment", *rows, keys=["id", "path"]))
    assert result.exit_code == 0, result.problems
    assert [each["path"] for each in letters(run)] == ["there.txt", "missing.txt"]
