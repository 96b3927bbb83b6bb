"""The loops to compare with: they post every record of a Singer file, and look at nothing else."""

from __future__ import annotations

import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests
import urllib3

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_THREADS = 8
_AT_ONCE = 1_000
_HEADERS = {"Authorization": "Bearer token"}


def records(path: str) -> Iterator[Any]:
    """Read the records."""
    with Path(path).open(encoding="utf-8") as lines:
        for line in lines:
            message = json.loads(line)
            if message["type"] == "RECORD":
                yield message["record"]


def session(url: str, path: str) -> None:
    """One `requests.Session`."""
    own = requests.Session()
    own.headers.update(_HEADERS)
    for record in records(path):
        own.post(url, json=record, timeout=30).raise_for_status()


def pool(url: str, path: str) -> None:
    """A pool of threads, each with a `requests.Session` of its own."""
    local = threading.local()

    def begin() -> None:
        local.session = requests.Session()
        local.session.headers.update(_HEADERS)

    def post(record: Any) -> None:
        local.session.post(url, json=record, timeout=30).raise_for_status()

    with ThreadPoolExecutor(_THREADS, initializer=begin) as threads:
        _post_all(threads, post, path)


def urllib3_pool(url: str, path: str) -> None:
    """A pool of threads on one urllib3 pool."""
    connections = urllib3.PoolManager(maxsize=_THREADS, headers=_HEADERS)

    def post(record: Any) -> None:
        answer = connections.request("POST", url, json=record, timeout=30)
        if answer.status >= 400:  # noqa: PLR2004 - as raise_for_status
            raise RuntimeError(answer.status)

    with ThreadPoolExecutor(_THREADS) as threads:
        _post_all(threads, post, path)


def read_only(path: str) -> None:
    """Read every line, and do nothing with it."""
    for _ in records(path):
        pass


def _post_all(threads: ThreadPoolExecutor, post: Callable[[Any], None], path: str) -> None:
    source = records(path)
    while some := list(islice(source, _AT_ONCE)):
        list(threads.map(post, some))


if __name__ == "__main__":
    kinds: dict[str, Callable[..., None]] = {
        "session": session,
        "pool": pool,
        "urllib3": urllib3_pool,
        "read": read_only,
    }
    kinds[sys.argv[1]](*sys.argv[2:])
