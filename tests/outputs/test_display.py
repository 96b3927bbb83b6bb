"""What a person at a terminal sees, on a real one."""

from __future__ import annotations

import fcntl
import io
import json
import logging
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from target_groove.outputs.display import picture
from target_groove.outputs.ending import print_tables
from target_groove.outputs.standing import Standing
from target_groove.outputs.summary import Summary
from target_groove.outputs.terminal import Terminal, has_terminal
from tests.outputs.watched import Watched, rejected
from tests.processes import PATIENCE, lines_of, rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.processes import Loader

STANDING = Standing(
    read=1_250,
    settled=1_200,
    delivered=1_000,
    unchanged=150,
    merged=20,
    skipped=0,
    rejected=30,
    in_doubt=4,
    requests=1_033,
    in_last_minute=30,
    seconds=2_075.4,
    seconds_to_wait=12.2,
    seconds_left=3_725.0,
    share=0.4,
)
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def drawn(standing: Standing, width: int = 110) -> list[str]:
    console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None)
    with console.capture() as capture:
        console.print(picture(standing))
    return [line.strip() for line in ESCAPES.sub("", capture.get()).splitlines()]


def test_three_lines_say_how_far_a_run_is() -> None:
    counts, pace, time = drawn(STANDING)
    assert counts == ("1,250 read   1,000 delivered   170 unchanged   26 rejected   4 in doubt")
    assert pace == (
        "1,033 requests   30 in the last minute   the limit lets the next one go in 12 s"
    )
    assert time.endswith("40% 34 min 35 s so far, about 1 h 2 min to go")


def test_nothing_is_said_of_what_nobody_knows() -> None:
    standing = replace(STANDING, share=None, seconds_left=None, seconds_to_wait=0.2, skipped=3)
    counts, pace, time = drawn(standing)
    assert counts.endswith("3 skipped")
    assert pace == "1,033 requests   30 in the last minute"
    assert time == "34 min 35 s so far"
    (*_, time) = drawn(replace(STANDING, seconds_left=None, seconds=0.2))
    assert time.endswith("40% 0 s")


def test_seconds_have_no_fraction_that_flickers() -> None:
    _, _, time = drawn(replace(STANDING, seconds=3.6, seconds_left=0.2))
    assert time.endswith("40% 4 s so far, about 1 s to go")


def test_a_narrow_terminal_gets_three_lines_too() -> None:
    lines = drawn(STANDING, width=40)
    assert len(lines) == 3
    assert all(len(line) <= 40 for line in lines)


@dataclass
class OnTerminal:
    """A run whose standard error is a terminal.

    Attributes:
        process: The process.
        master: The other end of its terminal.
    """

    process: subprocess.Popen[bytes]
    master: int
    seen: str = ""

    def wait_for(self, words: str) -> None:
        """Read the terminal until something stands there."""
        while words not in self.seen:
            assert self._read(), f"{words!r} is not in {self.seen!r}"

    def rest(self) -> str:
        """Read it until the process ends."""
        while self._read():
            pass
        self.process.wait(PATIENCE)
        return self.seen

    def _read(self) -> bool:
        ready, _, _ = select.select([self.master], [], [], PATIENCE)
        assert ready, f"nothing happens after {self.seen!r}"
        try:
            chunk = os.read(self.master, 65_536)
        except OSError:  # The last program that had it open is gone.
            return False
        self.seen += ESCAPES.sub("", chunk.decode(errors="replace"))
        return bool(chunk)


@pytest.fixture
def terminal(loader: Loader, tmp_path: Path) -> Iterator[Any]:
    """`terminal(rows, settings)` starts a run on a file, with a terminal of 100 columns."""
    started: list[OnTerminal] = []

    def start(count: int, kind: str = "xterm", **settings: Any) -> OnTerminal:
        path = tmp_path / "in.jsonl"
        path.write_bytes(lines_of(rows(*range(count))))
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
        environment = {**os.environ, "TERM": kind}
        # Several processes of tests are told a width, which would go before the terminal's own.
        environment.pop("COLUMNS", None)
        process = subprocess.Popen(
            loader.command({**loader.config, **settings}, ["--input", str(path)]),
            stdout=subprocess.PIPE,
            stderr=slave,
            cwd=tmp_path,
            env=environment,
        )
        os.close(slave)
        started.append(OnTerminal(process, master))
        return started[-1]

    yield start
    for each in started:
        each.process.kill()
        each.process.communicate()
        os.close(each.master)


def test_a_run_that_waits_shows_how_far_it_is_and_why_it_waits(terminal: Any) -> None:
    run = terminal(40, requests_per_minute=10)
    run.wait_for("the limit lets the next one go in")
    run.wait_for("10 delivered")
    run.wait_for("to go")
    run.process.send_signal(signal.SIGTERM)
    assert run.rest().splitlines()[-1].endswith("Stopped by signal 15.")
    assert run.process.returncode == 143
    assert "Stopped: 10 delivered, 0 rejected, 10 requests." in run.seen


def test_the_summary_at_the_end_is_a_table(terminal: Any) -> None:
    run = terminal(3)
    last = run.rest().splitlines()
    assert last[-1].endswith("Done: 3 delivered, 0 rejected, 3 requests.")
    begin = next(number for number, line in enumerate(last) if line.startswith(" stream and"))
    header, _, first, second, *_ = last[begin:]
    assert header.split()[3:] == ["delivered", "rejected", "requests", "median", "95", "%"]
    assert first.split()[:4] == ["s", "3", "·", "3"]
    assert second.strip() == "custom"


@pytest.mark.parametrize("width", [100, 80, 60])
def test_a_table_cuts_no_figure_and_has_room_for_names(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    summary, watched = Summary(), Watched()
    route = ("a_stream_of_thirty_characters_", "update_knowledge_base_settings")
    for counts in (summary.delivered, summary.unchanged, summary.rejected, summary.in_doubt):
        counts[route] = 12_345
    print_tables(summary, watched.tally)
    shown = capsys.readouterr().err
    assert shown.count("12,345") == 3
    assert "…" not in shown
    assert ("median" in shown) == (width == 100)
    if width == 100:
        assert f" {route[0]} " in shown
        assert f" {route[1]} " in shown


def test_reasons_are_a_table_too(terminal: Any, sandbox: Any) -> None:
    sandbox.faults([{"action": "status", "status": 422, "body_text": '{"error": "no such thing"}'}])
    seen = terminal(3).rest()
    assert re.search(
        r"3\s+Groove answered 422: no such thing\s+line 2, stream s, record id=0", seen
    )


def test_a_terminal_that_cannot_draw_gets_lines(terminal: Any) -> None:
    seen = terminal(3, kind="dumb").rest()
    assert "s → custom: 3 delivered; 3 requests" in seen


def test_lines_for_tools_are_left_out_where_a_display_tells_the_same(terminal: Any) -> None:
    assert "METRIC" not in terminal(3).rest()
    assert '"metric":"record_outcome_count"' in terminal(3, kind="dumb").rest()


def test_they_are_left_out_only_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    stderr = io.StringIO()
    monkeypatch.setattr("sys.stderr", stderr)
    logger = logging.getLogger("singer_sdk.metrics")
    logger.addHandler(handler := logging.StreamHandler(stderr))
    try:
        logger.warning("before")
        shown = Terminal(lambda: STANDING)
        logger.warning("meanwhile")
        shown.close()
        logger.warning("after")
    finally:
        logger.removeHandler(handler)
    assert stderr.getvalue().split() == ["before", "after"]


def test_standard_output_stays_the_states(terminal: Any) -> None:
    run = terminal(2)
    run.rest()
    assert run.process.stdout.read() == b'{"seen":0}\n{"seen":1}\n'


def test_without_a_standard_error_there_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", None)
    assert not has_terminal()


def test_many_kinds_of_reasons_are_a_table_in_part(capsys: pytest.CaptureFixture[str]) -> None:
    watched = Watched()
    for number in range(12):
        watched.tally.rejected(rejected("x" * (number + 1)))
    print_tables(watched.summary, watched.tally)
    shown = capsys.readouterr().err.splitlines()
    assert [line.split()[:2] for line in shown if "other" in line] == [["2", "other"]]
    assert not any("endpoint" in line for line in shown)


def test_a_display_that_is_over_before_it_began_loads_nothing() -> None:
    Terminal(lambda: pytest.fail("nobody wants to know")).close()


def test_a_terminal_that_is_closed_does_not_change_the_end(terminal: Any, sandbox: Any) -> None:
    sandbox.configure(latency_ms=700)
    started = terminal(8)
    started.wait_for("in the last minute")
    os.close(started.master)
    started.master = os.open(os.devnull, os.O_RDONLY)
    stdout, _ = started.process.communicate(timeout=PATIENCE)
    assert started.process.returncode == 0
    assert json.loads(stdout.splitlines()[-1]) == {"seen": 7}
