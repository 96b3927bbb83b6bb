"""Answers go out from one place: in lots, in order, and past a way that fails."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from target_groove.errors import DeliveryError, Interrupted
from target_groove.ledger.ledger import Ledger
from target_groove.ledger.opening import open_database
from target_groove.ledger.outbox import Written
from target_groove.ledger.without import NothingKept
from target_groove.responses.forwarding import Forwarding


@dataclass
class Way:
    """Takes answers, or raises instead.

    Attributes:
        raises: What it raises when it is to take some.
        problem: What it says at the end.
        is_for_others: Whether it takes answers of earlier runs.
        lots: What it took.
    """

    name: str
    raises: Exception | None = None
    problem: str = ""
    confirms: bool = True
    is_for_others: bool = False
    lots: list[list[str]] = field(default_factory=list)

    @property
    def taken(self) -> int:
        """How many it took."""
        return sum(map(len, self.lots))

    def check(self) -> None:
        """Nothing is wrong."""

    def begin(self) -> None:
        """Nothing to do."""

    def send(self, answers: Sequence[Written], *, again: bool = False) -> None:
        """Take them."""
        assert again is self.is_for_others
        if self.raises:
            raise self.raises
        self.lots.append([each.answer_id for each in answers])

    def arrived(self) -> list[str]:
        """Nothing."""
        return []

    def finish(self) -> str:
        """Say what is wrong."""
        return self.problem

    def close(self) -> None:
        """Nothing to do."""


def forwarding(
    *ways: Way, remembers: bool = True, seconds: list[float] | None = None
) -> Forwarding:
    times = seconds if seconds is not None else [0.0]
    return Forwarding(
        ways,
        outbox=NothingKept(),
        remembers=remembers,
        run_id="run",
        clock=lambda: times[-1],
    )


def answers(*numbers: int) -> list[Written]:
    return [Written(str(each), "{}") for each in numbers]


def test_they_wait_for_half_a_second_or_for_a_lot() -> None:
    way, seconds = Way("one"), [0.0]
    told = forwarding(way, seconds=seconds)

    told.tell(answers(1, 2))
    told.flush_if_due()
    assert (way.lots, told.waits) == ([], True)
    seconds.append(0.5)
    told.flush_if_due()
    assert (way.lots, told.waits) == ([["1", "2"]], False)
    told.tell(answers(*range(250)))
    told.flush_if_due()
    assert [len(each) for each in way.lots] == [2, 100, 100, 50]


def test_without_a_ledger_they_do_not_wait() -> None:
    way = Way("one")
    told = forwarding(way, remembers=False)

    told.tell(answers(1))
    told.flush_if_due()

    assert way.lots == [["1"]]


def test_a_way_that_fails_stops_the_run_once_and_the_others_go_on() -> None:
    bad, good = Way("bad", raises=DeliveryError("It is full.")), Way("good")
    told = forwarding(good, bad)
    told.tell(answers(1))
    with pytest.raises(DeliveryError, match="It is full"):
        told.flush()

    told.tell(answers(2))
    told.flush()

    assert good.lots == [["1"], ["2"]]


def test_a_signal_while_a_way_is_not_free_keeps_no_other_from_its_answers() -> None:
    busy, free = Way("busy", raises=Interrupted(15)), Way("free")
    told = forwarding(busy, free)

    told.tell(answers(1))
    told.flush()

    assert free.lots == [["1"]]


def test_every_way_is_brought_to_its_end_and_every_problem_said() -> None:
    told = forwarding(Way("one", problem="one fell"), Way("two", problem="two broke"))

    with pytest.raises(DeliveryError, match="one fell; two broke; what did not arrive is told by"):
        told.finish()


def test_the_end_of_a_run_that_stops_is_only_logged(caplog: pytest.LogCaptureFixture) -> None:
    told = forwarding(Way("one", problem="one fell"), Way("bad", raises=DeliveryError("Full.")))
    told.tell(answers(1))

    told.end_early()

    assert caplog.messages == ["Full.", "one fell."]


@contextmanager
def closing_early(ledger: Ledger) -> Iterator[Ledger]:
    """End a run that did not come to its end."""
    try:
        yield ledger
    finally:
        ledger.close(at_the_end=False)


def left_by_others(path: Path, count: int, *to: str) -> Ledger:
    """Open a ledger in which another run left answers."""

    def begun() -> Ledger:
        database = open_database(f"sqlite:///{path}/ledger.db")
        return Ledger(database, account="a", namespace="n", now=lambda: 1.0)

    other = begun()
    other.outbox.destinations = to
    with other.outbox.with_answers([Written(f"r{each:03}", "{}") for each in range(count)]):
        pass
    other.close(at_the_end=True)
    return begun()


def test_a_way_that_fails_keeps_no_other_from_what_was_left_for_it(tmp_path: Path) -> None:
    full = Way("full", raises=DeliveryError("The disk is full."), is_for_others=True)
    good = Way("good", problem="good ended with exit code 1", is_for_others=True)
    with closing_early(left_by_others(tmp_path, 3, "full", "good")) as ledger:
        forwarding = Forwarding(
            [full, good], outbox=ledger.outbox, remembers=True, run_id="run", clock=lambda: 0.0
        )
        with pytest.raises(DeliveryError) as raised:
            forwarding.tell_for_others()
    assert good.lots == [["r000", "r001", "r002"]]
    assert str(raised.value) == (
        "The disk is full. good ended with exit code 1; what did not arrive is told by the next "
        "run."
    )


def test_what_was_left_and_has_arrived_is_noted_lot_by_lot(tmp_path: Path) -> None:
    class Dies(Way):
        def arrived(self) -> list[str]:
            return self.lots[-1]

        def send(self, answers: Sequence[Written], *, again: bool = False) -> None:
            if len(self.lots) == 2:
                raise SystemExit
            super().send(answers, again=again)

    way = Dies("way", is_for_others=True)
    with closing_early(left_by_others(tmp_path, 250, "way")) as ledger:
        forwarding = Forwarding(
            [way], outbox=ledger.outbox, remembers=True, run_id="run", clock=lambda: 0.0
        )
        with pytest.raises(SystemExit):
            forwarding.tell_for_others()
    with closing_early(left_by_others(tmp_path, 0)) as ledger:
        left = [each.answer_id for each in ledger.outbox.left_behind("way")]
    assert left == [f"r{each}" for each in range(200, 250)]
