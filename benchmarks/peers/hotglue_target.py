"""The least that is a target with hotglue's SDK: it posts each record to a URL.

python -m benchmarks.peers.hotglue_target --config C    (within the SDK's environment)
"""

from __future__ import annotations

from typing import Any, ClassVar

from hotglue_singer_sdk.target_sdk.client import HotglueSink  # type: ignore[import-not-found]
from hotglue_singer_sdk.target_sdk.target import TargetHotglue  # type: ignore[import-not-found]


class TicketSink(HotglueSink):  # type: ignore[misc]
    """Posts records as they are."""

    name = "create_ticket"
    endpoint = "/tickets"
    unified_schema = None

    @property
    def base_url(self) -> str:
        """Where to post."""
        url: str = self.config["api_url"]
        return url

    def preprocess_record(self, record: dict[str, Any], context: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002 - the SDK's
        """Leave the record as it is."""
        return record

    def upsert_record(self, record: dict[str, Any], context: dict[str, Any]) -> Any:  # noqa: ARG002 - the SDK's
        """Post a record."""
        answer = self.request_api("POST", request_data=record)
        return answer.json()["ticket"]["number"], answer.ok, {}


class Target(TargetHotglue):  # type: ignore[misc]
    """Has the one sink."""

    name = "target-hotglue-bench"
    config_jsonschema: ClassVar[dict[str, Any]] = {"type": "object", "properties": {}}
    SINK_TYPES: ClassVar[list[type]] = [TicketSink]


if __name__ == "__main__":
    Target.cli()
