"""The sandbox's page in a real browser."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import requests

if TYPE_CHECKING:
    from target_groove.sandbox import Sandbox
    from tests.browser.conftest import Dom

HOSTILE = """Hello <b>there</b>
<script>document.body.dataset.owned = "script"</script>
<img src="x" onerror="document.body.dataset.owned = 'handler'">
<a href="javascript:document.body.dataset.owned = 'link'">click</a>
<iframe srcdoc="<script>parent.document.body.dataset.owned = 'frame'</script>"></iframe>"""

pytestmark = pytest.mark.browser


def create_ticket(sandbox: Sandbox, **fields: object) -> None:
    payload = {"from": "mira@customers.example", "to": "support@sandbox.example", **fields}
    headers = {"Authorization": f"Bearer {sandbox.token}"}
    url = f"{sandbox.api_url}/tickets"
    requests.post(url, json=payload, headers=headers, timeout=5).raise_for_status()


def test_the_inbox_lists_tickets_with_state_and_tags(sandbox: Sandbox, dom: Dom) -> None:
    create_ticket(sandbox, subject="Lid does not fit", body="It fits nothing.", tags=["repair"])
    page = dom(sandbox.url)
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    for shown in ("Lid does not fit", "mira", "repair", "unread"):
        assert shown in text


def test_what_arrives_never_runs_as_script(sandbox: Sandbox, dom: Dom) -> None:
    create_ticket(sandbox, subject="<script>document.body.dataset.owned = 1</script>", body=HOSTILE)
    page = dom(f"{sandbox.url}/tickets/1")
    assert "there" in page
    assert "data-owned" not in page
