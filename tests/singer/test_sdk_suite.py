"""The SDK's own tests for targets, none left out."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk.testing import get_target_test_class
from singer_sdk.testing.runners import TargetTestRunner
from singer_sdk.testing.suites import target_tests

from target_groove.target import GrooveTarget

if TYPE_CHECKING:
    from collections.abc import Iterator

    from target_groove.sandbox import Sandbox

_CATCH_ALL = {"stream": "*", "endpoint": "custom", "method": "POST", "url": "/echo/x"}


@pytest.fixture(autouse=True)
def signals_kept() -> Iterator[None]:
    """The suite's runner leaves the target's handlers behind."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


@pytest.fixture(autouse=True)
def no_settings_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The suite reads the environment whether one wants it or not."""
    for name in tuple(os.environ):
        if name.startswith("TARGET_GROOVE_"):
            monkeypatch.delenv(name)


class _WithSandbox:
    """Sends the suite's runs to the sandbox of the test."""

    streams: tuple[dict[str, Any], ...] = ()

    @pytest.fixture
    def config(self, config: dict[str, Any]) -> dict[str, Any]:
        return {**config, "streams": [*self.streams]}

    @pytest.fixture
    def runner(self, config: dict[str, Any]) -> TargetTestRunner:
        return TargetTestRunner(target_class=GrooveTarget, config=config)


class TestUnmapped(_WithSandbox, get_target_test_class(GrooveTarget)):  # type: ignore[misc]
    """Every stream of the suite is unknown and skipped."""


class TestCatchAll(_WithSandbox, get_target_test_class(GrooveTarget)):  # type: ignore[misc]
    """Every record of the suite is sent."""

    streams = (_CATCH_ALL,)


def test_the_suite_is_whole() -> None:
    names = {name for name in dir(TestCatchAll) if name.startswith("test_")}

    assert len(target_tests.tests) >= 16
    assert {f"test_target_{each.name}" for each in target_tests.tests} <= names


@pytest.mark.parametrize(
    "case", [each for each in target_tests.tests if each.name == "duplicate_records"]
)
def test_the_suite_reaches_groove(case: Any, run: Any, sandbox: Sandbox) -> None:
    """What the suite itself does not look at: its records are on the wire."""
    messages = object.__new__(case).singer_filepath.read_bytes().splitlines()

    assert run({"streams": [_CATCH_ALL]}, messages).exit_code == 0

    assert [entry["body"]["id"] for entry in sandbox.log()] == [1, 2, 1, 2, 1]
