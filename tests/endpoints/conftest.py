"""A Groove for look-ups, fresh for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from target_groove.sandbox import Sandbox
from tests.endpoints.looking import Clock, Groove

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def groove() -> Iterator[Groove]:
    clock = Clock()
    with Sandbox(clock=clock) as sandbox:
        yield Groove(sandbox, clock)
