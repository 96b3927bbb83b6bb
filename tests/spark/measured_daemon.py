"""Spark's daemon of Python workers, which keeps what the workers covered after each task.

Workers end by a signal, so nothing would be left of them.
"""

from __future__ import annotations

from typing import Any

import coverage
from pyspark import daemon

_worker = daemon.worker


def worker(sock: Any, authenticated: bool) -> int:  # noqa: FBT001 - Spark's
    """Do a task, and write down what it covered."""
    try:
        return int(_worker(sock, authenticated))
    finally:
        current = coverage.Coverage.current()
        if current is not None:
            current.save()


if __name__ == "__main__":
    daemon.worker = worker
    daemon.manager()
