"""A run that is killed: what a STATE acknowledged is in the store."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from target_groove.profile.opening import open_store
from tests.runs import record, schema, state

if TYPE_CHECKING:
    from tests.conftest import Run

COUNT = 1_000


@pytest.mark.parametrize("states_before", [1, 3, 8])
def test_what_was_acknowledged_survives_kill_9(
    keep: Run, url: str, tmp_path: Path, states_before: int
) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps({**keep.config, "batch_size_rows": 7}), encoding="utf-8")
    messages: list[dict[str, Any]] = [schema("customers", ["email"])]
    for number in range(1, COUNT + 1):
        messages.append(record("customers", {"email": f"c{number}@example.com", "n": number}))
        if number % 50 == 0:
            messages.append(state({"read": number}))
    source = tmp_path / "input.jsonl"
    source.write_text("".join(json.dumps(each) + "\n" for each in messages), encoding="utf-8")
    command = [sys.executable, "-m", "target_groove", "--config", str(config)]
    with subprocess.Popen(
        [*command, "--input", str(source)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdout
        for _ in range(states_before):
            assert process.stdout.readline()
        process.kill()
        printed = process.stdout.read().splitlines()
    last = json.loads(printed[-1])["read"] if printed else states_before * 50
    store = open_store(url)
    there = [store.find(f"c{number}@example.com") for number in range(1, last + 1)]
    assert [each and each["n"] for each in there] == list(range(1, last + 1))
    again = keep({}, messages)
    assert again.exit_code == 0
    assert again.states[-1] == {"read": COUNT}
    assert (store.find(f"c{COUNT}@example.com") or {})["n"] == COUNT
    store.close()
