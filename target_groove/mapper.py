"""`map-groove`: the same engine between a tap and a loader, which gets Groove's answers."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from singer_sdk.helpers._classproperty import classproperty

from target_groove.config_sources import environment_config
from target_groove.target import GrooveTarget

_PREFIXES: Final = ("TARGET_GROOVE_", "MAP_GROOVE_")
"""Of variables in the environment; the last wins."""


class GrooveMapper(GrooveTarget):
    """Delivers records into Groove, and hands its answers on as a stream.

    Of the input only the STATEs are handed on, each behind the answers to the records before it.
    """

    name = "map-groove"
    package_name = "target-groove"
    goes_on: ClassVar[bool] = True

    @classproperty
    def _env_var_config(cls) -> dict[str, Any]:  # noqa: N805 - a property of the class
        """Variables of both programs count."""
        cls.append_builtin_config(cls.config_jsonschema)
        found: dict[str, Any] = {}
        for prefix in _PREFIXES:
            found |= environment_config(cls.config_jsonschema, prefix)
        return found
