"""The tutorial does what it says: every command in it, with what the page shows of its answers."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from target_groove.sandbox import Sandbox
from tests.processes import UNMEASURED

TUTORIAL = (Path(__file__).parents[2] / "docs" / "tutorial.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", TUTORIAL, flags=re.MULTILINE | re.DOTALL)
COMMANDS = [text for kind, text in BLOCKS if kind == "console"]
ANSWERS = {
    sum(each == "console" for each, _ in BLOCKS[:place]): answer
    for place, ((kind, _), (next_kind, answer)) in enumerate(pairwise(BLOCKS))
    if (kind, next_kind) == ("console", "text")
}
"""What the page shows below a block of commands, by the block's place."""
NAMED = re.findall(
    r"`([\w.-]+)`:\n\n```(?:json|yaml)\n(.*?)^```$", TUTORIAL, flags=re.MULTILINE | re.DOTALL
)
"""The files that the page has its reader save, each with its name."""
MARK = "--- block"


@pytest.fixture
def folder(sandbox: Sandbox, tmp_path: Path) -> Path:
    """A folder with the tutorial's files, that lead to the sandbox of the test."""
    sandbox.configure(token="sandbox-token")
    for name, text in NAMED:
        text = text.replace("http://127.0.0.1:8765/v1", sandbox.api_url)  # noqa: PLW2901
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_every_command_answers_as_the_page_shows(folder: Path, sandbox: Sandbox) -> None:
    answers = answers_of(COMMANDS, folder)

    assert [name for name, _ in NAMED] == [
        "entries.singer.jsonl",
        "config.yml",
        "more.singer.jsonl",
    ]
    for place, shown in ANSWERS.items():
        missing = [line for line in shown.splitlines() if not said(line, answers[place])]
        assert missing == [], answers[place]
    titles = sorted(ticket["title"] for ticket in sandbox.things("tickets"))
    assert titles == [
        "Form: Kettle hums",
        "Form: Lid too small",
        "Form: Lid too small",
        "Form: No handle",
        "Form: Thank you",
    ]


def answers_of(blocks: list[str], folder: Path) -> list[str]:
    """Run blocks of commands one after the other in one shell; what each wrote, errors too."""
    script = "\n".join(f"echo '{MARK}'\n{block}" for block in blocks)
    known = {name: value for name, value in os.environ.items() if "GROOVE" not in name}
    done = subprocess.run(
        ["bash", "-e", "-c", script],
        cwd=folder,
        env=known | UNMEASURED | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout.split(MARK)[1:]


def said(shown: str, answer: str) -> bool:
    """Whether a line that the page shows is one of an answer's; `…` stands for anything."""
    pattern = ".*".join(re.escape(part.strip()) for part in shown.split("…"))
    return re.search(rf"^(?:.*\| )?\s*{pattern}$", answer, re.MULTILINE) is not None
