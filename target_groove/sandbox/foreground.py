"""Runs a sandbox until a signal ends it, for the command line."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, Any

from target_groove.sandbox.server import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def run(  # noqa: PLR0917 - every option has a default
    port: int = 0,
    host: str = "127.0.0.1",
    token: str = "sandbox-token",  # noqa: S107 - opens nothing but the sandbox
    db: Path | str | None = None,
    latency_ms: float = 0,
    requests_per_minute: int = 0,
    retry_after: str = "seconds",
    on_ready: Callable[[str], None] = print,
    *,
    allow_remote: bool = False,
    **options: Any,
) -> int:
    """Serve until SIGINT or SIGTERM. Belongs into the main thread.

    Args:
        port: See ``Sandbox``, as for the following.
        host: See ``Sandbox``.
        token: See ``Sandbox``.
        db: See ``Sandbox``.
        latency_ms: See ``Sandbox``.
        requests_per_minute: See ``Sandbox``.
        retry_after: See ``Sandbox``.
        on_ready: Is told the address once calls are answered.
        allow_remote: See ``Sandbox``.
        options: See ``Sandbox``.

    Returns:
        The number of the signal that ended it.
    """
    stopped = threading.Event()
    received: list[int] = []

    def on_signal(number: int, _frame: object) -> None:
        received.append(number)
        stopped.set()

    sandbox = Sandbox(
        port,
        host,
        token,
        db,
        latency_ms,
        requests_per_minute,
        retry_after,
        allow_remote=allow_remote,
        **options,
    )
    signals = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, on_signal) for number in signals}
    try:
        with sandbox:
            on_ready(sandbox.url)
            stopped.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return received[0]
