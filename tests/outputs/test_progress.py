"""How far a run has come, once a minute and at its end."""

from __future__ import annotations

import io
import json
import logging
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from target_groove.outputs.metrics import Metrics
from target_groove.outputs.progress import SECONDS_BETWEEN, Progress
from target_groove.outputs.standing import Standings
from tests.outputs.watched import Watched, rejected
from tests.processes import Loader, rows
from tests.runs import records

if TYPE_CHECKING:
    from tests.conftest import Run

TICKET = {"body": "x", "from": "kim@example.org", "to": "support@sandbox.example"}


def progress_of(watched: Watched, *, records_read: int = 0, limit: int = 30) -> Progress:
    """What tells of a run that does not run."""
    return Progress(
        watched.summary,
        watched.tally,
        standings=Standings(
            watched.summary,
            watched.tally,
            records_read=lambda: records_read,
            requests_per_minute=limit,
        ),
        observer=watched.tally,
        metrics=Metrics(watched.summary, watched.tally),
        report=None,
        dead_letter_path=Path("x"),
        logger=logging.getLogger("t"),
        clock=watched.clock,
    )


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.message for each in caplog.records if each.name == "t"]


def test_nothing_is_said_twice_in_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    watched = Watched()
    progress = progress_of(watched)
    for second in range(int(2.5 * SECONDS_BETWEEN)):
        watched.now = float(second)
        progress.say_if_due()
    assert said(caplog) == ["So far: 0 delivered, 0 rejected, 0 requests."] * 2


def test_a_line_tells_rate_wait_and_end(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    caplog.set_level(logging.INFO)
    path = tmp_path / "in.jsonl"
    path.write_bytes(b"{}\n" * 90)
    watched = Watched()
    progress = progress_of(watched, records_read=40)
    with path.open("rb") as source:
        progress.begin(source, lambda: 40)
        for _ in range(30):
            watched.attempt()
            watched.summary.delivered["s", "custom"] += 1
        watched.summary.requests = 30
        watched.now = 60.0
        watched.tally.waits(45.0)
        progress.say_if_due()
    (line,) = said(caplog)
    assert line == (
        "So far: 30 delivered, 0 rejected, 30 requests (0 in the last minute); "
        "the limit lets the next go in 45 s; about 2 min to go."
    )
    told = next(each for each in caplog.records if each.name == "t")
    assert (told.__dict__["read"], told.__dict__["delivered"]) == (40, 30)
    assert told.__dict__["requests_in_last_minute"] == 0


def test_metrics_are_written_with_each_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    watched = Watched()
    progress = progress_of(watched)
    watched.attempt(429)
    watched.now = 61.0
    progress.say_if_due()
    assert any("http_request_count" in each.message for each in caplog.records)


def test_a_run_that_stops_says_how_far_it_came(run: Run) -> None:
    bad = {**TICKET, "state": "odd"}
    result = run({}, records("create_ticket", TICKET, TICKET, bad))
    assert result.exit_code == 1
    assert "Stopped: 2 delivered, 1 rejected, 2 requests" in result.log


def test_the_last_line_of_a_run_counts_and_names_what_was_set_aside(run: Run) -> None:
    bad = {**TICKET, "state": "odd"}
    result = run({"on_error": "dead_letter"}, records("create_ticket", TICKET, bad))
    assert result.log.splitlines()[-1].startswith("Done: 1 delivered, 1 rejected, 1 request")
    assert run.config["dead_letter_path"] in result.log.splitlines()[-1]


def test_before_it_come_a_line_for_each_stream_and_endpoint_and_the_reasons(run: Run) -> None:
    bad = {**TICKET, "state": "odd"}
    rows = records("create_ticket", TICKET, bad, bad) + records("nobody", {"id": 1})
    result = run({"on_error": "dead_letter"}, rows)
    lines = [each.getMessage() for each in result.logged if each.name == "target-groove"][-4:]
    assert re.fullmatch(
        r"create_ticket → create_ticket: 1 delivered, 2 rejected; 1 request, within .+\.",
        lines[0],
    )
    assert lines[1] == "nobody: 1 skipped."
    assert lines[2] == (
        "Rejected 2 times: state: 'odd' is none of unread, opened, pending, closed, spam "
        "(the first: line 3, stream create_ticket)."
    )
    assert lines[3].startswith("Done: ")


def test_lines_of_a_run_carry_their_counts_for_tools(run: Run) -> None:
    result = run({}, records("create_ticket", TICKET, TICKET))
    of_stream, done = (each.__dict__ for each in result.logged[-2:])
    assert (of_stream["stream"], of_stream["endpoint"]) == ("create_ticket", "create_ticket")
    assert (of_stream["delivered"], of_stream["requests"]) == (2, 2)
    assert (done["read"], done["delivered"], done["rejected"], done["requests"]) == (2, 2, 0, 2)


def test_many_kinds_of_reasons_are_told_in_part(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    watched = Watched()
    for number in range(12):
        watched.tally.rejected(rejected("x" * (number + 1)))
    watched.attempt(stream="")
    progress_of(watched).say_done()
    lines = said(caplog)
    assert lines[0].startswith("Look-ups: 1 request, within")
    assert lines[1] == "Rejected once: x (the first: line 2, stream s, record id=1)."
    assert lines[-2] == "Rejected for other reasons: 2."
    assert len(lines) == 1 + 10 + 2


@pytest.mark.parametrize("rows", [0, 3])
def test_a_run_that_goes_through_says_done(run: Run, rows: int) -> None:
    result = run({}, records("create_ticket", *[TICKET] * rows))
    assert f"Done: {rows} delivered" in result.log


def test_the_metrics_of_the_sdk_tell_of_a_run(run: Run) -> None:
    bad = {**TICKET, "state": "odd"}
    rows = records("create_ticket", TICKET, TICKET, bad) + records("nobody", {"id": 1})
    result = run({"on_error": "dead_letter"}, rows)
    points = [
        json.loads(each.getMessage().removeprefix("METRIC: "))
        for each in result.logged
        if each.name == "singer_sdk.metrics"
    ]
    found = {
        (each["metric"], each["tags"].get("stream"), each["tags"].get("outcome")): each["value"]
        for each in points
    }
    assert found["record_count", "create_ticket", None] == 3
    assert found["batch_processing_time", "create_ticket", None] > 0
    assert found["record_outcome_count", "create_ticket", "delivered"] == 2
    assert found["record_outcome_count", "create_ticket", "rejected"] == 1
    assert found["record_outcome_count", "nobody", "skipped"] == 1
    assert found["http_request_count", "create_ticket", None] == 2
    assert found["http_request_duration", "create_ticket", None] > 0


def test_a_counter_tells_what_is_new_and_a_timer_the_run_so_far(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    watched = Watched()
    metrics = Metrics(watched.summary, watched.tally)
    for seconds in (1.0, 3.0):
        watched.summary.unchanged["s", "custom"] += 2
        watched.attempt(seconds=seconds)
        watched.tally.waits(5.0)
        watched.now += 5.0
        watched.tally.goes_on()
        metrics.write()
        metrics.write()
    points = [json.loads(each.message.removeprefix("METRIC: ")) for each in caplog.records]
    assert [(each["metric"], each["value"]) for each in points] == [
        ("record_outcome_count", 2),
        ("http_request_count", 1),
        ("http_request_duration", 1.0),
        ("limit_wait_duration", 5.0),
        ("record_outcome_count", 2),
        ("http_request_count", 1),
        ("http_request_duration", 2.0),
        ("limit_wait_duration", 10.0),
    ]
    assert points[-2]["tags"]["longest"] == 3.0


def test_an_input_that_is_no_file_gives_no_end(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    watched = Watched()
    progress = progress_of(watched, records_read=3)
    progress.begin(io.BytesIO(b"{}\n"), lambda: 3)
    watched.now = 60.0
    progress.say_if_due()
    assert said(caplog) == ["So far: 0 delivered, 0 rejected, 0 requests."]


def test_with_the_formatter_that_meltano_uses_figures_are_fields(
    loader: Loader, tmp_path: Path
) -> None:
    settings = tmp_path / "logging.json"
    settings.write_text(
        json.dumps(
            {
                "version": 1,
                "disable_existing_loggers": False,
                "formatters": {"structured": {"()": "singer_sdk.logging.StructuredFormatter"}},
                "handlers": {
                    "console": {
                        "class": "logging.StreamHandler",
                        "formatter": "structured",
                        "stream": "ext://sys.stderr",
                    }
                },
                "root": {"level": "INFO", "handlers": ["console"]},
            }
        ),
        encoding="utf-8",
    )
    done = loader(rows(1, 2), environment={"SINGER_SDK_LOG_CONFIG": str(settings)})
    lines = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    (last,) = (each for each in lines if each["message"].startswith("Done: "))
    assert last["extra"]["delivered"] == 2
    assert last["extra"]["requests_in_last_minute"] == 2
    metrics = [each["metric_info"] for each in lines if "metric_info" in each]
    assert {"http_request_count", "record_outcome_count", "record_count"} <= {
        each["metric"] for each in metrics
    }
