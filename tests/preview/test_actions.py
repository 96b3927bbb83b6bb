"""What becomes of each record: against the ledger, and against the records before it."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from target_groove.errors import InputError
from target_groove.outputs.dead_letters import UNREADABLE_STREAM
from tests.runs import records, schema

if TYPE_CHECKING:
    from target_groove.sandbox import Sandbox
    from tests.conftest import Run
    from tests.preview.conftest import Preview

UPSERT = {"load_method": "upsert"}
ONE_BY_ONE = {**UPSERT, "batch_size_rows": 1}
"""Versions of a record in one window become one."""
TICKET = {"body": "Hi", "from": "kim@example.org", "to": "support@sandbox.example"}


def ticket(number: int, **more: Any) -> dict[str, Any]:
    return {"id": number, **TICKET, "state": "opened", "tags": ["a"], **more}


def tickets(*rows: dict[str, Any], stream: str = "upsert_ticket") -> list[Any]:
    return records(stream, *rows, keys=["id"])


def calls(lines: list[dict[str, Any]]) -> list[str]:
    return [f"{each['method']} {each['url'].partition('/v1')[2]}" for each in lines]


def files(folder: Path) -> dict[str, str]:
    return {
        each.name: hashlib.sha256(each.read_bytes()).hexdigest()
        for each in folder.iterdir()
        if each.is_file()
    }


def test_against_the_ledger_there_are_new_changed_and_unchanged_records(
    preview: Preview, run: Run, sandbox: Sandbox
) -> None:
    assert run(UPSERT, tickets(ticket(1), ticket(2))).exit_code == 0
    sent = len(sandbox.log())
    lines = preview(UPSERT, tickets(ticket(1), ticket(2, state="closed", tags=["b"]), ticket(3)))
    assert [each["action"] for each in lines] == [
        "unchanged",
        "update: state, tags",
        "update: state, tags",
        "create",
    ]
    assert lines[0] == {
        "stream": "upsert_ticket",
        "endpoint": "upsert_ticket",
        "method": None,
        "url": None,
        "headers": {},
        "body": None,
        "records": [{"place": "line 2", "key": "id=1"}],
        "action": "unchanged",
        "problems": [],
    }
    assert calls(lines[1:]) == ["PUT /tickets/2/state", "PUT /tickets/2/tags", "POST /tickets"]
    assert [each["body"] for each in lines[1:3]] == [{"state": "closed"}, {"tags": ["b"]}]
    assert len(sandbox.log()) == sent


def test_the_ledger_is_left_as_it_is(preview: Preview, run: Run, tmp_path: Path) -> None:
    run(UPSERT, tickets(ticket(1)))
    before = files(tmp_path)
    preview(UPSERT, tickets(ticket(1, state="closed"), ticket(2)))
    after = files(tmp_path)
    # An empty log of SQLite's may stay, as after `ledger status`.
    assert {name: each for name, each in after.items() if name in before} == before
    assert after.keys() - before.keys() <= {"ledger.db-wal", "ledger.db-shm"}
    again = preview(UPSERT, tickets(ticket(1, state="closed"), ticket(2)))
    assert [each["action"] for each in again] == ["update: state", "create"]


def test_where_there_is_no_ledger_none_is_made(preview: Preview, tmp_path: Path) -> None:
    assert [each["action"] for each in preview(UPSERT, tickets(ticket(1)))] == ["create"]
    assert files(tmp_path) == {}


def test_without_a_ledger_every_record_is_sent(preview: Preview) -> None:
    settings = {**ONE_BY_ONE, "ledger_url": "none"}
    lines = preview(settings, tickets(ticket(1), ticket(1)))
    assert [each["action"] for each in lines] == ["create", "create"]


def test_a_later_version_goes_to_what_the_earlier_one_will_make(preview: Preview) -> None:
    lines = preview(ONE_BY_ONE, tickets(ticket(1), ticket(1), ticket(1, state="closed")))
    assert [each["action"] for each in lines] == ["create", "unchanged", "update: state"]
    number = "<number of the ticket of line 2>"
    assert lines[2]["url"].endswith(f"/tickets/{number}/state")


def test_what_cannot_be_changed_any_more_is_rejected_with_a_readable_placeholder(
    preview: Preview,
) -> None:
    rows = [{"id": 1, "knowledge_base_id": each, "title": "A"} for each in ("7", "8")]
    lines = preview(ONE_BY_ONE, records("upsert_article", *rows, keys=["id"]))
    assert [each["action"] for each in lines] == ["create", "rejected"]
    assert "another one (<id of the article of line 2>)" in lines[1]["problems"][0]


def test_a_record_that_a_later_one_makes_void_is_merged(preview: Preview) -> None:
    rows = [
        {"id": n, "ticket_number": 1, "state": each} for n, each in ((1, "opened"), (2, "spam"))
    ]
    lines = preview(UPSERT, records("update_ticket_state", *rows, keys=["id"]))
    assert [(each["action"], each["records"][0]["key"]) for each in lines] == [
        ("update: state", "id=2"),
        ("merged", "id=1"),
    ]


def test_a_record_without_a_key_that_a_dead_run_delivered_is_unchanged(
    preview: Preview, run: Run, sandbox: Sandbox
) -> None:
    sandbox.faults([{"action": "status", "status": 422, "body": "second"}])
    rows = records("create_ticket", TICKET, {**TICKET, "body": "second"})
    assert run({}, rows).exit_code == 1
    assert [each["action"] for each in preview({}, rows)] == ["unchanged", "create"]


def test_problems_stand_beside_the_record_that_has_them(
    preview: Preview, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "target-groove")
    lines = preview(
        UPSERT,
        tickets(
            {"id": 1, "body": "Hi", "to": "a@b.org"},
            ticket(2, state="bogus"),
            ticket(3, agent_id=7),
        ),
    )
    assert [each["action"] for each in lines] == ["rejected", "rejected", "look_up", "create"]
    assert lines[0]["problems"] == ["from: is missing"]
    assert lines[1]["problems"][0].startswith("state: 'bogus' is none of unread")
    assert lines[2]["url"].endswith("/agents?page=1&per_page=50")
    assert lines[3]["body"]["assignee"] == "<email of agents 7>"
    assert lines[3]["problems"] == ["assignee: <email of agents 7> is looked up in Groove"]
    stops = [each.message for each in caplog.records if "a run stops here" in each.message]
    assert stops == [
        "on_error is fail: a run stops here, line 2, stream upsert_ticket, record id=1."
    ]
    assert "2 requests for 1 record, 2 rejected; nothing was sent" in caplog.text


def test_names_are_asked_for_once(preview: Preview) -> None:
    lines = preview(UPSERT, tickets(ticket(1, agent_id=7), ticket(2, agent_id=8)))
    assert [each["method"] for each in lines] == ["GET", "POST", "POST"]


def test_a_record_that_does_not_fit_its_schema_is_rejected(preview: Preview) -> None:
    messages = records("create_ticket", {**TICKET, "body": 7}, keys=[])
    messages[0] = schema("create_ticket", properties={"body": {"type": "string"}})
    (line,) = preview({}, messages)
    assert line["action"] == "rejected"
    assert "does not fit its schema" in line["problems"][0]


def test_a_line_that_cannot_be_read_ends_the_preview_as_it_ends_a_run(preview: Preview) -> None:
    with pytest.raises(InputError, match="Line 3: not valid JSON"):
        preview({}, [*tickets(ticket(1)), b"{oops", *tickets(ticket(2))])


def test_a_line_that_cannot_be_read_is_a_line_where_a_run_would_set_it_aside(
    preview: Preview, tmp_path: Path
) -> None:
    lines = preview({"on_error": "dead_letter"}, [*tickets(ticket(1)), b"{oops"])
    assert [each["action"] for each in lines] == ["create", "rejected"]
    assert lines[1]["stream"] == UNREADABLE_STREAM
    assert files(tmp_path) == {}


def test_a_stream_without_a_route_is_named_once(
    preview: Preview, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "target-groove")
    assert preview({}, records("elsewhere", {"a": 1}, {"a": 2})) == []
    assert caplog.text.count("Stream elsewhere has no route") == 1
    assert "0 requests for 0 records, 2 skipped" in caplog.text


def test_dead_letters_are_previewed_and_stay_where_they_are(
    preview: Preview, run: Run, sandbox: Sandbox
) -> None:
    sandbox.faults([{"action": "status", "status": 422}])
    settings = {**UPSERT, "on_error": "dead_letter", "max_record_bytes": 1000}
    path = Path(run.config["dead_letter_path"])
    run(settings, tickets(ticket(1, subject="x" * 500)))
    before = path.read_bytes()
    with path.open("rb") as letters:
        lines = preview(settings, letters)
    assert [each["action"] for each in lines] == ["create"]
    assert path.read_bytes() == before


def test_the_limit_ends_it(preview: Preview) -> None:
    assert len(preview({}, tickets(*(ticket(n) for n in range(9))), 3)) == 3


def test_files_are_named_and_measured(preview: Preview) -> None:
    row = {"message_id": "7", "filename": "a.txt", "content": "aGVsbG8="}
    (line,) = preview({}, records("upload_attachment", row))
    assert line["body"] == {"filename": "a.txt", "content_type": "text/plain", "bytes": 5}


def test_secrets_of_the_route_are_masked(preview: Preview) -> None:
    route = {
        "stream": "s",
        "endpoint": "custom",
        "method": "POST",
        "url": "/echo/x",
        "headers": {"X-Api-Key": "k-2", "X-Source": "meltano"},
    }
    (line,) = preview({"streams": [route]}, records("s", {"a": 1}))
    assert line["headers"]["X-Api-Key"] == "***"
    assert line["headers"]["X-Source"] == "meltano"
    assert line["headers"]["Authorization"] == "Bearer ***"


@pytest.mark.parametrize(
    "method,action",
    [
        ("GET", "look_up"),
        ("DELETE", "delete"),
        ("POST", "create"),
        ("PUT", "update: a"),
        ("PATCH", "update: a"),
    ],
)
def test_the_action_of_a_custom_endpoint_is_that_of_its_method(
    preview: Preview, method: str, action: str
) -> None:
    route = {"stream": "s", "endpoint": "custom", "method": method, "url": "/echo/x"}
    assert preview({"streams": [route]}, records("s", {"a": 1}))[0]["action"] == action
