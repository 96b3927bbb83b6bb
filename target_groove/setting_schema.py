"""The settings as JSON schema, for `--about` and the SDK."""

from __future__ import annotations

from typing import Any, Final

from target_groove.settings import described_settings

_TYPES: Final = {"text": "string", "object": "object"}


def settings_schema() -> dict[str, Any]:
    """Make the JSON schema that `--about` shows."""
    properties = {}
    for each in described_settings():
        schema: dict[str, Any] = {"description": each["description"]}
        schema["type"] = each["kind"] if each["required"] else [each["kind"], "null"]
        if each["kind"] == "array":
            types = [_TYPES[item] for item in each["items"]]
            schema["items"] = {"type": types if len(types) > 1 else types[0]}
        if each["choices"]:
            schema["enum"] = [*each["choices"]]
        if each["secret"]:
            schema |= {"secret": True, "writeOnly": True}
        if each["default"] is not None:
            default = each["default"]
            schema["default"] = list(default) if isinstance(default, tuple) else default
        properties[each["name"]] = schema
    required = [each["name"] for each in described_settings() if each["required"]]
    return {"type": "object", "properties": properties, "required": required}
