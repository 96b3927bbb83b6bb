"""Whole runs into the profile store."""

from __future__ import annotations

import io
import json
import logging
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from target_groove.preview.target import PreviewTarget
from target_groove.profile.changes import Change
from target_groove.profile.errors import ProfileStoreError
from target_groove.profile.opening import open_store
from target_groove.profile.writing import ProfileWriter
from tests.runs import record, records, schema, state

if TYPE_CHECKING:
    from target_groove.sandbox import Sandbox
    from tests.conftest import Run

    Found = Callable[[str], dict[str, Any] | None]

ADA = {"email": "Ada@Example.com", "plan": "pro", "company": {"since": "2020"}}
ADAS = {"customer_email": "Ada@Example.com", "plan": "pro", "company_since": "2020"}


def versioned(stream: str, version: int, values: dict[str, Any]) -> dict[str, Any]:
    return {**record(stream, values), "version": version}


def activate(stream: str, version: int) -> dict[str, Any]:
    return {"type": "ACTIVATE_VERSION", "stream": stream, "version": version}


def writes_of(url: str) -> int:
    """How often the file was written to, as SQLite counts it."""
    with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return int.from_bytes(Path(url.removeprefix("sqlite:///")).read_bytes()[24:28])


def test_a_profile_is_found_without_case_and_costs_no_request(
    keep: Run, found: Found, sandbox: Sandbox
) -> None:
    result = keep({}, [*records("customers", ADA, keys=["email"]), state({"at": 1})])
    assert result.exit_code == 0, result.problems
    assert result.states == [{"at": 1}]
    assert found(" ADA@example.COM ") == ADAS
    assert found("bob@example.com") is None
    assert sandbox.log() == []
    assert "in the profile email is customer_email, as Groove overwrites" in result.log


def test_numbers_keep_their_digits(keep: Run, found: Found) -> None:
    line = b'{"type":"RECORD","stream":"customers","record":{"email":"a@b.co","mrr":1.10}}'
    keep({}, [schema("customers", ["email"]), line])
    assert str((found("a@b.co") or {})["mrr"]) == "1.10"


def test_unchanged_records_write_nothing(keep: Run, url: str) -> None:
    messages = [*records("customers", ADA, keys=["email"]), state({"at": 1})]
    keep({}, messages)
    before = writes_of(url)
    result = keep({}, messages)
    assert "0 delivered, 0 rejected, 1 unchanged, 0 requests" in result.log
    assert result.states == [{"at": 1}]
    assert writes_of(url) == before


def test_the_last_version_in_a_window_counts(keep: Run, found: Found) -> None:
    rows = [{**ADA, "plan": plan} for plan in ("free", "pro", "gold")]
    result = keep({}, records("customers", *rows, keys=["email"]))
    assert "1 delivered, 0 rejected, 2 merged into a later one" in result.log
    assert (found("ada@example.com") or {})["plan"] == "gold"


def test_windows_end_with_batch_size_rows(keep: Run, found: Found) -> None:
    rows = [{"email": f"c{number}@example.com", "n": number} for number in range(25)]
    assert keep({"batch_size_rows": 10}, records("customers", *rows)).exit_code == 0
    assert [(found(str(each["email"])) or {})["n"] for each in rows] == list(range(25))


def test_streams_feed_one_profile_and_a_deletion_takes_only_its_own(
    keep: Run, found: Found
) -> None:
    billing = {"id": 7, "email": "ADA@EXAMPLE.COM", "status": "active"}
    keep(
        {},
        [*records("customers", ADA, keys=["email"]), *records("billing", billing, keys=["id"])],
    )
    both = {**ADAS, "stripe_id": 7, "stripe_email": "ADA@EXAMPLE.COM", "stripe_status": "active"}
    assert found("ada@example.com") == both
    gone = {"id": 7, "_sdc_deleted_at": "2026-01-01T00:00:00Z"}
    result = keep({}, records("billing", gone, gone, keys=["id"]))
    assert "1 delivered, 0 rejected, 1 merged" in result.log
    assert found("ada@example.com") == ADAS
    gone = {"email": "ada@example.com", "_sdc_deleted_at": "2026-01-01T00:00:00Z"}
    keep({}, records("customers", gone))
    assert found("ada@example.com") is None
    assert "1 unchanged" in keep({}, records("customers", gone, keys=["email"])).log


def test_what_no_database_can_keep_is_no_address(keep: Run, found: Found) -> None:
    rows = [{"id": "a\0@b.co", "email": "a@b.co"}, {"id": "2", "email": "b\0@b.co"}]
    result = keep({}, records("customers", *rows, keys=["id"]))
    assert result.problems == [
        "Line 3, stream customers, record id=2: email: 'b\\x00@b.co' is no e-mail address."
    ]
    assert found("a@b.co") == {"id": "a\0@b.co", "customer_email": "a@b.co"}


def test_a_deletion_needs_something_to_go_by(keep: Run) -> None:
    gone = {"plan": "pro", "_sdc_deleted_at": "2026-01-01T00:00:00Z"}
    result = keep({}, records("customers", gone))
    assert result.problems == ["Line 2, stream customers: email: is missing."]
    result = keep({}, records("customers", {**gone, "id": None}, keys=["id"]))
    assert "it lacks its key (id)" in result.problems[0]


def test_a_new_address_takes_the_attributes_along(keep: Run, found: Found) -> None:
    keep({}, records("billing", {"id": 7, "email": "old@example.com"}, keys=["id"]))
    keep({}, records("billing", {"id": 7, "email": "new@example.com"}, keys=["id"]))
    assert found("old@example.com") is None
    assert found("new@example.com") == {"stripe_id": 7, "stripe_email": "new@example.com"}


def test_of_two_records_with_one_attribute_the_one_that_changed_last_counts(
    keep: Run, found: Found
) -> None:
    routes = [{"stream": "*", "endpoint": "custom_profile"}]
    rows = {name: {"email": "a@b.co", "plan": name} for name in ("z", "m")}
    messages = [each for name, row in rows.items() for each in records(name, row)]
    keep({"streams": routes}, messages)
    assert (found("a@b.co") or {})["plan"] == "m"
    keep({"streams": routes}, records("z", {"email": "a@b.co", "plan": "new"}))
    assert (found("a@b.co") or {})["plan"] == "new"


def test_a_version_takes_out_what_it_no_longer_has(keep: Run, found: Found) -> None:
    first = [
        schema("customers", ["email"]),
        *(versioned("customers", 1, {"email": f"{name}@b.co"}) for name in "abc"),
        activate("customers", 1),
        *records("billing", {"id": 1, "email": "c@b.co"}, keys=["id"]),
    ]
    keep({}, first)
    assert found("b@b.co")
    second = [
        schema("customers", ["email"]),
        versioned("customers", 2, {"email": "a@b.co"}),
        versioned("customers", 2, {"email": "b@b.co", "plan": "pro"}),
        activate("customers", 2),
        activate("billing", 2),
    ]
    result = keep({}, second)
    assert "takes the attributes of 1 older record(s) out of the profiles" in result.log
    assert (found("a@b.co"), found("c@b.co")) == (
        {"customer_email": "a@b.co"},
        {"stripe_id": 1, "stripe_email": "c@b.co"},
    )


def test_a_version_that_not_all_records_are_of_removes_nothing(keep: Run, found: Found) -> None:
    keep({}, records("customers", {"email": "a@b.co"}, keys=["email"]))
    messages = [*records("customers", {"email": "b@b.co"}), activate("customers", 2)]
    result = keep({}, messages)
    assert "removes nothing, as not all of its records say" in result.warnings[0]
    assert found("a@b.co")


@pytest.mark.parametrize("version", [True, 2**63, -(2**63) - 1, 1.5, "2", None])
def test_a_version_that_no_store_can_keep_removes_nothing(
    keep: Run, found: Found, version: Any
) -> None:
    keep({}, records("customers", {"email": "a@b.co"}, keys=["email"]))
    messages = [
        schema("customers", ["email"]),
        versioned("customers", version, {"email": "b@b.co"}),
        activate("customers", version),
        state({"at": 1}),
    ]
    result = keep({}, messages)
    assert result.exit_code == 0, result.problems
    assert result.states == [{"at": 1}]
    assert "removes nothing" in result.warnings[0]
    assert found("a@b.co")
    assert found("b@b.co")


def test_versions_can_be_turned_off(keep: Run, found: Found) -> None:
    keep({}, records("customers", {"email": "a@b.co"}, keys=["email"]))
    messages = [schema("customers", ["email"]), activate("customers", 2)]
    keep({"process_activate_version_messages": False}, messages)
    assert found("a@b.co")


def test_a_version_of_another_endpoint_changes_nothing(keep: Run) -> None:
    routes = [{"stream": "t", "endpoint": "create_ticket"}]
    result = keep({"streams": routes}, [schema("t"), activate("t", 1)])
    assert "Stream t: ACTIVATE_VERSION 1 changes nothing in Groove" in result.log


def test_a_rejected_record_is_set_aside_and_the_others_are_kept(
    keep: Run, found: Found, config: dict[str, Any]
) -> None:
    rows = [{"email": "a@b.co"}, {"email": "nobody"}, {"plan": "x"}, {"email": "b@b.co"}]
    result = keep({"on_error": "dead_letter"}, [*records("customers", *rows), state({"at": 1})])
    assert result.exit_code == 0
    assert result.states == [{"at": 1}]
    assert found("a@b.co")
    assert found("b@b.co")
    letters = Path(config["dead_letter_path"]).read_text("utf-8").splitlines()
    entries = [json.loads(each) for each in letters]
    reasons = [each["dead_letter"]["reason"] for each in entries if each["type"] == "RECORD"]
    assert reasons == ["email: 'nobody' is no e-mail address", "email: is missing"]


def test_a_rejected_record_stops_the_run_after_those_before_it(keep: Run, found: Found) -> None:
    rows = [{"email": "a@b.co"}, {"email": "nobody"}, {"email": "b@b.co"}]
    result = keep({}, [*records("customers", *rows), state({"at": 1})])
    assert result.exit_code == 1
    assert result.states == []
    assert found("a@b.co")
    assert found("b@b.co") is None


def test_an_old_dead_letter_does_not_undo_a_later_version(keep: Run, found: Found) -> None:
    keep({}, records("customers", ADA, keys=["email"]))
    old = {
        **record("customers", {**ADA, "plan": "free"}),
        "dead_letter": {"reason": "x", "set_aside_at": 5.5},
    }
    result = keep({}, [schema("customers", ["email"]), old])
    assert "a later version was delivered after it was set aside" in result.log
    assert found("ada@example.com") == ADAS


def test_what_is_written_to_a_file_that_is_gone_is_not_acknowledged(
    keep: Run, url: str, tmp_path: Path
) -> None:
    odd = f"sqlite:///{tmp_path}/a b%23?.db".replace("%23", "#").replace("?", "%")
    assert keep({"profile_url": odd}, records("customers", ADA)).exit_code == 0
    store = open_store(url)
    writer = ProfileWriter(store, now=lambda: 1.0)
    writer.write([Change("s", "1", "a@b.co", None, "{}")])
    for each in tmp_path.glob("profiles.db*"):
        each.unlink()
    with pytest.raises(ProfileStoreError, match="cannot be used"):
        writer.write([Change("s", "2", "b@b.co", None, "{}")])
    store.close()


def test_without_a_store_no_state_is_printed(keep: Run, tmp_path: Path) -> None:
    messages = [*records("customers", ADA), state({"at": 1})]
    result = keep({"profile_url": f"sqlite:///{tmp_path}"}, messages)
    assert result.exit_code == 1
    assert result.states == []
    assert result.problems[0].startswith(f"The profile store sqlite:///{tmp_path} cannot be used: ")


@pytest.mark.parametrize(
    "url,sentence",
    [
        ("mysql://u:pw@h/d", "begins with 'mysql'"),
        ("profiles.db", "is no address"),
    ],
)
def test_an_address_that_cannot_be_meant_is_a_sentence(keep: Run, url: str, sentence: str) -> None:
    result = keep({"profile_url": url})
    assert result.exit_code == 2
    assert f"Setting profile_url {sentence}" in result.problems[0]
    assert "pw" not in result.problems[0]


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:p%w@h:port/d",
        "sqlite:////dev/null/p.db",
        "sqlite://",
        "sqlite:///:memory:",
        "postgresql://u:p%w@[x/d",
    ],
)
def test_a_store_that_cannot_be_there_is_a_sentence(keep: Run, url: str) -> None:
    result = keep({"profile_url": url}, records("customers", ADA))
    assert result.exit_code in {1, 2}
    assert "p%w" not in result.problems[0]


def test_a_password_is_never_said(keep: Run) -> None:
    url = "postgresql://u:hush@127.0.0.1:1/d?password=hush2"
    result = keep({"profile_url": url}, records("customers", ADA))
    assert "The profile store postgresql://u:***@127.0.0.1:1/d cannot be used: " in str(
        result.problems
    )
    assert "hush" not in result.log + str(result.problems)


@pytest.mark.parametrize(
    "keys,sentence",
    [
        ({"url": "/x"}, "url is not for custom_profile, which makes no requests."),
        ({"batch": {"grouping": "array"}}, "batch is not for custom_profile"),
        ({"prefix": "a b"}, "prefix is 'a b'; letters, digits, _ and - are allowed."),
        ({"prefix": 7}, "prefix is 7"),
        ({"endpoint": "create_ticket", "prefix": "x"}, "prefix is for endpoint custom_profile"),
    ],
)
def test_a_wrong_route_is_a_sentence(keep: Run, keys: dict[str, Any], sentence: str) -> None:
    route = {"stream": "customers", "endpoint": "custom_profile", **keys}
    assert any(sentence in each for each in keep({"streams": [route]}).problems)


def test_fields_defaults_and_excludes_act_on_profiles_too(keep: Run, found: Found) -> None:
    route = {
        "stream": "customers",
        "endpoint": "custom_profile",
        "fields": {"email": "contact.mail", "plan": "plan", "tier": "{{ plan | upcase }}"},
        "defaults": {"region": "EU"},
        "exclude": ["plan"],
    }
    row = {"contact": {"mail": "a@b.co"}, "plan": "pro", "secret": 1}
    keep({"streams": [route]}, records("customers", row))
    assert found("a@b.co") == {"customer_email": "a@b.co", "tier": "PRO", "region": "EU"}


def preview(config: dict[str, Any], messages: list[Any]) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    target = PreviewTarget(
        config=config, show=lambda line: lines.append(json.loads(line.to_json()))
    )
    try:
        target.run(io.BytesIO(b"".join(json.dumps(each).encode() + b"\n" for each in messages)))
    finally:
        target.close()
    return lines


def test_a_preview_shows_what_would_be_kept_and_writes_nothing(
    keep: Run, found: Found, url: str, tmp_path: Path
) -> None:
    config = dict(keep.config)
    gone = {"email": "ada@example.com", "_sdc_deleted_at": "now"}
    messages = [
        schema("customers", ["email"]),
        versioned("customers", 2, ADA),
        versioned("customers", 2, {**ADA, "plan": "gold"}),
        versioned("customers", 2, {"email": "b@b.co"}),
        activate("customers", 2),
        versioned("customers", 2, gone),
        versioned("customers", 2, gone),
        versioned("customers", 2, {"email": "nobody"}),
    ]
    lines = preview({**config, "batch_size_rows": 1}, messages)
    actions = ["create", "update", "create", "delete", "unchanged", "rejected"]
    assert [each["action"] for each in lines] == actions
    assert lines[0] == {
        "stream": "customers",
        "endpoint": "custom_profile",
        "method": "LOCAL",
        "url": url,
        "headers": {},
        "body": {"email": "ada@example.com", "attributes": ADAS},
        "records": [{"place": "line 2", "key": "email=Ada@Example.com"}],
        "action": "create",
        "problems": [],
    }
    assert not Path(f"{tmp_path}/profiles.db").exists()
    keep({}, messages[:4])
    lines = preview({**config, "batch_size_rows": 100}, messages)
    actions = ["merged", "unchanged", "unchanged", "merged", "delete", "rejected"]
    assert [each["action"] for each in lines] == actions
    assert (found("ada@example.com") or {})["plan"] == "gold"


def test_a_preview_counts_what_a_version_would_take_out(
    keep: Run, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [versioned("customers", 1, {"email": f"{name}@b.co"}) for name in "abc"]
    keep({}, [schema("customers", ["email"]), *rows])
    messages = [
        schema("customers", ["email"]),
        versioned("customers", 2, {"email": "a@b.co"}),
        versioned("customers", 1, {"email": "d@b.co"}),
        activate("customers", 2),
    ]
    with caplog.at_level(logging.INFO, "target-groove"):
        preview(dict(keep.config), messages)
    assert "takes the attributes of 3 older record(s)" in caplog.text


def test_only_its_owner_can_read_the_store(keep: Run, tmp_path: Path) -> None:
    path = tmp_path / "new" / "profiles.db"
    keep({"profile_url": f"sqlite:///{path}"}, records("customers", ADA))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
