"""What the tests of whole runs with a ledger share: records, and what arrived."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests

from tests.conftest import TOKEN, Run

if TYPE_CHECKING:
    from target_groove.sandbox import Sandbox

DEAD_LETTER = {"on_error": "dead_letter"}
TICKET = {
    "id": 1,
    "body": "It does not work.",
    "from": "kim@example.org",
    "to": "support@sandbox.example",
    "subject": "Help",
}
KEYED_ECHO = {"stream": "s", "endpoint": "custom", "method": "POST", "url": "/echo/x"}


def upserting(run: Run, **settings: Any) -> Run:
    """Run as a configuration does that says nothing about `load_method`."""
    return Run({**run.config, "load_method": "upsert", **settings})


def sent(sandbox: Sandbox, since: int = 0) -> list[tuple[str, str, Any]]:
    """Method, path and body of all calls that could change something."""
    return [
        (each["method"], each["path"].removeprefix("/v1"), each["body"])
        for each in sandbox.log()[since:]
        if each["method"] != "GET"
    ]


def bodies(sandbox: Sandbox, since: int = 0) -> list[Any]:
    """The bodies of all calls that could change something."""
    return [body for _, _, body in sent(sandbox, since)]


def looked_up(sandbox: Sandbox, since: int = 0) -> list[str]:
    """The paths of all calls that only ask."""
    return [
        each["path"].removeprefix("/v1")
        for each in sandbox.log()[since:]
        if each["method"] == "GET"
    ]


def post(sandbox: Sandbox, path: str, body: dict[str, Any]) -> Any:
    """Make something in Groove as somebody else would."""
    body = {name: each for name, each in body.items() if name != "id"}
    answer = requests.post(
        sandbox.api_url + path, json=body, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=9
    )
    assert answer.ok, answer.text
    return answer.json()


def dead_letters(run: Run) -> list[dict[str, Any]]:
    """What the dead-letter file says of each record in it."""
    path = Path(run.config["dead_letter_path"])
    if not path.exists():
        return []
    messages = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [each["dead_letter"] for each in messages if each["type"] == "RECORD"]


def replayed(run: Run, settings: dict[str, Any]) -> str:
    """Feed the dead letters back, as `--input` does; return the counts."""
    from target_groove.target import GrooveTarget  # noqa: PLC0415 - it takes a while

    target = GrooveTarget(config={**run.config, **settings})
    try:
        with Path(run.config["dead_letter_path"]).open("rb") as file:
            target.run(file)
        return target.parts.summary.sentence
    finally:
        target.close()
