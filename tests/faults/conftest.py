"""Places for trials, for the whole session."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from tests.faults.bench import Bench
from tests.faults.campaign import benches
from tests.faults.servers import postgres_url


@pytest.fixture(scope="session")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sequence[Bench]]:
    """Two places, as there are two cores."""
    with (
        postgres_url() as url,
        benches(2, tmp_path_factory.mktemp("trials"), url) as places,
    ):
        yield places


@pytest.fixture
def bench(places: Sequence[Bench]) -> Bench:
    """One place, for a test of its own."""
    return places[0]
