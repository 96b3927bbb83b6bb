"""Contacts and companies through whole runs: what it costs, what is there, what is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from target_groove.delivery.engine import Engine
from tests.ledger.desk import DEAD_LETTER, dead_letters, replayed, upserting
from tests.runs import record, records, schema, state
from tests.subjects.runs import ask, assert_once_each, contacts, kinds, people, person, values

if TYPE_CHECKING:
    from target_groove.sandbox import Sandbox
    from tests.conftest import Run

EMAILS = [person(each)["email"] for each in range(3)]
NEW_RUN = ["Introspection", "CustomFields"]
LOST = {"action": "reset_after", "body": "ontactCreate", "times": 1}


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Engine, "pause", lambda _self, _seconds: None)


@pytest.fixture
def upsert(run: Run) -> Run:
    """Runs as they are without settings, with several requests at once."""
    return upserting(run, max_in_flight=8)


# What it costs


def test_new_then_unchanged_then_changed(upsert: Run, sandbox: Sandbox) -> None:
    result = upsert({}, [*people(3), state(1)])
    assert "Done: 3 delivered, 0 rejected, 4 requests." in result.log
    assert result.states == [1]
    assert kinds(sandbox) == [*NEW_RUN, "LookUp", "Upsert"]
    assert_once_each(sandbox, EMAILS)

    result = upsert({}, [*people(3), state(2)])
    assert "Done: 0 delivered, 0 rejected, 3 unchanged, 0 requests." in result.log
    assert result.states == [2]

    result = upsert({}, people(3, changed={1}))
    assert "Done: 1 delivered, 0 rejected, 2 unchanged, 3 requests." in result.log
    assert kinds(sandbox, 4) == [*NEW_RUN, "Upsert"]
    assert values(sandbox, "contact_first_name") == ["Ada", "New", "Ada"]


def test_a_night_with_few_changes_among_many_costs_few_requests(
    upsert: Run, sandbox: Sandbox
) -> None:
    upsert({}, people(2000))
    before = len(sandbox.log())
    changed = range(0, 2000, 100)
    # However slow the machine is, the batch waits for all of them.
    patient = {"checkpoint_seconds": 600}
    result = upsert(patient, [*people(2000, changed=changed), state(1)])
    assert "Done: 20 delivered, 0 rejected, 1980 unchanged, 4 requests." in result.log
    assert kinds(sandbox, before) == [*NEW_RUN, "LookUp", "Upsert"]
    assert values(sandbox, "contact_first_name").count("New") == len(changed)
    assert result.states == [1]


def test_a_changed_email_changes_the_contact_that_the_ledger_knows(
    upsert: Run, sandbox: Sandbox
) -> None:
    upsert({}, people(1))
    upsert({}, contacts(person(0, email="ada@new.example")))
    assert_once_each(sandbox, ["ada@new.example"])


def test_a_further_email_does_not_become_the_first_at_a_later_change(
    upsert: Run, sandbox: Sandbox
) -> None:
    upsert({}, contacts(person(1, secondary_emails=["further@example.org"])))
    for name in ("Augusta", "Countess"):
        upsert({}, contacts(person(2, email="further@example.org", first_name=name)))
        assert values(sandbox, "contact_first_name") == [name]
        assert values(sandbox, "contact_email") == [person(1)["email"]]


def test_what_a_deleted_contact_comes_to(upsert: Run, sandbox: Sandbox) -> None:
    upsert({}, people(1))
    (made,) = sandbox.things("contacts")
    delete = f'contactDelete(input: {{contactId: "{made["id"]}"}}) {{ errors {{ message }} }}'
    ask(sandbox, f"mutation {{ {delete} }}")
    assert sandbox.things("contacts") == []
    upsert({}, people(1, changed={0}))
    assert_once_each(sandbox, EMAILS[:1])
    upsert({}, contacts(person(0, email="ada@new.example")))
    assert_once_each(sandbox, ["ada@new.example"])


# Records that are not known again


@pytest.mark.parametrize(
    "settings,keys",
    [({}, []), ({"load_method": "append-only"}, ["id"]), ({"ledger_url": "none"}, ["id"])],
    ids=["no key", "append-only", "no ledger"],
)
def test_records_that_are_not_known_again_are_found_by_their_email(
    upsert: Run, sandbox: Sandbox, settings: dict[str, Any], keys: list[str]
) -> None:
    # Nothing says that `id` is a key and no field, so the route leaves it out.
    route = {"stream": "s", "endpoint": "upsert_contact", "exclude": ["id"]}
    rows = [person(each) for each in range(3)]
    settings = {**settings, "streams": [route]}
    upsert(settings, records("s", *rows, keys=keys))
    result = upsert(settings, records("s", *rows, keys=keys))
    assert "Done: 3 delivered, 0 rejected, 3 requests." in result.log
    assert kinds(sandbox, 4) == [*NEW_RUN, "LookUp"]
    assert_once_each(sandbox, EMAILS)


# One batch, several fates


@pytest.mark.parametrize("count", [1, 3])
def test_a_refused_record_is_set_aside_alone_and_can_be_replayed(
    upsert: Run, sandbox: Sandbox, count: int
) -> None:
    rows = [person(each) for each in range(count)]
    rows[-1]["seniority"] = "high"
    result = upsert(DEAD_LETTER, [*contacts(*rows), state(1)])
    assert result.exit_code == 0
    assert result.states == [1]
    assert f"Done: {count - 1} delivered, 1 rejected" in result.log
    (letter,) = dead_letters(upsert)
    assert letter["reason"].startswith("seniority: Groove has no such custom field")
    assert_once_each(sandbox, EMAILS[: count - 1])

    said = replayed(upsert, {**DEAD_LETTER, "create_missing_fields": True})
    assert said.startswith("1 delivered, 0 rejected")
    assert_once_each(sandbox, EMAILS[:count])
    assert values(sandbox, "contact_seniority")[-1] == "high"
    assert "0 rejected, 3 unchanged, 0 requests" in upsert({}, contacts(*rows)).log or count == 1


def test_a_contact_that_was_refused_after_its_change_is_changed_back(
    upsert: Run, sandbox: Sandbox
) -> None:
    """Its change went through and it was not attached, while the others were delivered."""
    upsert(DEAD_LETTER, contacts(person(0), person(1), person(2, company_domain="acme.example")))
    done = {"subject": {"__typename": "Contact"}, "errors": []}
    refused = {"company": None, "errors": [{"path": ["contactIds"], "message": "not now"}]}
    said = {"data": {"o0": done, "o1": done, "o2": refused}}
    sandbox.faults(
        [
            {
                "body": "ompanyAddContacts",
                "action": "status_after",
                "status": 200,
                "body_text": json.dumps(said),
            }
        ]
    )
    changed = person(0, first_name="New", company_domain="acme.example")
    upsert(DEAD_LETTER, contacts(changed, person(1, first_name="New")))
    assert "not attached" in dead_letters(upsert)[0]["reason"]
    assert values(sandbox, "contact_first_name") == ["New", "New", "Ada"]
    assert "1 delivered" in upsert(DEAD_LETTER, contacts(person(0))).log
    assert values(sandbox, "contact_first_name") == ["Ada", "New", "Ada"]


def test_what_groove_refuses_of_a_batch_stops_the_run_when_the_others_are_settled(
    upsert: Run, sandbox: Sandbox
) -> None:
    upsert({}, contacts(person(9, user_id="u-1")))
    rows = [person(0), person(1, user_id="u-1"), person(2)]
    result = upsert({}, [schema("upsert_contact", ["id"]), *_with_states(rows)])
    assert result.exit_code == 1
    assert "record id=1" in result.problems[0]
    assert "user_id" in result.problems[0]
    assert "Stopped: 2 delivered, 1 rejected" in result.log
    assert result.states == [{"seen": 0}]
    before = len(sandbox.log())
    mended = [rows[0], person(1), rows[2]]
    result = upsert({}, contacts(*mended))
    assert "1 delivered, 0 rejected, 2 unchanged" in result.log
    assert kinds(sandbox, before) == [*NEW_RUN, "LookUp", "Upsert"]


def _with_states(rows: list[dict[str, Any]]) -> list[Any]:
    return [
        message
        for row in rows
        for message in (record("upsert_contact", row), state({"seen": row["id"]}))
    ]


# Groove does not offer it


@pytest.mark.parametrize("on_error", ["fail", "dead_letter"])
@pytest.mark.parametrize(
    "graphql,said",
    [
        (
            "off",
            (
                "there is no GraphQL at graphql_url (Groove answered 404: not found); correct "
                "graphql_url, "
            ),
        ),
        (
            "no_crm",
            (
                "api_token may not see contacts, customFields, contactCreate, "
                "customFieldValuesUpdate of Groove's GraphQL; "
            ),
        ),
    ],
)
def test_an_account_without_contacts_stops_the_run_with_one_sentence(
    upsert: Run, sandbox: Sandbox, graphql: str, said: str, on_error: str
) -> None:
    sandbox.configure(graphql=graphql)
    messages = [*people(100), state(1)]
    result = upsert({"on_error": on_error}, messages)
    assert result.exit_code == 1
    assert result.problems == [
        (
            f"Stream upsert_contact cannot be delivered with upsert_contact: {said}let an "
            "administrator make api_token, or use update_customer, which works without GraphQL; no "
            "record is lost, run again then."
        )
    ]
    assert [each for each in result.warnings if "inferred" not in each] == []
    assert "Stopped: 0 delivered, 0 rejected, 1 request." in result.log
    assert result.states == []
    assert dead_letters(upsert) == []

    sandbox.configure(graphql="full")
    result = upsert({}, messages)
    assert result.exit_code == 0
    assert_once_each(sandbox, [person(each)["email"] for each in range(100)])


def test_a_refused_token_stops_the_run_and_nothing_is_set_aside(
    upsert: Run, sandbox: Sandbox
) -> None:
    upsert({}, people(30))
    sandbox.faults([{"action": "status", "status": 401, "body": "mutation"}])
    result = upsert(DEAD_LETTER, [*people(60, changed=range(30)), state(1)])
    assert result.exit_code == 1
    assert result.problems[0].startswith("Groove refuses the token, nothing more is sent")
    assert result.states == []
    assert dead_letters(upsert) == []
    sandbox.faults([])
    assert upsert({}, people(60, changed=range(30))).exit_code == 0
    assert_once_each(sandbox, [person(each)["email"] for each in range(60)])
    assert values(sandbox, "contact_first_name").count("New") == 30


# Companies


def test_companies_and_then_contacts_that_are_attached_to_them(
    upsert: Run, sandbox: Sandbox
) -> None:
    messages = [
        *records(
            "upsert_company", *({"id": n, "domain": f"c{n}.example"} for n in range(3)), keys=["id"]
        ),
        *contacts(
            *(person(n, company={"domain": f"c{n % 3}.example", "name": "C"}) for n in range(9))
        ),
        state(1),
    ]
    result = upsert({}, messages)
    assert result.exit_code == 0, result.problems
    assert values(sandbox, "company_domain", "companies") == [f"c{n}.example" for n in range(3)]
    assert [len(each["contacts"]) for each in sandbox.things("companies")] == [3, 3, 3]
    assert values(sandbox, "company_name", "companies") == ["C"] * 3
    assert "12 unchanged, 0 requests" in upsert({}, messages).log


# The same contact more than once


def test_one_contact_under_two_keys_gets_the_values_of_both_in_order(
    upsert: Run, sandbox: Sandbox
) -> None:
    first = person(1, last_name="Lovelace")
    second = person(2, email="P1@Example.org", first_name="Augusta")
    result = upsert({}, contacts(first, second))
    assert "Done: 2 delivered, 0 rejected" in result.log
    (made,) = sandbox.things("contacts")
    assert made["values"]["contact_first_name"] == "Augusta"
    assert made["values"]["contact_last_name"] == "Lovelace"
    assert "2 unchanged, 0 requests" in upsert({}, contacts(first, second)).log


def test_two_versions_of_a_record_are_carried_out_in_order(upsert: Run, sandbox: Sandbox) -> None:
    versions = contacts(person(1, last_name="Lovelace"), person(1, first_name="Augusta"))
    result = upsert({}, [*versions, state(1)])
    assert "Done: 2 delivered, 0 rejected" in result.log
    assert result.states == [1]
    (made,) = sandbox.things("contacts")
    assert made["values"]["contact_first_name"] == "Augusta"
    assert made["values"]["contact_last_name"] == "Lovelace"


def test_batches_in_flight_with_the_same_people_keep_their_order(
    upsert: Run, sandbox: Sandbox
) -> None:
    sandbox.configure(latency_ms=20)
    rows = [
        person(number, email=f"p{number % 7}@example.org", first_name=f"N{number}")
        for number in range(60)
    ]
    route = {"stream": "s", "endpoint": "upsert_contact", "batch": {"size": 5}}
    result = upsert({"streams": [route]}, [*records("s", *rows, keys=["id"]), state(1)])
    assert result.exit_code == 0
    assert_once_each(sandbox, [f"p{number}@example.org" for number in range(7)])
    last = {each["email"]: each["first_name"] for each in rows}
    assert {
        each["values"]["contact_email"]: each["values"]["contact_first_name"]
        for each in sandbox.things("contacts")
    } == last


def test_what_the_last_contact_says_of_its_company_stays(upsert: Run, sandbox: Sandbox) -> None:
    sandbox.configure(latency_ms=20)
    # The first batch takes longest, and others wait behind it.
    sandbox.faults([{"action": "delay", "seconds": 0.2, "at": [3]}])
    rows = [
        person(number, company_domain="acme.example", company_name=f"N{number // 5 % 2}")
        for number in range(40)
    ]
    route = {"stream": "s", "endpoint": "upsert_contact", "batch": {"size": 5}}
    assert upsert({"streams": [route]}, records("s", *rows, keys=["id"])).exit_code == 0
    assert values(sandbox, "company_name", "companies") == ["N1"]
    assert len(sandbox.things("companies")[0]["contacts"]) == 40


def test_contacts_that_agree_about_their_company_are_in_flight_at_once(
    upsert: Run, sandbox: Sandbox
) -> None:
    sandbox.configure(latency_ms=30)
    company = {"domain": "acme.example", "name": "Acme"}
    rows = [person(each, company=company) for each in range(150)]
    route = {"stream": "s", "endpoint": "upsert_contact", "batch": {"size": 5}}
    upsert({"streams": [route]}, records("s", *rows, keys=["id"]))
    assert max(each["in_flight"] for each in sandbox.log()) > 1
    assert len(sandbox.things("companies")) == 1


def test_batches_of_different_people_are_in_flight_at_once(upsert: Run, sandbox: Sandbox) -> None:
    sandbox.configure(latency_ms=30)
    upsert({}, people(200))
    assert max(each["in_flight"] for each in sandbox.log()) > 1
    assert_once_each(sandbox, [person(each)["email"] for each in range(200)])


# Answers that are lost


@pytest.mark.parametrize(
    "rule", [LOST, {**LOST, "action": "reset_before"}], ids=["after", "before"]
)
def test_a_create_whose_answer_is_lost_is_looked_for(
    upsert: Run, sandbox: Sandbox, rule: dict[str, Any]
) -> None:
    sandbox.faults([rule])
    result = upsert({}, [*people(60), state(1)])
    assert result.exit_code == 0, result.problems
    assert result.states == [1]
    assert_once_each(sandbox, [person(each)["email"] for each in range(60)])
    assert "60 unchanged, 0 requests" in upsert({}, people(60)).log


def test_a_groove_that_cannot_be_reached_any_more_is_gone_on_with_later(
    upsert: Run, sandbox: Sandbox
) -> None:
    sandbox.faults([{"action": "status", "status": 503, "body": "ontactCreate"}])
    result = upsert({"max_attempts": 2}, [*people(3), state(1)])
    assert result.exit_code == 1
    assert "given up after 2 attempt(s)" in result.problems[0]
    assert result.states == []
    sandbox.faults([])
    assert "Done: 3 delivered" in upsert({}, people(3)).log
    assert_once_each(sandbox, EMAILS)


# Missing fields


def test_a_missing_field_is_created_once(upsert: Run, sandbox: Sandbox) -> None:
    rows = [person(each, seniority="high") for each in range(60)]
    result = upsert({"create_missing_fields": True}, contacts(*rows))
    assert result.exit_code == 0, result.problems
    keys = [each["key"] for each in sandbox.things("custom_fields")]
    assert keys.count("contact_seniority") == 1
    assert "contact_id" not in keys
    assert values(sandbox, "contact_seniority") == ["high"] * 60


# STATE


def test_a_state_waits_for_the_records_before_it_and_for_no_others(upsert: Run) -> None:
    rows = [person(each) for each in range(250)]
    result = upsert(
        {"batch_size_rows": 50}, [schema("upsert_contact", ["id"]), *_with_states(rows)]
    )
    seen = [each["seen"] for each in result.states]
    assert seen == sorted(seen)
    assert seen[-1] == 249


def test_a_dead_letter_says_what_the_batch_was(upsert: Run) -> None:
    upsert(DEAD_LETTER, contacts(person(0, plan="gold")))
    letter = json.loads(Path(upsert.config["dead_letter_path"]).read_text().splitlines()[1])
    assert letter["record"] == person(0, plan="gold")
    assert "none of the options" in letter["dead_letter"]["reason"]
    assert letter["dead_letter"]["request"]["url"].endswith("/v2/graphql")
