"""Writes frames as a user would, and tells what came of it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests
from pyspark.sql import DataFrame

from target_groove.sandbox import Sandbox
from target_groove.spark import arrange
from tests.spark.session import Spark, tickets

if TYPE_CHECKING:
    from collections.abc import Mapping

TICKETS = {"endpoint": "create_ticket", "key": "order_id"}
"""Options of a write of tickets."""

_SAID = re.compile(r"(\d+) ([a-z -]+?)(?= in the ledger|[,;:.]|$)")


@dataclass(frozen=True)
class Door:
    """Writes frames into a sandbox.

    Attributes:
        spark: Runs them.
        sandbox: Takes them.
        options: Those of every write.
        folder: Of this test alone.
    """

    spark: Spark
    sandbox: Sandbox
    options: Mapping[str, str]
    folder: Path

    def tickets(self, first: int, end: int, partitions: int = 2, body: str = "hello") -> DataFrame:
        """Make a frame of tickets, each by a customer of its own."""
        return tickets(self.spark.session, first, end, partitions, body)

    def save(self, frame: DataFrame, mode: str = "append", **options: str) -> dict[str, int]:
        """Write a frame.

        Returns:
            The counts of the driver's summary: `row`, `delivered`, `request` and so on.
        """
        begun = len(self.spark.log)
        given = {**self.options, **options}
        frame.write.format("groove").options(**given).mode(mode).save()
        stream = given.get("stream") or given["endpoint"]
        return counts(self.spark.said(begun, f"{stream} to Groove: "))

    def arranged(self, frame: DataFrame, **options: str) -> DataFrame:
        """Arrange a frame into two partitions, with the options of its write."""
        return arrange(frame, partitions=2, **{**self.options, **options})

    def writes(self) -> list[dict[str, Any]]:
        """List the calls that were to change something, in the order in which they came."""
        return [each for each in self.sandbox.log() if each["method"] != "GET"]

    def stages(self) -> int:
        """Count the stages that ever began."""
        context = self.spark.session.sparkContext
        api = f"{context.uiWebUrl}/api/v1/applications/{context.applicationId}/stages"
        return len(requests.get(api, timeout=30).json())

    def dead_letters(self) -> list[dict[str, Any]]:
        """Read the records of the dead-letter file."""
        path = Path(self.options["dead_letter_path"])
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return [each for each in map(json.loads, lines) if each["type"] == "RECORD"]


def counts(sentence: str) -> dict[str, int]:
    """Read the counts of a summary: `2 rows: 1 delivered` is {"row": 2, "delivered": 1}."""
    found = _SAID.findall(sentence.rpartition(" to Groove: ")[2])
    return {what.removesuffix("s"): int(count) for count, what in found}


def without_look_ups(told: dict[str, int]) -> dict[str, int]:
    """Leave out the look-ups: who comes first finds nothing to look into."""
    return {what: count for what, count in told.items() if what != "look-up"}
