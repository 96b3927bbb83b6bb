"""Meltano projects around the loader's own definition, the `meltano.yml` of this repository."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.processes import UNMEASURED

_HERE = Path(__file__).parent
_REPOSITORY = _HERE.parents[1]
_PROGRAMS = Path(sys.executable).parent
_ENVIRONMENT = "test"
_RUN_WITHIN_SECONDS = 120


@dataclass(frozen=True)
class Done:
    """What a run of Meltano left behind.

    Attributes:
        code: The exit code.
        stdout: What the command answered.
        log: What Meltano and the plugins logged.
    """

    code: int
    stdout: str
    log: str


@dataclass(frozen=True)
class Project:
    """A Meltano project in a folder of its own.

    Attributes:
        root: The folder.
        programs: The folder with Meltano's programs.
    """

    root: Path
    programs: Path

    def define(
        self,
        settings: Mapping[str, Any] | None = None,
        extractors: tuple[Mapping[str, Any], ...] = (),
        loaders: tuple[Mapping[str, Any], ...] = (),
    ) -> None:
        """Take the definition as it is shipped, and put in what the test needs.

        Args:
            settings: The loader's and the mapper's settings, in place of the example's; None keeps
                those.
            extractors: Taps beside the example's.
            loaders: Loaders beside target-groove.
        """
        definition = yaml.safe_load((_REPOSITORY / "meltano.yml").read_text(encoding="utf-8"))
        (loader,) = definition["plugins"]["loaders"]
        (mapper,) = definition["plugins"]["mappers"]
        for each in (loader, mapper):
            # The installation under test; so there is nothing to install.
            each["executable"] = str(_PROGRAMS / each["executable"])
            del each["pip_url"]
        example, *_ = definition["plugins"]["extractors"]
        example["executable"] = str(_REPOSITORY / example["executable"])
        if settings is not None:
            loader["config"] = dict(settings)
            for mapping in mapper["mappings"]:
                mapping["config"] = dict(settings)
            # The environment of the example would override them.
            definition["environments"] = [{"name": _ENVIRONMENT}]
            definition["default_environment"] = _ENVIRONMENT
        definition["plugins"]["extractors"] += [dict(each) for each in extractors]
        definition["plugins"]["loaders"] += [dict(each) for each in loaders]
        text = yaml.safe_dump(definition, allow_unicode=True)
        (self.root / "meltano.yml").write_text(text, encoding="utf-8")

    def write_messages(self, *messages: Mapping[str, Any]) -> None:
        """Write what `tap-script` says."""
        lines = (json.dumps(each, ensure_ascii=False) + "\n" for each in messages)
        (self.root / "messages.jsonl").write_text("".join(lines), encoding="utf-8")

    def meltano(self, *arguments: str, **variables: str) -> Done:
        """Run Meltano, with variables in the environment."""
        return self._run([self.programs / "meltano", *arguments], variables)

    def mended_meltano(self, *arguments: str, **variables: str) -> Done:
        """Run Meltano without the mistake that `mended_meltano.py` tells of."""
        program = _HERE / "mended_meltano.py"
        return self._run([self.programs / "python", program, *arguments], variables)

    def state(self, tap: str, loader: str = "target-groove") -> Any:
        """Return what Meltano keeps as the state of a tap's runs."""
        done = self.meltano("state", "get", f"{_ENVIRONMENT}:{tap}-to-{loader}")
        assert done.code == 0, done.log
        return json.loads(done.stdout)

    def environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        """Make the environment of a run of Meltano."""
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("MELTANO_", "TARGET_GROOVE_", "MAP_GROOVE_"))
        }
        return {
            **inherited,
            **UNMEASURED,
            "MELTANO_SEND_ANONYMOUS_USAGE_STATS": "false",
            "NO_COLOR": "1",
            **variables,
        }

    def _run(self, command: list[str | Path], variables: Mapping[str, str]) -> Done:
        done = subprocess.run(
            command,
            cwd=self.root,
            env=self.environment(variables),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=_RUN_WITHIN_SECONDS,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)


def tap_script(messages: Path) -> dict[str, Any]:
    """Define the tap that says what a file says."""
    return {
        "name": "tap-script",
        "namespace": "tap_script",
        "executable": str(_HERE / "tap_script.py"),
        "capabilities": ["state"],
        "settings": [{"name": "messages"}],
        "config": {"messages": str(messages)},
    }
