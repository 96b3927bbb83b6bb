"""`target-groove check`: everything that is wrong, in one list, by requests that only read."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from target_groove.ledger.opening import open_database

if TYPE_CHECKING:
    from target_groove.sandbox import Sandbox
    from tests.commands.conftest import Cli
    from tests.postgres import Server

Write = Callable[..., str]


def sentences(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.message for each in caplog.records if each.levelname == "ERROR"]


def test_all_is_well(cli: Cli, config_file: Write, sandbox: Sandbox) -> None:
    knowledge_base = sandbox.things("knowledge_bases")[0]["id"]
    routes = [
        {
            "stream": "a",
            "endpoint": "create_ticket",
            # Groove keeps addresses in lower case, people do not.
            "defaults": {"mailbox": "Billing@sandbox.example", "assignee": "ada@sandbox.example"},
        },
        {
            "stream": "b",
            "endpoint": "create_article",
            "defaults": {"knowledge_base_id": knowledge_base},
        },
    ]
    result = cli("check", "--config", config_file(streams=routes))
    assert (result.exit_code, result.stdout) == (0, "")
    assert "2 routes checked" in result.stderr
    assert {each["method"] for each in sandbox.log()} == {"GET"}


def test_names_that_the_account_does_not_have(
    cli: Cli, config_file: Write, caplog: pytest.LogCaptureFixture
) -> None:
    defaults = {"assignee": "nobody@sandbox.example", "assigned_group": "Nobody", "mailbox": "12"}
    routes = [
        {"stream": "a", "endpoint": "create_ticket", "defaults": defaults},
        {"stream": "b", "endpoint": "create_article", "defaults": {"knowledge_base_id": "1"}},
    ]
    assert cli("check", "--config", config_file(streams=routes)).exit_code == 2
    said = sentences(caplog)
    named = ["defaults.assignee", "defaults.assigned_group", "defaults.mailbox"]
    for sentence, name in zip(said, [*named, "defaults.knowledge_base_id"], strict=True):
        assert name in sentence
    assert "ada@sandbox.example" in said[0]


def test_contacts_and_companies_that_can_be_delivered(
    cli: Cli, config_file: Write, sandbox: Sandbox
) -> None:
    fields = {"email": "e", "phone": "p", "contact_plan": "plan", "company": "c", "x": "x"}
    routes = [
        {"stream": "a", "endpoint": "upsert_contact", "fields": fields, "exclude": ["x"]},
        {"stream": "b", "endpoint": "upsert_company", "defaults": {"plan": "Team", "name": ""}},
    ]
    assert cli("check", "--config", config_file(streams=routes)).exit_code == 0
    asked = [each["graphql"]["operations"][0] for each in sandbox.log() if each["graphql"]]
    assert len(asked) == 2, asked


def test_custom_fields_that_the_account_does_not_have(
    cli: Cli, config_file: Write, caplog: pytest.LogCaptureFixture
) -> None:
    contact = {"company": {"domain": "a.example", "size": 3}, "contact_plan": "Gold"}
    routes = [
        {"stream": "a", "endpoint": "upsert_contact", "fields": {"email": "e", "shoe": "s"}},
        {"stream": "b", "endpoint": "upsert_contact", "defaults": contact},
        {"stream": "c", "endpoint": "upsert_company", "fields": {"contact_email": "e"}},
    ]
    assert cli("check", "--config", config_file(streams=routes)).exit_code == 2
    assert sentences(caplog) == [
        "streams[0] (a): fields.shoe: Groove has no such custom field.",
        "streams[1] (b): defaults.company_size: Groove has no such custom field.",
        (
            "streams[1] (b): defaults.contact_plan: 'Gold' is none of the options: free (Free), "
            "team (Team), enterprise (Enterprise)."
        ),
        "streams[2] (c): fields.contact_email: is a field of contacts, not of companies.",
    ]


def test_custom_fields_that_a_run_would_create(
    cli: Cli, config_file: Write, sandbox: Sandbox
) -> None:
    routes = [{"stream": "a", "endpoint": "upsert_contact", "fields": {"email": "e", "shoe": "s"}}]
    path = config_file(streams=routes, create_missing_fields=True)
    assert cli("check", "--config", path).exit_code == 0
    sandbox.configure(graphql="no_field_creation")
    assert cli("check", "--config", path).exit_code == 2


@pytest.mark.parametrize(
    "graphql,words",
    [
        ("off", "there is no GraphQL at graphql_url"),
        ("no_crm", "api_token may not see contacts"),
    ],
)
def test_contacts_that_groove_does_not_offer(
    graphql: str,
    words: str,
    cli: Cli,
    config_file: Write,
    sandbox: Sandbox,
    caplog: pytest.LogCaptureFixture,
) -> None:
    sandbox.configure(graphql=graphql)
    path = config_file(streams=[{"stream": "a", "endpoint": "upsert_contact"}])
    assert cli("check", "--config", path).exit_code == 2
    assert words in sentences(caplog)[0]


def test_graphql_out_of_reach_is_no_mistake_of_the_configuration(
    cli: Cli, config_file: Write, caplog: pytest.LogCaptureFixture
) -> None:
    path = config_file(
        streams=[{"stream": "a", "endpoint": "upsert_contact"}],
        graphql_url="http://127.0.0.1:9/v2/graphql",
        max_attempts=1,
    )
    assert cli("check", "--config", path).exit_code == 1
    refused = "Groove cannot be reached at 127.0.0.1:9: Connection refused"
    assert sentences(caplog) == [f"Groove cannot be checked: {refused}."]


def test_a_refused_token_is_named_but_not_shown(
    cli: Cli, config_file: Write, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    assert cli("check", "--config", config_file(api_token="wrong-secret")).exit_code == 2
    assert len(sandbox.log()) == 1
    assert "Setting api_token is refused by Groove" in sentences(caplog)[0]
    assert "wrong-secret" not in caplog.text


def test_an_unusable_configuration_costs_no_request(
    cli: Cli, config_file: Write, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    path = config_file(on_error="maybe", streams=[{"stream": "a", "endpoint": "creat_ticket"}])
    assert cli("check", "--config", path).exit_code == 2
    assert sandbox.log() == []
    assert len(sentences(caplog)) == 2


def test_groove_out_of_reach_is_no_mistake_of_the_configuration(
    cli: Cli, config_file: Write, caplog: pytest.LogCaptureFixture
) -> None:
    path = config_file(api_url="http://127.0.0.1:9/v1", max_attempts=1)
    assert cli("check", "--config", path).exit_code == 1
    assert "Groove cannot be reached" in sentences(caplog)[0]


@pytest.mark.parametrize(
    "fault, exit_code, words",
    [
        ({"action": "status", "status": 404}, 2, "defaults.assignee could not be checked"),
        ({"action": "status", "status": 503}, 1, "the look-up of /agents failed"),
    ],
)
def test_names_that_cannot_be_listed(
    cli: Cli,
    config_file: Write,
    sandbox: Sandbox,
    caplog: pytest.LogCaptureFixture,
    fault: dict[str, Any],
    exit_code: int,
    words: str,
) -> None:
    sandbox.faults([{"path": "/agents", **fault}])
    routes = [{"stream": "a", "endpoint": "create_ticket", "defaults": {"assignee": "a@b.example"}}]
    path = config_file(streams=routes, max_attempts=1)
    assert cli("check", "--config", path).exit_code == exit_code
    assert words in sentences(caplog)[0]


def test_a_file_that_is_not_there_is_exit_2(cli: Cli) -> None:
    result = cli("check", "--config", "nowhere.json")
    assert result.exit_code == 2
    assert "nowhere.json cannot be read: No such file or directory" in result.stderr


@pytest.mark.parametrize(
    "answer", [{"status": 404}, {"status": 200, "body_text": "<html>Hi</html>"}]
)
def test_an_address_where_no_groove_answers(
    cli: Cli,
    config_file: Write,
    sandbox: Sandbox,
    caplog: pytest.LogCaptureFixture,
    answer: dict[str, Any],
) -> None:
    sandbox.faults([{"path": "/me", "action": "status", **answer}])
    assert cli("check", "--config", config_file(max_attempts=1)).exit_code != 0
    assert "Groove" in sentences(caplog)[0]


def test_a_ledger_that_cannot_be_used_is_in_the_list(
    cli: Cli, config_file: Write, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(b"x" * 5000)
    for url, said in {
        f"sqlite:///{tmp_path}/file": "is damaged or no ledger at all",
        f"sqlite:///{tmp_path}/file/ledger.db": "cannot be",
        f"sqlite:///{tmp_path}": "which is a folder",
        "sqlite:///": "names no file",
        "postgresql://u:secret@127.0.0.1:1/d": "start the server",
    }.items():
        caplog.clear()
        path = config_file(ledger_url=url, api_token="wrong")
        assert cli("check", "--config", path).exit_code == 2
        assert said in sentences(caplog)[0]
        assert "api_token" in sentences(caplog)[1]
    caplog.clear()
    path = config_file(ledger_url="sqlite:///", api_url="http://127.0.0.1:9/v1", max_attempts=1)
    assert cli("check", "--config", path).exit_code == 2
    assert "Groove cannot be reached" in sentences(caplog)[1]


def test_a_place_where_no_ledger_can_be_made(
    cli: Cli,
    config_file: Write,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = config_file(ledger_url=f"sqlite:///{tmp_path}/a/b/ledger.db")
    assert cli("check", "--config", path).exit_code == 0
    assert not (tmp_path / "a").exists()
    assert cli("check", "--config", config_file(ledger_url="none")).exit_code == 0
    monkeypatch.setattr(os, "access", lambda *_: False)
    path = config_file(ledger_url=f"sqlite:///{tmp_path}/a/b/ledger.db")
    assert cli("check", "--config", path).exit_code == 2
    assert f"the folder {tmp_path} may not be written; make that folder writable" in caplog.text
    url = f"sqlite:///{tmp_path}/ledger.db"
    open_database(url).close()
    assert cli("check", "--config", config_file(ledger_url=url)).exit_code == 2
    assert "ledger.db may not be written; make it writable" in caplog.text


def test_a_postgresql_ledger_is_looked_for(cli: Cli, config_file: Write, postgres: Server) -> None:
    assert cli("check", "--config", config_file(ledger_url=postgres.url)).exit_code == 0
