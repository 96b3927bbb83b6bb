"""Runs the service with uvicorn until a signal ends it."""

from __future__ import annotations

import gc
import signal
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from uvicorn import Config, Server

from target_groove.profile.patience import ImpatientProtocol
from target_groove.profile.service import make_app

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from target_groove.profile.service import Limits
    from target_groove.profile.store import ProfileStore
    from target_groove.settings import Settings

_MOST_CONNECTIONS: Final = 1000
"""Open at once; more get 503, so that memory has a bound."""
_SECONDS_TO_END: Final = 10
"""How long answers that are under way may take when the end is asked for."""
_SECONDS_OF_REST: Final = 150
"""How long a connection may be kept open unused.

Proxies keep theirs for a minute or two (nginx, Caddy) and give up theirs first: nobody asks on a
connection that is just being closed.
"""


class _ReadyServer(Server):
    """Says when it answers."""

    def __init__(self, config: Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready
        self.is_interrupted = False

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.is_interrupted |= sig == signal.SIGINT
        super().handle_exit(sig, frame)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_ready()


@contextmanager
def served(
    settings: Settings, store: ProfileStore, *, limits: Limits | None = None
) -> Iterator[str]:
    """Serve on a free port of this machine, in a thread, to the end of a `with` block.

    Args:
        settings: The settings.
        store: The profile store; closed at the end.
        limits: How often one address may ask.

    Yields:
        The address.
    """
    ready = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))
    server = _ReadyServer(
        _config(settings, store, listener, limits, log_level="warning"), ready.set
    )
    thread = threading.Thread(
        target=server.run, args=([listener],), name="profile-service", daemon=True
    )
    thread.start()
    ready.wait()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def run(
    settings: Settings,
    store: ProfileStore,
    listener: socket.socket,
    *,
    limits: Limits,
    trusted_proxies: str | None = None,
    on_ready: Callable[[], None] = lambda: None,
) -> None:
    """Serve until a signal comes; answers that are under way are finished.

    Args:
        settings: The settings.
        store: The profile store; closed at the end.
        listener: A socket that listens.
        limits: How often one address may ask.
        trusted_proxies: Addresses of proxies, with commas between; None if there are none.
        on_ready: Called when requests are answered.

    Raises:
        KeyboardInterrupt: The signal was SIGINT.
    """

    def begin() -> None:
        # What was loaded is no garbage, and looking through it would hold answers up.
        gc.collect()
        gc.freeze()
        on_ready()

    config = _config(
        settings,
        store,
        listener,
        limits,
        forwarded_allow_ips=trusted_proxies or "",
        limit_concurrency=_MOST_CONNECTIONS,
        proxy_headers=trusted_proxies is not None,
        timeout_graceful_shutdown=_SECONDS_TO_END,
    )
    server = _ReadyServer(config, begin)
    server.run(sockets=[listener])
    if server.is_interrupted:
        # Uvicorn hands the signal on when it has ended; on a busy machine it may get lost there.
        raise KeyboardInterrupt


def _config(
    settings: Settings,
    store: ProfileStore,
    listener: socket.socket,
    limits: Limits | None,
    **options: Any,
) -> Config:
    # Head and body of an answer leave apart; without this the body waits for the client's receipt.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return Config(
        make_app(settings, store, limits=limits, on_end=store.close),
        access_log=False,  # The service writes its own, without the query.
        http=ImpatientProtocol,
        log_config=None,
        server_header=False,
        timeout_keep_alive=_SECONDS_OF_REST,
        ws="none",
        **options,
    )
