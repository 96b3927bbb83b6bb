"""What `examples/profile` ships is what the program understands."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml

from target_groove.commands.profile_serve import serve
from target_groove.route_reading import read_routes
from target_groove.settings import Settings, read_settings

FOLDER = Path(__file__).parents[2] / "examples" / "profile"


def of_systemd() -> str:
    unit = (FOLDER / "target-groove-profile.service").read_text(encoding="utf-8")
    found = re.search(r"^ExecStart=(.*?[^\\])$", unit, flags=re.MULTILINE | re.DOTALL)
    assert found
    return found[1].replace("\\\n", " ")


def of_compose() -> str:
    project: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yml").read_text(encoding="utf-8"))
    command = str(project["services"]["profile"]["command"][-1])
    return command.partition("exec ")[2]


@pytest.mark.parametrize("line", [of_systemd(), of_compose()], ids=["systemd", "compose"])
def test_the_command_line_is_one(line: str) -> None:
    program, group, command, *options = shlex.split(line)
    assert Path(program).name == "target-groove"
    assert (group, command) == ("profile", "serve")
    assert not set(options[::2]) - {name for each in serve.params for name in each.opts}


@pytest.mark.parametrize("name", ["target-groove-profile.service", "compose.yml"])
def test_the_secrets_come_from_a_file_that_its_first_lines_make(name: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")
    (file,) = re.findall(r"^(?:EnvironmentFile=| +env_file: )(\S+)$", text, flags=re.MULTILINE)
    variables = re.findall(rf'^#   echo "(\w+)=.*" >> {re.escape(file)}$', text, flags=re.MULTILINE)
    assert variables == ["TARGET_GROOVE_API_TOKEN", "TARGET_GROOVE_WIDGET_SECRET"]
    assert {each.lower().removeprefix("target_groove_") for each in variables} <= {
        each.name for each in fields(Settings)
    }


def test_the_configuration_is_valid() -> None:
    config = json.loads((FOLDER / "config.json").read_text(encoding="utf-8"))
    routes = read_routes(read_settings({**config, "api_token": "token"}))
    assert [each.prefix for each in routes.routes[:2]] == ["", "stripe"]
