"""A server that says what a test tells it to, byte by byte, and keeps connections open."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field


@dataclass
class Scripted:
    """A server that answers the n-th request with the n-th item, whatever it is.

    Attributes:
        answers: Bytes, parts of an answer, or what makes bytes of a request's head; None hangs up.
            The last is for all that follow.
        received: Each request's connection, by number, and its head.
    """

    answers: list[Callable[[bytes], bytes] | Iterable[bytes] | bytes | None]
    received: list[tuple[int, bytes]] = field(default_factory=list)
    sockets: list[socket.socket] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.threads = [threading.Thread(target=self._accept)]
        self.threads[0].start()

    def close(self) -> None:
        for each in (self.listener, *self.sockets):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        for thread in self.threads:
            thread.join()
        self.listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                self.sockets.append(self.listener.accept()[0])
                number = len(self.sockets)
                thread = threading.Thread(target=self._serve, args=(number, self.sockets[-1]))
                self.threads.append(thread)
                thread.start()

    def _serve(self, number: int, connection: socket.socket) -> None:
        data = b""
        with connection, contextlib.suppress(OSError):
            while chunk := connection.recv(65_536):
                data += chunk
                head, end, body = data.partition(b"\r\n\r\n")
                length = re.search(rb"content-length: (\d+)", head.lower())
                if not end or len(body) < int(length[1] if length else 0):
                    continue
                data = b""
                self.received.append((number, head))
                answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                if answer is None:
                    return
                answer = answer(head) if callable(answer) else answer
                for part in [answer] if isinstance(answer, bytes) else answer:
                    connection.sendall(part)

    @property
    def connections(self) -> list[int]:
        return [number for number, _ in self.received]
