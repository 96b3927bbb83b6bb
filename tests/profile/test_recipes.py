"""The recipes for signing a visitor, run as they stand in the how-to."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from target_groove.profile.visitor import verified

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "widget.md"
SECRET = "a secret of our own for the visitors"
EMAIL = "zoë@example.com"
RUNS = {
    "javascript": ("node", "-e", f'console.log(signedVisitor("{EMAIL}", 60));'),
    "python": (sys.executable, "-c", f'print(signed_visitor("{EMAIL}", 60))'),
    "php": ("php", "-r", f'echo signed_visitor("{EMAIL}", 60);'),
    "ruby": ("ruby", "-e", f'puts signed_visitor("{EMAIL}", 60)'),
}


@pytest.mark.parametrize("language", RUNS)
def test_a_recipe_signs_what_is_believed(language: str) -> None:
    program, option, call = RUNS[language]
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"there is no {program} here")
    block = re.search(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert block
    assert len(block[1].strip().splitlines()) <= 10
    done = subprocess.run(
        [found, option, f"{block[1]}\n{call}"],
        env={"TARGET_GROOVE_WIDGET_SECRET": SECRET, "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    visitor = verified(done.stdout.strip(), SECRET.encode())
    assert visitor
    assert visitor.email == EMAIL
    assert time.time() < visitor.expires_at <= time.time() + 60
