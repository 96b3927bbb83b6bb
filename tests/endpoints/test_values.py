"""Values that are put right before they are sent, because their meaning is certain."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_groove.endpoints.template import Field, FieldType
from target_groove.endpoints.values import ValueProblem, to_field
from tests.runs import records

if TYPE_CHECKING:
    from target_groove.sandbox import Sandbox
    from tests.conftest import Run

TICKET = {"body": "x", "from": "kim@example.org", "to": "support@sandbox.example"}
DATE = Field(name="sent_at", type=FieldType.DATETIME)
FLAG = Field(name="note", type=FieldType.BOOLEAN)
NAMES = Field(name="tags", type=FieldType.STRINGS)
TEXT = Field(name="subject")
PERSON = Field(name="from", type=FieldType.PERSON, email=True)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def sent(sandbox: Sandbox) -> list[tuple[str, str, Any]]:
    """Method, path and body of each write that arrived, and was done."""
    assert all(each["status"] < 300 for each in sandbox.log()), sandbox.log()
    return [
        (each["method"], each["path"].removeprefix("/v1"), each["body"])
        for each in sandbox.log()
        if each["method"] != "GET"
    ]


def looked_up(sandbox: Sandbox) -> list[str]:
    """Paths of the reads that arrived."""
    return [each["path"].removeprefix("/v1") for each in sandbox.log() if each["method"] == "GET"]


@pytest.mark.parametrize(
    "given_state,sent_state",
    [
        ("open", "opened"),
        ("solved", "closed"),
        ("resolved", "closed"),
        ("Resolved ", "closed"),
        ("OPENED", "opened"),
        ("unread", "unread"),
        ("pending", "pending"),
        ("closed", "closed"),
        ("spam", "spam"),
    ],
)
def test_words_for_states_become_grooves(
    given_state: str, sent_state: str, run: Run, sandbox: Sandbox
) -> None:
    run({}, records("create_ticket", {**TICKET, "state": given_state}))
    run({}, records("update_ticket_state", {"ticket_number": 1, "state": given_state}))
    assert [body["state"] for _, _, body in sent(sandbox)] == [sent_state, sent_state]


def test_words_for_priorities_become_lower_case(run: Run, sandbox: Sandbox) -> None:
    run({}, records("create_ticket", TICKET))
    run({}, records("update_ticket_priority", {"ticket_number": 1, "priority": " High "}))
    run({}, records("upsert_ticket", {**TICKET, "id": 7, "priority": "Urgent"}, keys=["id"]))
    assert [body.get("priority") for _, _, body in sent(sandbox)] == [None, "high", None, "urgent"]


@pytest.mark.parametrize(
    "value,flag",
    [
        (True, True),
        (False, False),
        ("true", True),
        ("TRUE", True),
        (" yes ", True),
        ("1", True),
        (1, True),
        ("false", False),
        ("No", False),
        ("0", False),
        (0, False),
    ],
    ids=repr,
)
def test_words_for_booleans_become_booleans(value: Any, flag: bool) -> None:  # noqa: FBT001
    assert to_field(FLAG, value) is flag


@pytest.mark.parametrize(
    "value", ["", "2", 2, -1, [], {}, ["true"], Decimal("0.5"), "on"], ids=repr
)
def test_what_is_no_boolean_is_refused(value: Any) -> None:
    with pytest.raises(ValueProblem, match="is neither true nor false"):
        to_field(FLAG, value)


BERLIN = timezone(timedelta(hours=2))


@pytest.mark.parametrize(
    "value,rfc_822",
    [
        ("2026-02-03T10:15:00", "Tue, 03 Feb 2026 10:15:00 +0000"),
        ("2026-02-03 10:15:00", "Tue, 03 Feb 2026 10:15:00 +0000"),
        ("2026-02-03T10:15:00Z", "Tue, 03 Feb 2026 10:15:00 +0000"),
        ("2026-02-03T10:15:00.987654+00:00", "Tue, 03 Feb 2026 10:15:00 +0000"),
        ("2026-02-03T10:15:00+05:30", "Tue, 03 Feb 2026 10:15:00 +0530"),
        ("2026-02-03T10:15:00-0800", "Tue, 03 Feb 2026 10:15:00 -0800"),
        ("2026-02-03", "Tue, 03 Feb 2026 00:00:00 +0000"),
        (" 2026-02-03 ", "Tue, 03 Feb 2026 00:00:00 +0000"),
        ("Tue, 03 Feb 2026 10:15:00 +0000", "Tue, 03 Feb 2026 10:15:00 +0000"),
        ("3 Feb 2026 10:15:00 -0800", "Tue, 03 Feb 2026 10:15:00 -0800"),
        ("Tue, 03 Feb 2026 10:15:00 GMT", "Tue, 03 Feb 2026 10:15:00 +0000"),
        ("Tue, 03 Feb 2026 10:15:00 -0000", "Tue, 03 Feb 2026 10:15:00 +0000"),
        ("Tue, 03 Feb 2026 10:15:00", "Tue, 03 Feb 2026 10:15:00 +0000"),
        (datetime(2026, 2, 3, 10, 15, tzinfo=BERLIN), "Tue, 03 Feb 2026 10:15:00 +0200"),
        (datetime(2026, 2, 3, 10, 15), "Tue, 03 Feb 2026 10:15:00 +0000"),  # noqa: DTZ001
        (datetime(2026, 2, 3, tzinfo=UTC).date(), "Tue, 03 Feb 2026 00:00:00 +0000"),
    ],
    ids=repr,
)
def test_dates_become_rfc_822(value: Any, rfc_822: str) -> None:
    assert to_field(DATE, value) == rfc_822


@pytest.mark.parametrize(
    "value",
    ["", "soon", "2026-13-01", "2026-02-30", "03/02/2026", "1770113700", True, [], {}, "a b c d"],
    ids=repr,
)
def test_what_is_no_date_is_refused(value: Any) -> None:
    with pytest.raises(ValueProblem):
        to_field(DATE, value)


def test_a_date_without_zone_is_utc_wherever_the_machine_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        for text in ("2026-02-03T10:15:00", "Tue, 03 Feb 2026 10:15:00"):
            assert to_field(DATE, text) == "Tue, 03 Feb 2026 10:15:00 +0000"
    finally:
        monkeypatch.undo()
        time.tzset()


@given(st.datetimes(min_value=datetime(1900, 1, 1), timezones=st.sampled_from([None, UTC])))  # noqa: DTZ001
def test_every_iso_date_keeps_its_instant(moment: datetime) -> None:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    said = parsedate_to_datetime(to_field(DATE, moment.isoformat()))
    assert said.astimezone(UTC) == aware.replace(microsecond=0)


def test_grooves_dates_are_taken_from_tickets_and_messages(run: Run, sandbox: Sandbox) -> None:
    when = "2026-02-03T10:15:00+05:30"
    run({}, records("create_ticket", {**TICKET, "sent_at": when}))
    run({}, records("create_message", {"ticket_number": 1, "body": "y", "sent_at": when}))
    assert [body["sent_at"] for _, _, body in sent(sandbox)] == [
        "Tue, 03 Feb 2026 10:15:00 +0530"
    ] * 2
    assert sandbox.things("tickets")[0]["created_at"] == "2026-02-03T04:45:00Z"


@pytest.mark.parametrize(
    "value,names",
    [
        (["a", "b"], ["a", "b"]),
        ("a", ["a"]),
        ("a, b", ["a, b"]),
        ('["a", "b"]', ["a", "b"]),
        (' ["a"]', ["a"]),
        ("[draft", ["[draft"]),
        ("", [""]),
        ([1, None, Decimal("2.50"), "x"], ["1", "2.50", "x"]),
        ([], []),
        ("[]", []),
        (7, ["7"]),
    ],
    ids=repr,
)
def test_lists_of_names(value: Any, names: list[str]) -> None:
    assert to_field(NAMES, value) == names


@pytest.mark.parametrize(
    "value,text",
    [
        ("x", "x"),
        (5, "5"),
        (Decimal("1.10"), "1.10"),
        (datetime(2026, 2, 3, tzinfo=UTC), "2026-02-03T00:00:00+00:00"),
        ("", ""),
    ],
    ids=repr,
)
def test_numbers_and_dates_become_text(value: Any, text: str) -> None:
    assert to_field(TEXT, value) == text


def test_an_address_loses_the_blanks_around_it() -> None:
    assert to_field(PERSON, " kim@example.org\n") == "kim@example.org"
    assert to_field(PERSON, {"email": " kim@example.org", "name": None, "title": 7}) == {
        "email": "kim@example.org",
        "title": "7",
    }


@pytest.mark.parametrize("field", [DATE, FLAG, NAMES, TEXT, PERSON], ids=lambda each: each.name)
@given(value=ANY_JSON.filter(lambda each: each is not None))
def test_any_value_is_put_right_or_refused(field: Field, value: Any) -> None:
    try:
        to_field(field, value)
    except ValueProblem as error:
        assert str(error)  # noqa: PT017 - both ends are right


# Ids that stand for an e-mail or a name


def test_ids_of_agents_and_groups_become_what_groove_wants(run: Run, sandbox: Sandbox) -> None:
    grace = sandbox.things("agents")[1]
    billing = sandbox.things("groups")[1]
    rows = [
        {**TICKET, "agent_id": grace["id"], "group_id": billing["id"]},
        {**TICKET, "assignee_id": grace["id"], "assigned_group_id": billing["id"]},
        {**TICKET, "assignee": grace["id"], "assigned_group": "Support"},
        {**TICKET, "assignee": None, "agent_id": grace["id"]},
    ]
    result = run({}, records("create_ticket", *rows))
    assert not result.warnings
    assert [(body["assignee"], body.get("assigned_group")) for _, _, body in sent(sandbox)] == [
        ("grace@sandbox.example", "Billing"),
        ("grace@sandbox.example", "Billing"),
        ("grace@sandbox.example", "Support"),
        ("grace@sandbox.example", None),
    ]
    assert looked_up(sandbox) == ["/agents", "/groups"]


def test_ids_in_updates_are_looked_up_too(run: Run, sandbox: Sandbox) -> None:
    grace, billing = sandbox.things("agents")[1], sandbox.things("groups")[1]
    result = run(
        {},
        [
            *records("create_ticket", TICKET),
            *records("update_ticket_assignee", {"number": 1, "agent_id": grace["id"]}),
            *records("update_ticket_assigned_group", {"number": 1, "group_id": billing["id"]}),
        ],
    )
    assert result.exit_code == 0
    assert sent(sandbox)[1:] == [
        ("PUT", "/tickets/1/assignee", {"assignee": "grace@sandbox.example"}),
        ("PUT", "/tickets/1/assigned_group", {"group": "Billing"}),
    ]


def test_one_look_up_serves_a_whole_run(run: Run, sandbox: Sandbox) -> None:
    agents = sandbox.things("agents")
    rows = [{**TICKET, "agent_id": agents[n % 3]["id"]} for n in range(40)]
    result = run({"batch_size_rows": 7}, records("create_ticket", *rows))
    assert result.exit_code == 0
    assert looked_up(sandbox) == ["/agents"]
    assert [body["assignee"] for _, _, body in sent(sandbox)] == [
        agents[n % 3]["email"] for n in range(40)
    ]


def test_a_look_up_reads_every_page(run: Run, sandbox: Sandbox) -> None:
    # The sandbox lists all agents on one page, so the pages are put into its mouth.
    answers = {
        1: '{"agents": [{"id": "1", "email": "ada@sandbox.example"}], '
        '"meta": {"pagination": {"current_page": 1, "total_pages": 2}}}',
        2: '{"agents": [{"href": "http://x/v1/agents/77", "email": "alan@sandbox.example"}], '
        '"meta": {"pagination": {"current_page": 2, "total_pages": 2}}}',
    }
    sandbox.faults(
        [
            {
                "action": "status",
                "path": "/agents$",
                "at": [number],
                "status": 200,
                "body_text": text,
            }
            for number, text in answers.items()
        ]
    )
    result = run({}, records("create_ticket", {**TICKET, "agent_id": 77}))
    assert result.exit_code == 0, result.problems
    assert [each["query"] for each in sandbox.log()][:2] == [
        "page=1&per_page=50",
        "page=2&per_page=50",
    ]
    assert sent(sandbox)[0][2]["assignee"] == "alan@sandbox.example"


@pytest.mark.parametrize(
    "attribute,field,collection",
    [
        ("agent_id", "assignee", "agents"),
        ("group_id", "assigned_group", "groups"),
        ("mailbox", "to", "mailboxes"),
    ],
)
def test_an_unknown_id_rejects_the_record_in_a_sentence(
    attribute: str, field: str, collection: str, run: Run, sandbox: Sandbox
) -> None:
    row = {**TICKET, "to": None, "mailbox": "support@sandbox.example", attribute: "0000000404"}
    result = run({}, records("create_ticket", row))
    assert result.problems == [
        (
            f"Line 2, stream create_ticket: {field}: "
            f"none of Groove's {collection} has the id 0000000404."
        )
    ]
    assert sent(sandbox) == []


def test_a_look_up_that_fails_rejects_the_record_and_says_what_failed(
    run: Run, sandbox: Sandbox
) -> None:
    sandbox.faults([{"action": "status", "path": "/agents$", "status": 404}])
    result = run({}, records("create_ticket", {**TICKET, "agent_id": 1}))
    assert result.exit_code == 1
    assert "the look-up of /agents failed: Groove answered 404" in result.problems[0]


# Mailboxes


@pytest.mark.parametrize("by", ["email", "id"])
def test_a_mailbox_serves_as_addressee(by: str, run: Run, sandbox: Sandbox) -> None:
    billing = sandbox.things("mailboxes")[1]
    row = {"body": "x", "from": "kim@example.org", "mailbox": billing[by]}
    result = run({}, records("create_ticket", row, row))
    assert result.exit_code == 0, result.problems
    body = {**row, "to": "billing@sandbox.example"}
    assert sent(sandbox) == [("POST", "/tickets", body)] * 2
    assert looked_up(sandbox) == ([] if by == "email" else ["/mailboxes"])


def test_an_addressee_is_kept_beside_a_mailbox(run: Run, sandbox: Sandbox) -> None:
    row = {**TICKET, "mailbox": "billing@sandbox.example"}
    run({}, records("create_ticket", row))
    assert sent(sandbox) == [("POST", "/tickets", row)]


# Webhooks


def test_webhook_words_of_others_become_grooves(run: Run, sandbox: Sandbox) -> None:
    row = {"event_types": ["ticket_closed"], "webhook_url": "https://example.org/a"}
    run({}, records("create_webhook", row))
    assert sent(sandbox) == [
        ("POST", "/webhooks", {"event": "ticket_closed", "url": "https://example.org/a"})
    ]


def test_a_list_of_events_is_one_call_for_each(run: Run, sandbox: Sandbox) -> None:
    row = {
        "event_types": ["ticket_started", "Note_Added", "ticket_started", "agent_replied"],
        "url": "https://example.org/a",
    }
    result = run({}, records("create_webhook", row))
    assert [body for _, _, body in sent(sandbox)] == [
        {"event": event, "url": "https://example.org/a"}
        for event in ("ticket_started", "note_added", "agent_replied")
    ]
    assert "1 delivered, 0 rejected, 3 requests" in result.log


def test_a_list_that_fails_halfway_says_how_far_it_got(run: Run, sandbox: Sandbox) -> None:
    sandbox.faults([{"action": "status", "path": "/webhooks$", "at": [2], "status": 422}])
    row = {"events": ["ticket_started", "ticket_closed", "ticket_opened"], "url": "https://a.org"}
    result = run({}, records("create_webhook", row))
    assert result.exit_code == 1
    assert "1 of 3 calls were delivered" in result.problems[0]
    assert len(sandbox.log()) == 2


# Articles


def test_a_published_article_is_created_and_then_published(run: Run, sandbox: Sandbox) -> None:
    kb = sandbox.things("knowledge_bases")[0]["id"]
    row = {"knowledge_base_id": kb, "title": "A", "state": "Published"}
    result = run({}, records("create_article", row))
    assert result.exit_code == 0, result.problems
    [article] = sandbox.things("articles")
    assert sent(sandbox) == [
        ("POST", f"/kb/{kb}/articles", {"title": "A"}),
        ("PUT", f"/kb/{kb}/articles/{article['id']}/publish", None),
    ]
    assert article["state"] == "published"


@pytest.fixture
def article(run: Run, sandbox: Sandbox) -> dict[str, Any]:
    """A published article."""
    kb = sandbox.things("knowledge_bases")[0]["id"]
    run({}, records("create_article", {"kb_id": kb, "title": "A", "state": "published"}))
    sandbox.log().clear()
    return sandbox.things("articles")[0]


@pytest.mark.parametrize(
    "state,verb,reached",
    [("published", "publish", "published"), ("draft", "unpublish", "draft")],
)
@pytest.mark.parametrize("fields", [{"title": "B"}, {}], ids=["with a field", "alone"])
def test_the_state_of_an_update_is_a_second_call(
    state: str,
    verb: str,
    reached: str,
    fields: dict[str, str],
    run: Run,
    sandbox: Sandbox,
    article: dict[str, Any],
) -> None:
    before = len(sandbox.log())
    kb, article_id = article["knowledge_base_id"], article["id"]
    row = {"knowledge_base_id": kb, "article_id": article_id, "state": state, **fields}
    result = run({}, records("update_article", row))
    assert result.exit_code == 0, result.problems
    path = f"/kb/{kb}/articles/{article_id}"
    update = [("PUT", path, fields)] if fields else []
    assert sent(sandbox)[before:] == [*update, ("PUT", f"{path}/{verb}", None)]
    assert sandbox.things("articles")[0]["state"] == reached


def test_a_draft_is_created_with_one_call(run: Run, sandbox: Sandbox) -> None:
    kb = sandbox.things("knowledge_bases")[0]["id"]
    run({}, records("create_article", {"knowledge_base_id": kb, "title": "A", "state": "draft"}))
    assert sent(sandbox) == [("POST", f"/kb/{kb}/articles", {"title": "A"})]


def test_an_article_that_cannot_be_published_names_its_id(run: Run, sandbox: Sandbox) -> None:
    sandbox.faults([{"action": "status", "path": "/publish$", "status": 422}])
    kb = sandbox.things("knowledge_bases")[0]["id"]
    row = {"knowledge_base_id": kb, "title": "A", "state": "published"}
    result = run({}, records("create_article", row))
    made = sandbox.things("articles")[0]["id"]
    assert f"1 of 2 calls were delivered (Groove's id {made})" in result.problems[0]


# Widgets


def test_nested_widget_settings_become_dotted(run: Run, sandbox: Sandbox) -> None:
    widget = sandbox.things("widgets")[0]["id"]
    nested = {"contact": {"enabled": "true", "id": 5}, "kb": {"enabled": False}, "icon": "chat"}
    result = run({}, records("update_widget_settings", {"widget_id": widget, **nested}))
    assert not result.warnings
    assert sent(sandbox) == [
        (
            "PUT",
            f"/widgets/{widget}/settings",
            {"contact.enabled": True, "contact.id": "5", "kb.enabled": False, "icon": "chat"},
        )
    ]


@pytest.mark.parametrize(
    "defaults",
    [{"contact.enabled": True}, {"contact": {"enabled": True}}],
    ids=["dotted", "nested"],
)
@pytest.mark.parametrize(
    "values,arrived",
    [
        ({"contact": {"enabled": False}}, False),
        ({"contact.enabled": False}, False),
        ({"icon": "chat"}, True),
    ],
    ids=["nested record", "dotted record", "absent"],
)
def test_a_default_of_a_dotted_setting_does_not_win_over_the_record(
    defaults: dict[str, Any],
    values: dict[str, Any],
    arrived: bool,  # noqa: FBT001
    run: Run,
    sandbox: Sandbox,
) -> None:
    widget = sandbox.things("widgets")[0]["id"]
    route = {"stream": "w", "endpoint": "update_widget_settings", "defaults": defaults}
    result = run({"streams": [route]}, records("w", {"widget_id": widget, **values}))
    assert result.exit_code == 0, result.problems
    assert sent(sandbox)[0][2]["contact.enabled"] is arrived


# Names of path parameters


@pytest.mark.parametrize(
    "template,kind,synonym,rest",
    [
        ("update_group", "groups", "id", {"name": "N"}),
        ("update_widget", "widgets", "id", {"name": "N"}),
        ("update_knowledge_base", "knowledge_bases", "kb_id", {"title": "N"}),
        ("update_knowledge_base_settings", "knowledge_bases", "kb_id", {"enabled": True}),
        ("update_widget_settings", "widgets", "id", {"icon": "chat"}),
    ],
)
def test_a_usual_name_of_a_path_parameter_is_taken_and_not_repeated_in_the_body(
    template: str, kind: str, synonym: str, rest: dict[str, Any], run: Run, sandbox: Sandbox
) -> None:
    object_id = sandbox.things(kind)[0]["id"]
    result = run({}, records(template, {synonym: object_id, **rest}))
    assert result.exit_code == 0, result.problems
    [(_, path, body)] = sent(sandbox)
    assert object_id in path
    assert body == rest
    assert not [each for each in result.warnings if "is not sent" in each]


def test_a_customers_email_is_path_and_field(run: Run, sandbox: Sandbox) -> None:
    run({}, records("create_ticket", {**TICKET, "from": "kim+a@example.org"}))
    result = run(
        {},
        records(
            "update_customer",
            {"customer_email": "kim+a@example.org", "name": "Kim"},
            {"email": "kim+a@example.org", "name": "Kim"},
            {"customer_email": "kim+a@example.org", "email": "new@example.org", "name": "Kim"},
        ),
    )
    assert result.exit_code == 0, result.problems
    assert sent(sandbox)[1:] == [
        ("PUT", "/customers/kim%2Ba@example.org", {"email": email, "name": "Kim"})
        for email in ("kim+a@example.org", "kim+a@example.org", "new@example.org")
    ]


@pytest.mark.parametrize(
    "field",
    ["state", "assignee", "agent_id", "group_id", "assigned_group", "sent_at", "note", "to"],
)
def test_an_empty_cell_of_a_csv_file_is_absent_where_no_text_can_stand(
    field: str, run: Run, sandbox: Sandbox
) -> None:
    record = {**TICKET, "to": None, "mailbox": "support@sandbox.example", field: " "}
    run({}, records("create_ticket", record))
    ((_, _, body),) = sent(sandbox)
    assert body == {**TICKET, "mailbox": "support@sandbox.example"}
    assert looked_up(sandbox) == []


def test_an_empty_subject_is_a_text_like_any_other(run: Run, sandbox: Sandbox) -> None:
    run({}, records("create_ticket", {**TICKET, "subject": ""}))
    ((_, _, body),) = sent(sandbox)
    assert body["subject"] == ""


def test_an_inferred_second_call_is_said_once(run: Run, sandbox: Sandbox) -> None:
    knowledge_base = sandbox.things("knowledge_bases")[0]["id"]
    article = {"knowledge_base_id": knowledge_base, "title": "A", "state": "published"}
    result = run({}, records("create_article", article, {**article, "title": "B"}))
    said = [each for each in result.warnings if "is inferred" in each]
    assert len(said) == 1
    assert "PUT /kb/{knowledge_base_id}/articles/{new_id}/publish" in said[0]


@pytest.mark.parametrize(
    "value,written",
    [
        ("2026-03-04", "Wed, 04 Mar 2026 00:00:00 +0000"),
        ("2026-03-04 05:06", "Wed, 04 Mar 2026 05:06:00 +0000"),
        ("2026-03-04T05:06:07.5+02:00", "Wed, 04 Mar 2026 05:06:07 +0200"),
        ("Wed, 04 Mar 2026 05:06:07 +0200", "Wed, 04 Mar 2026 05:06:07 +0200"),
    ],
)
def test_a_date_in_one_of_two_forms_is_taken(value: str, written: str) -> None:
    assert to_field(DATE, value) == written


@pytest.mark.parametrize(
    "value",
    [
        1712345678,
        1712345678.5,
        Decimal("1712345678.250"),
        "1712345678",
        "17123456789012",
        "20260304",
        "20260304T050607",
        "2026-W10-3",
        "2026W103",
        "2026-063",
        "2026-03-04x05:06",
        "2026-03-04T",
        "Mon, 1 Jan 99999 10:00:00 +0000",
        "Mon, 1 Jan 99999999999999999999 10:00:00 +0000",
        "Mon, 1 Jan 2026 10:00:00 +99999999999999999999",
    ],
    ids=repr,
)
def test_an_epoch_or_another_form_is_no_date(value: Any) -> None:
    with pytest.raises(ValueProblem, match=r"is no date$"):
        to_field(DATE, value)


@pytest.mark.parametrize("depth", [3_000, 300_000])
def test_a_text_of_many_brackets_is_one_tag(depth: int) -> None:
    field = Field(name="tags", type=FieldType.STRINGS)
    assert to_field(field, "[" * depth) == ["[" * depth]
    nested = "[" * depth + "]" * depth
    assert to_field(field, nested) == [nested]
