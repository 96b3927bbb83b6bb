"""The target's configuration: ours and the SDK's, checked together and said in one list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from singer_sdk import Target
from singer_sdk.exceptions import ConfigValidationError
from singer_sdk.helpers._classproperty import classproperty
from singer_sdk.helpers.capabilities import PluginCapabilities

from target_groove.config_sources import environment_config, sdk_problems
from target_groove.errors import ConfigurationError
from target_groove.route_reading import read_routes
from target_groove.routes import Routes
from target_groove.setting_schema import settings_schema
from target_groove.settings import settings_and_problems

if TYPE_CHECKING:
    from target_groove.settings import Settings

# The SDK's own differs from version to version: a tap's up to 0.54, empty and closed in 0.55.
_BATCH_CONFIG: Final = {
    "type": ["object", "null"],
    "title": "Batch Configuration",
    "description": "Where the files of BATCH messages are, if not where the messages say.",
    "properties": {
        "storage": {
            "type": ["object", "null"],
            "title": "Batch Storage Configuration",
            "description": "`root`: their folder or its URL.",
            "properties": {"root": {"type": ["string", "null"]}},
        },
    },
}


class ConfiguredTarget(Target):
    """A target whose settings and routes are read and checked.

    Attributes:
        settings: The settings, with their types.
        routes: The routes.
    """

    name = "target-groove"
    config_jsonschema: ClassVar[dict[str, Any]] = settings_schema()
    capabilities: ClassVar[list[Any]] = [
        *Target.capabilities,
        PluginCapabilities.ACTIVATE_VERSION,
        PluginCapabilities.BATCH,
    ]
    settings: Settings
    routes: Routes

    @classmethod
    def append_builtin_config(cls, config_jsonschema: dict[str, Any]) -> None:
        """Add the SDK's settings, but not those that would do nothing here."""
        super().append_builtin_config(config_jsonschema)
        config_jsonschema["properties"].pop("load_method", None)
        config_jsonschema["properties"]["batch_config"] = _BATCH_CONFIG

    @classproperty
    def _env_var_config(cls) -> dict[str, Any]:  # noqa: N805 - a property of the class
        cls.append_builtin_config(cls.config_jsonschema)
        return environment_config(cls.config_jsonschema, cls._env_var_prefix)

    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        built_in: dict[str, Any] = {"properties": {}}
        self.append_builtin_config(built_in)
        for name in settings_schema()["properties"]:
            built_in["properties"].pop(name, None)
        known = built_in["properties"]
        self.settings, problems = settings_and_problems(self._config, also_known=known)
        try:
            self.routes = read_routes(self.settings)
        except ConfigurationError as error:
            self.routes = Routes(())
            problems += error.problems
        problems += sdk_problems(self._config, built_in)
        if problems and raise_errors:
            summary = "The configuration is unusable"
            raise ConfigValidationError(summary, errors=problems, schema=self.config_jsonschema)
        return problems

    def _setup_signal_handlers(self) -> None:
        """Leave signals alone: only a run listens to them."""
