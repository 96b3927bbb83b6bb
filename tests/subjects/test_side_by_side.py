"""Several batches at once, and what a night costs."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from target_groove.errors import Interrupted
from target_groove.subjects.claims import Claims

if TYPE_CHECKING:
    from tests.subjects.crm import Crm


def test_batches_side_by_side_create_nothing_twice(crm: Crm) -> None:
    def batch(number: int) -> list[str]:
        rows = [
            {"contact_email": f"n{n}@example.org", "contact_role": str(number)} for n in range(5)
        ]
        own = {"contact_email": f"own{number}@example.org"}
        company = {"company_domain": "acme.example"}
        return crm.delivered(crm.contact(*({**each, **company} for each in [*rows, own])))

    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(batch, range(8)))

    assert len(crm.contacts) == 13
    assert len({tuple(each[:5]) for each in ids}) == 1
    assert len(crm.companies) == 1
    assert len(crm.companies[0]["contacts"]) == 13
    assert crm.kinds.count("Introspection") == 1
    assert crm.kinds.count("CustomFields") == 1


def test_a_night_of_ten_thousand_contacts_of_which_one_in_a_hundred_changed(crm: Crm) -> None:
    """The other 9,900 are known to be unchanged, and do not come this far."""
    rows = [{"contact_email": f"n{n}@example.org", "contact_role": "A"} for n in range(100)]
    ids = crm.delivered(crm.contact(*rows))
    crm.new_run()
    before = len(crm.sandbox.log())

    for start in range(0, 100, 25):
        part = slice(start, start + 25)
        changed = [{**each, "contact_role": "B"} for each in rows[part]]
        crm.delivered(crm.contact(*changed, known=ids[part]))

    assert {each["values"]["contact_role"] for each in crm.contacts} == {"B"}
    assert len(crm.sandbox.log()) - before == 10


def test_a_night_with_batches_of_a_hundred(crm: Crm) -> None:
    rows = [{"contact_email": f"n{n}@example.org", "contact_role": "A"} for n in range(100)]
    ids = crm.delivered(crm.contact(*rows))
    crm.new_run()
    before = len(crm.sandbox.log())

    crm.delivered(crm.contact(*({**each, "contact_role": "B"} for each in rows), known=ids))

    assert {each["values"]["contact_role"] for each in crm.contacts} == {"B"}
    assert len(crm.sandbox.log()) - before == 4


def test_who_came_first_goes_first() -> None:
    claims, order, arrived = Claims(), list[str](), threading.Event()
    waiting = threading.Barrier(2, timeout=20)

    def second() -> None:
        with claims.hold({("a", "1"), ("a", "2")}, arrived.set):
            order.append("second")

    def third() -> None:
        waiting.wait()
        with claims.hold({("a", "2")}, lambda: None):
            order.append("third")

    threads = [threading.Thread(target=each) for each in (second, third)]
    with claims.hold({("a", "1")}, lambda: None):
        for each in threads:
            each.start()
        assert arrived.wait(20)
        waiting.wait()
        with claims.hold({("b", "1")}, lambda: None):
            order.append("first, and another that shares nothing")
    for each in threads:
        each.join()

    assert order == ["first, and another that shares nothing", "second", "third"]


def test_who_waits_sees_that_the_run_is_to_end() -> None:
    claims = Claims()

    def check() -> None:
        raise Interrupted(15)

    with claims.hold({("a", "1")}, lambda: None):
        with pytest.raises(Interrupted), claims.hold({("a", "1")}, check):
            pytest.fail("it is in hand")
        # It does not stand in the way of others.
        with claims.hold({("b", "1")}, lambda: None):
            pass
    with claims.hold({("a", "1")}, lambda: None):
        pass
