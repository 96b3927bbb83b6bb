"""Every kind of disturbance once, a part of the table of cases, and a few that are drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import Final

import pytest

from tests.faults.bench import Bench
from tests.faults.campaign import begun
from tests.faults.cases import TABLE, Backend, Case, draw_case
from tests.faults.disturbances import FAMILIES
from tests.faults.killed import find
from tests.faults.points import POINTS, Point
from tests.faults.streams import STREAMS
from tests.faults.tours import PLAN, tours
from tests.faults.trial import Report, run_trial

BOTH: Final = (Backend.SQLITE, Backend.POSTGRESQL)
DRAWN: Final = 3
SELECTED: Final = (
    "killed before outcome, issues",
    "killed after answer, people",
    "merged versions, 422 of an update",
    "equal tickets, several answers lost, killed",
    "16 in flight, 401",
    "killed, from the beginning",
    "an invalid record stops the run",
    "whatever is in doubt is held",
    "killed, a process of its own",
)
"""`make test-faults ARGS="--case .*"` goes through the whole table."""
TOURS: Final = tours()
CASES: Final[Mapping[str, Case]] = {
    **TOURS,
    **{
        f"{name} [{BOTH[number % 2]}]": replace(case, backend=BOTH[number % 2])
        for number, (name, case) in enumerate((each, TABLE[each]) for each in SELECTED)
    },
    **{f"drawn {number}": draw_case("make test", number, BOTH) for number in range(DRAWN)},
}


@pytest.fixture(scope="module")
def reports(
    request: pytest.FixtureRequest, places: Sequence[Bench]
) -> Iterator[Mapping[str, Future[Report]]]:
    """What comes of the cases that are selected; some are under way while a test judges one."""
    calls = [getattr(item, "callspec", None) for item in request.session.items]
    wanted = [call.params["name"] for call in calls if call and "name" in call.params]
    can_run = [
        name
        for name in wanted
        if name in CASES and (places[0].databases or CASES[name].backend is not Backend.POSTGRESQL)
    ]
    with begun([CASES[name] for name in can_run], places) as futures:
        yield dict(zip(can_run, futures, strict=True))


@pytest.mark.parametrize("name", CASES)
def test_nothing_is_lost_and_nothing_is_there_twice(
    reports: Mapping[str, Future[Report]], name: str
) -> None:
    if name not in reports:
        pytest.skip("there is no PostgreSQL server here (on Debian: apt-get install postgresql)")
    report = reports[name].result()

    assert report.findings.sentences == [], f"{report.case}, files: {report.folder}"


@pytest.mark.parametrize("name", TOURS)
def test_a_tour_comes_to_its_kill_points(reports: Mapping[str, Future[Report]], name: str) -> None:
    if name not in reports:
        pytest.skip("there is no PostgreSQL server here")
    meant = {each.name for each in TOURS[name].runs if each.kill is not None and not each.is_twin}

    assert meant <= set(reports[name].result().kills)


def test_the_tours_come_to_every_kind_of_disturbance_and_to_every_stream() -> None:
    kinds = [family for _, families in PLAN for family in families]
    streams = {stream for case in CASES.values() for stream in case.mix.streams}

    assert sorted(kinds) == sorted(FAMILIES)
    assert streams == set(STREAMS)


@pytest.mark.parametrize("point", POINTS, ids=lambda point: point.name)
def test_the_program_has_every_kill_point(point: Point) -> None:
    for function in point.functions:
        find(function)


def test_without_a_ledger_the_oracle_finds_what_is_twice(bench: Bench) -> None:
    """The campaign can fail: a kill after an answer, and nothing that remembers it."""
    case = TABLE["killed after answer"]
    one_at_a_time = {**case.settings, "max_in_flight": 1, "batch_size_rows": 1}
    case = replace(case, backend=Backend.NONE, settings=one_at_a_time, latency_ms=0)

    report = run_trial(case, bench)

    assert report.kills.total() == 1
    assert report.findings.twice.total() == 1
    assert report.findings.lost.total() == 0
