"""The sandbox as its users see it."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

from target_groove.sandbox.desk import Desk, utc_now
from target_groove.sandbox.options import Options
from target_groove.sandbox.running import Running, listen
from target_groove.sandbox.service import Service
from target_groove.sandbox.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from target_groove.sandbox.desk import Clock


class Sandbox:
    """A local Groove, up from ``with`` to the end of its block.

    Args:
        port: The port to listen on; 0 is a free one.
        host: The address to listen on.
        token: The token that calls must carry.
        db: An SQLite file that keeps the state; None keeps it in memory.
        latency_ms: How long every call waits before it is answered.
        requests_per_minute: Calls per window and token; 0 is no limit.
        retry_after: The form of Retry-After on a 429: seconds, date, none, huge, negative,
            zero or garbage.
        seed: Whether an empty sandbox is filled with agents, groups and mailboxes.
        clock: Returns the present time, with a zone.
        window: ``sliding`` or ``fixed``.
        window_seconds: Length of the window that ``requests_per_minute`` is about.
        allow_remote: Whether ``host`` may be reachable from other machines.
        options: Any other of the fields of ``Options``.

    Raises:
        ValueError: An option is wrong; says which.
    """

    def __init__(  # noqa: PLR0917 - every option has a default
        self,
        port: int = 0,
        host: str = "127.0.0.1",
        token: str = "sandbox-token",  # noqa: S107 - opens nothing but the sandbox
        db: Path | str | None = None,
        latency_ms: float = 0,
        requests_per_minute: int = 0,
        retry_after: str = "seconds",
        seed: bool = True,  # noqa: FBT001, FBT002 - named at every call
        *,
        clock: Clock = utc_now,
        window: str = "sliding",
        window_seconds: float = 60.0,
        allow_remote: bool = False,
        **options: Any,
    ) -> None:
        """Check the options; nothing is opened yet."""
        if not allow_remote and not _is_loopback(host):
            message = (
                f"the sandbox listens on loopback only, not on {host!r}, unless told otherwise"
            )
            raise ValueError(message)
        self._options = Options().changed(
            {
                "token": token,
                "latency_ms": latency_ms,
                "requests_per_minute": requests_per_minute,
                "retry_after": retry_after,
                "window": window,
                "window_seconds": window_seconds,
                **options,
            }
        )
        self._host = host
        self._port = port
        self._db = db
        self._seeded = seed
        self._clock = clock
        self._running: Running | None = None

    def __enter__(self) -> Self:
        """Start to listen."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop."""
        self.close()

    def start(self) -> None:
        """Start to listen; calls are answered when this returns.

        Raises:
            OSError: The port is taken.
        """
        if self._running is None:
            listener = listen(self._host, self._port)
            try:
                store = Store(self._db)
            except BaseException:
                listener.close()
                raise
            address, port = listener.getsockname()[:2]
            shown = f"[{address}]" if ":" in address else address
            desk = Desk(store, self._clock, f"http://{shown}:{port}")
            self._running = Running(Service(desk, self._options, seeded=self._seeded), listener)

    def close(self) -> None:
        """Stop, and drop every connection."""
        if self._running is not None:
            self._running.stop()
            self._running = None

    @property
    def _service(self) -> Service:
        if self._running is None:
            message = "the sandbox is not running"
            raise RuntimeError(message)
        return self._running.service

    @property
    def url(self) -> str:
        """The address of the page."""
        return self._service.desk.url

    @property
    def api_url(self) -> str:
        """The address of the API."""
        return f"{self.url}/v1"

    @property
    def graphql_url(self) -> str:
        """The address of the GraphQL API."""
        return f"{self.url}/v2/graphql"

    @property
    def uploader_url(self) -> str:
        """The address of the uploader, which is a host of its own in Groove."""
        return self.url

    @property
    def token(self) -> str:
        """The token that calls must carry."""
        return self._service.options.token

    def log(self, since: int = 0) -> list[dict[str, Any]]:
        """Return the calls that arrived, in order; those after number ``since``."""
        with self._service.lock:
            return self._service.log.shown(since)

    def things(self, kind: str) -> list[dict[str, Any]]:
        """Return every stored thing of a kind, oldest first.

        Tickets and the like are as the REST API writes them. Contacts and companies have their
        ``values`` by key (a list, where the field is an array), and the ids of their
        ``companies`` or ``contacts``.

        Raises:
            ValueError: There is no such kind.
        """
        with self._service.lock:
            return self._service.things(kind)

    def reset(self) -> None:
        """Forget log, faults and data, and fill the sandbox anew."""
        with self._service.lock:
            self._service.reset()

    def faults(self, rules: Iterable[Mapping[str, Any]]) -> None:
        """Put these fault rules in place of the others.

        Raises:
            ValueError: A rule is wrong; says how.
        """
        with self._service.lock:
            self._service.faults.replace(rules)

    def configure(self, **options: Any) -> None:
        """Change options while the sandbox runs.

        Args:
            options: Any of the fields of ``Options``.

        Raises:
            ValueError: An option is wrong; says which.
        """
        with self._service.lock:
            self._service.options = self._service.options.changed(options)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
