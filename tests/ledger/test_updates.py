"""What becomes of a changed record: the template's update, what is left of it, or all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.ledger.desk import DEAD_LETTER, TICKET, dead_letters, replayed, sent, upserting
from tests.runs import records

if TYPE_CHECKING:
    from target_groove.sandbox import Sandbox
    from tests.conftest import Run

REFUSED = {"action": "status", "status": 422}


@pytest.fixture
def deliver(run: Run, ledger_url: str) -> Run:
    """Runs with each kind of ledger."""
    return upserting(run, ledger_url=ledger_url)


@pytest.fixture
def upsert(run: Run) -> Run:
    """Runs with a ledger in a file."""
    return upserting(run, **DEAD_LETTER)


def base_id(sandbox: Sandbox) -> str:
    return str(sandbox.things("knowledge_bases")[0]["id"])


@pytest.mark.parametrize(
    "endpoint,row,change,kind,path",
    [
        ("create_group", {"name": "G"}, {"description": "d"}, "groups", "/groups"),
        ("create_widget", {"name": "W"}, {"name": "V"}, "widgets", "/widgets"),
        ("create_knowledge_base", {"title": "K"}, {"title": "L"}, "knowledge_bases", "/kb"),
    ],
)
def test_a_change_is_an_update_of_the_same_thing(
    deliver: Run,
    sandbox: Sandbox,
    endpoint: str,
    row: dict[str, Any],
    change: dict[str, Any],
    kind: str,
    path: str,
) -> None:
    before = len(sandbox.things(kind))
    settings = {"exclude_attributes": ["key"]}
    for version in (row, {**row, **change}, {**row, **change}, row):
        result = deliver(settings, records(endpoint, {"key": 1, **version}, keys=["key"]))
        assert result.exit_code == 0
    *_, made = sandbox.things(kind)
    assert len(sandbox.things(kind)) == before + 1
    assert sent(sandbox) == [
        ("POST", path, row),
        ("PUT", f"{path}/{made['id']}", {**row, **change}),
        ("PUT", f"{path}/{made['id']}", row),
    ]


def test_an_update_of_a_thing_comes_in_the_same_run(upsert: Run, sandbox: Sandbox) -> None:
    rows = [{"id": "a", "name": "G", "description": "not in the next"}, {"id": "a", "name": "H"}]
    upsert({}, records("create_group", *rows, keys=["id"]))
    group = sandbox.things("groups")[-1]
    assert [(method, path) for method, path, _ in sent(sandbox)] == [
        ("POST", "/groups"),
        ("PUT", f"/groups/{group['id']}"),
    ]


def test_an_article_is_updated_published_and_unpublished(deliver: Run, sandbox: Sandbox) -> None:
    base = base_id(sandbox)
    for change in ({}, {"state": "published"}, {"body": "b", "state": "published"}, {"title": "B"}):
        row = {"id": "mine", "knowledge_base_id": base, "title": "A", **change}
        deliver({}, records("create_article", row, keys=["id"]))
    deliver({}, records("create_article", {**row, "state": "draft"}, keys=["id"]))
    (article,) = sandbox.things("articles")
    path = f"/kb/{base}/articles/{article['id']}"
    assert sent(sandbox) == [
        ("POST", f"/kb/{base}/articles", {"title": "A"}),
        ("PUT", path, {"title": "A"}),
        ("PUT", f"{path}/publish", None),
        ("PUT", path, {"title": "A", "body": "b"}),
        ("PUT", f"{path}/publish", None),
        ("PUT", path, {"title": "B"}),
        ("PUT", path, {"title": "B"}),
        ("PUT", f"{path}/unpublish", None),
    ]
    assert article["state"] == "draft"


def test_an_update_that_the_route_cannot_address_is_refused(upsert: Run, sandbox: Sandbox) -> None:
    base = base_id(sandbox)
    route = {"stream": "s", "endpoint": "create_article", "url": f"/kb/{base}/articles"}
    settings = {"streams": [{**route, "exclude": ["state"]}]}
    for title in "AB":
        result = upsert(settings, records("s", {"id": 1, "title": title}, keys=["id"]))
    assert result.exit_code == 0
    (letter,) = dead_letters(upsert)
    assert (
        "knowledge_base_id: /kb/{knowledge_base_id}/articles/{article_id} needs it"
        in (letter["reason"])
    )
    assert len(sandbox.log()) == 1


def test_where_groove_has_no_update_it_is_sent_again(deliver: Run, sandbox: Sandbox) -> None:
    for body in ("one", "two", "two"):
        deliver({}, records("create_ticket", {**TICKET, "body": body}, keys=["id"]))
    assert len(sandbox.things("tickets")) == 2


def test_a_webhook_gets_only_the_events_that_it_lacks(deliver: Run, sandbox: Sandbox) -> None:
    url = "https://example.org/hook"
    for events in (
        ["note_added"],
        ["note_added", "ticket_closed"],
        ["ticket_closed"],
        "note_added",
    ):
        row = {"id": 1, "url": url, "event": events}
        assert deliver({}, records("create_webhook", row, keys=["id"])).exit_code == 0
    deliver({}, records("create_webhook", {**row, "url": f"{url}/2"}, keys=["id"]))
    assert [(each["event"], each["url"]) for each in sandbox.things("webhooks")] == [
        ("note_added", url),
        ("ticket_closed", url),
        ("note_added", f"{url}/2"),
    ]
    assert len(sandbox.log()) == 3


# Refused


def test_a_refused_record_is_tried_again_by_the_next_run(deliver: Run, sandbox: Sandbox) -> None:
    sandbox.faults([{**REFUSED, "times": 1}])
    rows = records("create_ticket", TICKET, keys=["id"])
    assert deliver(DEAD_LETTER, rows).exit_code == 0
    assert sandbox.things("tickets") == []
    assert "1 delivered" in deliver(DEAD_LETTER, rows).log
    assert "1 unchanged" in deliver(DEAD_LETTER, rows).log
    assert len(sandbox.log()) == 2


def test_a_refused_change_is_tried_again_by_the_next_run(deliver: Run, sandbox: Sandbox) -> None:
    rows = [records("create_group", {"id": "a", "name": each}, keys=["id"]) for each in "GH"]
    deliver({}, rows[0])
    sandbox.faults([{**REFUSED, "method": "PUT", "times": 1}])
    for _ in range(3):
        deliver(DEAD_LETTER, rows[1])
    assert [each["status"] for each in sandbox.log()] == [201, 422, 200]
    assert sandbox.things("groups")[-1]["name"] == "H"


def test_a_record_with_a_problem_leaves_no_trace(deliver: Run) -> None:
    bad = {**TICKET, "from": "nobody"}
    deliver(DEAD_LETTER, records("create_ticket", bad, keys=["id"]))
    assert "1 delivered" in deliver({}, records("create_ticket", TICKET, keys=["id"])).log


def test_beyond_max_rejected_nothing_more_is_sent(upsert: Run, sandbox: Sandbox) -> None:
    sandbox.faults([{**REFUSED, "body": "bad"}])
    words = ["good", "bad", "good", "bad", "good"]
    rows = [{**TICKET, "id": number, "body": each} for number, each in enumerate(words)]
    result = upsert({"max_rejected": 1}, records("create_ticket", *rows, keys=["id"]))
    assert result.exit_code == 1
    assert "max_rejected is 1" in result.problems[0]
    assert [each["status"] for each in sandbox.log()] == [201, 422, 201, 422]
    sandbox.faults([])
    assert (
        "3 delivered, 0 rejected, 2 unchanged"
        in upsert({}, records("create_ticket", *rows, keys=["id"])).log
    )
    assert len(sandbox.things("tickets")) == 5


def test_a_replay_of_the_dead_letters_is_known_to_the_ledger(
    deliver: Run, sandbox: Sandbox
) -> None:
    sandbox.faults([{**REFUSED, "times": 1}])
    rows = records("create_ticket", TICKET, {**TICKET, "id": 2}, keys=["id"])
    deliver(DEAD_LETTER, rows)
    assert replayed(deliver, DEAD_LETTER).startswith("1 delivered, 0 rejected")
    assert "2 unchanged, 0 requests" in deliver(DEAD_LETTER, rows).log
    assert len(sandbox.things("tickets")) == 2


def test_a_replay_after_the_source_sent_it_anyway_sends_nothing(
    upsert: Run, sandbox: Sandbox
) -> None:
    sandbox.faults([{**REFUSED, "times": 1}])
    rows = records("create_ticket", TICKET, keys=["id"])
    upsert({}, rows)
    upsert({}, rows)
    assert "1 unchanged, 0 requests" in replayed(upsert, DEAD_LETTER)
    assert dead_letters(upsert) == []
    assert len(sandbox.things("tickets")) == 1


# Half done


def article(sandbox: Sandbox, title: str, **more: Any) -> list[Any]:
    row = {"id": "mine", "knowledge_base_id": base_id(sandbox), "title": title, **more}
    return records("create_article", row, keys=["id"])


@pytest.mark.parametrize("policy", ["fail", "dead_letter"])
def test_of_a_half_delivered_record_only_the_rest_is_sent(
    deliver: Run, sandbox: Sandbox, policy: str
) -> None:
    sandbox.faults([{**REFUSED, "path": "publish", "times": 2}])
    rows = article(sandbox, "A", state="published")
    exit_codes = [deliver({"on_error": policy}, rows).exit_code for _ in range(4)]
    assert exit_codes == ([1, 1, 0, 0] if policy == "fail" else [0, 0, 0, 0])
    assert [path.rpartition("/")[2] for _, path, _ in sent(sandbox)] == [
        "articles",
        *["publish"] * 3,
    ]
    assert [each["state"] for each in sandbox.things("articles")] == ["published"]


def test_a_half_delivered_record_that_changes_is_updated(upsert: Run, sandbox: Sandbox) -> None:
    sandbox.faults([{**REFUSED, "path": "publish", "times": 1}])
    for title in "AB":
        upsert({}, article(sandbox, title, state="published"))
    (made,) = sandbox.things("articles")
    assert (made["title"], made["state"]) == ("B", "published")


def test_a_webhook_that_was_refused_one_event_goes_on_there(upsert: Run, sandbox: Sandbox) -> None:
    events = ["note_added", "ticket_closed", "ticket_opened"]
    webhook = {"id": 1, "url": "https://example.org/hook", "event": events}
    sandbox.faults([{**REFUSED, "body": "ticket_closed", "times": 1}])
    for _ in range(3):
        upsert({}, records("create_webhook", webhook, keys=["id"]))
    assert [each["event"] for each in sandbox.things("webhooks")] == events
    assert len(sandbox.log()) == 4


def test_a_change_that_was_half_delivered_and_taken_back(upsert: Run, sandbox: Sandbox) -> None:
    upsert({}, article(sandbox, "A"))
    sandbox.faults([{**REFUSED, "path": "publish", "times": 1}])
    upsert({}, article(sandbox, "B", state="published"))
    upsert({}, article(sandbox, "A"))
    assert [each["title"] for each in sandbox.things("articles")] == ["A"]


def test_a_change_with_an_unknown_outcome_that_was_taken_back(
    upsert: Run, sandbox: Sandbox
) -> None:
    def group(text: str) -> list[Any]:
        return records("create_group", {"id": "a", "name": "G", "description": text}, keys=["id"])

    upsert({}, group("one"))
    sandbox.faults([{"method": "PUT", "times": 1, "action": "status_after", "status": 502}])
    assert upsert({"max_attempts": 1}, group("two")).exit_code == 1
    assert sandbox.things("groups")[-1]["description"] == "two"
    upsert({}, group("one"))
    assert sandbox.things("groups")[-1]["description"] == "one"


def test_half_delivered_versions_that_alternate(upsert: Run, sandbox: Sandbox) -> None:
    upsert({}, article(sandbox, "A"))
    sandbox.faults([{**REFUSED, "path": "publish", "times": 2}])
    for title in "BCB":
        upsert({}, article(sandbox, title, state="published"))
    (made,) = sandbox.things("articles")
    assert (made["title"], made["state"]) == ("B", "published")
