#!/usr/bin/env python3
"""A Spark job: orders become tickets, and what happens to them changes their state.

    spark-submit examples/spark/orders.py       # or python, where PySpark is installed

Settings that are not written here come from TARGET_GROOVE_* variables at the driver: the token
(TARGET_GROOVE_API_TOKEN), and a ledger that all executors reach (TARGET_GROOVE_LEDGER_URL).
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from target_groove.spark import GrooveDataSource, arrange

DATA = Path(__file__).parent / "data"

TICKETS = {
    "stream": "orders",
    "endpoint": "upsert_ticket",
    "key": "order_id",
    "fields": '{"from": "customer", "subject": "title", "body": "remark", "priority": "priority"}',
    "defaults": '{"to": "support@sandbox.example"}',
}
STATES: dict[str, Any] = {
    "stream": "changes",
    "endpoint": "update_ticket_state",
    "key": "change_id",
    "path_params": '{"ticket_number": "ticket"}',
    "fields": '{"state": "state"}',
    "order_by": "at",
}


def main() -> None:
    """Write both frames, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA, help="folder with the CSV files")
    data = parser.parse_args().data.resolve()
    spark = SparkSession.builder.appName("orders to Groove").getOrCreate()
    spark.dataSource.register(GrooveDataSource)

    orders = spark.read.csv((data / "orders.csv").as_uri(), header=True)
    # Each order is a ticket of its own, so the tasks deliver them where they read them.
    orders.write.format("groove").options(**TICKETS).mode("append").save()

    changes = spark.read.csv((data / "changes.csv").as_uri(), header=True)
    # Several changes may be about one ticket: they go to one task, in the order of `at`.
    arrange(changes, **STATES).write.format("groove").options(**STATES).mode("append").save()
    spark.stop()


if __name__ == "__main__":
    main()
