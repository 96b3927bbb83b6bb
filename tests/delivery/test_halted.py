"""Nothing begins any more once it is clear that the run stops."""

from __future__ import annotations

import io
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from target_groove.delivery.outcome import Outcome
from target_groove.delivery.request import Delivery
from target_groove.errors import DeliveryError, Interrupted
from target_groove.target import GrooveTarget
from tests.delivery.scripted import Scripted
from tests.processes import ECHO, eventually, lines_of, rows

if TYPE_CHECKING:
    from target_groove.delivery.request import Request
    from target_groove.sandbox import Sandbox
    from tests.delivery.conftest import Desk


def test_nothing_begins_when_what_is_in_doubt_stops_the_run(config: dict[str, Any]) -> None:
    """Two are under way and others wait; the first is in doubt, and nobody can look it up."""
    with closing(Scripted([])) as server:
        settings = {
            **config,
            "api_url": server.url,
            "max_in_flight": 2,
            "streams": [ECHO],
            # The third gets no answer.
            "request_timeout_seconds": 5,
        }
        target = GrooveTarget(config=settings)

        def hang_up(_head: bytes) -> bytes:
            eventually(lambda: len(server.received) > 1)
            server.sockets[0].shutdown(2)
            return b""

        def answer(_head: bytes) -> bytes:
            eventually(lambda: target.parts.sending._in_flight._is_held)
            return b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

        server.answers += [hang_up, answer]
        with closing(target), pytest.raises(DeliveryError, match="it is held"):
            target.run(io.BytesIO(lines_of(rows(*range(1, 13)))))
        # The first two, and the one that began when the first had ended.
        assert len(server.received) == 3


class Surviving:
    """Takes notes from which a later run goes on, and then asks for the end."""

    survives = True

    def __init__(self) -> None:
        self.is_over = False

    def leaves(self, request: Request) -> None:
        pass

    def answered(self, request: Request, outcome: Outcome) -> None:
        """Note nothing."""

    def came_back(self) -> None:
        pass

    def call_done(self, request: Request, resource_id: str | None) -> None:
        del request, resource_id
        self.is_over = True

    def check(self) -> None:
        if self.is_over:
            raise Interrupted(15)


def test_a_later_call_waits_for_the_next_run_that_goes_on_with_it(
    desk: Desk, sandbox: Sandbox
) -> None:
    notes = Surviving()
    engine = desk.engine(check=notes.check)
    calls = tuple(desk.request(path=f"/echo/{name}") for name in ("first", "second"))
    with pytest.raises(Interrupted):
        engine.deliver(Delivery(calls), journal=notes)
    assert [each["path"] for each in sandbox.log()] == ["/v1/echo/first"]


def test_without_a_ledger_the_later_call_follows(desk: Desk, sandbox: Sandbox) -> None:
    notes = Surviving()
    notes.survives = False
    engine = desk.engine(check=notes.check)
    calls = tuple(desk.request(path=f"/echo/{name}") for name in ("first", "second"))
    engine.deliver(Delivery(calls), journal=notes)
    assert len(sandbox.log()) == 2
