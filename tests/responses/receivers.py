"""A receiver of answers by HTTP that does what a test tells it to."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Receiver:
    """What arrived, and what is answered.

    Attributes:
        statuses: What the n-th request is answered with; the last is for all that follow. 0 lets
            it wait until the receiver is closed.
        headers: Headers of every answer.
        arrays: The arrays of each request, those that were refused too.
        heads: The headers of each request.
        url: Where it is.
    """

    statuses: list[int]
    headers: dict[str, str] = field(default_factory=dict)
    arrays: list[list[dict[str, Any]]] = field(default_factory=list)
    heads: list[dict[str, str]] = field(default_factory=list)
    taken: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""
    is_closed: threading.Event = field(default_factory=threading.Event)


@contextmanager
def receiving(*statuses: int, **headers: str) -> Iterator[Receiver]:
    """Run a receiver on a free port."""
    receiver = Receiver([*statuses] or [200], headers)
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with lock:
                receiver.arrays.append(json.loads(body))
                receiver.heads.append(dict(self.headers))
                left = receiver.statuses
                status = left.pop(0) if len(left) > 1 else left[0]
            if not status:
                receiver.is_closed.wait()
                return
            if status < 300:
                receiver.taken += json.loads(body)
            self.send_response(status)
            for name, value in receiver.headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        receiver.url = f"http://127.0.0.1:{server.server_port}/answers?token=hidden-4711"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield receiver
        finally:
            receiver.is_closed.set()
            server.shutdown()
            thread.join()
