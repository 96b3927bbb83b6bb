"""Where a configuration comes from: files, the environment, and the SDK's own settings in it."""

from __future__ import annotations

import json
import os
import re
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml
from singer_sdk.configuration._dict_config import parse_environment_config
from singer_sdk.plugin_base import JSONSchemaValidator

from target_groove.errors import ConfigurationError
from target_groove.wording import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_BOOLEANS: Final = {
    **dict.fromkeys(("true", "1", "yes", "on"), True),
    **dict.fromkeys(("false", "0", "no", "off"), False),
}
_QUOTED: Final = re.compile(r"'(?!<)[^'\s]{2,}'")


def read_config_files(paths: Iterable[str]) -> dict[str, Any]:
    """Read configuration files; a later one overrides an earlier one.

    Args:
        paths: JSON files, or YAML by their ending `.yml` or `.yaml`.

    Raises:
        ConfigurationError: A file cannot be read, or is no object.
    """
    config: dict[str, Any] = {}
    for path in paths:
        try:
            text = Path(path).read_text(encoding="utf-8")
            parsed = _parse(path, text)
        except OSError as error:
            msg = f"The configuration file {path} cannot be read: {error.strerror}."
            raise ConfigurationError([msg]) from error
        except (ValueError, RecursionError) as error:
            reason = " ".join(str(error).split())
            msg = f"The configuration file {path} cannot be understood: {reason}."
            raise ConfigurationError([msg]) from error
        if not isinstance(parsed, dict):
            msg = f"The configuration file {path} holds no object of settings."
            raise ConfigurationError([msg])
        config |= parsed
    return config


def _parse(path: str, text: str) -> Any:
    if not path.endswith((".yml", ".yaml")):
        return json.loads(text, parse_float=Decimal)
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(_yaml_problem(error)) from error


def _yaml_problem(error: yaml.YAMLError) -> str:
    """Say what and where, but quote nothing of the file: the token is in it."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        mark = error.problem_mark
        problem = _QUOTED.sub("what stands there", error.problem or "a mistake")
        return f"{problem}: line {mark.line + 1} column {mark.column + 1}"
    if isinstance(error, yaml.reader.ReaderError):
        return f"{error.reason}: character {error.position + 1}"
    return "no YAML"


def environment_config(schema: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """Read settings from the environment as the SDK does, but leave odd values to our own checks.

    An empty variable counts as unset: that is how shells and compose files unset one.

    Args:
        schema: The JSON schema of all settings.
        prefix: What the variables begin with, such as `TARGET_GROOVE_`.
    """
    config: dict[str, Any] = {}
    for name, each in schema["properties"].items():
        # The SDK takes one setting at a time as well; a value it cannot parse stays the text it is,
        # so that the check can name the setting.
        try:
            config |= parse_environment_config({"properties": {name: each}}, prefix)
        except ValueError:
            as_text = {"properties": {name: {"type": "string"}}}
            config |= parse_environment_config(as_text, prefix)
        text = os.environ.get(prefix + name.upper().replace("-", "_"), "")
        if not text.strip():
            config.pop(name, None)
        elif _is_boolean(each):
            # The SDK takes every word that it does not know for false.
            config[name] = _BOOLEANS.get(text.strip().lower(), text)
    return config


def _is_boolean(schema: Mapping[str, Any]) -> bool:
    types = schema.get("type", [])
    return "boolean" in ([types] if isinstance(types, str) else types)


def sdk_problems(config: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    """Check the settings that the SDK itself defines.

    Args:
        config: The whole configuration.
        schema: The JSON schema of the SDK's settings.

    Returns:
        The problems, as sentences.
    """
    own = {name: _as_json(config[name]) for name in schema["properties"] if name in config}
    return [
        f"Setting {'.'.join(map(str, error.path))}: {shown(error.instance)} "
        "is neither true nor false."
        if _is_boolean(error.schema) and error.validator == "type"
        else f"Setting {'.'.join(map(str, error.path))}: {error.message}."
        for error in JSONSchemaValidator(dict(schema)).iter_errors(own)
    ]


def _as_json(value: Any) -> Any:
    """Give numbers the types that the checks of JSON schemas know and show plainly."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {name: _as_json(each) for name, each in value.items()}
    return [_as_json(each) for each in value] if isinstance(value, list) else value
