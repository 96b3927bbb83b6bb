"""Makes what a run calls Groove with."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from target_groove.delivery.adaptive_limit import AdaptiveLimit
from target_groove.delivery.adaptive_pacer import AdaptivePacer
from target_groove.delivery.client import Client
from target_groove.delivery.engine import Engine
from target_groove.delivery.pacing import Pacer
from target_groove.delivery.sender import Sender, Times

if TYPE_CHECKING:
    from collections.abc import Callable

    from target_groove.delivery.observer import Observer
    from target_groove.ledger.shared_pacer import SharedPacer
    from target_groove.settings import Settings
    from target_groove.stopping import StopRequest


def make_engine(
    settings: Settings,
    *,
    stop: StopRequest,
    pacer: Pacer | SharedPacer | None = None,
    observer: Observer | None = None,
    before_a_pause: Callable[[], None] = lambda: None,
    make_sender: Callable[..., Sender] = Sender,
) -> Engine:
    """Make what sends requests; nothing is sent yet.

    Args:
        settings: The settings.
        stop: What signals ask for; ends every waiting.
        pacer: Counts requests as the setting says, if not this process alone decides.
        observer: Is told of attempts and waits.
        before_a_pause: Called when a request has to wait, in whichever thread it does.
        make_sender: Makes what sends each request.
    """

    def sleep(seconds: float) -> None:
        before_a_pause()
        stop.sleep(seconds)

    times = Times(
        clock=time.monotonic,
        now=lambda: datetime.now(UTC),
        sleep=sleep,
        check=stop.check_sending,
    )
    pacer = pacer or Pacer(settings.requests_per_minute, clock=times.clock, sleep=times.sleep)
    limit = AdaptiveLimit(settings.max_in_flight, jitter=times.jitter)
    return Engine(
        Client(settings, connections=settings.max_in_flight),
        AdaptivePacer(limit, pacer, clock=times.clock, sleep=times.sleep),
        times,
        api_url=settings.api_url,
        max_attempts=settings.max_attempts,
        observer=observer,
        make_sender=make_sender,
    )
