"""What people see of a ledger and change in it, after real runs, in both databases."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from target_groove import in_doubt
from target_groove.ledger import mending
from target_groove.ledger.entry import Intent, Thing
from target_groove.ledger.errors import LedgerError
from target_groove.ledger.inspection import Inspection, Wanted
from target_groove.ledger.ledger import Ledger
from target_groove.ledger.mending import Mending
from target_groove.ledger.opening import open_database
from target_groove.ledger.statements import UNSURE
from target_groove.ledger.states import REPEATABLE, Row, State
from target_groove.ledger.whereabouts import NoLedgerError, file_of, open_existing
from target_groove.sandbox import Sandbox
from tests.conftest import Run
from tests.ledger.conftest import Opener
from tests.runs import Message, Result, records

Deliver = Callable[..., Result]
ARTICLE = {"id": 1, "title": "Kettle", "body": "It hums.", "state": "published"}


def hook(number: int, event: Any = "ticket_started") -> dict[str, Any]:
    return {"id": number, "event": event, "url": f"https://{number}.example/"}


def hooks(*numbers: int, keys: tuple[str, ...] = ("id",)) -> list[dict[str, Any]]:
    return records("hooks", *map(hook, numbers), keys=keys)


def lose_answers(sandbox: Sandbox, body: str = "", *, path: str = "") -> None:
    rule = {"action": "reset_after", "method": "POST"}
    sandbox.faults([{**rule, **({"body": body} if body else {"path": path})}])


def posts(sandbox: Sandbox, path: str = "/webhooks") -> int:
    return sum(each["method"] == "POST" and path in each["path"] for each in sandbox.log())


@pytest.fixture
def deliver(run: Run, ledger_url: str, config: dict[str, Any]) -> Deliver:
    """`deliver(messages, on_error="fail")` runs the target with a ledger of each kind in turn."""
    config["ledger_url"] = ledger_url
    routes = [
        {"stream": "hooks", "endpoint": "create_webhook", "exclude": ["id"]},
        {"stream": "free", "endpoint": "create_webhook", "load_method": "append-only"},
        {"stream": "pages", "endpoint": "create_article", "exclude": ["id"]},
    ]

    def run_it(messages: list[Any], **settings: Any) -> Result:
        defaults = {"load_method": "upsert", "on_error": "dead_letter", "streams": routes}
        return run({**defaults, **settings}, messages)

    return run_it


@pytest.fixture
def inspected(ledger_url: str, config: dict[str, Any]) -> Callable[..., Any]:
    """`with inspected() as inspection:` opens the ledger as the commands do."""

    @contextmanager
    def opened(*, namespace: str = "default", read_only: bool = False) -> Iterator[Inspection]:
        database = open_existing(ledger_url, read_only=read_only)
        try:
            yield Inspection(
                database,
                account=config["api_url"],
                namespace=namespace,
                keeps_calls={"create_webhook", "create_ticket"},
            )
        finally:
            database.close()

    return opened


Inspected = Callable[..., Any]


def states(inspection: Inspection, wanted: Wanted | None = None) -> dict[str, State]:
    alive = {each.id for each in inspection.alive_runs()}
    rows = inspection.rows(wanted or Wanted())
    return {row.record_key: inspection.state(row, alive) for row in rows}


def held(inspection: Inspection) -> list[Row]:
    return inspection.rows(Wanted(held=True))


def resolve(
    inspected: Inspected, *, delivered: bool, resource_id: str | None = None
) -> list[State]:
    with inspected() as inspection:
        rows = held(inspection)
        assert rows
        return Mending(inspection).resolve(rows, delivered=delivered, resource_id=resource_id)


@contextmanager
def own_run(ledger_url: str, config: dict[str, Any]) -> Iterator[tuple[Ledger, Thing]]:
    """A run with a send in hand that has left; the end of the `with` is its death."""
    database = open_database(ledger_url)
    ledger = Ledger(database, account=config["api_url"], namespace="default", now=time.time)
    thing = Thing(ledger.scope("hooks", "create_webhook"), '["9"]')
    try:
        ledger.claim([Intent(thing, "9" * 32)])
        ledger.leaves([thing], left_at=time.time(), newest_number=None, evidence=None)
        yield ledger, thing
    finally:
        database.close()


def test_no_ledger_is_told_from_one_that_cannot_be_used(ledger_url: str, tmp_path: Path) -> None:
    with pytest.raises(NoLedgerError):
        open_existing(ledger_url, read_only=True)
    assert not (tmp_path / "folder").exists()
    with pytest.raises(LedgerError) as caught:
        open_existing(f"sqlite:///{tmp_path}", read_only=True)
    assert not isinstance(caught.value, NoLedgerError)


def test_status_counts_what_there_is(
    deliver: Deliver, inspected: Inspected, sandbox: Sandbox, ledger_url: str
) -> None:
    lose_answers(sandbox, "2.example")
    deliver(hooks(1, 2, 3))
    deliver(hooks(1, 3), ledger_namespace="other")
    with inspected(read_only=True) as inspection:
        status = inspection.status()
        file = file_of(inspection.database)
    (counts,) = status.counts
    assert counts[:3] == ("hooks", "create_webhook", 2)
    assert counts[4:] == (0, 0, 1, 0)
    assert time.time() - 60 < (counts.last_delivered_at or 0) <= time.time()
    assert (status.elsewhere, status.other_owners, status.alive) == (2, 1, [])
    assert status.version.isdigit()
    assert status.size_bytes > 8192
    assert file == (Path(ledger_url[10:]) if ledger_url.startswith("sqlite") else None)


def test_a_live_run_and_a_dead_one_are_told_apart(
    deliver: Deliver, inspected: Inspected, ledger_url: str, config: dict[str, Any]
) -> None:
    deliver(hooks(1))
    with own_run(ledger_url, config) as (ledger, _), inspected() as inspection:
        assert [each.id for each in inspection.alive_runs()] == [ledger.run_id]
        assert inspection.status().counts[0].under_way == 1
        assert states(inspection, Wanted(open=True)) == {'["9"]': State.UNDER_WAY}
        rows = inspection.rows(Wanted(keys=('["9"]',)))
        with pytest.raises(LedgerError, match="in the hand of a run that goes on"):
            Mending(inspection).resolve(rows, delivered=True)
        assert Mending(inspection).in_the_hand_of_runs(Wanted(stream="hooks")) == 1
        assert Mending(inspection).forget(Wanted(stream="hooks")) == 1
        assert not Mending(inspection).shrink()
    with inspected() as inspection:
        assert inspection.status().counts[0].in_doubt == 1
        assert states(inspection) == {'["9"]': State.IN_DOUBT}
        assert Mending(inspection).forget(Wanted()) == 0
        rows = inspection.rows(Wanted())
        assert Mending(inspection).resolve(rows, delivered=True) == [State.DELIVERED]
        assert states(inspection) == {'["9"]': State.DELIVERED}


def leave_behind(ledger_url: str, config: dict[str, Any], key: str, **sent: Any) -> None:
    """A run that claimed something and died, before or after a request left."""
    database = open_database(ledger_url)
    ledger = Ledger(database, account=config["api_url"], namespace="default", now=time.time)
    thing = Thing(ledger.scope("hooks", "create_webhook"), key)
    ledger.claim([Intent(thing, "9" * 32)])
    if sent:
        ledger.leaves([thing], left_at=time.time(), newest_number=None, **sent)
    database.close()


def test_what_never_left_or_may_be_repeated_is_not_in_doubt(
    deliver: Deliver, inspected: Inspected, ledger_url: str, config: dict[str, Any]
) -> None:
    assert REPEATABLE == in_doubt.REPEATABLE
    deliver(hooks(1))
    leave_behind(ledger_url, config, '["8"]')
    leave_behind(ledger_url, config, '["9"]', evidence=REPEATABLE)
    with inspected() as inspection:
        assert states(inspection, Wanted(open=True)) == {
            '["8"]': State.NOT_SENT,
            '["9"]': State.REPEATED,
        }
        (counts,) = inspection.status().counts
        assert (counts.in_doubt, counts.under_way, counts.unfinished) == (0, 0, 2)
        for key, reason in (("8", "died before a request left"), ("9", "may be sent twice")):
            rows = inspection.rows(Wanted(keys=(f'["{key}"]',)))
            with pytest.raises(LedgerError, match=rf"^Record {key} of stream hooks .*{reason}"):
                Mending(inspection).resolve(rows, delivered=True)
        assert Mending(inspection).resolve(rows, delivered=False) == [State.NOT_DELIVERED]
        assert Mending(inspection).forget(Wanted(stream="hooks")) == 3
        assert inspection.rows(Wanted()) == []


def test_between_two_calls_it_is_partial(
    deliver: Deliver, inspected: Inspected, ledger_url: str, config: dict[str, Any], opened: Opener
) -> None:
    deliver(hooks(1))
    leave_behind(ledger_url, config, '["8"]')
    with opened(ledger_url).write(durable=True) as cursor:
        cursor.execute(
            "UPDATE target_groove_entries SET calls = '[\"c\"]' WHERE send_hash IS NOT NULL"
        )
    with inspected() as inspection:
        assert states(inspection)['["8"]'] is State.PARTIAL
        assert inspection.status().counts[0].unfinished == 1
        rows = inspection.rows(Wanted(open=True))
        with pytest.raises(LedgerError, match="between two of its calls; the next run"):
            Mending(inspection).resolve(rows, delivered=True)


def test_marks_of_another_boot_are_in_doubt(
    deliver: Deliver, inspected: Inspected, ledger_url: str, config: dict[str, Any], opened: Opener
) -> None:
    deliver(hooks(1))
    leave_behind(ledger_url, config, '["8"]')
    with opened(ledger_url).write(durable=True) as cursor:
        cursor.execute("UPDATE target_groove_runs SET boot = 'another'")
    is_certain = ledger_url.startswith("postgresql")
    with inspected(read_only=True) as inspection:
        state = State.NOT_SENT if is_certain else State.IN_DOUBT
        assert states(inspection)['["8"]'] is state
        assert inspection.status().counts[0].in_doubt == (not is_certain)
        assert Mending(inspection).count_forgettable(Wanted()) == 1 + is_certain


def test_an_update_of_which_nothing_is_known_is_unsure(
    deliver: Deliver, inspected: Inspected, opened: Opener, ledger_url: str
) -> None:
    deliver(hooks(1, 2))
    with opened(ledger_url).write(durable=True) as cursor:
        cursor.execute(
            f"UPDATE target_groove_entries SET content_hash = '{UNSURE}'"
            " WHERE record_key = '[\"1\"]'"
        )
    with inspected() as inspection:
        assert states(inspection) == {'["1"]': State.UNSURE, '["2"]': State.DELIVERED}
        (counts,) = inspection.status().counts
        assert (counts.delivered, counts.unfinished, counts.in_doubt) == (1, 1, 0)


def test_a_version_that_was_resolved_is_never_created_again(
    deliver: Deliver, inspected: Inspected, sandbox: Sandbox
) -> None:
    def tickets(topic: str) -> list[dict[str, Any]]:
        row = {"id": 1, "to": "support@sandbox.example", "from": "a@b.example", "body": topic}
        return records("create_ticket", row, keys=["id"])

    how: dict[str, Any] = {"streams": [], "on_in_doubt": "hold"}
    assert deliver(tickets("one"), **how).exit_code == 0
    with inspected() as inspection:
        assert set(states(inspection).values()) == {State.DELIVERED}
    lose_answers(sandbox, "two")
    deliver(tickets("two"), **how)
    assert resolve(inspected, delivered=True) == [State.DELIVERED]
    sandbox.faults([])
    before = posts(sandbox, "/tickets")
    for topic in ("one", "two", "one", "two"):
        assert deliver(tickets(topic), **how).exit_code == 0
    assert posts(sandbox, "/tickets") == before
    with inspected() as inspection:
        assert set(states(inspection).values()) == {State.DELIVERED}


def test_delivered_is_not_sent_again(
    deliver: Deliver, inspected: Inspected, sandbox: Sandbox
) -> None:
    lose_answers(sandbox, "2.example")
    deliver(hooks(1, 2))
    assert resolve(inspected, delivered=True, resource_id="77") == [State.DELIVERED]
    with inspected() as inspection:
        (row,) = inspection.rows(Wanted(keys=('["2"]',)))
    assert (row.resource_id, row.send_hash, row.evidence, row.left_at) == ("77", None, None, None)
    assert row.delivered_at
    sandbox.faults([])
    before = posts(sandbox)
    assert deliver(hooks(1, 2)).exit_code == 0
    assert posts(sandbox) == before


def test_not_delivered_is_sent_again_also_out_of_the_dead_letters(
    deliver: Deliver, inspected: Inspected, sandbox: Sandbox, config: dict[str, Any]
) -> None:
    lose_answers(sandbox, "2.example")
    deliver(hooks(1, 2))
    assert resolve(inspected, delivered=False) == [State.NOT_DELIVERED]
    with inspected() as inspection:
        assert states(inspection)['["2"]'] is State.NOT_DELIVERED
        assert inspection.status().counts[0].unfinished == 1
        (row,) = inspection.rows(Wanted(keys=('["2"]',)))
        assert (row.calls, row.held_because, row.run_id) == ("[]", None, None)
    sandbox.faults([])
    letters = Path(config["dead_letter_path"]).read_bytes().splitlines()
    before = posts(sandbox)
    deliver(letters)
    assert posts(sandbox) == before + 1
    with inspected() as inspection:
        assert set(states(inspection).values()) == {State.DELIVERED}


def test_a_change_that_was_not_delivered_leaves_what_was(
    deliver: Deliver, inspected: Inspected, sandbox: Sandbox
) -> None:
    deliver(hooks(1))
    lose_answers(sandbox, "note_added")
    changed = records("hooks", hook(1, "note_added"), keys=["id"])
    deliver(changed)
    assert resolve(inspected, delivered=False) == [State.DELIVERED]
    sandbox.faults([])
    before = posts(sandbox)
    deliver(changed)
    assert posts(sandbox) == before + 1


@pytest.mark.parametrize("delivered, more", [(True, 0), (False, 1)])
def test_a_record_without_a_key_is_known_again(
    deliver: Deliver, inspected: Inspected, sandbox: Sandbox, *, delivered: bool, more: int
) -> None:
    rows = records("free", hook(1))
    lose_answers(sandbox, "1.example")
    assert deliver(rows, on_error="fail").exit_code == 1
    resolve(inspected, delivered=delivered)
    sandbox.faults([])
    before = posts(sandbox)
    assert deliver(rows, on_error="fail").exit_code == 0
    assert posts(sandbox) == before + more
    # It was one record; the next one of this content is another.
    assert deliver(rows, on_error="fail").exit_code == 0
    assert posts(sandbox) == before + more + 1


@pytest.mark.parametrize("delivered, more", [(True, 0), (False, 1)])
def test_a_record_without_a_key_comes_back_out_of_the_dead_letters(
    deliver: Deliver,
    inspected: Inspected,
    sandbox: Sandbox,
    config: dict[str, Any],
    *,
    delivered: bool,
    more: int,
) -> None:
    lose_answers(sandbox, "1.example")
    deliver(records("free", hook(1)))
    resolve(inspected, delivered=delivered)
    sandbox.faults([])
    before = posts(sandbox)
    letters = Path(config["dead_letter_path"]).read_bytes().splitlines()
    result = deliver(letters, on_error="fail")
    assert result.exit_code == 0, result.problems
    assert posts(sandbox) == before + more


@pytest.mark.parametrize("keys", [["id"], []])
def test_of_several_calls_the_one_in_doubt_is_done(
    deliver: Deliver, inspected: Inspected, sandbox: Sandbox, keys: list[str]
) -> None:
    base = sandbox.things("knowledge_bases")[0]["id"]
    rows: list[Message] = list(records("pages", {**ARTICLE, "knowledge_base_id": base}, keys=keys))
    lose_answers(sandbox, path="/articles$")
    load = "upsert" if keys else "append-only"
    how = {"on_error": "fail", "on_in_doubt": "hold", "load_method": load}
    assert deliver(rows, **how).exit_code == 1
    (article,) = sandbox.things("articles")
    states_ = resolve(inspected, delivered=True, resource_id=str(article["id"]))
    assert states_ == [State.PARTIAL]
    with inspected() as inspection:
        assert set(states(inspection).values()) == {State.PARTIAL}
    sandbox.faults([])
    assert deliver(rows, **how).exit_code == 0
    (article,) = sandbox.things("articles")
    assert article["state"] == "published"


def test_what_a_run_changed_meanwhile_is_left_alone(
    deliver: Deliver, inspected: Inspected, sandbox: Sandbox
) -> None:
    lose_answers(sandbox, "2.example")
    deliver(hooks(1, 2))
    with inspected() as inspection:
        rows = held(inspection)
        Mending(inspection).resolve(rows, delivered=False)
        with pytest.raises(LedgerError, match="changed by a run meanwhile"):
            Mending(inspection).resolve(rows, delivered=True)
        (done,) = inspection.rows(Wanted(keys=('["1"]',)))
        with pytest.raises(LedgerError, match="nothing to resolve"):
            Mending(inspection).resolve([done], delivered=True)


def test_forgotten_is_sent_again_and_what_is_held_stays(
    deliver: Deliver, inspected: Inspected, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mending, "_AT_ONCE", 2)
    lose_answers(sandbox, "3.example")
    deliver(hooks(1, 2, 3, 4, 5, 6))
    with inspected() as inspection:
        assert Mending(inspection).count_forgettable(Wanted(stream="hooks")) == 5
        assert Mending(inspection).forget(Wanted(stream="other")) == 0
        assert Mending(inspection).forget(Wanted(stream="hooks", keys=('["1"]',))) == 1
        assert Mending(inspection).forget(Wanted(stream="hooks")) == 4
        assert states(inspection) == {'["3"]': State.HELD}
    before = posts(sandbox)
    deliver(hooks(1, 2, 3))
    assert posts(sandbox) == before + 2


def test_another_namespace_is_not_touched(deliver: Deliver, inspected: Inspected) -> None:
    deliver(hooks(1, 2))
    with inspected(namespace="other") as inspection:
        assert Mending(inspection).forget(Wanted()) == 0
        assert inspection.rows(Wanted()) == []
        assert inspection.status().elsewhere == 2


def test_old_deliveries_and_what_is_of_no_use_are_removed(
    deliver: Deliver, inspected: Inspected, sandbox: Sandbox, opened: Opener, ledger_url: str
) -> None:
    lose_answers(sandbox, "3.example")
    deliver(hooks(1, 2, 3))
    with opened(ledger_url).write(durable=True) as cursor:
        cursor.execute(
            "UPDATE target_groove_entries SET delivered_at = 1000 WHERE record_key <> '[\"2\"]'"
        )
        cursor.execute(
            "INSERT INTO target_groove_runs (host, pid, boot, began_at) VALUES ('h', 1, '', 1)"
        )
        for number, begun_at in ((9001, 1.0), (9002, time.time())):
            cursor.execute(
                "INSERT INTO target_groove_requests (id, account, run_id, begun_at)"
                f" VALUES ('{number}', 'a', 1, {begun_at})"
            )
    with inspected() as inspection:
        mender = Mending(inspection)
        assert mender.count_forgettable(Wanted(), before=5000) == 1
        assert mender.forget(Wanted(), before=5000) == 1
        assert set(states(inspection)) == {'["2"]', '["3"]'}
        runs, slots = mender.clear_away()
        assert runs == 1
        assert slots >= 1


def test_an_sqlite_file_becomes_smaller_beside_no_run(sqlite_url: str, opened: Opener) -> None:
    database = opened(sqlite_url)
    with database.write(durable=True) as cursor:
        cursor.execute("INSERT INTO target_groove_scopes VALUES (1, 'a', 'n', 's', 'e')")
        for number in range(2000):
            cursor.execute(
                "INSERT INTO target_groove_entries (scope_id, record_key, content_hash,"
                f" delivered_at) VALUES (1, '{json.dumps([str(number)])}', 'x', 1.0)"
            )
    inspection = Inspection(database, account="a", namespace="n")
    before = inspection.status().size_bytes
    assert Mending(inspection).forget(Wanted(), before=5.0) == 2000
    assert Mending(inspection).shrink()
    assert inspection.status().size_bytes < before / 2
    assert not inspection.rows(Wanted())
