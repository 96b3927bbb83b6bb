"""Remembers every call that arrived, and what became of it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from typing import TYPE_CHECKING, Any

from target_groove.sandbox.bodies import FORM_TYPE, Body, form_lists, parse_json
from target_groove.sandbox.graphql.description import described

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_ENTRIES = 200_000
MAX_BYTES = 512 * 1024 * 1024
MAX_RAW = 64 * 1024
KEPT_REPLIES = 200
"""Of so many of the newest calls the page shows what they were answered."""


@dataclass(slots=True)
class Entry:
    """One call. What it shows is worked out when it is asked for, to keep calls cheap."""

    n: int
    at: float
    method: str
    path: str
    query: str
    headers: Sequence[tuple[bytes, bytes]]
    token_number: int | None
    connection: int
    in_flight: int
    content_type: str
    content: bytes | None
    summary: Any
    size: int
    status: int | None = None
    fault: str | None = None
    done: bool = False
    duration_ms: float | None = None
    answer: bytes | None = None
    arrived_by_end: int | None = None
    reply: bytes | None = None

    @property
    def authorized(self) -> bool:
        """Whether the call carries a token that is taken."""
        return self.token_number is not None

    def shown(self) -> dict[str, Any]:
        """Return the entry as ``/_log`` has it."""
        return {
            "n": self.n,
            "at": self.at,
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "headers": _masked(self.headers),
            "authorized": self.authorized,
            "token_number": self.token_number,
            "body": self._body(),
            "raw": self._raw(),
            "content_type": self.content_type,
            "status": self.status,
            "fault": self.fault,
            "done": self.done,
            "duration_ms": self.duration_ms,
            "arrived_by_end": self.arrived_by_end,
            "connection": self.connection,
            "in_flight": self.in_flight,
            "graphql": described(self.content, self.answer),
        }

    def _body(self) -> Any:
        if self.summary is not None or not self.content:
            return self.summary
        media_type = self.content_type.partition(";")[0].strip().lower()
        if media_type == FORM_TYPE:
            return form_lists(self.content)
        try:
            return parse_json(self.content)
        except ValueError:
            return _digest(self.content)

    def _raw(self) -> str | None:
        if not self.content or len(self.content) >= MAX_RAW:
            return None
        try:
            return self.content.decode("utf-8")
        except UnicodeDecodeError:
            return None


class Log:
    """The calls, in the order in which they arrived; the oldest are dropped at a bound."""

    def __init__(self, max_entries: int = MAX_ENTRIES, max_bytes: int = MAX_BYTES) -> None:
        """Start empty."""
        self.version = 0
        self._entries: deque[Entry] = deque()
        self._replied: deque[Entry] = deque()
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._bytes = 0
        self._count = 0

    def begin(
        self,
        *,
        at: float,
        method: str,
        path: str,
        query: str,
        headers: Sequence[tuple[bytes, bytes]],
        token_number: int | None,
        connection: int,
        body: Body,
        in_flight: int,
    ) -> Entry:
        """Note a call that has arrived in full.

        Args:
            at: When, in epoch seconds.
            method: See ``Call``.
            path: See ``Call``.
            query: The query as sent.
            headers: The headers as sent.
            token_number: Which of the tokens it carries, 0 being the first; None if none.
            connection: The number of the connection.
            body: See ``Call``.
            in_flight: How many calls are under way, this one included.
        """
        self._count += 1
        content, summary = _kept(body)
        size = len(content) if content else 0
        entry = Entry(
            n=self._count,
            at=at,
            method=method,
            path=path,
            query=query,
            headers=headers,
            token_number=token_number,
            connection=connection,
            in_flight=in_flight,
            content_type=body.content_type,
            content=content,
            summary=summary,
            size=size,
        )
        self._entries.append(entry)
        self._bytes += size
        self._forget()
        self.version += 1
        return entry

    def keep_answer(self, entry: Entry, answer: bytes) -> None:
        """Keep what a GraphQL call was answered: only there it says what became of the parts."""
        entry.answer = answer
        # An entry that is forgotten by now takes no room.
        if self._entries and self._entries[0].n <= entry.n:
            entry.size += len(answer)
            self._bytes += len(answer)
            self._forget()

    def keep_reply(self, entry: Entry, reply: bytes) -> None:
        """Keep what a call was answered, as long as it is one of the newest."""
        if len(reply) < MAX_RAW:
            entry.reply = reply
            self._replied.append(entry)
            if len(self._replied) > KEPT_REPLIES:
                self._replied.popleft().reply = None

    def _forget(self) -> None:
        while len(self._entries) > self._max_entries or (
            self._bytes > self._max_bytes and len(self._entries) > 1
        ):
            self._bytes -= self._entries.popleft().size

    def end(self, entry: Entry, status: int | None, duration_ms: float) -> None:
        """Note how a call ended; no status means no answer."""
        entry.status = status
        entry.duration_ms = round(duration_ms, 3)
        # By numbers, not by clocks: which calls came while this one was under way.
        entry.arrived_by_end = self._count
        self.version += 1

    @property
    def total(self) -> int:
        """How many calls have arrived."""
        return self._count

    def shown(self, since: int = 0) -> list[dict[str, Any]]:
        """Return the entries after number ``since``, oldest first."""
        return [entry.shown() for entry in self._entries if entry.n > since]

    def newest(self, count: int) -> Iterator[Entry]:
        """Iterate over the last entries, newest first."""
        return islice(reversed(self._entries), count)

    def clear(self) -> None:
        """Forget everything and count from 1 again."""
        self._entries.clear()
        self._replied.clear()
        self._bytes = self._count = 0
        self.version += 1


def _kept(body: Body) -> tuple[bytes | None, Any]:
    """Return the content worth keeping, and a summary where it is not to be parsed."""
    if not body.content:
        return None, None
    small = len(body.content) < MAX_RAW
    if body.parts is not None:
        return body.content if small else None, [part.summary() for part in body.parts]
    if body.media_type in {"", "application/json", FORM_TYPE}:
        return body.content, None
    return body.content if small else None, _digest(body.content)


def _digest(content: bytes) -> dict[str, Any]:
    return {"size": len(content), "sha256": sha256(content).hexdigest()}


def _masked(headers: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    shown = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers}
    if "authorization" in shown:
        scheme = shown["authorization"].partition(" ")[0]
        shown["authorization"] = f"{scheme} ***"
    return shown
