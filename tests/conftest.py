"""What tests of whole runs share: a sandbox, as good as new for each test, and runs against it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

from target_groove.sandbox import Sandbox
from tests.postgres import Server, running_server, server_programs
from tests.runs import Message, Result, run_target

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

# No test may depend on how much else the machine has to do.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

TOKEN = "test-token-2f61"
_OPTIONS = {
    "token": TOKEN,
    "more_tokens": "",
    "latency_ms": 0,
    "requests_per_minute": 0,
    "retry_after": "seconds",
    "window": "sliding",
    "window_seconds": 60.0,
    "max_in_flight": 0,
    "graphql": "full",
    "bulk_seconds": 0,
    "profile_url": "",
    "profile_template": "",
}


@pytest.fixture(scope="session")
def shared_sandbox() -> Iterator[Sandbox]:
    """A sandbox for the whole session; take `sandbox` instead, which is fresh for each test."""
    with Sandbox(token=TOKEN) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(shared_sandbox: Sandbox) -> Sandbox:
    """A sandbox without calls and faults, with the people and places of its seed."""
    shared_sandbox.configure(**_OPTIONS)
    shared_sandbox.reset()
    return shared_sandbox


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server for the whole session."""
    programs = server_programs()
    if programs is None:
        pytest.skip("there is no PostgreSQL server here (on Debian: apt-get install postgresql)")
    with running_server(programs) as server:
        yield server


@pytest.fixture
def config(sandbox: Sandbox, tmp_path: Path) -> dict[str, Any]:
    """Settings that deliver to the sandbox, without waiting, one by one, every record each run."""
    return {
        "api_token": TOKEN,
        "api_url": sandbox.api_url,
        "requests_per_minute": 0,
        "max_in_flight": 1,
        "checkpoint_seconds": 0,
        "load_method": "append-only",
        "ledger_url": f"sqlite:///{tmp_path}/ledger.db",
        "profile_url": f"sqlite:///{tmp_path}/profiles.db",
        "dead_letter_path": str(tmp_path / "dead-letters.singer.jsonl"),
    }


@dataclass(frozen=True)
class Run:
    """Runs the target in this process, against the sandbox.

    Attributes:
        config: The settings of every run, beside those of a call.
    """

    config: Mapping[str, Any]

    def __call__(
        self, config: Mapping[str, Any] | None = None, messages: Iterable[Message] = ()
    ) -> Result:
        """Run on messages, with these settings in place of the general ones."""
        return run_target({**self.config, **(config or {})}, messages)


@pytest.fixture
def run(config: dict[str, Any]) -> Run:
    """`run(settings, messages)` delivers to the sandbox and returns a `Result`."""
    return Run(config)
