"""What becomes of rows that Groove would not take."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from pyspark.errors import PySparkException
from pyspark.sql import functions

from tests.spark.door import TICKETS

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from tests.spark.door import Door

BAD = {3, 8, 17}
"""Orders without a sender, in both partitions."""


def some_bad(door: Door) -> DataFrame:
    listed = ", ".join(map(str, BAD))
    sender = functions.expr(f"if(order_id in ({listed}), null, `from`)")
    return door.tickets(0, 20).withColumn("from", sender)


def tickets(door: Door) -> Counter[str]:
    return Counter(each["title"] for each in door.sandbox.things("tickets"))


def test_a_row_that_is_refused_ends_the_write_and_it_is_not_tried_again(door: Door) -> None:
    door.sandbox.faults([{"action": "status", "status": 422, "body": "hello 3"}])
    with pytest.raises(PySparkException) as raised:
        door.save(door.tickets(0, 20), **TICKETS)
    sentence = str(raised.value)
    assert "422" in sentence
    assert "Of this write: 20 rows" in sentence or "Of this write: 10 rows" in sentence
    refused = [each for each in door.writes() if each["status"] == 422]
    assert len(refused) == 1, "Spark would have tried it three times"

    door.sandbox.faults([])
    door.save(door.tickets(0, 20), **TICKETS)
    assert tickets(door) == Counter(f"order {number}" for number in range(20))


def test_rows_are_set_aside_in_one_file_whichever_task_had_them(door: Door) -> None:
    options = {**TICKETS, "on_error": "dead_letter"}
    told = door.save(some_bad(door), **options)
    assert (told["row"], told["delivered"], told["rejected"]) == (20, 17, 3)
    letters = door.dead_letters()
    assert {each["record"]["order_id"] for each in letters} == BAD
    assert all("from" in str(each["dead_letter"]) for each in letters)

    with pytest.raises(PySparkException) as raised:
        door.save(some_bad(door), **options, max_rejected="2")
    assert "3 rows were rejected, max_rejected is 2" in str(raised.value)
    assert len(door.writes()) == 17
    door.save(door.tickets(0, 20), **options)
    assert tickets(door) == Counter(f"order {number}" for number in range(20))
