"""What becomes of records whose delivery was refused, half done, or in doubt."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from target_groove.target import GrooveTarget
from tests.runs import records

if TYPE_CHECKING:
    from target_groove.sandbox import Sandbox
    from tests.conftest import Run

DEAD_LETTER = {"on_error": "dead_letter"}
TICKET = {"body": "x", "from": "kim@example.org", "to": "support@sandbox.example"}


def dead_letters(run: Run) -> list[dict[str, Any]]:
    """The RECORD messages in the dead-letter file."""
    path = Path(run.config["dead_letter_path"])
    messages = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [each for each in messages if each["type"] == "RECORD"]


def replay(run: Run, settings: dict[str, Any] = DEAD_LETTER) -> GrooveTarget:
    """Feed the dead letters back, as `--input` does."""
    target = GrooveTarget(config={**run.config, **settings})
    with Path(run.config["dead_letter_path"]).open("rb") as file:
        target.run(file)
    target.close()
    return target


def calls(sandbox: Sandbox) -> list[tuple[str, str]]:
    return [(each["method"], each["path"].removeprefix("/v1")) for each in sandbox.log()]


def test_a_replay_goes_on_where_a_delivery_of_two_calls_stopped(run: Run, sandbox: Sandbox) -> None:
    knowledge_base = sandbox.things("knowledge_bases")[0]["id"]
    article = {"knowledge_base_id": knowledge_base, "title": "A", "state": "published"}
    sandbox.faults([{"path": "publish", "times": 1, "action": "status", "status": 422}])
    run(DEAD_LETTER, records("create_article", article))
    (created,) = sandbox.things("articles")
    about = dead_letters(run)[0]["dead_letter"]
    assert about["resource_id"] == created["id"]
    assert about["request"]["url"].endswith("/publish")
    assert [each["body"] for each in about["delivered"]] == [{"title": "A"}]
    seen = len(sandbox.log())
    replay(run)
    publish = f"/kb/{knowledge_base}/articles/{created['id']}/publish"
    assert calls(sandbox)[seen:] == [("PUT", publish)]
    assert [each["state"] for each in sandbox.things("articles")] == ["published"]


def test_a_replay_that_stops_again_still_knows_what_was_delivered(
    run: Run, sandbox: Sandbox
) -> None:
    knowledge_base = sandbox.things("knowledge_bases")[0]["id"]
    article = {"knowledge_base_id": knowledge_base, "title": "A", "state": "published"}
    sandbox.faults([{"path": "publish", "times": 2, "action": "status", "status": 422}])
    run(DEAD_LETTER, records("create_article", article))
    replay(run)
    replay(run)
    assert [each["state"] for each in sandbox.things("articles")] == ["published"]


def test_a_replay_registers_only_the_events_that_were_refused(run: Run, sandbox: Sandbox) -> None:
    webhook = {"url": "https://example.org/hook", "event": ["ticket_started", "ticket_closed"]}
    sandbox.faults([{"body": "ticket_closed", "times": 1, "action": "status", "status": 422}])
    run(DEAD_LETTER, records("create_webhook", webhook))
    replay(run)
    events = [each["event"] for each in sandbox.things("webhooks")]
    assert events == ["ticket_started", "ticket_closed"]


def test_what_is_in_doubt_waits_for_a_person(run: Run, sandbox: Sandbox) -> None:
    """Without a ledger the file itself says so."""
    without = {**DEAD_LETTER, "on_in_doubt": "hold", "ledger_url": "none"}
    sandbox.faults([{"method": "POST", "times": 1, "action": "reset_after"}])
    run(without, records("create_ticket", TICKET))
    assert dead_letters(run)[0]["dead_letter"]["in_doubt"] is True
    replay(run, without)
    assert len(sandbox.things("tickets")) == 1
    assert dead_letters(run)[0]["dead_letter"]["in_doubt"] is True
    path = Path(run.config["dead_letter_path"])
    path.write_text(path.read_text("utf-8").replace('"in_doubt":true', '"in_doubt":false'), "utf-8")
    replay(run, without)
    assert len(sandbox.things("tickets")) == 2
    assert not path.exists()


MEMBERS: dict[str, Any] = {
    **DEAD_LETTER,
    "streams": [
        {
            "stream": "members",
            "endpoint": "update_group",
            "batch": {"grouping": "grouped", "group_by": ["group_id"], "collect": "email"},
        }
    ],
}


def test_one_row_of_a_list_that_replaces_is_not_fed_back_alone(run: Run, sandbox: Sandbox) -> None:
    group = sandbox.things("groups")[0]["id"]
    ada = {"group_id": group, "email": "ada@sandbox.example"}
    run(MEMBERS, records("members", ada, {"group_id": "", "email": "grace@sandbox.example"}))
    path = Path(run.config["dead_letter_path"])
    mended = path.read_text("utf-8").replace('"group_id":""', f'"group_id":"{group}"')
    path.write_text(mended, "utf-8")
    replay(run, MEMBERS)
    assert [each["body"] for each in sandbox.log()] == [{"agents": ["ada@sandbox.example"]}]
    assert "run its stream again" in dead_letters(run)[0]["dead_letter"]["reason"]


def test_a_list_that_was_refused_whole_is_fed_back_whole(run: Run, sandbox: Sandbox) -> None:
    group = sandbox.things("groups")[0]["id"]
    members = ["ada@sandbox.example", "grace@sandbox.example"]
    sandbox.faults([{"method": "PUT", "times": 1, "action": "status", "status": 422}])
    run(MEMBERS, records("members", *({"group_id": group, "email": each} for each in members)))
    replay(run, MEMBERS)
    assert [each["body"] for each in sandbox.log()] == [{"agents": members}] * 2


@pytest.mark.parametrize(
    "policy,words",
    [
        ({"on_error": "fail"}, "look in Groove, then say `target-groove ledger resolve`"),
        ({"on_error": "dead_letter"}, "look in Groove, then say `target-groove ledger resolve`"),
        ({"ledger_url": "none"}, "before running again, which would send it again"),
    ],
)
def test_a_sentence_says_what_to_do_about_a_lost_answer(
    policy: dict[str, str], words: str, run: Run, sandbox: Sandbox
) -> None:
    sandbox.faults([{"method": "POST", "action": "reset_after"}])
    result = run({"on_in_doubt": "hold", **policy}, records("create_ticket", TICKET))
    assert words in "\n".join([*result.problems, *result.warnings])


def test_whatever_goes_wrong_with_one_record_rejects_that_record(
    run: Run, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_self: object, record: dict[str, Any]) -> None:
        if record["body"] == "bad":
            msg = "surprise"
            raise LookupError(msg)
        return build(_self, record)  # type: ignore[arg-type, return-value]

    from target_groove.payload import PayloadBuilder  # noqa: PLC0415 - patched here

    build = PayloadBuilder.build
    monkeypatch.setattr(PayloadBuilder, "build", fail)
    result = run(DEAD_LETTER, records("create_ticket", {**TICKET, "body": "bad"}, TICKET))
    assert result.exit_code == 0
    assert len(sandbox.things("tickets")) == 1
    assert "no payload can be made of it (LookupError: surprise)" in result.log
