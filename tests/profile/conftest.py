"""A profile store for each test, runs that fill it, and the service over it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import requests

from target_groove.profile.opening import open_store
from target_groove.profile.serving import served
from target_groove.profile.writing import ProfileWriter
from target_groove.settings import Settings
from tests.conftest import Run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from target_groove.profile.service import Limits
    from target_groove.profile.store import ProfileStore

TOKEN = "secret-token-77c1"
ROUTES = [
    {"stream": "customers", "endpoint": "custom_profile"},
    {"stream": "billing", "endpoint": "custom_profile", "prefix": "stripe"},
]


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/profiles.db"


@pytest.fixture
def store(url: str) -> Iterator[ProfileStore]:
    """The store, made anew."""
    opened = open_store(url)
    yield opened
    opened.close()


@pytest.fixture
def writer(store: ProfileStore) -> ProfileWriter:
    return ProfileWriter(store, now=lambda: 1_000.0)


@pytest.fixture
def keep(run: Run, url: str) -> Run:
    """`keep({}, messages)` delivers to the store of the test."""
    return replace(run, config={**run.config, "profile_url": url, "streams": ROUTES})


@pytest.fixture
def found(url: str) -> Callable[[str], dict[str, Any] | None]:
    """`found(email)` gives the profile as the service would."""

    def find(email: str) -> dict[str, Any] | None:
        opened = open_store(url)
        try:
            profile = opened.find(email)
        finally:
            opened.close()
        return None if profile is None else dict(profile)

    return find


class Service:
    """Asks a service that is up."""

    def __init__(self, url: str) -> None:
        self.url = url

    def get(self, path: str = "", **query: str) -> requests.Response:
        return requests.get(
            f"{self.url}{path}", params=query, timeout=10, headers={"Connection": "close"}
        )

    def ask(self, email: str) -> Any:
        answer = self.get(email=email, api_token=TOKEN)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
def serving(url: str) -> Callable[..., AbstractContextManager[Service]]:
    """`with serving() as service:` has the service up."""

    @contextmanager
    def serve(limits: Limits | None = None) -> Iterator[Service]:
        settings = Settings(api_token=TOKEN, profile_url=url)
        with served(settings, open_store(url), limits=limits) as address:
            yield Service(address)

    return serve
