"""Serves a sandbox in a thread of its own."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import TYPE_CHECKING

from uvicorn.config import Config
from uvicorn.server import ServerState

from target_groove.sandbox.app import App
from target_groove.sandbox.connection import Connection

if TYPE_CHECKING:
    from target_groove.sandbox.service import Service

_BACKLOG = 1024
# Longer than any client's pool keeps a connection: the sandbox never closes first.
_KEEP_ALIVE_SECONDS = 600


def listen(host: str, port: int) -> socket.socket:
    """Bind a port before anything else starts, so that nobody can take it in between."""
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


class Running:
    """A service with the thread that serves it; calls are answered once this exists.

    Args:
        service: What to serve.
        listener: A bound socket, which belongs to the thread from now on.
    """

    def __init__(self, service: Service, listener: socket.socket) -> None:
        self.service = service
        self._listener = listener
        self._loop = asyncio.new_event_loop()
        self._stopping = asyncio.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="groove-sandbox", daemon=True)
        self._thread.start()
        self._ready.wait()

    def stop(self) -> None:
        """Drop every connection and end the thread."""
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()
        self.service.desk.store.close()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        config = Config(
            App(self.service),
            access_log=False,
            interface="asgi3",
            lifespan="off",
            log_config=None,
            proxy_headers=False,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            ws="none",
        )
        config.load()
        state = ServerState()
        server = await asyncio.get_running_loop().create_server(
            lambda: Connection(config=config, server_state=state, app_state={}),
            sock=self._listener,
            backlog=_BACKLOG,
        )
        self._ready.set()
        await self._stopping.wait()
        server.close()
        for connection in list(state.connections):
            connection.transport.abort()
        tasks = list(state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
