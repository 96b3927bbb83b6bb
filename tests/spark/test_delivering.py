"""Frames arrive, each row once, and what is unchanged costs nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from pyspark.sql import functions

from tests.spark.door import TICKETS, without_look_ups

if TYPE_CHECKING:
    from tests.postgres import Server
    from tests.spark.door import Door


def test_a_frame_is_delivered_once_and_then_only_what_changes(door: Door) -> None:
    frame = door.tickets(0, 60)
    first = without_look_ups(door.save(frame, **TICKETS))
    assert first == {"row": 60, "delivered": 60, "unchanged": 0, "request": 60}
    subjects = [each["title"] for each in door.sandbox.things("tickets")]
    assert sorted(subjects) == sorted(f"order {number}" for number in range(60))

    again = door.save(frame, **TICKETS)
    # One look-up for each partition, as each has one batch of rows.
    assert again == {"row": 60, "delivered": 0, "unchanged": 60, "request": 0, "look-up": 2}

    changed = frame.withColumn(
        "body", functions.expr("if(order_id in (7, 41), 'other', body)")
    ).union(door.tickets(60, 63, 1))
    third = door.save(changed, **TICKETS)
    assert third == {"row": 63, "delivered": 5, "unchanged": 58, "request": 5, "look-up": 3}
    bodies = [each["body"]["body"] for each in door.writes()[60:]]
    assert sorted(bodies) == ["hello 60", "hello 61", "hello 62", "other", "other"]


def test_stream_maps_make_other_records_of_rows_and_these_are_known_again(door: Door) -> None:
    maps = {"orders": {"body": "'Order ' + str(order_id)", "kept": "__NULL__"}}
    options = {**TICKETS, "stream": "orders", "stream_maps": json.dumps(maps)}
    frame = door.tickets(0, 4)
    assert door.save(frame, **options)["delivered"] == 4
    bodies = {each["body"]["body"] for each in door.writes()}
    assert bodies == {f"Order {number}" for number in range(4)}
    # What is sent has not changed, though the rows have.
    changed = frame.withColumn("body", functions.lit("not sent"))
    assert door.save(changed, **options)["unchanged"] == 4
    assert len(door.writes()) == 4


def test_profiles_are_written_into_their_store(door: Door, postgres: Server) -> None:
    postgres.sql("CREATE DATABASE profiles")
    store = postgres.url.rsplit("/", 1)[0] + "/profiles"
    frame = door.spark.frame(
        [("a@example.org", "gold", [1, 2]), ("b@example.org", "tin", None)],
        "email string, plan string, visits array<int>",
    )
    options = {"endpoint": "custom_profile", "key": "email", "profile_url": store}
    told = without_look_ups(door.save(frame, **options))
    assert told == {"row": 2, "delivered": 2, "unchanged": 0, "request": 0}
    stored = replace(postgres, database="profiles").sql(
        "SELECT email, attributes FROM groove_profile_parts ORDER BY email"
    )
    assert [line.partition("|")[0] for line in stored.splitlines()] == [
        "a@example.org",
        "b@example.org",
    ]
    assert "gold" in stored
    again = frame.withColumn("plan", functions.expr("if(email < 'b', 'silver', plan)"))
    told = without_look_ups(door.save(again, **options))
    assert told == {"row": 2, "delivered": 1, "unchanged": 1, "request": 0}
