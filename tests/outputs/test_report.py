"""The page about a run: what is in it, where it is, and that it needs nothing else."""

from __future__ import annotations

import json
import os
import re
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from target_groove.delivery.request import Source
from target_groove.outputs.report.kept import LONGEST, MOST_CHARACTERS, MOST_KEPT, Kept
from tests.conftest import TOKEN
from tests.outputs.watched import rejected
from tests.processes import Loader, eventually, rows
from tests.runs import records

if TYPE_CHECKING:
    from target_groove.sandbox import Sandbox
    from tests.conftest import Run

TICKET = {"body": "x", "from": "kim@example.org", "to": "support@sandbox.example"}
BAD = {**TICKET, "state": "odd"}


@pytest.fixture
def page(tmp_path: Path) -> Path:
    return tmp_path / "reports" / "run.html"


def values(page: Path) -> dict[str, Any]:
    text = page.read_text(encoding="utf-8")
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert found
    return json.loads(found[1])  # type: ignore[no-any-return]


def test_no_report_is_written_unasked(run: Run, tmp_path: Path) -> None:
    run({}, records("create_ticket", TICKET))
    assert not list(tmp_path.rglob("*.html"))


def test_a_report_has_what_the_run_did(run: Run, page: Path) -> None:
    settings = {"on_error": "dead_letter", "report_path": str(page)}
    result = run(settings, records("create_ticket", TICKET, BAD) + records("nobody", {"id": 1}))
    assert result.log.splitlines()[-1].endswith(f"; the report is {page}.")
    found = values(page)
    assert (found["read"], found["requests"], found["error"]) == (3, 1, None)
    assert found["answers"] == {"taken": 1}
    ticket, nobody = found["rows"]
    assert ticket["counts"] == {
        "delivered": 1,
        "unchanged": 0,
        "merged": 0,
        "rejected": 1,
        "in_doubt": 0,
        "skipped": 0,
    }
    assert ticket["statuses"] == {"201": 1}
    assert nobody["counts"]["skipped"] == 1
    assert sum(each["count"] for each in found["latency"]["classes"]) == 1
    assert sum(each.get("taken", 0) for each in found["timeline"]["steps"]) == 1
    (only,) = found["rejected"]
    assert (only["stream"], only["place"]) == ("create_ticket", "line 3")
    assert only["reason"].startswith("state: 'odd' is none of")
    assert found["reasons"][0]["count"] == 1


def test_a_refusal_is_there_with_request_and_answer(run: Run, page: Path, sandbox: Sandbox) -> None:
    answer = '{"error": "no such thing"}'
    sandbox.faults([{"action": "status", "status": 422, "body_text": answer}])
    settings = {"on_error": "dead_letter", "report_path": str(page)}
    run(settings, records("create_ticket", TICKET))
    (only,) = values(page)["rejected"]
    assert (only["status"], json.loads(only["answer"])) == (422, json.loads(answer))
    request = json.loads(only["request"])
    assert request["headers"]["Authorization"] == "Bearer ***"
    assert request["body"]["body"] == "x"


def test_secrets_in_an_answer_are_masked() -> None:
    kept = Kept()
    kept.rejected(rejected(answer={"hook": {"secret": "hidden", "url": "https://a.example"}}))
    assert kept.records[0]["answer"] == '{"hook":{"secret":"***","url":"https://a.example"}}'


def test_what_is_in_doubt_is_told_apart(run: Run, page: Path, sandbox: Sandbox) -> None:
    sandbox.faults([{"action": "reset_after", "method": "POST"}])
    settings = {"on_error": "dead_letter", "report_path": str(page), "on_in_doubt": "hold"}
    result = run(settings, records("create_ticket", TICKET, TICKET))
    found = values(page)
    assert [each["inDoubt"] for each in found["rejected"]] == [True, True]
    assert found["rows"][0]["counts"]["in_doubt"] == 2
    assert found["rows"][0]["counts"]["rejected"] == 0
    assert found["answers"] == {"silent": 2}
    assert "2 rejected (2 of them in doubt)" in result.log


def test_a_run_that_fails_leaves_a_report(run: Run, page: Path) -> None:
    result = run({"report_path": str(page)}, records("create_ticket", TICKET, BAD))
    assert result.exit_code == 1
    found = values(page)
    assert found["error"] == result.problems[0]
    assert len(found["rejected"]) == 1


def test_a_run_that_gets_a_signal_leaves_a_report(
    loader: Loader, page: Path, sandbox: Sandbox
) -> None:
    with loader.start(arguments=["--report", str(page)]) as live:
        live.send(*rows(1, 2))
        eventually(lambda: len(sandbox.log()) == 2)
        live.signal(signal.SIGTERM)
        done = live.ended()
    assert done.exit_code == 143
    assert values(page)["error"] == "Stopped by signal 15."
    assert done.states[-1] == {"seen": 2}


def test_the_option_wins_over_the_setting(loader: Loader, tmp_path: Path, page: Path) -> None:
    other = tmp_path / "other.html"
    loader(rows(1), config={"report_path": str(other)}, arguments=["--report", str(page)])
    assert page.exists()
    assert not other.exists()


def test_a_later_report_takes_the_place_of_the_earlier(run: Run, page: Path) -> None:
    for count in (1, 3):
        run({"report_path": str(page)}, records("create_ticket", *[TICKET] * count))
        assert values(page)["read"] == count
    assert [each.name for each in page.parent.iterdir()] == ["run.html"]
    assert page.stat().st_mode & 0o077 == 0


def test_a_report_that_cannot_be_written_is_a_warning(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (f"{tmp_path}/file/run.html", str(tmp_path), "run\0.html"):
        result = run({"report_path": path}, records("create_ticket", TICKET))
        assert result.exit_code == 0
        assert any(
            each.startswith(f"The report {path} cannot be written (") for each in result.warnings
        )
        assert "the report is" not in result.log.splitlines()[-1]
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".")] == []


def test_a_link_stays_a_link_and_a_pipe_a_pipe(run: Run, page: Path, tmp_path: Path) -> None:
    link, pipe = tmp_path / "latest.html", tmp_path / "pipe"
    link.symlink_to(page)
    os.mkfifo(pipe)
    run({"report_path": str(link)}, records("create_ticket", TICKET))
    assert link.is_symlink()
    assert values(page)["read"] == 1
    result = run({"report_path": str(pipe)}, records("create_ticket", TICKET))
    assert result.exit_code == 0
    assert f"The report {pipe} cannot be written (it is no file)" in result.log
    assert pipe.is_fifo()


def test_a_report_needs_no_network_and_no_other_file(run: Run, page: Path) -> None:
    run({"report_path": str(page)}, records("create_ticket", TICKET))
    text = page.read_text(encoding="utf-8")
    drawn = re.sub(r'<script type="application/json".*?</script>', "", text, flags=re.DOTALL)
    assert set(re.findall(r"https?://[^\"'\s]+", drawn)) == {"http://www.w3.org/2000/svg"}
    assert not re.findall(r"<link|<img|@import|url\(|\bsrc=", drawn)
    assert "default-src 'none'" in drawn
    assert "[[" not in drawn.partition("<script>")[0]


def test_the_token_is_nowhere_in_it(run: Run, page: Path, sandbox: Sandbox) -> None:
    repeats = json.dumps({"error": f"bad token {TOKEN}"})
    sandbox.faults([{"action": "status", "status": 422, "body_text": repeats}])
    settings = {"on_error": "dead_letter", "report_path": str(page)}
    run(settings, records("create_ticket", {**TICKET, "body": f"I say {TOKEN}"}))
    text = page.read_text(encoding="utf-8")
    assert TOKEN not in text
    assert "I say ***" in text


def test_what_a_record_says_stays_data(run: Run, page: Path) -> None:
    hostile = "</script><script>alert(1)</script><!-- [[style]] [[script]] [[data]]"
    settings = {"on_error": "dead_letter", "report_path": str(page)}
    run(settings, records("create_ticket", {**TICKET, "state": hostile}))
    text = page.read_text(encoding="utf-8")
    assert "<script>alert" not in text
    assert text.count("</script>") == 2
    assert hostile[:20] in values(page)["rejected"][0]["reason"]


def test_memory_is_bounded_by_number_and_by_size() -> None:
    kept = Kept()
    for number in range(MOST_KEPT + 9):
        kept.rejected(rejected(request={"body": "x" * 50_000, "n": number}, answer={"a": "y"}))
    assert (len(kept.records), kept.not_kept) == (MOST_KEPT, 9)
    texts = [each["request"] for each in kept.records]
    assert max(map(len, texts)) < LONGEST + 100
    assert texts[0].endswith("more characters)")
    assert kept.records[0]["answer"] == '{"a":"y"}'
    assert sum(map(len, texts)) <= MOST_CHARACTERS + MOST_KEPT * 100
    assert Kept().records == []


def test_a_long_key_or_reason_is_cut() -> None:
    kept, long = Kept(), "k" * 5_000
    kept.rejected(rejected(long, source=Source("s", {}, {}, "line 2", long, 1)))
    (only,) = kept.records
    assert only["key"] == only["reason"] == f"{long[:1_000]}… (4,000 more characters)"


def test_what_has_no_form_in_json_is_left_out() -> None:
    kept = Kept()
    kept.rejected(rejected(request={"body": object()}))
    assert kept.records[0]["request"] is None


def test_requests_and_answers_share_a_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("target_groove.outputs.report.kept.MOST_CHARACTERS", 20)
    kept = Kept()
    for _ in range(3):
        kept.rejected(rejected(answer="12345678"))
    assert [each["answer"] for each in kept.records] == [
        '"12345678"',
        '"12345678"',
        "(left out: the page has enough of them)",
    ]
