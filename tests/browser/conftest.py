"""A real browser for the tests of pages."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
Dom = Callable[[str], str]


@pytest.fixture
def dom(tmp_path: Path) -> Dom:
    """`dom(url)` opens a page, lets its scripts run, and gives the document as it is then."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium here")

    def load(url: str) -> str:
        command = [
            str(CHROMIUM),
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--virtual-time-budget=2000",
            "--window-size=1280,1600",
            f"--user-data-dir={tmp_path}/chromium",
            "--dump-dom",
            url,
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
        return done.stdout

    return load
