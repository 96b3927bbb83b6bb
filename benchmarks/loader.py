"""Runs of the loader to be measured."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from benchmarks.measure import ROOT, Measured, measure

if TYPE_CHECKING:
    from pathlib import Path

WITHOUT_LEDGER = "none"


@dataclass(frozen=True)
class Loader:
    """Runs `target-groove`.

    Attributes:
        folder: Where configurations and ledgers go.
    """

    folder: Path
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def deliver(
        self, source: Path, api_url: str, *, window_seconds: float | None = None, **settings: Any
    ) -> Measured:
        """Deliver a file.

        Args:
            source: The file.
            api_url: Where to.
            window_seconds: The window of its request limit, if it is not to be a minute.
            settings: Beside the token; without a limit and with a new ledger, unless they say so;
                None for the loader's own default.

        Raises:
            NotMeasuredError: The loader failed.
        """
        chosen = {
            "api_token": "token",
            "api_url": api_url,
            "requests_per_minute": 0,
            "dead_letter_path": str(self.folder / "dead-letters.singer.jsonl"),
            **{name: value for name, value in settings.items() if value is not None},
        }
        chosen.setdefault("ledger_url", self.new_ledger())
        config = self.folder / "config.json"
        config.write_text(json.dumps(chosen), encoding="utf-8")
        program = ["target_groove"]
        if window_seconds is not None:
            program = ["benchmarks.scaled_window", str(window_seconds)]
        return measure(["-m", *program, "--config", config, "--input", source])

    def new_ledger(self) -> str:
        """The URL of a ledger that is not there yet."""
        return f"sqlite:///{self.folder}/ledger-{next(self._numbers)}.db"

    @cached_property
    def settings(self) -> frozenset[str]:
        """The names of the settings that this version has."""
        about = json.loads(self._ask("--about", "--format", "json"))
        return frozenset(about["settings"]["properties"])

    @cached_property
    def endpoints(self) -> dict[str, dict[str, Any]]:
        """What this version says of its templates, by id."""
        return {each["id"]: each for each in json.loads(self._ask("endpoints", "--format", "json"))}

    @property
    def sends_several_at_once(self) -> bool:
        """Whether it may have more than one request under way."""
        return "max_in_flight" in self.settings

    def _ask(self, *arguments: str) -> str:
        return subprocess.run(
            [sys.executable, "-m", "target_groove", *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
