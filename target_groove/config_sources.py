"""Where a configuration comes from: files, the environment, and the SDK's own settings in it."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from singer_sdk.configuration._dict_config import parse_environment_config
from singer_sdk.plugin_base import JSONSchemaValidator

from target_groove.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


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
        except ValueError as error:
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
        raise ValueError(str(error)) from error


def environment_config(schema: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """Read settings from the environment as the SDK does, but leave odd values to our own checks.

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
    return config


def sdk_problems(config: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    """Check the settings that the SDK itself defines.

    Args:
        config: The whole configuration.
        schema: The JSON schema of the SDK's settings.

    Returns:
        The problems, as sentences.
    """
    own = {name: config[name] for name in schema["properties"] if name in config}
    return [
        f"Setting {'.'.join(map(str, error.path))}: {error.message}."
        for error in JSONSchemaValidator(dict(schema)).iter_errors(own)
    ]
