"""Whether OpenTelemetry is asked for, and installed; nothing of it is loaded to find out."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import logging
    from collections.abc import Mapping

_ASK: Final = (
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
)
_NEEDED: Final = "opentelemetry.exporter.otlp.proto.http"


def wants_telemetry(environment: Mapping[str, str], logger: logging.Logger) -> bool:
    """Look whether traces and metrics are to be sent, by the variables that OpenTelemetry defines.

    https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/

    Args:
        environment: The variables.
        logger: Learns what is asked for and cannot be had.
    """
    if environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return False
    if not any(environment.get(name, "").strip() for name in _ASK):
        return False
    try:
        is_there = find_spec(_NEEDED) is not None
    except ModuleNotFoundError:
        is_there = False
    if not is_there:
        logger.warning(
            "OpenTelemetry is asked for (OTEL_EXPORTER_OTLP_ENDPOINT) and not installed; "
            'install it with: pip install "target-groove[otel]".'
        )
    return is_there
