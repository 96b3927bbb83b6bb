"""Places for trials, for the whole session."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from tests.faults.bench import Bench
from tests.faults.campaign import JOBS, benches
from tests.faults.servers import databases


@pytest.fixture(scope="session")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sequence[Bench]]:
    """Places for as many trials as go at a time."""
    with (
        databases() as server,
        benches(JOBS, tmp_path_factory.mktemp("trials"), server) as places,
    ):
        yield places


@pytest.fixture
def bench(places: Sequence[Bench]) -> Bench:
    """One place, for a test of its own."""
    return places[0]
