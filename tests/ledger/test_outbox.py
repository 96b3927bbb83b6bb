"""Answers in the ledger, from when they came until they arrived."""

from __future__ import annotations

from pathlib import Path

import pytest

from target_groove.ledger.known import ANSWERS
from target_groove.ledger.ledger import Ledger
from target_groove.ledger.outbox import Written
from target_groove.ledger.written import for_sqlite
from tests.ledger.conftest import Opener
from tests.ledger.version_1 import make_version_1

FILE, DOWN = "a file", "down the stream"


def ledger_of(open_ledger: Opener, namespace: str = "default", *to: str) -> Ledger:
    made = Ledger(open_ledger(), account="a", namespace=namespace, now=lambda: 1.0)
    made.outbox.destinations = to or (FILE, DOWN)
    return made


def answers(*ids: str) -> list[Written]:
    return [Written(each, f'{{"response_id":"{each}"}}') for each in ids]


def ids(found: object) -> list[str]:
    return [each.answer_id for each in found]  # type: ignore[attr-defined]


def end(ledger: Ledger) -> None:
    ledger.close(at_the_end=True)


def test_what_has_not_arrived_is_left_to_the_next_run(open_ledger: Opener) -> None:
    first = ledger_of(open_ledger)
    with first.outbox.with_answers(answers("1", "2", "3")):
        pass
    first.outbox.arrived(FILE, ["1", "2"])
    end(first)

    second = ledger_of(open_ledger)
    assert ids(second.outbox.left_behind(FILE)) == ["3"]
    assert ids(second.outbox.left_behind(DOWN)) == ["1", "2", "3"]
    second.outbox.arrived(FILE, ["3"])
    second.outbox.arrived(DOWN, ["1", "2", "3"])
    end(second)

    third = ledger_of(open_ledger)
    assert ids(third.outbox.left_behind(FILE)) == ids(third.outbox.left_behind(DOWN)) == []


def test_what_a_living_run_has_is_left_to_it(open_ledger: Opener) -> None:
    living = ledger_of(open_ledger)
    with living.outbox.with_answers(answers("1")):
        pass

    assert ids(ledger_of(open_ledger).outbox.left_behind(FILE)) == []


def test_answers_of_another_namespace_are_not_ours(open_ledger: Opener) -> None:
    first = ledger_of(open_ledger, "other")
    with first.outbox.with_answers(answers("1")):
        pass
    end(first)

    assert ids(ledger_of(open_ledger).outbox.left_behind(FILE)) == []


def test_an_answer_is_kept_only_with_what_is_noted_beside_it(open_ledger: Opener) -> None:
    ledger = ledger_of(open_ledger)

    def fails() -> None:
        with ledger.outbox.with_answers(answers("1")):
            ledger.scope("s", "e")
            Path("/no/such/file").unlink()

    with pytest.raises(FileNotFoundError):
        fails()

    end(ledger)
    assert ids(ledger_of(open_ledger).outbox.left_behind(FILE)) == []


def test_nothing_is_kept_that_is_told_nowhere(open_ledger: Opener) -> None:
    first = ledger_of(open_ledger)
    first.outbox.destinations = ()
    with first.outbox.with_answers(answers("1")):
        pass
    end(first)

    assert ids(ledger_of(open_ledger).outbox.left_behind(FILE)) == []


def test_many_are_given_in_their_order(open_ledger: Opener) -> None:
    first = ledger_of(open_ledger, "default", FILE)
    names = [str(each) for each in range(1_234)]
    with first.outbox.with_answers(answers(*names)):
        pass
    end(first)

    assert ids(ledger_of(open_ledger).outbox.left_behind(FILE)) == names


@pytest.mark.parametrize("is_older", [False, True], ids=["new", "older"])
def test_a_piece_of_many_is_read_without_looking_at_all_of_them(
    opened: Opener, sqlite_url: str, *, is_older: bool
) -> None:
    database = opened(sqlite_url)
    if is_older:
        with database.write(durable=True) as cursor:
            make_version_1(cursor)
        database = opened(sqlite_url)
    asked = for_sqlite(ANSWERS)
    assert asked.order is not None
    with database.read() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {asked.text}", [0 for _ in asked.order])
        (step,) = [each[-1] for each in cursor.fetchall()]
    assert "USING INDEX target_groove_answers_waiting (destination=? AND run_id=?" in step
    assert "place" in step


def test_what_was_told_can_be_told_again_until_others_are(open_ledger: Opener) -> None:
    first = ledger_of(open_ledger, "default", DOWN)
    with first.outbox.with_answers(answers("1", "2")):
        pass
    first.outbox.told(DOWN)
    end(first)

    second = ledger_of(open_ledger, "default", DOWN)
    assert ids(second.outbox.left_behind(DOWN)) == []
    second.outbox.told(DOWN)  # It told nothing.
    end(second)

    third = ledger_of(open_ledger, "default", DOWN)
    assert ids(third.outbox.tell_again(DOWN)) == ["1", "2"]
    third.outbox.told(DOWN)
    end(third)

    fourth = ledger_of(open_ledger, "default", DOWN)
    with fourth.outbox.with_answers(answers("3")):
        pass
    fourth.outbox.told(DOWN)
    end(fourth)

    assert ids(ledger_of(open_ledger, "default", DOWN).outbox.tell_again(DOWN)) == ["3"]
