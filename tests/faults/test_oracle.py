"""The oracle finds what is wrong: worlds that were made up, each with one fault."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.faults.oracle import (
    Aside,
    Findings,
    World,
    check_acknowledged,
    check_end,
    position_of,
)
from tests.faults.rows import Row, Tap

SLOT = "ticket 7 state"
A = Row(stream="tickets", name="k0001", record={"id": "k0001"}, marks=("ticket-0001",))
TWIN = Row(stream="tickets", name="k0002", record={"id": "k0002"}, marks=("ticket-0001",))
B = Row(stream="tickets", name="k0003", record={"id": "k0003"}, marks=("ticket-0003",))
EVENT = Row(stream="events", name="event-0004", record={"x": 1}, marks=("event-0004",))
PENDING = Row(stream="updates", name="k0005", record={"id": "k0005"}, sets={SLOT: "pending"})
CLOSED = Row(stream="updates", name="k0006", record={"id": "k0006"}, sets={SLOT: "closed"})
ROWS = (A, TWIN, B, EVENT)
RIGHT = {"ticket-0001": 2, "ticket-0003": 1, "event-0004": 1}
LETTER = {"stream": "tickets", "record": {"id": "k0003"}, "dead_letter": {"reason": "no"}}
HELD = {"stream": "tickets", "record_key": '["k0003"]', "held_because": "who knows"}


def tap(*rows: Row) -> Tap:
    return Tap(list(rows or ROWS), {})


def world(state: str = "closed", /, **changes: int) -> World:
    marks = {**RIGHT, **{name.replace("_", "-"): count for name, count in changes.items()}}
    return World(+Counter(marks), {SLOT: state})


def at_the_end(
    now: World,
    *,
    rows: Tap | None = None,
    before: World | None = None,
    aside: Aside | None = None,
) -> list[str]:
    findings = Findings()
    check_end(findings, rows or tap(), before or World(), now, aside or Aside())
    return findings.sentences


def acknowledged(
    position: int, now: World, *, rows: Tap | None = None, aside: Aside | None = None
) -> list[str]:
    findings = Findings()
    check_acknowledged(findings, rows or tap(), position, World(), now, aside or Aside())
    return findings.sentences


def test_a_world_that_is_right() -> None:
    assert at_the_end(world()) == []
    assert acknowledged(4, world()) == []


def test_a_record_is_lost() -> None:
    assert at_the_end(world(ticket_0003=0)) == ["lost: ticket-0003 (1)"]


def test_a_record_is_there_twice() -> None:
    assert at_the_end(world(ticket_0003=2)) == ["twice: ticket-0003 (1 too many)"]


def test_an_honest_twin_is_lost() -> None:
    assert at_the_end(world(ticket_0001=1)) == ["lost: ticket-0001 (1)"]


def test_an_honest_twin_is_there_too_often() -> None:
    assert at_the_end(world(ticket_0001=3)) == ["twice: ticket-0001 (1 too many)"]


def test_an_older_equal_thing_was_taken_for_ours() -> None:
    before = World(Counter({"ticket-0003": 1}))

    assert at_the_end(world(ticket_0003=2), before=before) == []
    assert at_the_end(world(ticket_0003=1), before=before) == ["lost: ticket-0003 (1)"]


def test_something_that_nobody_sent() -> None:
    assert at_the_end(world(ticket_0009=1)) == ["twice: ticket-0009 (1 too many)"]


@pytest.mark.parametrize("aside", [Aside([LETTER], logs="k0003"), Aside(held=[HELD], logs="k0003")])
def test_a_record_that_is_named_is_not_lost(aside: Aside) -> None:
    assert at_the_end(world(ticket_0003=0), aside=aside) == []
    assert at_the_end(world(), aside=aside) == []
    assert acknowledged(3, world(ticket_0003=0), aside=aside) == []


def test_a_record_that_is_named_is_twice_all_the_same() -> None:
    aside = Aside(held=[HELD], logs="k0003")

    assert at_the_end(world(ticket_0003=2), aside=aside) == ["twice: ticket-0003 (1 too many)"]


def test_held_and_not_in_the_log() -> None:
    aside = Aside(held=[HELD])

    assert at_the_end(world(), aside=aside) == [
        "held and not named: tickets k0003 stands in no log"
    ]


def test_held_under_a_name_that_nobody_knows() -> None:
    aside = Aside(held=[{"stream": "tickets", "record_key": "sha256:1f"}])

    (said,) = at_the_end(world(), aside=aside)
    assert "by which no record can be known" in said


def test_held_without_a_key_is_known_by_its_dead_letter() -> None:
    entry = {"stream": "events", "record_key": "+1.12", "held_because": "who knows"}
    about = {"reason": "it is held (the key there: +1.12)", "in_doubt": True}
    letter = {"stream": "events", "record": {"body": "event-0004"}, "dead_letter": about}
    rows = tap(EVENT)

    assert at_the_end(World(), rows=rows, aside=Aside([letter], [entry])) == []
    (said,) = at_the_end(
        World(), rows=rows, aside=Aside([letter], [{**entry, "record_key": "+1.1"}])
    )
    assert "by which no record can be known" in said


def test_one_dead_letter_names_one_record_without_a_key() -> None:
    letter = {"stream": "events", "record": {"body": "event-0004"}, "dead_letter": {}}
    aside = Aside([letter], logs="event-0004")
    twins = tap(EVENT, EVENT)

    found = at_the_end(World(), rows=twins, aside=aside)

    assert found == ["lost: event-0004 (1)"]


def test_a_row_that_changed_may_be_there_as_it_was() -> None:
    rows = tap(A, B)
    rows.change(1, Row(stream="tickets", name="k0003", record={}, marks=("ticket-0003v1",)))

    def found(old: int, new: int) -> list[str]:
        marks = Counter({"ticket-0001": 1, "ticket-0003": old, "ticket-0003v1": new})
        return at_the_end(World(+marks), rows=rows)

    assert found(0, 1) == []
    assert found(1, 1) == []
    assert found(2, 1) == ["twice: ticket-0003 (1 too many)"]
    assert found(1, 0) == ["lost: ticket-0003v1 (1)"]
    assert found(0, 2) == ["twice: ticket-0003v1 (1 too many)"]


def test_acknowledged_and_not_there() -> None:
    assert acknowledged(2, world(ticket_0003=0)) == []
    assert acknowledged(3, world(ticket_0003=0)) == [
        "acknowledged and not there: ticket-0003 (0 of 1)"
    ]
    assert acknowledged(1, world(ticket_0001=1)) == []
    assert acknowledged(2, world(ticket_0001=1)) == [
        "acknowledged and not there: ticket-0001 (1 of 2)"
    ]


def test_the_last_update_counts() -> None:
    rows = tap(PENDING, CLOSED)
    empty = World(Counter(), {SLOT: "pending"})

    assert at_the_end(World(Counter(), {SLOT: "closed"}), rows=rows) == []
    assert at_the_end(empty, rows=rows) == ["lost: ticket 7 state is pending, not ['closed'] (1)"]
    assert acknowledged(1, empty, rows=rows) == []
    assert acknowledged(2, empty, rows=rows) != []


def test_what_a_template_creates_once_is_there_twice_or_not_at_all() -> None:
    slots = ("issue issue-9001 count", "issue issue-9001 state")
    rows = tap(
        *(
            Row(
                stream="issues",
                name=f"issue-000{n}",
                record={},
                sets=dict(zip(slots, ("1", state), strict=True)),
            )
            for n, state in enumerate(("opened", "closed"))
        )
    )

    def found(*values: str) -> list[str]:
        return at_the_end(World(values=dict(zip(slots, values, strict=False))), rows=rows)

    assert found("1", "closed") == []
    assert found("1", "opened") == ["lost: issue issue-9001 state is opened, not ['closed'] (1)"]
    assert found("3", "closed") == ["twice: issue issue-9001 count (2 too many)"]
    assert found()[0] == "lost: issue issue-9001 count is None, not ['1'] (1)"


def test_what_counts_as_acknowledged() -> None:
    assert position_of(b"") is None
    assert position_of(b'{"position":1}\n{"position":3}\n') == 3
    assert position_of(b'{"position":1}\n{"posi') == 1
    with pytest.raises(ValueError, match="went back"):
        position_of(b'{"position":3}\n{"position":1}\n')
    with pytest.raises(ValueError, match="Expecting value"):
        position_of(b"a word\n")
