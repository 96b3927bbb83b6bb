"""Pairs that create first, and later send only the calls for the fields that changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.ledger.desk import TICKET, sent, upserting
from tests.runs import records

if TYPE_CHECKING:
    from target_groove.sandbox import Sandbox
    from tests.conftest import Run
    from tests.runs import Result

ADA, GRACE = "ada@sandbox.example", "grace@sandbox.example"
FULL = {
    **TICKET,
    "state": "opened",
    "tags": ["a", "b"],
    "assignee": ADA,
    "assigned_group": "Support",
    "priority": "low",
}


@pytest.fixture
def deliver(run: Run, ledger_url: str) -> Run:
    """Runs with each kind of ledger."""
    return upserting(run, ledger_url=ledger_url, exclude_attributes=["id"])


@pytest.fixture
def upsert(run: Run) -> Run:
    """Runs with a ledger in a file."""
    return upserting(run, exclude_attributes=["id"])


def ticket(**change: Any) -> list[Any]:
    """The messages of the one ticket; None leaves an attribute away."""
    row = {name: each for name, each in {**FULL, **change}.items() if each is not None}
    return records("upsert_ticket", row, keys=["id"])


def calls(sandbox: Sandbox, since: int) -> list[tuple[str, str, Any]]:
    """All calls, look-ups too, without the ticket's own path."""
    assert len(sandbox.log()) - since == len(sent(sandbox, since))
    return [(method, path.rpartition("/")[2], body) for method, path, body in sent(sandbox, since)]


def assert_nothing_sent(result: Result) -> None:
    assert result.exit_code == 0
    assert "0 delivered, 0 rejected, 1 unchanged, 0 requests" in result.log


# A ticket


def test_a_ticket_is_created_and_costs_nothing_while_it_does_not_change(
    deliver: Run, sandbox: Sandbox
) -> None:
    result = deliver({}, ticket())
    assert "1 delivered, 0 rejected, 2 requests" in result.log
    (made,) = sandbox.things("tickets")
    body = {name: each for name, each in FULL.items() if name not in {"id", "priority"}}
    assert sent(sandbox) == [
        ("POST", "/tickets", body),
        ("PUT", f"/tickets/{made['number']}/priority", {"priority": "low"}),
    ]
    for _ in range(2):
        assert_nothing_sent(deliver({}, ticket()))
    assert len(sandbox.log()) == 2


CHANGES = {
    "state": ("closed", {"state": "closed"}),
    "assignee": (GRACE, {"assignee": GRACE}),
    "assigned_group": ("Billing", {"group": "Billing"}),
    "tags": (["a", "c"], {"tags": ["a", "c"]}),
    "priority": ("high", {"priority": "high"}),
}


@pytest.fixture
def _billing(sandbox: Sandbox, run: Run) -> int:
    """A second group; returns how many calls were made for it."""
    names = {each["name"] for each in sandbox.things("groups")}
    if "Billing" not in names:
        run({}, records("create_group", {"name": "Billing"}))
    return len(sandbox.log())


@pytest.mark.usefixtures("_billing")
@pytest.mark.parametrize("field", CHANGES)
def test_a_changed_field_is_one_call(deliver: Run, sandbox: Sandbox, field: str) -> None:
    deliver({}, ticket())
    since = len(sandbox.log())
    value, body = CHANGES[field]
    for _ in range(2):
        assert deliver({}, ticket(**{field: value})).exit_code == 0
    assert calls(sandbox, since) == [("PUT", field, body)]
    (made,) = sandbox.things("tickets")
    deliver({}, ticket())
    assert len(sandbox.log()) == since + 2, "what is taken back is a change as well"
    assert len(sandbox.things("tickets")) == 1
    assert made["number"] == 1


def test_tags_and_state_are_two_calls_in_a_fixed_order(deliver: Run, sandbox: Sandbox) -> None:
    deliver({}, ticket())
    result = deliver({}, ticket(tags=["c"], state="closed"))
    assert "1 delivered, 0 rejected, 2 requests" in result.log
    assert calls(sandbox, 2) == [
        ("PUT", "state", {"state": "closed"}),
        ("PUT", "tags", {"tags": ["c"]}),
    ]


@pytest.mark.usefixtures("_billing")
def test_all_fields_are_five_calls(upsert: Run, sandbox: Sandbox) -> None:
    upsert({}, ticket())
    since = len(sandbox.log())
    upsert({}, ticket(**{name: value for name, (value, _) in CHANGES.items()}))
    assert [path for _, path, _ in calls(sandbox, since)] == list(CHANGES)


@pytest.mark.parametrize(
    "change",
    [
        {"tags": ["b", "a"]},
        {"tags": ["a", "b", "a"]},
        {"tags": '["b", "a"]'},
        {"tags": None, "state": None, "assignee": None, "assigned_group": None, "priority": None},
        {"state": "", "assignee": " ", "assigned_group": "", "priority": " "},
        {"state": "open"},
        {"skip_notifications": True},
    ],
)
def test_what_is_no_change(upsert: Run, sandbox: Sandbox, change: dict[str, Any]) -> None:
    upsert({}, ticket())
    result = upsert({}, ticket(**change))
    assert_nothing_sent(result)
    assert result.warnings == []
    assert_nothing_sent(upsert({}, ticket(**change)))
    assert_nothing_sent(upsert({}, ticket()))
    assert len(sandbox.log()) == 2


def test_a_null_leaves_alone_and_is_remembered_as_nothing(upsert: Run, sandbox: Sandbox) -> None:
    upsert({}, ticket())
    row = {**FULL, "state": None}
    upsert({}, records("upsert_ticket", row, keys=["id"]))
    assert_nothing_sent(upsert({}, ticket()))
    upsert({}, ticket(state="pending"))
    assert calls(sandbox, 2) == [("PUT", "state", {"state": "pending"})]


def test_an_empty_list_takes_all_tags_away(upsert: Run, sandbox: Sandbox) -> None:
    upsert({}, ticket())
    for _ in range(2):
        upsert({}, ticket(tags=[]))
    assert calls(sandbox, 2) == [("PUT", "tags", {"tags": []})]
    assert sandbox.things("tickets")[0]["tags"] == []


def test_what_was_never_said_is_a_change_when_it_is(upsert: Run, sandbox: Sandbox) -> None:
    upsert({}, ticket(state=None, priority=None))
    assert len(sandbox.log()) == 1
    upsert({}, ticket())
    assert [path for _, path, _ in calls(sandbox, 1)] == ["state", "priority"]


@pytest.mark.usefixtures("_billing")
def test_skip_notifications_goes_along(upsert: Run, sandbox: Sandbox) -> None:
    quiet = {"skip_notifications": True}
    upsert({}, ticket(**quiet))
    since = len(sandbox.log())
    upsert({}, ticket(state="closed", assignee=GRACE, assigned_group="Billing", **quiet))
    assert [body for _, _, body in calls(sandbox, since)] == [
        {"state": "closed"},
        {"assignee": GRACE, **quiet},
        {"group": "Billing", **quiet},
    ]


def test_an_id_is_looked_up_for_a_change(upsert: Run, sandbox: Sandbox) -> None:
    agents = {each["email"]: each["id"] for each in sandbox.things("agents")}
    upsert({}, ticket(assignee=None, agent_id=agents[ADA]))
    since = len(sandbox.log())
    assert_nothing_sent(upsert({}, ticket(assignee=None, agent_id=agents[ADA])))
    upsert({}, ticket(assignee=None, agent_id=agents[GRACE]))
    assert [body for _, _, body in sent(sandbox, since)] == [{"assignee": GRACE}]


def test_versions_in_one_run_are_compared_one_after_the_other(
    deliver: Run, sandbox: Sandbox
) -> None:
    rows = [{**FULL, "state": each} for each in ("opened", "closed", "closed", "opened")]
    result = deliver({"batch_size_rows": 1}, records("upsert_ticket", *rows, keys=["id"]))
    assert "3 delivered, 0 rejected, 1 unchanged, 4 requests" in result.log
    assert [body for _, _, body in calls(sandbox, 2)] == [{"state": "closed"}, {"state": "opened"}]


def test_many_tickets_with_few_changes(upsert: Run, sandbox: Sandbox) -> None:
    def rows(*closed: int) -> list[Any]:
        states = ["closed" if number in closed else "opened" for number in range(20)]
        each = ({**TICKET, "id": number, "state": state} for number, state in enumerate(states))
        return records("upsert_ticket", *each, keys=["id"])

    upsert({}, rows())
    assert "2 delivered, 0 rejected, 18 unchanged, 2 requests" in upsert({}, rows(3, 7)).log
    numbers = [each["number"] for each in sandbox.things("tickets") if each["state"] == "closed"]
    assert numbers == [4, 8]


# What Groove cannot change


def test_what_cannot_be_changed_is_said_once_and_not_sent(upsert: Run, sandbox: Sandbox) -> None:
    rows = [{**FULL, "id": number} for number in (1, 2)]
    upsert({}, records("upsert_ticket", *rows, keys=["id"]))
    since = len(sandbox.log())
    changed = [{**each, "subject": "New", "body": "New", "starred": True} for each in rows]
    result = upsert({}, records("upsert_ticket", *changed, keys=["id"]))
    assert "0 delivered, 0 rejected, 2 unchanged, 0 requests" in result.log
    (warning,) = result.warnings
    assert warning == (
        "Stream upsert_ticket: changed but not sent, as Groove cannot change them: body, starred, "
        "subject; use create_message to add to a ticket, or create_ticket to make a new one."
    )
    again = upsert({}, records("upsert_ticket", *changed, keys=["id"]))
    assert again.warnings == []
    assert len(sandbox.log()) == since


def test_beside_what_cannot_be_changed_the_rest_is_sent(upsert: Run, sandbox: Sandbox) -> None:
    upsert({}, ticket())
    result = upsert({}, ticket(subject="New", state="closed"))
    assert "1 delivered" in result.log
    assert len(result.warnings) == 1
    assert calls(sandbox, 2) == [("PUT", "state", {"state": "closed"})]
    assert_nothing_sent(upsert({}, ticket(subject="New", state="closed")))


def test_a_mailbox_serves_as_addressee_and_is_no_change(upsert: Run, sandbox: Sandbox) -> None:
    by_id = {"to": None, "mailbox": sandbox.things("mailboxes")[0]["id"]}
    upsert({}, ticket(**by_id))
    result = upsert({}, ticket(**by_id, state="closed"))
    assert result.warnings == []
    assert sent(sandbox)[-1][2] == {"state": "closed"}


# Without a memory


def test_append_only_creates_each_record_and_says_so(deliver: Run, sandbox: Sandbox) -> None:
    for _ in range(2):
        result = deliver({"load_method": "append-only"}, ticket())
        (warning,) = result.warnings
        assert warning == (
            "Stream upsert_ticket has load_method append-only, so upsert_ticket creates one thing "
            "for each record and changes none; set load_method to upsert."
        )
    assert len(sandbox.things("tickets")) == 2


def test_without_a_key_each_record_is_created(upsert: Run, sandbox: Sandbox) -> None:
    for _ in range(2):
        result = upsert({}, records("upsert_ticket", FULL))
        assert "has no key, so every record is sent" in result.log
    assert len(sandbox.things("tickets")) == 2


def test_without_a_ledger_each_record_is_created(upsert: Run, sandbox: Sandbox) -> None:
    for _ in range(2):
        result = upsert({"ledger_url": "none"}, ticket())
        assert "ledger_url is none" in result.log
    assert [path for _, path, _ in calls(sandbox, 0)] == ["tickets", "priority"] * 2


# Articles


def article(sandbox: Sandbox, **values: Any) -> list[Any]:
    base = sandbox.things("knowledge_bases")[0]["id"]
    row = {"id": "mine", "knowledge_base_id": base, "title": "A", "body": "text", **values}
    return records("upsert_article", row, keys=["id"])


def test_of_an_article_only_what_changed_is_in_the_body(deliver: Run, sandbox: Sandbox) -> None:
    steps: list[tuple[dict[str, Any], list[tuple[str, Any]]]] = [
        ({}, [("articles", {"title": "A", "body": "text"})]),
        ({}, []),
        ({"title": "B"}, [("ID", {"title": "B"})]),
        ({"title": "B", "state": "published"}, [("publish", None)]),
        ({"title": "C", "state": "published"}, [("ID", {"title": "C"})]),
        ({"title": "D", "state": "draft"}, [("ID", {"title": "D"}), ("unpublish", None)]),
        ({"title": "D", "state": "draft", "tags": ["x", "y"]}, [("ID", {"tags": ["x", "y"]})]),
        ({"title": "D", "state": "draft", "tags": ["y", "x"]}, []),
        ({"title": "D", "featured": "yes"}, [("ID", {"featured": True})]),
    ]
    for change, expected in steps:
        since = len(sandbox.log())
        assert deliver({}, article(sandbox, **change)).exit_code == 0
        (made,) = sandbox.things("articles")
        found = calls(sandbox, since)
        assert [(path.replace(made["id"], "ID"), body) for _, path, body in found] == expected


def test_an_article_that_is_published_at_once(upsert: Run, sandbox: Sandbox) -> None:
    for _ in range(2):
        upsert({}, article(sandbox, state="published"))
    assert [path for _, path, _ in calls(sandbox, 0)] == ["articles", "publish"]
    upsert({}, article(sandbox, state="published", title="B"))
    assert [body for _, _, body in calls(sandbox, 2)] == [{"title": "B"}]


def test_an_article_cannot_be_moved(upsert: Run, sandbox: Sandbox) -> None:
    upsert({}, article(sandbox))
    result = upsert({}, article(sandbox, knowledge_base_id="other"))
    assert result.exit_code == 1
    assert "knowledge_base_id: it was created with another one (" in result.problems[0]
    assert "`target-groove ledger forget` has it created anew" in result.problems[0]
    assert len(sandbox.log()) == 1
    assert_nothing_sent(upsert({}, article(sandbox)))


def test_the_inferred_calls_of_an_article_are_named(upsert: Run, sandbox: Sandbox) -> None:
    upsert({}, article(sandbox))
    result = upsert({}, article(sandbox, title="B"))
    assert any(each.startswith("Endpoint update_article (PUT ") for each in result.warnings)


# Groups and knowledge bases


def test_of_a_group_only_what_changed_is_sent(deliver: Run, sandbox: Sandbox) -> None:
    group = {"id": 1, "name": "G", "description": "d", "agents": [ADA, GRACE]}
    versions = [
        group,
        {**group, "agents": [GRACE, ADA]},
        {**group, "agents": [ADA]},
        {**group, "agents": [ADA], "name": "H", "description": "e"},
        {**group, "agents": [], "name": "H", "description": "e"},
    ]
    for each in versions:
        assert deliver({}, records("upsert_group", each, keys=["id"])).exit_code == 0
    assert [(method, body) for method, _, body in sent(sandbox)] == [
        ("POST", {"name": "G", "description": "d", "agents": [ADA, GRACE]}),
        ("PUT", {"agents": [ADA]}),
        ("PUT", {"name": "H", "description": "e"}),
        ("PUT", {"agents": []}),
    ]
    assert len(sandbox.log()) == 4


def test_of_a_knowledge_base_only_what_changed_is_sent(deliver: Run, sandbox: Sandbox) -> None:
    base = {"id": 1, "title": "K", "subdomain": "k", "language": "en"}
    for each in (base, base, {**base, "title": "L"}, {**base, "title": "L", "language": "de"}):
        assert deliver({}, records("upsert_knowledge_base", each, keys=["id"])).exit_code == 0
    assert [(method, body) for method, _, body in sent(sandbox)] == [
        ("POST", {"title": "K", "subdomain": "k", "language": "en"}),
        ("PUT", {"title": "L"}),
        ("PUT", {"language": "de"}),
    ]


# Beside the templates that only create


def test_a_create_and_a_pair_are_told_apart(upsert: Run, sandbox: Sandbox) -> None:
    """Routing a stream elsewhere makes its records new."""
    for endpoint in ("create_ticket", "upsert_ticket"):
        route = {"stream": "s", "endpoint": endpoint}
        upsert({"streams": [route]}, records("s", TICKET, keys=["id"]))
    assert len(sandbox.things("tickets")) == 2
