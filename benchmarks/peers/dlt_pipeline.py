"""The least that is a dlt sink: it posts each record to a URL.

python -m benchmarks.peers.dlt_pipeline URL FILE FOLDER    (within dlt's environment)
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dlt  # type: ignore[import-not-found]
import requests

if TYPE_CHECKING:
    from collections.abc import Iterator


def tickets(path: str) -> Iterator[Any]:
    """Read the records of a Singer file."""
    with Path(path).open(encoding="utf-8") as lines:
        for line in lines:
            message = json.loads(line)
            if message["type"] == "RECORD":
                yield message["record"]


def main(url: str, path: str, folder: str) -> None:
    """Load the file."""
    session = requests.Session()
    session.headers["Authorization"] = "Bearer token"

    @dlt.destination(batch_size=1, name="desk")  # type: ignore[untyped-decorator]
    def desk(items: list[Any], table: Any) -> None:  # noqa: ARG001 - dlt's
        for item in items:
            session.post(url, json=item, timeout=30).raise_for_status()

    pipeline = dlt.pipeline("bench", destination=desk, pipelines_dir=folder)
    pipeline.run(tickets(path), table_name="create_ticket").raise_on_failed_jobs()


if __name__ == "__main__":
    main(*sys.argv[1:])
