"""What the sections measure with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from benchmarks.inputs import write_tickets
from benchmarks.loader import Loader
from benchmarks.served import Rule, bare_server

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.bare_server import Counts
    from benchmarks.measure import Measured
    from benchmarks.served import Server


@dataclass(frozen=True)
class Lab:
    """A folder, a loader, and how much is to be measured.

    Attributes:
        folder: For inputs and ledgers; removed afterwards.
        server: One that answers at once; for runs on one ledger, which knows its address.
        scale: What every number of records is multiplied with.
        full: Whether a million records are wanted, too.
        peers: Whether other tools are to be run.
    """

    folder: Path
    server: Server
    scale: float = 1.0
    full: bool = False
    peers: bool = True
    loader: Loader = field(init=False)
    _delivered: dict[int, tuple[Measured, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Take a loader."""
        object.__setattr__(self, "loader", Loader(self.folder))

    def sized(self, count: int, *, at_least: int = 1) -> int:
        """A number of records, at this scale."""
        return max(at_least, round(count * self.scale))

    def tickets(self, count: int, *, changed: int = 0) -> Path:
        """A file of so many tickets, which is written once."""
        path = self.folder / f"tickets-{count}-{changed}.jsonl"
        return path if path.exists() else write_tickets(path, count, changed=changed)

    def deliver(
        self,
        source: Path,
        rule: Rule | None = None,
        *,
        window_seconds: float | None = None,
        ledger_url: str | None = None,
        max_in_flight: int | None = None,
        requests_per_minute: int = 0,
    ) -> tuple[Measured, Counts]:
        """Deliver a file to a server of its own.

        Args:
            source: The file.
            rule: What the server does.
            window_seconds: The window of the loader's limit, if it is not to be a minute.
            ledger_url: A new ledger, if it is left out.
            max_in_flight: The loader's default, if it is left out.
            requests_per_minute: The limit that the loader is told.

        Raises:
            NotMeasuredError: The loader failed.
        """
        with bare_server(rule) as server:
            measured = self.loader.deliver(
                source,
                f"{server.url}/v1",
                window_seconds=window_seconds,
                ledger_url=ledger_url or self.loader.new_ledger(),
                max_in_flight=max_in_flight,
                requests_per_minute=requests_per_minute,
            )
            return measured, server.counts()

    def delivered(self, count: int) -> tuple[Measured, str]:
        """Deliver so many tickets, once for all sections.

        Returns:
            How it went, and the URL of the ledger that knows them now at `server`.

        Raises:
            NotMeasuredError: The loader failed.
        """
        if count not in self._delivered:
            ledger = self.loader.new_ledger()
            url = f"{self.server.url}/v1"
            measured = self.loader.deliver(self.tickets(count), url, ledger_url=ledger)
            self._delivered[count] = (measured, ledger)
        return self._delivered[count]
