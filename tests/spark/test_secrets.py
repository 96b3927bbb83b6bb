"""Tokens and passwords are in nothing that Spark shows, logs or keeps."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import pytest
import requests
from pyspark.errors import PySparkException

from tests.conftest import TOKEN
from tests.spark.door import TICKETS

if TYPE_CHECKING:
    from tests.postgres import Server
    from tests.spark.door import Door

OTHER: Final = "hush-token-91be"
PAGES: Final = ("jobs", "stages", "sql?details=true&planDescription=true", "environment")


def shown(door: Door) -> dict[str, str]:
    """Collect all that can be read about what ran."""
    context = door.spark.session.sparkContext
    api = f"{context.uiWebUrl}/api/v1/applications/{context.applicationId}"
    found = {page: requests.get(f"{api}/{page}", timeout=30).text for page in PAGES}
    found["page"] = requests.get(f"{context.uiWebUrl}/SQL/", timeout=30).text
    for each in door.spark.events.iterdir():
        found[each.name] = each.read_text(encoding="utf-8", errors="replace")
    found["log"] = door.spark.log
    return found


def test_no_secret_is_in_what_spark_shows(door: Door, postgres: Server) -> None:
    door.sandbox.configure(more_tokens=OTHER)
    frame = door.tickets(0, 4).selectExpr("*", "if(order_id < 3, 'a', 'b') shop")
    options = {
        **TICKETS,
        "account_column": "shop",
        "api_tokens": json.dumps({"a": TOKEN, "b": OTHER}),
    }
    assert door.save(frame, **options)["delivered"] == 4
    arranged = door.arranged(frame, **options)
    assert door.save(arranged, **options)["unchanged"] == 4
    plan = arranged._jdf.queryExecution().toString()
    one_token = {**door.options, **TICKETS, "max_attempts": "many"}
    with pytest.raises(PySparkException) as raised:
        frame.write.format("groove").options(**one_token).mode("append").save()
    door.sandbox.faults([{"action": "status", "status": 401, "body_text": f"bad {TOKEN}"}])
    with pytest.raises(PySparkException) as refused:
        door.save(door.tickets(10, 12), **TICKETS)
    texts = {
        "plan": plan,
        "error": str(raised.value),
        "refusal": str(refused.value),
        **shown(door),
    }
    assert "SaveIntoDataSource" in texts[PAGES[2]] or "AppendData" in texts[PAGES[2]]
    for where, text in texts.items():
        assert text, where
        for secret in (TOKEN, OTHER, postgres.password):
            assert secret not in text, where
