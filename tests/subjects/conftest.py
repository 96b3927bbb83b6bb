"""A Groove with contacts and companies, fresh for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from target_groove.delivery.client import Client
from target_groove.delivery.engine import Engine
from target_groove.delivery.pacing import Pacer
from target_groove.delivery.sender import Times
from target_groove.settings import read_settings
from target_groove.subjects.carrying_out import Subjects
from tests.conftest import TOKEN
from tests.delivery.conftest import FakeTime
from tests.subjects.crm import Crm

if TYPE_CHECKING:
    from collections.abc import Iterator

    from target_groove.sandbox import Sandbox


@pytest.fixture
def crm(sandbox: Sandbox) -> Iterator[Crm]:
    """`crm.contact({...}, {...})` carries a batch out; time passes only when somebody sleeps."""
    sandbox.configure(graphql="full", bulk_seconds=0)
    settings = read_settings({"api_token": TOKEN, "api_url": sandbox.api_url, "max_attempts": 4})
    time = FakeTime()
    engine = Engine(
        Client(settings),
        Pacer(0, clock=time.clock, sleep=time.sleep),
        Times(clock=time.clock, now=time.now, sleep=time.sleep, jitter=lambda longest: longest),
        api_url=settings.api_url,
        max_attempts=settings.max_attempts,
    )
    yield Crm(sandbox, engine, time.waits, Subjects(engine, create_missing_fields=False))
    engine.close()
    sandbox.configure(graphql="full", bulk_seconds=0)
