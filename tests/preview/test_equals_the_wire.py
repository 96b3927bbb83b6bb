"""What a preview shows is what arrives: every template, field by field."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest
import requests
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from target_groove.endpoints import TEMPLATES
from tests.conftest import TOKEN
from tests.preview.comparing import Comparison
from tests.preview.conftest import preview_of
from tests.preview.samples import inputs
from tests.runs import records, run_target

if TYPE_CHECKING:
    from pathlib import Path

    from target_groove.sandbox import Sandbox

EXAMPLES = 2
LEDGERS = itertools.count()


def post(sandbox: Sandbox, path: str, body: Any) -> None:
    answer = requests.post(
        sandbox.api_url + path, json=body, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=9
    )
    answer.raise_for_status()


def planted(sandbox: Sandbox) -> dict[str, list[str]]:
    """Make a sandbox new, with something of each kind; gives what records may name."""
    sandbox.reset()
    kb = sandbox.things("knowledge_bases")[0]["id"]
    ticket = {"body": "x", "from": "kim@example.org", "to": "support@sandbox.example"}
    for _ in range(2):
        post(sandbox, "/tickets", ticket)
    post(sandbox, f"/kb/{kb}/articles", {"title": "First"})
    post(sandbox, "/webhooks", {"event": "ticket_started", "url": "https://example.org/hook"})
    ids = {
        kind: [each["id"] for each in sandbox.things(kind)]
        for kind in (
            "agents",
            "articles",
            "categories",
            "groups",
            "messages",
            "widgets",
            "webhooks",
        )
    }
    agents = [each["email"] for each in sandbox.things("agents")]
    groups = [each["name"] for each in sandbox.things("groups")]
    return {
        "ticket_number": ["1", "2"],
        "knowledge_base_id": [kb],
        "kb.id": [kb],
        "article_id": ids["articles"],
        "article_ids": ids["articles"],
        "related_ids": ids["articles"],
        "category_id": ids["categories"],
        "group_id": ids["groups"],
        "message_id": ids["messages"],
        "widget_id": ids["widgets"],
        "webhook_id": ids["webhooks"],
        "author_id": ids["agents"],
        "customer_email": ["kim@example.org"],
        "email": ["kim@example.org"],
        "to": ["support@sandbox.example"],
        "mailbox": ["billing@sandbox.example"],
        "assignee": [*agents, *ids["agents"]],
        "author": agents,
        "agents": agents,
        "assigned_group": groups,
        "group": groups,
    }


@pytest.mark.parametrize("name", [each.id for each in TEMPLATES.values() if not each.is_local])
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_what_is_previewed_arrives(
    name: str, sandbox: Sandbox, config: dict[str, Any], tmp_path: Path, data: st.DataObject
) -> None:
    known = planted(sandbox)
    rows = data.draw(inputs(TEMPLATES[name], known))
    ledger = f"sqlite:///{tmp_path}/{next(LEDGERS)}.db"
    # The key is no field, and open templates would send it.
    route = {"stream": name, "endpoint": name, "exclude": ["id"]}
    own = {**config, "load_method": "upsert", "ledger_url": ledger, "streams": [route]}
    own["batch_size_rows"] = data.draw(st.sampled_from([1, 100]), "window")
    messages = records(name, *rows, keys=["id"])
    lines = preview_of(own, messages)
    before = len(sandbox.log())
    result = run_target(own, messages)
    assert result.exit_code == 0, result.problems
    calls = sandbox.log(since=before)
    assert {each["status"] for each in calls} <= {200, 201, 204}
    Comparison(sandbox).assert_equal(lines, calls)


BATCHES = [
    {"grouping": "array", "size": 2},
    {"grouping": "wrapped", "size": 2, "key": "rows"},
    {"grouping": "keyed", "key_field": "id"},
    {"grouping": "merged", "group_by": ["id"]},
    {"grouping": "grouped", "group_by": ["id"], "key": "rows", "size": 2},
    {"grouping": "ndjson", "size": 3},
]


@pytest.mark.parametrize("batch", [None, *BATCHES], ids=lambda batch: batch and batch["grouping"])
def test_what_is_previewed_of_a_batch_arrives(
    batch: dict[str, Any] | None, sandbox: Sandbox, config: dict[str, Any]
) -> None:
    route = {"stream": "s", "endpoint": "custom", "method": "POST", "url": "/echo/x"}
    own = {**config, "streams": [{**route, "headers": {"X-Source": "here"}, "batch": batch}]}
    rows = [{"id": n % 2, "price": 1.10, "name": "N\u00e4me <1>"} for n in range(5)]
    messages = records("s", *rows, keys=["id"])
    lines = preview_of(own, messages)
    assert run_target(own, messages).exit_code == 0
    Comparison(sandbox).assert_equal(lines, sandbox.log())


def test_what_is_previewed_of_a_form_arrives(sandbox: Sandbox, config: dict[str, Any]) -> None:
    route = {"stream": "s", "endpoint": "custom", "method": "POST", "url": "/echo/x"}
    own = {**config, "streams": [{**route, "content_format": "form"}]}
    messages = records("s", {"id": 1, "tags": ["a", "b c"]})
    lines = preview_of(own, messages)
    assert run_target(own, messages).exit_code == 0
    Comparison(sandbox).assert_equal(lines, sandbox.log())
    assert lines[0]["body"] == "id=1&tags%5B%5D=a&tags%5B%5D=b+c"
