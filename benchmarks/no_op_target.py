"""What the SDK itself costs: a target whose sink does nothing with its batches."""

from __future__ import annotations

from typing import Any, ClassVar

from singer_sdk import Target
from singer_sdk.sinks import BatchSink


class NoOpSink(BatchSink):
    """Lets every batch pass."""

    def process_batch(self, context: dict[str, Any]) -> None:
        """Do nothing."""


class NoOpTarget(Target):
    """Reads, validates and forgets."""

    name = "target-no-op"
    config_jsonschema: ClassVar[dict[str, Any]] = {"type": "object", "properties": {}}
    default_sink_class = NoOpSink


if __name__ == "__main__":
    NoOpTarget.cli()
