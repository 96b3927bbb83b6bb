"""Records that the ledger knows as they are: their payloads are not made, and nothing is lost."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from target_groove.ledger.identity import record_digest_behind
from target_groove.payload import Payload, PayloadBuilder
from tests.ledger.desk import KEYED_ECHO, TICKET, bodies, post, sent, upserting
from tests.runs import Result, record, records

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_groove.sandbox import Sandbox
    from tests.conftest import Run

ROUTE = {"stream": "create_ticket", "endpoint": "create_ticket"}


@pytest.fixture
def deliver(run: Run) -> Run:
    """Runs with a ledger in a file."""
    return upserting(run)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The ids of the records of which payloads were made."""
    ids: list[Any] = []
    build = PayloadBuilder.build

    def told(self: PayloadBuilder, record: Mapping[str, Any]) -> Payload:
        ids.append(record.get("id"))
        return build(self, record)

    monkeypatch.setattr(PayloadBuilder, "build", told)
    return ids


def tickets(*rows: dict[str, Any]) -> list[Any]:
    return records("create_ticket", *({**TICKET, **each} for each in rows), keys=["id"])


def made_by(made: list[Any], deliver: Run, settings: dict[str, Any], rows: list[Any]) -> list[Any]:
    """Deliver what is unchanged; give the ids of the records of which payloads were made."""
    made.clear()
    assert_unchanged(deliver(settings, rows), len(rows) - 1)
    return list(made)


def assert_unchanged(result: Result, count: int) -> None:
    assert result.exit_code == 0
    assert f"0 delivered, 0 rejected, {count} unchanged, 0 requests" in result.log


def in_ledger(deliver: Run, statement: str) -> list[Any]:
    path = deliver.config["ledger_url"].removeprefix("sqlite:///")
    with sqlite3.connect(path) as connection:
        return connection.execute(statement).fetchall()


FOUR = tickets(*({"id": each} for each in range(1, 5)))
ALL = [1, 2, 3, 4]


def test_only_the_first_payload_is_made_of_what_is_known(
    run: Run, ledger_url: str, made: list[Any]
) -> None:
    deliver = upserting(run, ledger_url=ledger_url, batch_size_rows=2)
    deliver({}, FOUR)
    # Two windows; what the first record lacks may have to be said.
    assert made_by(made, deliver, {}, FOUR) == [1, 2]
    assert made_by(made, deliver, {"batch_size_rows": 1}, FOUR) == [1]


@pytest.mark.parametrize(
    "settings",
    [
        {"streams": [{**ROUTE, "exclude": ["nothing"]}]},
        {"streams": [{**ROUTE, "defaults": {"body": "-"}}]},
        {"streams": [{**ROUTE, "fields": {each: each for each in TICKET if each != "id"}}]},
        {"exclude_attributes": ["nothing"]},
        {"unknown_fields": "send", "exclude_attributes": ["id"]},
    ],
)
def test_other_settings_have_every_payload_made_once(
    deliver: Run, made: list[Any], settings: dict[str, Any]
) -> None:
    deliver({}, FOUR)
    assert made_by(made, deliver, settings, FOUR) == ALL
    assert made_by(made, deliver, {**settings, "batch_size_rows": 1}, FOUR) == [1]
    assert made_by(made, deliver, {}, FOUR) == ALL


def test_settings_that_change_what_is_sent_have_it_sent(deliver: Run, sandbox: Sandbox) -> None:
    deliver({}, FOUR)
    result = deliver({"exclude_attributes": ["subject"]}, FOUR)
    assert "4 delivered, 0 rejected, 4 requests" in result.log
    assert all("subject" not in each for each in bodies(sandbox, since=4))


def test_another_release_makes_every_payload_once(
    deliver: Run, made: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver({}, FOUR)
    monkeypatch.setattr("target_groove.fingerprint.__version__", "99.0")
    assert made_by(made, deliver, {}, FOUR) == ALL
    monkeypatch.setattr("target_groove.fingerprint.PAYLOADS", 99)
    assert made_by(made, deliver, {}, FOUR) == ALL


def test_entries_of_older_ledgers_are_known_from_the_next_run_on(
    deliver: Run, made: list[Any]
) -> None:
    deliver({}, FOUR)
    in_ledger(deliver, "UPDATE target_groove_entries SET record_hash = NULL")
    assert made_by(made, deliver, {}, FOUR) == ALL
    assert made_by(made, deliver, {"batch_size_rows": 1}, FOUR) == [1]


def test_an_attribute_that_is_not_sent_makes_no_change(
    run: Run, ledger_url: str, made: list[Any]
) -> None:
    deliver = upserting(run, ledger_url=ledger_url)
    deliver({}, tickets(*({"id": each, "seen": 1} for each in ALL)))
    rows = tickets(*({"id": each, "seen": 2} for each in ALL))
    assert made_by(made, deliver, {"batch_size_rows": 1}, rows) == ALL
    assert made_by(made, deliver, {"batch_size_rows": 1}, rows) == [1]


def test_what_is_not_sent_is_said_at_every_run(deliver: Run) -> None:
    rows = tickets({}, {"id": 2}, {"id": 3, "rating": 5}, {"id": 4, "rating": 5})
    for _ in range(2):
        result = deliver({"batch_size_rows": 1}, rows)
        (said,) = (each for each in result.warnings if "no such field" in each)
        assert said == (
            "Stream create_ticket: not sent, create_ticket has no such field: rating "
            "(unknown_fields: send sends all)."
        )


@pytest.mark.parametrize("size", [1, 2, 100])
def test_a_version_behind_another_is_judged_by_what_becomes_of_that(
    deliver: Run, sandbox: Sandbox, size: int
) -> None:
    """The last one is what the ledger has before the run."""
    settings = {"streams": [{**KEYED_ECHO, "url": "/echo/{id}"}], "batch_size_rows": size}
    rows = [{"id": 1, "v": value} for value in (1, 2, 1)]
    deliver(settings, records("s", rows[0], keys=["id"]))
    deliver(settings, records("s", *rows, keys=["id"]))
    assert [each["v"] for each in bodies(sandbox)] == [1, 2, 1]


def test_a_version_behind_one_that_waits_for_its_batch_is_not_unchanged(
    deliver: Run, sandbox: Sandbox
) -> None:
    batch = {"grouping": "array", "size": 10}
    settings = {"streams": [{**KEYED_ECHO, "batch": batch}], "batch_size_rows": 1}
    deliver(settings, records("s", {"id": 1, "v": 1}, {"id": 2, "v": 1}, keys=["id"]))
    rows = [{"id": 2, "v": 1}, {"id": 1, "v": 2}, {"id": 1, "v": 1}]
    result = deliver(settings, records("s", *rows, keys=["id"]))
    assert "2 delivered, 0 rejected, 1 unchanged" in result.log
    assert [[each["v"] for each in body] for body in bodies(sandbox)[-2:]] == [[2], [1]]


def test_what_was_half_delivered_goes_on(deliver: Run, sandbox: Sandbox) -> None:
    """The ledger knows the record as it was; its change got half way."""
    stream = "upsert_ticket"
    first = {**TICKET, "state": "opened", "tags": ["a"]}
    deliver({}, records(stream, first, keys=["id"]))
    number = sandbox.things("tickets")[-1]["number"]
    path = f"/tickets/{number}/tags$"
    sandbox.faults([{"action": "status", "status": 422, "path": path, "times": 1}])
    changed = {**first, "state": "closed", "tags": ["b"]}
    assert deliver({}, records(stream, changed, keys=["id"])).exit_code == 1
    before = len(sent(sandbox))
    result = deliver({}, records(stream, first, keys=["id"]))
    assert "1 delivered" in result.log
    assert len(sent(sandbox)) > before


def test_what_is_forgotten_is_sent_again(deliver: Run) -> None:
    deliver({}, FOUR)
    in_ledger(deliver, "DELETE FROM target_groove_entries WHERE record_key = '[\"3\"]'")
    assert "1 delivered, 0 rejected, 3 unchanged" in deliver({}, FOUR).log


@pytest.mark.parametrize(
    "change",
    [
        "content_hash = '?'",
        "content_hash = '0123456789abcdef0123456789abcdef'",
        "held_because = 'nobody knows', send_hash = content_hash",
        "send_hash = content_hash, left_at = 1, begun_at = 1",
    ],
)
def test_an_entry_that_is_not_settled_is_not_known(
    deliver: Run, made: list[Any], change: str
) -> None:
    rows = tickets({}, {"id": 2})
    deliver({}, rows)
    in_ledger(deliver, f"UPDATE target_groove_entries SET {change} WHERE record_key = '[\"2\"]'")
    made.clear()
    deliver({"batch_size_rows": 1, "on_error": "dead_letter"}, rows)
    assert made == [1, 2]


@pytest.mark.parametrize(
    "text, expected",
    [
        ("{{ subject | upcase }}", [1]),
        ("{{ record['now'] }}{{ subject }}", [1]),
        ("{{ now }}", ALL),
        ("{% if today %}{{ subject }}{% endif %}", ALL),
        ("{{ 'now' | date: '%Y-%m-%d' }}", ALL),
        ("{{ subject | date: '%Y' }}", ALL),
        ("{{ [subject] }}", ALL),
    ],
)
def test_templates_that_look_at_the_clock_are_rendered_each_time(
    deliver: Run, made: list[Any], text: str, expected: list[int]
) -> None:
    fields = {"body": "body", "from": "from", "to": "to", "subject": text}
    settings = {"streams": [{**ROUTE, "fields": fields}], "batch_size_rows": 1}
    rows = tickets(*({"id": each, "subject": "now"} for each in ALL))
    deliver(settings, rows)
    made.clear()
    assert deliver(settings, rows).exit_code == 0
    assert made == expected


@pytest.mark.parametrize("settings", [{"load_method": "append-only"}, {"ledger_url": "none"}])
def test_where_every_record_is_sent_none_is_known(
    deliver: Run, sandbox: Sandbox, settings: dict[str, Any]
) -> None:
    for _ in range(2):
        deliver(settings, FOUR)
    assert len(sandbox.log()) == 8


def test_a_list_that_replaces_is_one_thing_whose_records_are_not_known(
    deliver: Run, sandbox: Sandbox, made: list[Any]
) -> None:
    number = post(sandbox, "/tickets", TICKET)["ticket"]["number"]
    batch = {"grouping": "grouped", "group_by": ["ticket_number"], "collect": "tag"}
    route = {"stream": "t", "endpoint": "replace_ticket_tags", "batch": batch}
    rows = [{"id": each, "ticket_number": number, "tag": f"t{each}"} for each in range(3)]
    for rest in (rows, rows, rows[:2]):
        deliver({"streams": [route]}, records("t", *rest, keys=["id"]))
    assert len(made) == 8
    assert [each["tags"] for each in bodies(sandbox)[1:]] == [["t0", "t1", "t2"], ["t0", "t1"]]


def test_a_file_that_changed_is_sent_though_its_record_did_not(
    deliver: Run, sandbox: Sandbox, tmp_path: Path
) -> None:
    post(sandbox, "/tickets", TICKET)
    path, message = tmp_path / "a.txt", sandbox.things("messages")[0]["id"]
    row = {"message_id": message, "filename": "a.txt", "path": "a.txt"}
    rows = records("upload_attachment", row, keys=["message_id"])
    for text in ("one", "one", "four"):
        path.write_text(text)
        deliver({"attachments_dir": str(tmp_path)}, rows)
    assert [each["size"] for each in sandbox.things("attachments")] == [3, 4]


@pytest.mark.parametrize("spelling", [b"10", b"1e1", b"10.0"])
def test_a_number_in_another_spelling_is_looked_at_closely(
    deliver: Run, sandbox: Sandbox, made: list[Any], spelling: bytes
) -> None:
    line = json.dumps(record("s", {"id": 1, "n": 7})).encode()
    settings = {"streams": [KEYED_ECHO], "batch_size_rows": 1}
    for number in (b"10", spelling):
        rows = records("s", {"id": 0, "n": 1}, keys=["id"])
        deliver(settings, [*rows, line.replace(b"7", number)])
    assert made == [0, 1, 0, *([] if spelling == b"10" else [1])]
    assert len(sandbox.log()) == 2


def test_metadata_of_the_tap_is_no_part_of_a_record(deliver: Run, made: list[Any]) -> None:
    settings = {"batch_size_rows": 1}
    for moment in ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"):
        made.clear()
        rows = tickets(*({"id": each, "_sdc_extracted_at": moment} for each in ALL))
        deliver(settings, [{**each, "time_extracted": moment} for each in rows])
    assert made == [1]


def test_what_the_sdk_adds_to_each_record_is_not_remembered(deliver: Run, made: list[Any]) -> None:
    settings = {"add_record_metadata": True, "batch_size_rows": 1}
    deliver(settings, FOUR)
    assert made_by(made, deliver, settings, FOUR) == ALL
    kept = in_ledger(deliver, "SELECT DISTINCT record_hash FROM target_groove_entries")
    assert kept == [(None,)]


def test_a_record_nested_beyond_measure_is_not_known() -> None:
    nested: Any = []
    for _ in range(5000):
        nested = [nested]
    assert record_digest_behind("f")("c", {"n": nested}) == ""
