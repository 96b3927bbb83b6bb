"""A ledger that lacks its end is refused, and nothing is sent: it is never taken for a new one."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from tests.faults.bench import Bench
from tests.faults.cases import Backend
from tests.faults.disturbances import QUIET
from tests.faults.streams import Mix, make_tap, routes


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_ledger_that_was_cut_off(bench: Bench, share: float) -> None:
    settings = {**bench.begin(Backend.SQLITE), "streams": routes(["tickets"])}
    messages = make_tap(Mix(rows=20), bench.prepare(), Random(1)).messages()
    (done,) = bench.run(settings, messages, QUIET, is_fresh=False)
    assert done.exit_code == 0
    ledger = Path(settings["ledger_url"].removeprefix("sqlite:///"))
    whole = ledger.read_bytes()
    ledger.write_bytes(whole[: int(len(whole) * share) // 512 * 512])
    sent = len(bench.sandbox.log())

    (refused,) = bench.run(settings, messages, QUIET, is_fresh=False)

    assert refused.exit_code in {1, 2}
    assert refused.stdout == b""
    assert len(bench.sandbox.log()) == sent
    assert "Traceback" not in refused.log
