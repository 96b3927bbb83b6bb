"""Rows and dead letters that wait in the ledger's database."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING

from target_groove.spark.staging import Staging, make_staging

if TYPE_CHECKING:
    from pathlib import Path

THREADS = 8


def test_threads_of_a_task_leave_dead_letters_at_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/ledger.db"
    make_staging(url)
    together = threading.Barrier(THREADS)

    def lines(name: int) -> list[bytes]:
        return [f"{name}-{number}\n".encode() for number in range(50)]

    with closing(Staging(url)) as staging, ThreadPoolExecutor(THREADS) as pool:

        def leave(name: int) -> None:
            together.wait()
            staging.add_dead_letters("write/00000000/1", lines(name), now=0.0)

        list(pool.map(leave, range(THREADS)))
        found = list(staging.dead_letters(["write/00000000/1"]))
    assert sorted(found) == sorted(line for name in range(THREADS) for line in lines(name))
