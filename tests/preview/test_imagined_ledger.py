"""The ledger of a preview: the real one's word, and what would be delivered on top of it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from target_groove.ledger.entry import Intent, Thing
from target_groove.ledger.imagined import ImaginedLedger
from target_groove.ledger.ledger import Ledger
from target_groove.ledger.opening import Database, open_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ACCOUNT = "https://api.groovehq.com/v1"


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/ledger.db"


def run_of(url: str) -> tuple[Ledger, Database]:
    database = open_database(url)
    return Ledger(database, account=ACCOUNT, namespace="default", now=time.time), database


@pytest.fixture
def real(url: str) -> Iterator[tuple[Ledger, Database]]:
    ledger, database = run_of(url)
    yield ledger, database
    database.close()


def imagined_of(url: str) -> ImaginedLedger:
    database = open_database(url, create=False, read_only=True)
    return ImaginedLedger(database, account=ACCOUNT, namespace="default")


def begun(ledger: Ledger, key: str, *, has_left: bool) -> Thing:
    thing = Thing(ledger.scope("s", "create_ticket"), key)
    ledger.claim([Intent(thing, "hash")])
    if has_left:
        ledger.leaves([thing], left_at=1.0, newest_number=None, evidence=None)
    return thing


def test_what_another_run_has_in_hand_is_shown_with_a_remark(
    real: tuple[Ledger, Database], url: str
) -> None:
    thing = begun(real[0], "[1]", has_left=False)
    ledger = imagined_of(url)
    assert [ledger.scope("s", "create_ticket") for _ in range(2)] == [thing.scope] * 2
    (entry,) = ledger.read([thing]).values()
    assert (entry.run_id, entry.send_hash) == (None, None)
    assert ledger.remarks([thing]) == [
        "another run is sending it at this moment; what is left to send depends on that"
    ]
    ledger.close(at_the_end=True)


def test_what_a_dead_run_sent_is_shown_with_a_remark_and_what_never_left_without(url: str) -> None:
    real, database = run_of(url)
    sent, unsent = begun(real, "[1]", has_left=True), begun(real, "[2]", has_left=False)
    database.close()
    ledger = imagined_of(url)
    ledger.scope("s", "create_ticket")
    ledger.read([sent, unsent])
    assert ledger.remarks([unsent]) == []
    assert ledger.remarks([sent, unsent])[0].startswith("a run died while it sent this")
    ledger.close(at_the_end=True)


def test_what_is_loose_is_shown_with_a_remark(real: tuple[Ledger, Database], url: str) -> None:
    thing = begun(real[0], "[1]", has_left=True)
    real[0].earlier.loosen([thing])
    ledger = imagined_of(url)
    assert ledger.claim([Intent(thing, "hash")])[thing].left_at == 1.0
    assert ledger.remarks([thing])[0].startswith("it is in doubt since a run died")
    ledger.close(at_the_end=True)


def test_what_is_held_stays_held(real: tuple[Ledger, Database], url: str) -> None:
    thing = begun(real[0], "[1]", has_left=True)
    real[0].hold([thing], "nobody knows")
    ledger = imagined_of(url)
    assert ledger.read([thing])[thing].held_because == "nobody knows"
    assert ledger.remarks([thing]) == []
    ledger.close(at_the_end=True)


def test_imagined_deliveries_lie_over_the_real_ones(
    real: tuple[Ledger, Database], url: str
) -> None:
    thing = begun(real[0], "[1]", has_left=True)
    real[0].delivered([Intent(thing, "hash")], resource_id="12")
    ledger = imagined_of(url)
    ledger.delivered(
        [Intent(thing, "other")], resource_id=None, calls=["a"], fields={"state": "digest"}
    )
    entry = ledger.read([thing])[thing]
    assert (entry.content_hash, entry.resource_id) == ("other", "12")
    assert entry.calls_done == ("a",)
    assert entry.field_digests == {"state": "digest"}
    assert real[0].read([thing])[thing].content_hash == "hash"
    ledger.close(at_the_end=True)


def test_records_without_a_key_are_not_remembered() -> None:
    ledger = ImaginedLedger(None, account=ACCOUNT, namespace="default")
    scope = ledger.scope("s", "create_ticket")
    assert scope < 0
    assert ledger.scope("t", "create_ticket") != scope
    thing = Thing(scope, "+0.1")
    ledger.delivered([Intent(thing, "hash")], resource_id=None, positions=[0])
    ledger.delivered([Intent(thing, "hash")], resource_id=None)
    assert ledger.read([thing]) == {}
    ledger.close(at_the_end=True)


def test_records_without_a_key_of_runs_that_go_on_are_theirs(
    real: tuple[Ledger, Database], url: str
) -> None:
    thing = begun(real[0], "+1.1", has_left=True)
    real[0].delivered([Intent(thing, "hash")], resource_id=None, positions=[0])
    ledger = imagined_of(url)
    assert ledger.earlier.unacknowledged(thing.scope) == []
    assert ledger.earlier.unacknowledged(-1) == []
    ledger.close(at_the_end=True)
