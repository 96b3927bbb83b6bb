"""A delivery of several calls is not left half done by a signal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from target_groove.delivery.outcome import Verdict
from target_groove.delivery.request import Delivery
from target_groove.errors import Interrupted

if TYPE_CHECKING:
    from target_groove.sandbox import Sandbox
    from tests.delivery.conftest import Desk, FakeTime


def interrupted(_seconds: float) -> None:
    raise Interrupted(15)


@pytest.mark.parametrize("status", [None, 429])
def test_a_signal_between_two_calls_lets_the_second_leave(
    status: int | None, desk: Desk, fake_time: FakeTime, sandbox: Sandbox
) -> None:
    faults = [{"path": "second", "times": 1, "action": "status", "status": status}]
    sandbox.faults(faults if status else [])
    desk.settings["requests_per_minute"] = 1
    engine = desk.engine(sleep=interrupted, sleep_on=fake_time.sleep)
    calls = tuple(desk.request(path=f"/echo/{name}") for name in ("first", "second"))
    assert engine.deliver(Delivery(calls)).verdict is Verdict.DELIVERED
    assert sum(fake_time.waits) >= 60
    with pytest.raises(Interrupted):
        engine.deliver(Delivery(calls))
