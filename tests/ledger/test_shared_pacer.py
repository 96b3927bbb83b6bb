"""No 60 seconds see more requests than the limit, of all processes together."""

from __future__ import annotations

import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_groove.delivery.pacing import NOTHING_SEEN, Permit
from target_groove.ledger import shared_pacer
from target_groove.ledger.opening import Database, open_database
from target_groove.ledger.shared_pacer import SharedPacer
from tests.delivery.conftest import FakeTime
from tests.ledger.children import child, said

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection

    from tests.ledger.conftest import Opener

_accounts = itertools.count()


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One ledger for all examples, each of which is an account of its own."""
    opened = open_database(f"sqlite:///{tmp_path_factory.mktemp('paced')}/ledger.db")
    yield opened
    opened.close()


@dataclass
class Sent:
    """A request: when it left, and when it was over."""

    begun_at: float
    permit: Permit
    ended_at: float | None = None


NOBODY = 1_000_000
"""No run has this number, so that it is dead."""


@dataclass
class Processes:
    """Several pacers on one ledger, in time that only they move.

    While one of them waits the others go on: a request that is under way comes to its end.
    """

    database: Database
    limit: int
    count: int
    time: FakeTime = field(default_factory=FakeTime)
    sent: list[Sent] = field(default_factory=list)
    under_way: dict[int, Sent] = field(default_factory=dict)
    waits: int = 0
    dead: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        run_id = self.database.liveness.begin()
        account = f"https://account-{next(_accounts)}.example"
        self.pacers = [
            SharedPacer(
                self.database,
                account=account,
                run_id=NOBODY if number in self.dead else run_id,
                limit=self.limit,
                now=self.time.clock,
                sleep=self._sleep,
            )
            for number in range(self.count)
        ]

    def begin(self, number: int) -> None:
        if number in self.under_way:
            self.end(number)
        permit = self.pacers[number].wait()
        begun = Sent(self.time.seconds, permit)
        assert len(self.counted()) < self.limit, "one more than is allowed"
        self.sent.append(begun)
        self.under_way[number] = begun

    def end(self, number: int) -> None:
        sent = self.under_way.pop(number)
        self.pacers[number].count(sent.permit, NOTHING_SEEN)
        sent.ended_at = self.time.seconds

    def counted(self) -> list[Sent]:
        """The requests that Groove may have counted in the last 60 seconds."""
        began = self.time.seconds - 60.0 + 1e-9
        return [each for each in self.sent if each.ended_at is None or each.ended_at > began]

    def _sleep(self, seconds: float) -> None:
        is_rounding = seconds <= 0.001
        assert is_rounding or len(self.counted()) >= self.limit, "it waits for nothing"
        assert seconds > 0
        self.waits += 1
        self.time.sleep(seconds)
        if self.under_way:
            self.end(next(iter(self.under_way)))


_SECONDS = st.one_of(
    st.just(0.0), st.integers(0, 70).map(float), st.floats(0, 70).map(lambda each: round(each, 3))
)
_STEPS = st.lists(st.tuples(st.integers(0, 3), st.booleans(), _SECONDS), max_size=30)


@given(limit=st.integers(1, 6), steps=_STEPS)
def test_all_together_use_the_limit_and_never_exceed_it(
    database: Database, limit: int, steps: list[tuple[int, bool, float]]
) -> None:
    processes = Processes(database, limit, 4)
    for number, begins, pause in steps:
        processes.time.seconds += pause
        if begins:
            processes.begin(number)
        elif number in processes.under_way:
            processes.end(number)
        assert len(processes.counted()) <= limit


def test_seventy_requests_of_three_processes_at_thirty_a_minute(database: Database) -> None:
    processes = Processes(database, 30, 3)
    for number in range(70):
        processes.begin(number % 3)
        processes.end(number % 3)
    assert [each.begun_at for each in processes.sent] == [0.0] * 30 + [60.0] * 30 + [120.0] * 10
    assert processes.waits == 2


def test_two_accounts_do_not_share(database: Database) -> None:
    for _ in range(2):
        processes = Processes(database, 1, 1)
        processes.begin(0)
        processes.end(0)
        assert processes.waits == 0


def test_a_request_that_a_dead_process_never_ended_is_forgotten(database: Database) -> None:
    processes = Processes(database, 1, 2, dead=(0,))
    processes.begin(0)
    processes.under_way.clear()  # its process was killed
    processes.sent.clear()
    processes.time.seconds += 301.0
    processes.begin(1)
    assert processes.waits == 0


def test_a_process_that_was_killed_counts_for_a_while(open_ledger: Opener) -> None:
    """Its request may have reached Groove."""
    now = FakeTime()
    dead, other = (
        SharedPacer(
            open_ledger(),
            account="a",
            run_id=NOBODY + number,
            limit=1,
            now=now.clock,
            sleep=now.sleep,
        )
        for number in range(2)
    )
    dead.wait()
    other.wait()
    assert now.seconds >= 60.0


def test_it_sleeps_as_it_is_told(database: Database) -> None:
    processes = Processes(database, 1, 1)
    processes.begin(0)
    processes.end(0)
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        processes.time.seconds += seconds

    processes.pacers[0].wait(sleep=sleep)
    assert slept == [60.0]
    assert processes.waits == 0


def test_threads_of_a_process_wait_behind_each_other(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the first of them looks into the ledger, and none goes beyond the limit."""
    monkeypatch.setattr(shared_pacer, "WINDOW_SECONDS", 0.2)
    looks = itertools.count()

    def sleep(seconds: float) -> None:
        if seconds:
            next(looks)
        time.sleep(seconds)

    lock = threading.Lock()  # The ledger serves one thread at a time.
    pacer = SharedPacer(
        locked(database, lock),
        account=f"https://account-{next(_accounts)}.example",
        run_id=database.liveness.begin(),
        limit=4,
        now=time.monotonic,
        sleep=sleep,
    )

    def request(_: int) -> tuple[float, float]:
        permit = pacer.wait()
        begun_at = time.monotonic()
        pacer.count(permit, NOTHING_SEEN)
        return begun_at, time.monotonic()

    with ThreadPoolExecutor(8) as pool:
        sent = list(pool.map(request, range(16)))
    for moment, _ in sent:
        assert len([1 for begun, ended in sent if begun <= moment < ended + 0.2 - 0.02]) <= 4
    assert next(looks) <= 16


def locked(database: Database, lock: threading.Lock) -> Any:
    """Give the ledger with a lock around each write."""

    class Locked:
        def __getattr__(self, name: str) -> Any:
            return getattr(database, name)

        @contextmanager
        def write(self, *, durable: bool) -> Iterator[Any]:
            with lock, database.write(durable=durable) as cursor:
                yield cursor

    return Locked()


# Real processes, in real time

LIMIT, WINDOW, PROCESSES, REQUESTS = 5, 0.3, 4, 8


def pace(pipe: Connection, url: str) -> None:
    """Make requests as fast as is allowed, and say when each left and was over."""
    vars(shared_pacer)["WINDOW_SECONDS"] = WINDOW
    database = open_database(url)
    run_id = database.liveness.begin()
    pacer = SharedPacer(
        database, account="a", run_id=run_id, limit=LIMIT, now=time.time, sleep=time.sleep
    )
    pipe.send("ready")
    pipe.recv()
    sent = []
    for number in range(REQUESTS):
        permit = pacer.wait()
        begun_at = time.time()
        time.sleep(0.01 * (number % 3))
        sent.append((begun_at, time.time()))
        pacer.count(permit, NOTHING_SEEN)
    pipe.send(sent)


def test_real_processes_on_a_real_ledger(ledger_url: str) -> None:
    open_database(ledger_url).close()
    sent: list[tuple[float, float]] = []
    with ExitStack() as stack:
        pipes: list[Any] = [
            stack.enter_context(child(pace, ledger_url))[1] for _ in range(PROCESSES)
        ]
        assert [said(each) for each in pipes] == ["ready"] * PROCESSES
        for each in pipes:
            each.send("go")
        for each in pipes:
            sent += said(each)
    assert len(sent) == PROCESSES * REQUESTS
    for moment, _ in sent:
        counted = [1 for begun, ended in sent if begun <= moment < ended + WINDOW]
        assert len(counted) <= LIMIT
    longest = max(ended for _, ended in sent) - min(begun for begun, _ in sent)
    assert longest >= WINDOW * (PROCESSES * REQUESTS // LIMIT)
