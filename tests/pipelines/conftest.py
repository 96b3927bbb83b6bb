"""Meltano, taps and PostgreSQL as they are, for pipelines into the sandbox."""

from __future__ import annotations

from pathlib import Path

import pytest

from target_groove.sandbox import Sandbox
from tests.pipelines.environments import installed
from tests.pipelines.project import Project


@pytest.fixture(scope="session")
def meltano_programs() -> Path:
    """The folder with Meltano's programs."""
    return installed("meltano")


@pytest.fixture(scope="session")
def tap_postgres_programs() -> Path:
    """The folder with tap-postgres."""
    return installed("meltanolabs-tap-postgres")


@pytest.fixture(scope="session")
def target_postgres_programs() -> Path:
    """The folder with target-postgres."""
    return installed("meltanolabs-target-postgres")


@pytest.fixture
def project(tmp_path: Path, meltano_programs: Path) -> Project:
    """A Meltano project, yet to be defined."""
    root = tmp_path / "project"
    root.mkdir()
    return Project(root, meltano_programs)


@pytest.fixture
def connection(sandbox: Sandbox) -> dict[str, str | int]:
    """The settings that lead to the sandbox, at full speed."""
    return {
        "api_token": sandbox.token,
        "api_url": sandbox.api_url,
        "requests_per_minute": 0,
    }
