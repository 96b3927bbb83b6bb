"""What tests of the dead letters share: settings that set records aside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.processes import ECHO, Loader


@pytest.fixture
def settings(config: dict[str, Any]) -> dict[str, Any]:
    """Settings that send everything to the echo, and set aside what it refuses."""
    return {**config, "streams": [ECHO], "on_error": "dead_letter"}


@pytest.fixture
def path(config: dict[str, Any]) -> Path:
    """The dead-letter file."""
    return Path(config["dead_letter_path"])


@pytest.fixture
def loader(settings: dict[str, Any], tmp_path: Path) -> Loader:
    """The target as a process with those settings."""
    return Loader(tmp_path, settings)
