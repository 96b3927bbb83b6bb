"""The loop to compare with: one `requests.Session` that posts the same bodies, and nothing else."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import requests


def main(url: str, path: str) -> None:
    """Post the record of every line of a Singer file."""
    session = requests.Session()
    session.headers["Authorization"] = "Bearer token"
    with Path(path).open(encoding="utf-8") as lines:
        for line in lines:
            message = json.loads(line)
            if message["type"] == "RECORD":
                session.post(url, json=message["record"], timeout=30).raise_for_status()


if __name__ == "__main__":
    main(*sys.argv[1:])
