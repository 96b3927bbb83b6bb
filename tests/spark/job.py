"""A driver that writes tickets: what to write on stdin, a line for each write on stdout."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pyspark.errors import PySparkException

from tests.spark.session import running_spark, tickets


def main() -> None:
    """Do what stdin says; see `tests.spark.processes.Job`."""
    wanted = json.load(sys.stdin)
    folder = Path(wanted["folder"])
    with running_spark(folder, wanted["master"], **wanted["settings"]) as spark:
        frame = tickets(spark.session, wanted["first"], wanted["end"], wanted["partitions"])
        for options in wanted["writes"]:
            error = ""
            try:
                frame.write.format("groove").options(**options).mode("append").save()
            except PySparkException as raised:
                error = str(raised)
            print(json.dumps({"error": error}), flush=True)  # noqa: T201 - what others read


if __name__ == "__main__":
    main()
