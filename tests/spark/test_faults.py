"""Tasks, workers, executors and drivers that die in the middle: nothing is lost, nothing twice."""

from __future__ import annotations

import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from tests.processes import patiently
from tests.spark.cluster import running_cluster
from tests.spark.door import TICKETS
from tests.spark.processes import EXECUTOR, PYTHON_WORKER, Job, kill

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.postgres import Server
    from tests.spark.door import Door

ORDERS: Final = range(240)
SLOW: Final = 60
"""Milliseconds for each call: long enough to be in the middle of it."""
CLUSTER: Final = "local-cluster[2,1,1024]"
END_CONNECTIONS: Final = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
    "WHERE application_name = 'target-groove'"
)


def created(door: Door) -> Counter[str]:
    return Counter(each["title"] for each in door.sandbox.things("tickets"))


EACH_ONCE: Final = Counter(f"order {number}" for number in ORDERS)


def wait_for(door: Door, share: float) -> None:
    """Wait until that much of the tickets has left."""
    patiently(lambda: len(door.writes()) > len(ORDERS) * share)


def disturbed(
    door: Door, disturb: Callable[[], object], options: Mapping[str, str] = TICKETS
) -> dict[str, int]:
    """Write all tickets, and do something when a quarter of them has left."""
    door.sandbox.configure(latency_ms=SLOW)

    def wait_and_disturb() -> None:
        wait_for(door, 0.25)
        disturb()

    # Spark knows the format by name in the thread that registered it.
    with ThreadPoolExecutor(1) as pool:
        disturbance = pool.submit(wait_and_disturb)
        told = door.save(door.tickets(ORDERS.start, ORDERS.stop), **options)
        disturbance.result()
    door.sandbox.configure(latency_ms=0)
    return told


def check_nothing_is_left_to_do(door: Door) -> None:
    calls = len(door.writes())
    told = door.save(door.tickets(ORDERS.start, ORDERS.stop), **TICKETS)
    assert (told["delivered"], told["unchanged"], told["request"]) == (0, len(ORDERS), 0)
    assert len(door.writes()) == calls


def test_a_task_that_loses_its_ledger_is_tried_again(door: Door, postgres: Server) -> None:
    begun = len(door.spark.log)
    told = disturbed(door, lambda: postgres.sql(END_CONNECTIONS))
    assert created(door) == EACH_ONCE
    assert told["delivered"] + told["unchanged"] == len(ORDERS)
    assert "TaskSetManager: Lost task" in door.spark.log[begun:]
    check_nothing_is_left_to_do(door)


def test_a_python_worker_that_is_killed_is_replaced(door: Door) -> None:
    begun = len(door.spark.log)
    disturbed(door, lambda: kill(os.getpid(), PYTHON_WORKER))
    assert created(door) == EACH_ONCE
    assert "TaskSetManager: Lost task" in door.spark.log[begun:]
    check_nothing_is_left_to_do(door)


def test_what_nobody_can_look_up_is_sent_once_at_most_and_named(door: Door) -> None:
    echo = {"endpoint": "custom", "method": "POST", "url": "/echo/x", "key": "order_id"}
    options = {**echo, "on_error": "dead_letter"}
    told = disturbed(door, lambda: kill(os.getpid(), PYTHON_WORKER), options)
    arrived = Counter(each["body"]["order_id"] for each in door.writes())
    assert max(arrived.values()) == 1
    named = {each["record"]["order_id"] for each in door.dead_letters()}
    assert set(ORDERS) - set(arrived) <= named
    assert 0 < len(named) == told["in doubt"]


def test_the_job_goes_on_where_a_driver_was_killed(door: Door) -> None:
    door.sandbox.configure(latency_ms=SLOW)
    options = {**door.options, **TICKETS}
    with Job.started(door.folder / "job", [options], ORDERS, master="local[2]") as job:
        wait_for(door, 0.25)
        job.kill()
        before = len(door.sandbox.things("tickets"))
        assert before < len(ORDERS)
        # While what is left of its processes is still about to die.
        told = door.save(door.tickets(ORDERS.start, ORDERS.stop), **TICKETS)
    assert created(door) == EACH_ONCE
    assert told["delivered"] + told["unchanged"] == len(ORDERS)
    check_nothing_is_left_to_do(door)


def test_executors_that_are_killed_are_replaced(door: Door) -> None:
    door.sandbox.configure(latency_ms=SLOW)
    options = {**door.options, **TICKETS, "max_in_flight": "2"}
    file = {**options, "ledger_url": f"sqlite:///{door.folder}/ledger.db"}
    with Job.started(
        door.folder / "job",
        [options, options, file],
        ORDERS,
        master=CLUSTER,
        settings={"spark__task__maxFailures": "8"},
        partitions=4,
    ) as job:
        for share in (0.2, 0.5):
            wait_for(door, share)
            assert kill(job.process.pid, EXECUTOR, only_first=True) == 1
        first, second, third = job.result()
        assert (first["error"], second["error"]) == ("", "")
        assert "ledger.db, which tasks on other machines do not see" in third["error"]
        log = job.log
    assert created(door) == EACH_ONCE
    assert "Lost executor" in log
    assert "240 rows: 0 delivered, 240 unchanged; 0 requests" in log


def test_copies_of_slow_tasks_send_nothing_twice(door: Door) -> None:
    # Most calls of the last partition take long, so that it is alone and Spark starts its copy.
    door.sandbox.configure(latency_ms=SLOW)
    door.sandbox.faults([{"action": "delay", "seconds": 1, "body": f"hello 2{n}"} for n in "123"])
    options = {**door.options, **TICKETS, "max_in_flight": "2"}
    settings = {
        "spark__scheduler__minRegisteredResourcesRatio": "1",
        "spark__scheduler__maxRegisteredResourcesWaitingTime": "300s",
        "spark__speculation": "true",
        "spark__speculation__interval": "100ms",
        "spark__speculation__quantile": "0.2",
        # However slow the machine makes the others.
        "spark__speculation__multiplier": "0.1",
        "spark__speculation__efficiency__enabled": "false",
        "spark__speculation__minTaskRuntime": "100ms",
    }
    with (
        running_cluster(door.folder / "cluster") as master,
        Job.started(
            door.folder / "job", [options], ORDERS, master=master, settings=settings, partitions=4
        ) as job,
    ):
        (result,) = job.result()
        tasks = job.tasks_begun()
    assert result["error"] == ""
    assert created(door) == EACH_ONCE
    assert any(each["Speculative"] for each in tasks)
    check_nothing_is_left_to_do(door)
