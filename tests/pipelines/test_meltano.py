"""The loader in Meltano, on messages of our own."""

from __future__ import annotations

import json
from typing import Any

import pytest

from target_groove.sandbox import Sandbox
from tests.pipelines.project import Project, tap_script
from tests.runs import record, schema, state

pytestmark = pytest.mark.pipelines

ROUTES = [
    {
        "stream": "form_entries",
        "endpoint": "create_ticket",
        "fields": {"body": "message", "from": "email", "assigned_group": "team"},
        "defaults": {"to": "support@sandbox.example"},
    },
    {"stream": "teams", "endpoint": "create_group", "fields": {"name": "team"}},
]
TEAM = {"team": "Returns"}
ENTRIES = [
    {"id": 1, "email": "noor@customers.example", "message": "One line", "team": "Returns"},
    {"id": 2, "email": "mei@customers.example", "message": 'Two\nlines, "quoted": 漢字 🙂'},
    {"id": 3, "email": "bo@customers.example", "message": '{"type": "STATE", "value": {"a": 1}}'},
]
NOWHERE = {"id": 4, "email": "jo@customers.example", "message": "Nowhere", "team": "No such team"}


@pytest.fixture
def pipeline(project: Project, connection: dict[str, Any]) -> Project:
    """A project with `tap-script` and the routes above."""
    settings = {**connection, "streams": ROUTES}
    project.define(settings, (tap_script(project.root / "messages.jsonl"),))
    return project


def test_records_arrive_and_the_tap_resumes_where_it_was(
    pipeline: Project, sandbox: Sandbox
) -> None:
    first = [
        schema("teams", ["team"]),
        record("teams", TEAM),
        state({"teams": 1}),
        schema("form_entries", ["id"]),
        record("form_entries", ENTRIES[0]),
        record("form_entries", ENTRIES[1]),
        schema("visits", ["id"]),
        record("visits", {"id": 7}),
        state({"teams": 1, "entries": 2}),
    ]
    pipeline.write_messages(*first)

    done = pipeline.meltano("run", "tap-script", "target-groove")

    assert done.code == 0, done.log
    assert "Returns" in [group["name"] for group in sandbox.things("groups")]
    assert _texts(sandbox) == {entry["message"] for entry in ENTRIES[:2]}
    groups = [ticket["assigned_group"] for ticket in sandbox.things("tickets")]
    assert sorted(groups, key=bool) == [None, "Returns"]
    assert pipeline.state("tap-script") == {"singer_state": {"teams": 1, "entries": 2}}

    pipeline.write_messages(
        *first, record("form_entries", ENTRIES[2]), state({"teams": 1, "entries": 3})
    )
    done = pipeline.meltano("run", "tap-script", "target-groove")

    assert done.code == 0, done.log
    assert _texts(sandbox) == {entry["message"] for entry in ENTRIES}
    assert len(sandbox.things("messages")) == len(ENTRIES)
    assert pipeline.state("tap-script") == {"singer_state": {"teams": 1, "entries": 3}}


def test_a_rejected_record_fails_the_run_or_is_set_aside(
    pipeline: Project, sandbox: Sandbox
) -> None:
    pipeline.write_messages(
        schema("form_entries", ["id"]),
        record("form_entries", ENTRIES[1]),
        state({"entries": 2}),
        record("form_entries", NOWHERE),
        state({"entries": 4}),
    )

    done = pipeline.meltano("run", "tap-script", "target-groove")

    assert done.code == 1
    assert "record id=4: Groove answered 422: assigned_group" in done.log
    assert sandbox.token not in done.log
    assert _texts(sandbox) == {ENTRIES[1]["message"]}
    assert len(sandbox.things("messages")) == 1

    # The tap goes on behind the last acknowledged state: with the same record again.
    done = pipeline.meltano(
        "run", "tap-script", "target-groove", TARGET_GROOVE_ON_ERROR="dead_letter"
    )

    assert done.code == 0, done.log
    assert _texts(sandbox) == {ENTRIES[1]["message"]}
    assert len(sandbox.things("messages")) == 1
    lines = (pipeline.root / "dead-letters.singer.jsonl").read_text(encoding="utf-8").splitlines()
    letters = [line for line in map(json.loads, lines) if line["type"] == "RECORD"]
    assert [letter["record"]["message"] for letter in letters] == ["Nowhere"]
    assert pipeline.state("tap-script") == {"singer_state": {"entries": 4}}


def test_config_test_sends_nothing(pipeline: Project, sandbox: Sandbox) -> None:
    done = pipeline.mended_meltano("--log-level", "debug", "config", "test", "target-groove")

    assert done.code == 0, done.log
    assert "Plugin configuration is valid" in done.stdout
    assert "Stream meltano_test_stream has no route" in done.log
    assert [call for call in sandbox.log() if call["method"] != "GET"] == []


def test_check_is_a_command(pipeline: Project, sandbox: Sandbox) -> None:
    done = pipeline.meltano("invoke", "target-groove:check")

    assert done.code == 0, done.log
    assert "the token is valid" in done.log

    done = pipeline.meltano(
        "invoke", "target-groove:check", TARGET_GROOVE_API_TOKEN="not-the-token-9e1"
    )

    assert done.code == 2
    assert "api_token is refused by Groove" in done.log
    assert "not-the-token-9e1" not in done.log + done.stdout
    assert [call for call in sandbox.log() if call["method"] != "GET"] == []


def test_the_example_runs_as_it_is_shipped(project: Project, sandbox: Sandbox) -> None:
    project.define()
    sandbox.configure(token="sandbox-token")

    done = project.meltano(
        "run", "tap-support-form", "target-groove", TARGET_GROOVE_API_URL=sandbox.api_url
    )

    assert done.code == 0, done.log
    subjects = [ticket["title"] for ticket in sandbox.things("tickets")]
    assert sorted(subjects) == [
        "Order 1987: Wrong colour",
        "Order 2041: The lamp flickers",
        "Order 2050: Invoice without my company's name",
    ]


def _texts(sandbox: Sandbox) -> set[str]:
    """What the messages say; several tickets are under way at once, so they are in any order."""
    return {message["body"] for message in sandbox.things("messages")}
