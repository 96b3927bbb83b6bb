"""Runs the command line in this process."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from target_groove.cli import CommandLine
from target_groove.target import GrooveTarget

if TYPE_CHECKING:
    from pathlib import Path

Cli = Callable[..., Result]


@pytest.fixture
def cli() -> Iterator[Cli]:
    """`cli("check", "--config", path)` gives click's result."""
    logger = logging.getLogger(GrooveTarget.name)
    level = logger.level
    yield lambda *arguments: CliRunner().invoke(CommandLine.get_singer_command(), arguments)
    logger.setLevel(level)


@pytest.fixture
def config_file(config: dict[str, Any], tmp_path: Path) -> Callable[..., str]:
    """`config_file(streams=[...])` writes a configuration for the sandbox and gives its path."""

    def write(**changes: Any) -> str:
        path = tmp_path / "config.json"
        path.write_text(json.dumps(config | changes), encoding="utf-8")
        return str(path)

    return write
