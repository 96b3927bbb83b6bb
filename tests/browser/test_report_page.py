"""The report of a run in a real browser."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.runs import Message, records

if TYPE_CHECKING:
    from target_groove.sandbox import Sandbox
    from tests.browser.conftest import Dom
    from tests.conftest import Run

pytestmark = pytest.mark.browser
TICKET = {"body": "x", "from": "kim@example.org", "to": "support@sandbox.example"}
HOSTILE = "<img src=x onerror=\"document.body.dataset.owned='1'\">"


@pytest.fixture
def drawn(run: Run, dom: Dom, tmp_path: Path) -> Any:
    """`drawn(messages, settings)` runs, and gives the page as the browser has drawn it."""

    def draw(messages: list[Message], **settings: Any) -> str:
        page = tmp_path / "run.html"
        run({"report_path": str(page), "on_error": "dead_letter", **settings}, messages)
        return dom(page.as_uri())

    return draw


def words(page: str) -> str:
    body = page.partition('<script type="application/json"')[0]
    return re.sub(r"\s+", " ", re.sub(r"<style.*?</style>|<[^>]+>", " ", body, flags=re.DOTALL))


def test_a_run_is_drawn(drawn: Any, sandbox: Sandbox) -> None:
    sandbox.faults([{"action": "status", "status": 422, "every": 3}])
    rows = [{**TICKET, "id": number} for number in range(9)]
    page = drawn([*records("create_ticket", *rows, keys=["id"]), *records("nobody", {"id": 1})])
    text = words(page)
    for shown in (
        "10 records read, 6 delivered",
        "Done",
        "What became of the records",
        "Requests over time",
        "How long answers took",
        "half of them within",
        "Why records were rejected",
        "rejected id=2 create_ticket Groove answered 422",
    ):
        assert shown in text
    assert page.count('class="c-taken"') >= 2  # A bar and its legend.
    assert 'class="c-delivered"' in page
    assert page.count("<details>") == 3


def test_a_reason_leads_to_all_its_records(run: Run, dom: Dom, tmp_path: Path) -> None:
    page = tmp_path / "run.html"
    rows = [{**TICKET, "id": number, "from": f"nobody {number}"} for number in range(3)]
    rows.append({**TICKET, "id": 3, "state": "odd"})
    messages = records("create_ticket", *rows, keys=["id"])
    messages += records("more", rows[0], keys=["id"])
    streams = [{"stream": "*", "endpoint": "create_ticket"}]
    run({"report_path": str(page), "on_error": "dead_letter", "streams": streams}, messages)
    # The page's policy allows no other script than its own.
    text = re.sub("<meta http-equiv=[^>]*>", "", page.read_text(encoding="utf-8"))
    click = "<script>document.querySelector('.reasons button').click()</script>"
    page.write_text(text.replace("</body>", f"{click}</body>"), encoding="utf-8")
    shown = dom(page.as_uri())
    assert "3 of 5 records" in words(shown)
    assert shown.count("<details>") == 3


def test_what_a_record_says_never_runs(drawn: Any) -> None:
    page = drawn(records("create_ticket", {**TICKET, "state": HOSTILE}))
    assert "&lt;img src=x" in page
    assert "data-owned" not in page


def test_a_run_without_anything_is_drawn_too(drawn: Any) -> None:
    text = words(drawn([]))
    assert "0 records read, 0 delivered" in text
    assert "There was nothing to deliver." in text
    assert "Requests over time" not in text


def test_a_run_that_stopped_says_why(drawn: Any) -> None:
    text = words(drawn(records("create_ticket", {**TICKET, "state": "odd"}), on_error="fail"))
    assert "Stopped" in text
    assert "state: 'odd' is none of" in text
