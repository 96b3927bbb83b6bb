"""`target-groove ledger`, as somebody uses it who was called at night."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result as CliResult

from target_groove.commands import ledger_access, ledger_words
from target_groove.endpoints import TEMPLATES
from target_groove.ledger.entry import Intent, Thing
from target_groove.ledger.ledger import Ledger
from target_groove.ledger.opening import open_database
from target_groove.ledger.readable import readable_key
from target_groove.sandbox import Sandbox
from tests.commands.conftest import Cli
from tests.conftest import TOKEN, Run
from tests.runs import Result, records

Say = Callable[..., CliResult]
Deliver = Callable[..., Result]
Write = Callable[..., str]
SETTINGS = {
    "load_method": "upsert",
    "on_error": "dead_letter",
    "streams": [
        {"stream": "hooks", "endpoint": "create_webhook", "exclude": ["id"]},
        {"stream": "more_hooks", "endpoint": "create_webhook", "exclude": ["id"]},
        {"stream": "free", "endpoint": "create_webhook", "load_method": "append-only"},
    ],
}
LISTED = {
    "stream",
    "endpoint",
    "record_key",
    "resource_id",
    "content_hash",
    "delivered_at",
    "state",
    "held_because",
    "begun_at",
    "left_at",
}


def hook(key: Any, host: str = "a") -> dict[str, Any]:
    return {"id": key, "event": "note_added", "url": f"https://{host}.example/"}


@pytest.fixture
def say(cli: Cli, config_file: Write) -> Say:
    """`say("status")` runs a command on the ledger of the configuration."""
    return lambda *words, **changes: cli(
        "ledger", *words, "--config", config_file(**SETTINGS, **changes)
    )


@pytest.fixture
def deliver(run: Run) -> Deliver:
    """`deliver(messages)` runs the target."""
    return lambda messages, **settings: run({**SETTINGS, **settings}, messages)


@pytest.fixture
def held(deliver: Deliver, sandbox: Sandbox) -> Sandbox:
    """A ledger with two deliveries, and one that is held; the answers come again now."""
    sandbox.faults([{"action": "reset_after", "method": "POST", "body": "lost.example"}])
    deliver(records("hooks", hook(1), hook(2, "lost"), hook(3), keys=["id"]))
    sandbox.faults([])
    return sandbox


def posts(sandbox: Sandbox) -> int:
    return sum(each["method"] == "POST" for each in sandbox.log())


def listed(say: Say, *words: str) -> list[dict[str, Any]]:
    result = say("list", "--format", "json", *words)
    assert result.exit_code == 0
    return [json.loads(line) for line in result.stdout.splitlines()]


def open_send(config: dict[str, Any], key: str = '["9"]') -> Ledger:
    """Begin a run with a send that has left."""
    database = open_database(config["ledger_url"])
    ledger = Ledger(database, account=config["api_url"], namespace="default", now=time.time)
    thing = Thing(ledger.scope("hooks", "create_webhook"), key)
    ledger.claim([Intent(thing, "9" * 32)])
    ledger.leaves([thing], left_at=time.time(), newest_number=None, evidence=None)
    return ledger


def die(ledger: Ledger) -> None:
    ledger._table.database.close()


def test_no_ledger_yet_is_no_mistake_and_none_is_made(say: Say, tmp_path: Path) -> None:
    result = say("status")
    assert result.exit_code == 0
    assert "There is no delivery ledger at" in result.stdout
    assert json.loads(say("status", "--format", "json").stdout)["ledger"] is None
    assert [each.name for each in tmp_path.iterdir()] == ["config.json"]


@pytest.mark.parametrize(
    "words",
    [
        ("list",),
        ("resolve", "1", "--delivered"),
        ("forget", "hooks", "--yes"),
        ("prune", "--older-than", "1", "--yes"),
    ],
)
def test_without_a_ledger_the_others_say_so(
    say: Say, caplog: pytest.LogCaptureFixture, tmp_path: Path, words: tuple[str, ...]
) -> None:
    assert say(*words).exit_code == 1
    assert "There is no delivery ledger at" in caplog.text
    assert say(*words, ledger_url="none").exit_code == 2
    assert "ledger_url is none" in caplog.text
    assert not (tmp_path / "ledger.db").exists()


def test_status_says_that_all_is_well(say: Say, deliver: Deliver, config: dict[str, Any]) -> None:
    deliver(records("hooks", hook(1), keys=["id"]))
    deliver(records("hooks", hook(1), keys=["id"]), ledger_namespace="test")
    result = say("status")
    assert result.exit_code == 0
    assert "hooks   create_webhook          1  20" in result.stdout
    assert "Nothing is held, and nothing is in doubt: all is well." in result.stdout
    assert "has 1 more of 1 other account or namespace" in result.stdout
    assert str(config["ledger_url"]).removeprefix("sqlite:///") in result.stdout
    assert TOKEN not in result.stdout


def test_status_names_what_is_held_and_who_is_at_work(
    say: Say, held: Sandbox, config: dict[str, Any]
) -> None:
    del held
    ledger = open_send(config)
    text = say("status").stdout
    assert "1 record is held: look in Groove, then say `target-groove ledger resolve`" in text
    assert "A run goes on: process " in text
    shown = json.loads(say("status", "--format", "json").stdout)
    (counts,) = shown["streams"]
    assert (counts["delivered"], counts["held"], counts["under_way"]) == (2, 1, 1)
    assert counts["last_delivered_at"].endswith("Z")
    assert len(shown["live_runs"]) == 1
    assert shown["namespace"] == "default"
    die(ledger)
    assert "1 send was left by runs that died" in say("status").stdout


def test_list_shows_keys_as_people_write_them(say: Say, deliver: Deliver, sandbox: Sandbox) -> None:
    del sandbox
    odd = ["plain", "+1", "[a]", "esc\x1b[2J", None]
    rows = [{**hook(key), "place": None if key else "x"} for key in odd]
    deliver(records("hooks", *rows, keys=["id"]))
    deliver(records("more_hooks", {**hook(1), "place": "x"}, keys=["id", "place"]))
    text = say("list").stdout
    for shown in ("  plain  ", '  ["+1"]  ', '  ["[a]"]  ', '  ["1","x"]  '):
        assert shown in text
    assert "\x1b" not in text
    for each in listed(say):
        assert each.keys() == LISTED
        assert each["state"] == "delivered"
        again = listed(say, "--key", readable_key(each["record_key"]))
        assert each in again
    assert len(listed(say, "--key", '[1, "x"]')) == 1


def test_list_takes_filters_and_says_what_it_left_out(say: Say, held: Sandbox) -> None:
    del held
    assert [each["record_key"] for each in listed(say, "--held")] == ['["2"]']
    (entry,) = listed(say, "--held")
    assert entry["state"] == "held"
    assert "no answer from Groove" in entry["held_because"]
    assert entry["left_at"] >= entry["begun_at"]
    assert entry["delivered_at"] is None
    assert listed(say, "--under-way") == []
    assert len(listed(say, "--stream", "hooks", "--endpoint", "create_webhook")) == 3
    result = say("list", "--stream", "nosuch")
    assert result.exit_code == 2
    assert "knows no stream nosuch; it knows hooks." in result.stderr
    assert say("list", "--limit", "-1").exit_code == 2
    result = say("list", "--limit", "1")
    assert len(result.stdout.splitlines()) == 2
    assert "And 2 more" in result.stderr
    assert "There is nothing of that kind." in say("list", "--key", "77").stderr


def test_held_resolved_as_delivered_is_unchanged_for_the_next_run(
    say: Say, held: Sandbox, deliver: Deliver, config: dict[str, Any]
) -> None:
    result = say("resolve", "hooks", "2", "--delivered", "--id", "88")
    assert (result.exit_code, result.stdout) == (0, "hooks 2 (create_webhook) is delivered.\n")
    before = posts(held)
    letters = Path(config["dead_letter_path"]).read_bytes().splitlines()
    assert deliver(letters).exit_code == 0
    assert deliver(records("hooks", hook(2, "lost"), keys=["id"])).exit_code == 0
    assert posts(held) == before
    assert listed(say, "--key", "2")[0]["resource_id"] == "88"


def test_what_has_no_key_is_resolved_by_the_key_that_the_log_says(
    say: Say, deliver: Deliver, sandbox: Sandbox
) -> None:
    sandbox.faults([{"action": "reset_after", "method": "POST"}])
    for _ in ("the run that sent it", "the next one"):
        result = deliver(records("free", hook(None)), on_error="fail")
        assert result.exit_code == 1
        (key,) = re.findall(r"\(the key there: (\S+)\)", result.problems[0])
        assert [each["record_key"] for each in listed(say, "--held")] == [key]
    assert say("resolve", "free", key, "--delivered").exit_code == 0
    assert listed(say, "--held") == []
    assert posts(sandbox) == 1


def test_dead_letters_without_a_key_say_what_the_ledger_calls_them(
    say: Say, deliver: Deliver, sandbox: Sandbox
) -> None:
    sandbox.faults([{"action": "reset_after", "method": "POST"}])
    batch = {"grouping": "array"}
    route = {"stream": "free", "endpoint": "custom", "method": "POST", "url": "/echo/x"}
    rows = records("free", *({"word": each} for each in "abc"))
    log = deliver(rows, streams=[{**route, "batch": batch}]).log
    keys = [each["record_key"] for each in listed(say, "--held")]
    told = [line for line in log.splitlines() if line.startswith("Set aside: ")]
    assert len(told) == len(keys) == len("abc")
    assert all(f"(the key there: {min(keys)} to {max(keys)})" in line for line in told)


def test_held_resolved_as_not_delivered_is_sent(say: Say, held: Sandbox, deliver: Deliver) -> None:
    result = say("resolve", "2", "--not-delivered")
    assert result.exit_code == 0
    assert "is not delivered; it is sent when the record comes again" in result.stdout
    text = say("status").stdout
    assert "1 record is unfinished" in text
    assert "Nothing is held, and nothing is in doubt.\n" in text
    assert "all is well" not in text
    assert "Nothing is held." in say("list", "--held").stderr
    before = posts(held)
    deliver(records("hooks", hook(2, "lost"), keys=["id"]))
    assert posts(held) == before + 1


def test_all_that_is_held_at_once(say: Say, held: Sandbox, deliver: Deliver) -> None:
    held.faults([{"action": "reset_after", "method": "POST"}])
    deliver(records("free", hook(1, "lost"), hook(2, "lost")))
    assert say("resolve", "more_hooks", "--all-held", "--delivered").stdout == "Nothing is held.\n"
    result = say("resolve", "--all-held", "--delivered")
    assert len(result.stdout.splitlines()) == 3
    assert "All is well".lower() in say("status").stdout.lower()


def test_a_key_of_two_streams_needs_the_stream(
    say: Say, deliver: Deliver, sandbox: Sandbox
) -> None:
    sandbox.faults([{"action": "reset_after", "method": "POST"}])
    for stream in ("hooks", "more_hooks"):
        deliver(records(stream, hook(2), keys=["id"]))
    result = say("resolve", "2", "--delivered")
    assert result.exit_code == 2
    assert "hooks (create_webhook), more_hooks (create_webhook)" in result.stderr
    assert say("resolve", "more_hooks", "2", "--delivered").exit_code == 0
    # One of them is left that waits for a word.
    assert say("resolve", "2", "--delivered").exit_code == 0


@pytest.mark.parametrize(
    "words, said",
    [
        (("2",), "Say --delivered or --not-delivered"),
        (("2", "--not-delivered", "--id", "1"), "--id belongs to --delivered"),
        (("--all-held", "--delivered", "--id", "1"), "--id belongs to --delivered"),
        (("2", "--delivered", "--id", ""), "--id takes from 1 to 400"),
        (("--delivered",), "Name one record"),
        (("a", "b", "c", "--delivered"), "Name one record"),
        (("77", "--delivered"), "knows no record 77"),
        (("other", "2", "--delivered"), "knows no record 2 of stream other"),
    ],
)
def test_what_cannot_be_resolved_is_a_sentence(
    say: Say, held: Sandbox, words: tuple[str, ...], said: str
) -> None:
    del held
    result = say("resolve", *words)
    assert result.exit_code == 2
    assert said in result.stderr
    assert len(listed(say, "--held")) == 1


def test_what_is_delivered_or_under_way_is_not_resolved(
    say: Say, held: Sandbox, config: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    del held
    assert say("resolve", "1", "--delivered").exit_code == 1
    assert "Record 1 of stream hooks (create_webhook) is not in doubt" in caplog.text
    ledger = open_send(config)
    assert listed(say, "--under-way")[0]["state"] == "under way"
    assert say("resolve", "9", "--not-delivered").exit_code == 1
    assert "a run that goes on" in caplog.text
    die(ledger)
    assert listed(say, "--under-way")[0]["state"] == "in doubt"
    assert say("resolve", "9", "--not-delivered").exit_code == 0


def test_forget_makes_the_next_run_send_again(say: Say, held: Sandbox, deliver: Deliver) -> None:
    result = say("forget", "hooks", "1", "--yes")
    assert (result.exit_code, result.stdout) == (0, "1 record of stream hooks forgotten.\n")
    result = say("forget", "hooks", "--yes")
    assert "1 record of stream hooks forgotten." in result.stdout
    assert "1 record held or in doubt: they stay" in result.stdout
    before = posts(held)
    deliver(records("hooks", hook(1), hook(2, "lost"), hook(3), keys=["id"]))
    assert posts(held) == before + 2


def test_forget_asks(say: Say, held: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    del held
    result = say("forget", "hooks")
    assert result.exit_code == 2
    assert "2 records of stream hooks would be sent again" in result.stderr
    assert "--yes" in result.stderr
    monkeypatch.setattr(ledger_access, "_somebody_is_there", lambda: True)
    assert say("forget", "hooks").exit_code == 1
    assert len(listed(say)) == 3


def test_forget_refuses_what_it_must_not_touch(
    say: Say, held: Sandbox, config: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    del held
    assert say("forget", "hooks", "2", "--yes").exit_code == 1
    assert "held or in doubt; say `target-groove ledger resolve`" in caplog.text
    assert "it knows hooks." in say("forget", "other", "--yes").stderr
    assert "knows no record 77" in say("forget", "hooks", "1", "77", "--yes").stderr
    ledger = open_send(config)
    assert say("forget", "hooks", "--yes").exit_code == 1
    assert "a run that goes on has them in hand" in caplog.text
    assert len(listed(say)) == 4
    die(ledger)


def test_prune_removes_what_is_old(say: Say, held: Sandbox, config: dict[str, Any]) -> None:
    del held
    result = say("prune", "--older-than", "1", "--yes")
    assert result.stdout.startswith("Removed 0 records, 0 runs and ")
    result = say("prune", "--older-than", "0")
    assert result.exit_code == 2
    assert "2 records delivered until now, which is all there is, would be" in result.stderr
    assert "knows no stream" in say("prune", "--older-than", "0", "--stream", "x").stderr
    ledger = open_send(config)
    result = say("prune", "--older-than", "0", "--stream", "hooks", "--yes")
    assert "Removed 2 records" in result.stdout
    assert "not made smaller, as a run goes on" in result.stdout
    die(ledger)
    assert {each["state"] for each in listed(say)} == {"held", "in doubt"}
    assert "not made smaller" not in say("prune", "--older-than", "0").stdout


def test_help_says_what_becomes_of_several_calls(cli: Cli) -> None:
    text = " ".join(cli("ledger", "resolve", "--help").stdout.split())
    assert "Where one call of several is in doubt" in text


@pytest.mark.parametrize("number, shown", [(10, "10 bytes"), (2048, "2 KiB"), (3 << 20, "3.0 MiB")])
def test_sizes(number: int, shown: str) -> None:
    assert ledger_words.size(number) == shown


def test_all_endpoints_that_create_once_keep_their_calls() -> None:
    once = {each.id for each in TEMPLATES.values() if each.creates_once}
    assert once == ledger_access._KEEP_CALLS
    assert {"create_ticket", "create_webhook"} <= once


@pytest.mark.parametrize("url", ["sqlite:///", "sqlite:///:memory:", "postgresql://h:abc/d", "{}"])
def test_an_address_that_cannot_be_used_is_exit_2(
    deliver: Deliver, tmp_path: Path, url: str
) -> None:
    url = f"sqlite:///{tmp_path}" if url == "{}" else url
    result = deliver(records("hooks", hook(1), keys=["id"]), ledger_url=url)
    assert result.exit_code == 2
    assert len(result.problems) == 1
