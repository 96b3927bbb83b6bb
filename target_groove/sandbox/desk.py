"""The help desk as the API's handlers see it: what is stored, where, and what time it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from target_groove.sandbox.exchange import existing

if TYPE_CHECKING:
    from target_groove.sandbox.store import Store, Thing

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the time of the real clock."""
    return datetime.now(UTC)


def stamp(when: datetime) -> str:
    """Write a time as Groove's REST API does: ``2012-07-17T13:41:01Z``."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def in_path(address: str) -> str:
    """Write an e-mail address as a segment of a path: with its @ as it is."""
    return quote(address, safe="@+")


@dataclass(slots=True)
class Desk:
    """The state behind the API.

    Attributes:
        store: Everything that was created.
        clock: Returns the present time, with a zone.
        url: The address of the sandbox, without a path.
    """

    store: Store
    clock: Clock
    url: str = ""

    def now(self) -> str:
        """Return the present time as the API writes it."""
        return stamp(self.clock())

    def href(self, path: str) -> str:
        """Return the address of something in the API; ``http``, as Groove's are."""
        return f"{self.url}/v1{path}"

    def get(self, kind: str, identity: str, what: str) -> Thing:
        """Return a thing by id.

        Raises:
            Refusal: 404 if there is none.
        """
        return existing(self.store.get(kind, identity), what)

    def add(self, kind: str, **attributes: Any) -> Thing:
        """Store a new thing under a new id."""
        return self.store.put(kind, {"id": self.store.next_id(), **attributes})

    def owner(self) -> Thing | None:
        """Return the agent to whom the token belongs: the first one."""
        return next(iter(self.store.all("agents")), None)
