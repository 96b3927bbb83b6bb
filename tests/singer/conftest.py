"""The loader as a process, and a place in the sandbox that takes anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.processes import Loader

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from target_groove.sandbox import Sandbox


@pytest.fixture
def echo_config(config: dict[str, Any]) -> dict[str, Any]:
    """Settings that send every stream, one request a record, where anything is taken."""
    route = {"stream": "*", "endpoint": "custom", "method": "POST", "url": "/echo/x"}
    return {**config, "streams": [route]}


@pytest.fixture
def loader(echo_config: dict[str, Any], tmp_path: Path) -> Loader:
    """The target as a process, sending every stream to the echo."""
    return Loader(tmp_path, echo_config)


@pytest.fixture
def arrived(sandbox: Sandbox) -> Callable[[], list[Any]]:
    """`arrived()` gives the bodies that reached the sandbox, in order."""
    return lambda: [entry["body"] for entry in sandbox.log()]


@pytest.fixture
def arrived_ids(sandbox: Sandbox) -> Callable[[], list[Any]]:
    """`arrived_ids()` gives the `id`s of the bodies that reached the sandbox, in order."""
    return lambda: [entry["body"]["id"] for entry in sandbox.log()]
