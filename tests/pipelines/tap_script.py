#!/usr/bin/env python3
"""A tap that says what a file says, resuming behind the state that it is given."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path


def main() -> None:
    """Print the lines of the file that the setting `messages` names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--state", type=Path)
    arguments = parser.parse_args()
    config = json.loads(arguments.config.read_text(encoding="utf-8"))
    state = json.loads(arguments.state.read_text(encoding="utf-8")) if arguments.state else None
    lines = Path(config["messages"]).read_text(encoding="utf-8").splitlines(keepends=True)
    messages = [json.loads(line) for line in lines]
    said_before = 0
    if state is not None:
        said_before = messages.index({"type": "STATE", "value": state}) + 1
    for number, message in enumerate(messages):
        if message["type"] == "SCHEMA" or number >= said_before:
            sys.stdout.write(lines[number])


if __name__ == "__main__":
    main()
