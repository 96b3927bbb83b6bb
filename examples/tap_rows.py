#!/usr/bin/env python3
"""A small Singer tap for the examples: all rows of CSV and JSON-lines files, at each run.

It stands in for the tap of your own source. Its setting `files` is a list of
`{stream: ..., path: ..., key: [...]}`, with paths from the project's folder.
"""

from __future__ import annotations

import argparse
import csv
import json
from pathlib import Path
from typing import Any


def main() -> None:
    """Print a SCHEMA for each file, and a RECORD for each of its rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    config = json.loads(parser.parse_args().config.read_text(encoding="utf-8"))
    for each in config["files"]:
        rows = read(Path(each["path"]))
        names = sorted({name for row in rows for name in row})
        schema = {"type": "object", "properties": {name: {} for name in names}}
        stream = each["stream"]
        say({"type": "SCHEMA", "stream": stream, "schema": schema, "key_properties": each["key"]})
        for row in rows:
            say({"type": "RECORD", "stream": stream, "record": row})


def read(path: Path) -> list[dict[str, Any]]:
    """Read the rows of a file; what is empty in CSV is null."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        return [{name: value or None for name, value in row.items()} for row in rows]
    lines = path.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def say(message: dict[str, Any]) -> None:
    """Print a Singer message."""
    print(json.dumps(message), flush=True)


if __name__ == "__main__":
    main()
