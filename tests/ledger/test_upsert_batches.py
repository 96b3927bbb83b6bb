"""Records that share a request, and lists that are one thing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.ledger.desk import (
    DEAD_LETTER,
    KEYED_ECHO,
    TICKET,
    bodies,
    dead_letters,
    post,
    replayed,
    upserting,
)
from tests.runs import record, records, schema

if TYPE_CHECKING:
    from target_groove.sandbox import Sandbox
    from tests.conftest import Run

ADA, GRACE, ALAN = (f"{name}@sandbox.example" for name in ("ada", "grace", "alan"))
MEMBERS = {
    "stream": "members",
    "endpoint": "update_group",
    "batch": {"grouping": "grouped", "group_by": ["group_id"], "collect": "email"},
}


@pytest.fixture
def deliver(run: Run, ledger_url: str) -> Run:
    """Runs with each kind of ledger."""
    return upserting(run, ledger_url=ledger_url)


@pytest.fixture
def upsert(run: Run) -> Run:
    """Runs with a ledger in a file."""
    return upserting(run)


def batched(**batch: Any) -> dict[str, Any]:
    return {"streams": [{**KEYED_ECHO, "batch": batch}]}


def rows(*versions: str) -> list[Any]:
    """Records `1A`, `2B`: a key and a version."""
    values = ({"id": int(each[0]), "g": "g", "v": each[1]} for each in versions)
    return records("s", *values, keys=["id"])


@pytest.mark.parametrize(
    "batch,body",
    [
        ({"grouping": "array"}, [{"id": 2, "g": "g", "v": "B"}]),
        ({"grouping": "wrapped", "key": "all"}, {"all": [{"id": 2, "g": "g", "v": "B"}]}),
        ({"grouping": "keyed", "key_field": "id"}, {"2": {"id": 2, "g": "g", "v": "B"}}),
        ({"grouping": "merged", "group_by": ["g"]}, {"id": 2, "g": "g", "v": "B"}),
        (
            {"grouping": "grouped", "group_by": ["g"], "key": "vs", "collect": "v"},
            {"g": "g", "vs": ["B"]},
        ),
    ],
)
def test_a_batch_leaves_out_what_is_unchanged(
    deliver: Run, sandbox: Sandbox, batch: dict[str, Any], body: Any
) -> None:
    deliver(batched(**batch), rows("1A", "2A", "3A"))
    result = deliver(batched(**batch), rows("1A", "2B", "3A"))
    assert "1 delivered, 0 rejected, 2 unchanged, 1 request" in result.log
    assert bodies(sandbox)[1:] == [body]
    assert "3 unchanged, 0 requests" in deliver(batched(**batch), rows("1A", "2B", "3A")).log


def test_a_batch_may_fill_over_unchanged_records(upsert: Run, sandbox: Sandbox) -> None:
    upsert(batched(grouping="array"), rows("2A"))
    upsert(batched(grouping="array", size=2), rows("1A", "2A", "3A", "4A"))
    assert [[each["id"] for each in body] for body in bodies(sandbox)] == [[2], [1, 3], [4]]


def test_a_refused_batch_is_sent_again_whole(deliver: Run, sandbox: Sandbox) -> None:
    sandbox.faults([{"times": 1, "action": "status", "status": 422}])
    settings = {**batched(grouping="array"), **DEAD_LETTER}
    assert "0 delivered, 2 rejected" in deliver(settings, rows("1A", "2A")).log
    assert "2 delivered" in deliver(settings, rows("1A", "2A")).log
    assert "2 unchanged" in deliver(settings, rows("1A", "2A")).log


def test_equal_rows_of_one_key_are_one_in_a_batch(deliver: Run, sandbox: Sandbox) -> None:
    result = deliver(batched(grouping="array"), rows("1A", "1A", "2A"))
    assert [[each["id"] for each in body] for body in bodies(sandbox)] in ([[1, 2]], [[1], [2]])
    assert "2 delivered, 0 rejected, 1 unchanged" in result.log


def test_of_two_versions_in_a_batch_the_later_one_is_known(deliver: Run, sandbox: Sandbox) -> None:
    deliver(batched(grouping="array"), rows("1A", "1B"))
    assert [each["v"] for body in bodies(sandbox) for each in body] == ["A", "B"]
    assert "1 unchanged, 0 requests" in deliver(batched(grouping="array"), rows("1B")).log
    assert "1 delivered" in deliver(batched(grouping="array"), rows("1A")).log


def test_versions_in_a_merged_batch(deliver: Run, sandbox: Sandbox) -> None:
    deliver(batched(grouping="merged", group_by=["id"]), rows("1A", "2A", "1B"))
    merged = {each["id"]: each["v"] for each in bodies(sandbox)}
    assert merged == {1: "B", 2: "A"}


@pytest.mark.parametrize(
    "batch",
    [
        {"grouping": "array", "size": 1},
        {"grouping": "array", "size": 2},
        {"grouping": "keyed", "key_field": "id"},
    ],
)
def test_versions_that_fall_into_two_requests_of_one_window(
    deliver: Run, batch: dict[str, Any]
) -> None:
    result = deliver(batched(**batch), rows("1A", "1B", "1C"))
    assert result.problems == []
    assert "3 delivered" in result.log
    assert "1 unchanged" in deliver(batched(**batch), rows("1C")).log


# Lists that replace


def members(sandbox: Sandbox, *emails: str) -> list[Any]:
    group = sandbox.things("groups")[0]["id"]
    keys = ["group_id", "email"]
    return records("members", *({"group_id": group, "email": each} for each in emails), keys=keys)


def test_a_list_is_one_thing(deliver: Run, sandbox: Sandbox) -> None:
    settings = {"streams": [MEMBERS]}
    assert "2 delivered" in deliver(settings, members(sandbox, ADA, GRACE)).log
    assert "2 unchanged, 0 requests" in deliver(settings, members(sandbox, ADA, GRACE)).log
    assert "3 delivered" in deliver(settings, members(sandbox, ADA, GRACE, ALAN)).log
    assert "1 delivered" in deliver(settings, members(sandbox, GRACE)).log
    assert bodies(sandbox) == [
        {"agents": [ADA, GRACE]},
        {"agents": [ADA, GRACE, ALAN]},
        {"agents": [GRACE]},
    ]


def test_each_list_is_a_thing_of_its_own(upsert: Run, sandbox: Sandbox) -> None:
    one, two = (each["id"] for each in sandbox.things("groups"))
    keys = ["group_id", "email"]

    def both(email: str) -> list[Any]:
        values = [{"group_id": one, "email": ADA}, {"group_id": two, "email": email}]
        return records("members", *values, keys=keys)

    upsert({"streams": [MEMBERS]}, both(ADA))
    upsert({"streams": [MEMBERS]}, both(GRACE))
    paths = [each["path"].rpartition("/")[2] for each in sandbox.log()]
    assert paths == [one, two, two]


def test_a_list_is_longer_than_a_window(upsert: Run, sandbox: Sandbox) -> None:
    settings = {"streams": [MEMBERS], "batch_size_rows": 2}
    for _ in range(2):
        upsert(settings, members(sandbox, ADA, GRACE, ALAN))
    assert bodies(sandbox) == [{"agents": [ADA, GRACE, ALAN]}]


def test_a_list_without_a_key_is_sent_each_time(upsert: Run, sandbox: Sandbox) -> None:
    messages = members(sandbox, ADA)
    messages[0]["key_properties"] = []
    for _ in range(2):
        assert "Stream members has no key" in upsert({"streams": [MEMBERS]}, messages).log
    assert len(sandbox.log()) == 2


def test_the_tags_of_a_ticket(deliver: Run, sandbox: Sandbox) -> None:
    deliver({}, records("create_ticket", TICKET, keys=["id"]))
    number = sandbox.things("tickets")[0]["number"]
    route = {
        "stream": "labels",
        "batch": {"grouping": "grouped", "group_by": ["ticket_number"], "collect": "tag"},
    }
    for endpoint in ("replace_ticket_tags", "add_ticket_tags"):
        before = len(sandbox.log())
        for tags in (["a", "b"], ["a", "b"], ["a", "b", "c"]):
            values = [{"ticket_number": number, "tag": each} for each in tags]
            messages = records("labels", *values, keys=["ticket_number", "tag"])
            deliver({"streams": [{**route, "endpoint": endpoint}]}, messages)
        last = ["a", "b", "c"] if endpoint == "replace_ticket_tags" else ["c"]
        assert bodies(sandbox, before) == [{"tags": ["a", "b"]}, {"tags": last}]


def test_a_refused_list_is_sent_again_whole(upsert: Run, sandbox: Sandbox) -> None:
    sandbox.faults([{"times": 1, "action": "status", "status": 422}])
    settings = {"streams": [MEMBERS], **DEAD_LETTER}
    for _ in range(3):
        upsert(settings, members(sandbox, ADA, GRACE))
    assert bodies(sandbox) == [{"agents": [ADA, GRACE]}] * 2


@pytest.mark.xfail(strict=True, reason="a limit, see docs/promises/never-twice.md")
def test_a_list_in_two_pieces_costs_nothing_the_second_time(upsert: Run, sandbox: Sandbox) -> None:
    group = sandbox.things("groups")[0]["id"]
    messages = [
        schema("members", ["group_id", "email"]),
        schema("s", ["id"]),
        record("members", {"group_id": group, "email": ADA}),
        record("s", {"id": 1}),
        record("members", {"group_id": group, "email": GRACE}),
    ]
    settings = {"streams": [MEMBERS, KEYED_ECHO]}
    upsert(settings, messages)
    before = len(sandbox.log())
    upsert(settings, messages)
    assert bodies(sandbox, before) == []


@pytest.mark.parametrize("load_method", ["upsert", "append-only"])
def test_a_file_that_was_refused_among_others_can_be_sent_again(
    deliver: Run, sandbox: Sandbox, load_method: str
) -> None:
    post(sandbox, "/tickets", TICKET)
    message = sandbox.things("messages")[0]["id"]
    said = [{"success": True, "id": 1}, {"success": False, "errors": ["too big"]}]
    refusal = {"action": "status", "status": 200, "body_text": json.dumps({"attachments": said})}
    sandbox.faults([{"path": "attachments", "times": 1, **refusal}])
    route = {
        "stream": "files",
        "endpoint": "upload_attachment",
        "batch": {"grouping": "grouped"},
        "load_method": load_method,
        **DEAD_LETTER,
    }
    files = [
        {"id": each, "message_id": message, "filename": f"{each}.txt", "content": "eA=="}
        for each in (1, 2)
    ]
    settings = {"streams": [route], "uploader_url": sandbox.url}
    result = deliver(settings, records("files", *files, keys=["id"]))
    assert "1 delivered, 1 rejected, 1 request" in result.log
    assert "1 delivered, 0 rejected, 1 request" in replayed(deliver, settings)
    assert dead_letters(deliver) == []
    (there,) = sandbox.things("attachments")
    assert there["filename"] == "2.txt"
