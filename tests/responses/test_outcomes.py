"""Each request of a run is told once, with the outcome that Groove's own log confirms."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import jsonschema

from target_groove.sandbox import Sandbox
from tests.conftest import Run
from tests.responses.conftest import TICKETS, entries, messages_in, told_in
from tests.runs import records

SENSELESS = {"Retry-After": "1"}
STATES = {"stream": "states", "endpoint": "update_ticket_state"}
ECHO = {"stream": "echo*", "endpoint": "custom", "method": "POST", "url": "/echo/{place}"}
LISTS = {
    "stream": "lists",
    "endpoint": "custom",
    "method": "PUT",
    "url": "/echo/list",
    "batch": {"grouping": "array", "size": 3},
}


def test_a_run_with_faults(run: Run, sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.faults(
        [
            # Busy at first; lost after it was done; refused; failed each time.
            {
                "action": "status",
                "status": 503,
                "headers": SENSELESS,
                "body": "Entry 2.",
                "times": 1,
            },
            {"action": "reset_after", "body": "Entry 3.", "times": 1},
            {"action": "status", "status": 422, "body": "Entry 4.", "body_text": '{"error": "no"}'},
            {"action": "reset_after", "path": "/echo/lost"},
            {"action": "status", "status": 500, "path": "/tickets/2/state"},
        ]
    )
    messages = [
        *entries(1, 2, 3, 4, 5),
        *records(
            "states",
            {"ticket_number": 1, "state": "closed"},
            {"ticket_number": 2, "state": "closed"},
            {"ticket_number": 777, "state": "closed"},
            keys=["ticket_number"],
        ),
        *records("echo", {"place": "lost"}, {"place": "kept"}, keys=["place"]),
        *records("lists", *({"id": each} for each in range(4)), keys=["id"]),
    ]
    path = tmp_path / "responses.jsonl"
    settings = {
        "load_method": "upsert",
        "streams": [TICKETS, STATES, ECHO, LISTS],
        "on_error": "dead_letter",
        "max_attempts": 2,
        "responses_path": str(path),
    }

    result = run(settings, messages)

    assert result.exit_code == 0, result.log
    told = told_in(path)
    seen = {(each["stream"], each["record_key"]): each for each in told}
    assert len(seen) == len(told)
    short = {
        name: (each["action"], each["status_code"], each["resource_id"], each["attempts"])
        for name, each in seen.items()
    }
    numbers = {each["body"]: str(each["ticket_number"]) for each in sandbox.things("messages")}
    assert short == {
        ("entries", "1"): ("created", 201, numbers["Entry 1."], 1),
        ("entries", "2"): ("created", 201, numbers["Entry 2."], 2),
        ("entries", "3"): ("created", None, numbers["Entry 3."], 1),
        ("entries", "4"): ("rejected", 422, None, 1),
        ("entries", "5"): ("created", 201, numbers["Entry 5."], 1),
        ("states", "1"): ("updated", 204, "1", 1),
        ("states", "2"): ("rejected", 500, "2", 2),
        ("states", "777"): ("rejected", 404, "777", 1),
        ("echo", "lost"): ("in_doubt", None, None, 1),
        ("echo", "kept"): ("created", 200, None, 1),
        ("lists", '["0","1","2"]'): ("updated", 200, None, 1),
        ("lists", "3"): ("updated", 200, None, 1),
    }
    writes = [each for each in sandbox.log() if each["method"] != "GET"]
    calls = Counter((each["method"], each["path"]) for each in writes)
    counted = Counter[tuple[str, str]]()
    for each in told:
        counted[each["method"], urlsplit(each["url"]).path] += each["attempts"]
    assert counted == calls
    assert seen["lists", '["0","1","2"]']["records_in_request"] == 3
    assert seen["entries", "4"]["error"] == "Groove answered 422: no"


def test_what_is_told_fits_its_schema_and_holds_no_token(
    run: Run, sandbox: Sandbox, tmp_path: Path
) -> None:
    path = tmp_path / "responses.jsonl"
    answer = {"id": 5, "access_token": "secret-1", "list": [{"secret": "secret-2"}, sandbox.token]}
    rule = {"action": "status", "status": 200, "path": "/echo", "body_text": json.dumps(answer)}
    sandbox.faults([rule])

    result = run({"streams": [ECHO], "responses_path": str(path)}, records("echo", {"place": "x"}))

    assert result.exit_code == 0, result.log
    schema, told = messages_in(path.read_bytes().splitlines())
    assert (schema["type"], schema["stream"]) == ("SCHEMA", "groove_responses")
    assert schema["key_properties"] == ["response_id"]
    assert list(schema["schema"]["properties"]) == list(told["record"])
    jsonschema.validate(told["record"], schema["schema"])
    text = json.dumps(told)
    for secret in (sandbox.token, "secret-1", "secret-2"):
        assert secret not in text
    assert told["record"]["body"] == {
        "id": 5,
        "access_token": "***",
        "list": [{"secret": "***"}, "***"],
    }
    assert told["record"]["record_key"] is None


def test_each_call_of_a_delivery_is_told(run: Run, sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "responses.jsonl"
    (base, *_) = sandbox.things("knowledge_bases")
    article = {"id": 1, "kb_id": base["id"], "title": "A", "body": "B", "state": "published"}
    group = {"id": 1, "name": "Returns"}
    settings = {
        "load_method": "upsert",
        "streams": [
            {"stream": "articles", "endpoint": "create_article"},
            {"stream": "groups", "endpoint": "upsert_group"},
        ],
        "responses_path": str(path),
    }
    messages = [
        *records("articles", article, keys=["id"]),
        *records("groups", group, keys=["id"]),
    ]

    assert run(settings, messages).exit_code == 0
    changed = [*records("groups", {**group, "name": "Refunds"}, keys=["id"])]
    assert run(settings, [*messages[:2], *changed]).exit_code == 0

    told = told_in(path)
    assert [(each["endpoint"], each["action"], each["method"]) for each in told] == [
        ("create_article", "created", "POST"),
        ("create_article", "updated", "PUT"),
        ("upsert_group", "created", "POST"),
        ("update_group", "updated", "PUT"),
    ]
    assert len({each["resource_id"] for each in told}) == 2
    assert len({each["run_id"] for each in told}) == 2


def test_documents_about_contacts_are_told(run: Run, sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "responses.jsonl"
    contacts = [{"id": each, "email": f"c{each}@customers.example"} for each in range(3)]
    settings = {
        "load_method": "upsert",
        "streams": [{"stream": "contacts", "endpoint": "upsert_contact"}],
        "responses_path": str(path),
    }

    result = run(settings, records("contacts", *contacts, keys=["id"]))

    assert result.exit_code == 0, result.log
    changes = [
        each
        for each in sandbox.log()
        if "contactCreate" in str((each.get("graphql") or {}).get("operations"))
    ]
    told = told_in(path)
    assert len(told) == len(changes) == 1
    assert told[0]["action"] == "upserted"
    assert told[0]["resource_type"] == "contact"
    assert told[0]["records_in_request"] == 3


def test_the_end_of_a_run_is_told_too(run: Run, sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.faults([{"action": "status", "status": 401, "path": "/echo/b"}])
    path = tmp_path / "responses.jsonl"

    result = run(
        {"streams": [ECHO], "responses_path": str(path)},
        records("echo", {"place": "a"}, {"place": "b"}, {"place": "c"}),
    )

    assert result.exit_code == 1
    assert [each["action"] for each in told_in(path)] == ["created", "unauthorized"]
