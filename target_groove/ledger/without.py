"""No ledger: nothing is known of earlier runs, and nothing is left for later ones."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from target_groove.ledger.entry import Entry, Intent, Known, LeftBehind, Thing
    from target_groove.ledger.outbox import Written


NO_LEDGER: Final = "none"
"""The `ledger_url` that turns the ledger off."""


class NothingOfEarlierRuns:
    """Has the methods of `EarlierRuns`."""

    def left_behind(self) -> list[LeftBehind]:
        """Know of no other run."""
        return []

    def loosen(self, things: Iterable[Thing]) -> None:
        """Note nothing."""

    def distrust(self, things: Iterable[Thing]) -> None:
        """Note nothing."""

    def found_once(self, left: LeftBehind, resource_id: str | None) -> None:
        """Note nothing."""

    def unacknowledged(self, scope: int) -> list[Entry]:
        """Know nothing."""
        del scope
        return []

    def marks_are_certain(self, run_id: int) -> bool:
        """Know of no other run."""
        del run_id
        return True


class NoRecords:
    """Has the methods of `Records`."""

    def find(self, things: Iterable[Thing]) -> list[Known]:
        """Know of none."""
        del things
        return []

    def remember(self, intents: Sequence[Intent]) -> None:
        """Note nothing."""


class _NothingUnacknowledged:
    """Has the methods of `Unacknowledged`."""

    def acknowledging(self, position: int) -> None:
        """Note nothing."""

    def forget(self, things: Iterable[Thing]) -> None:
        """Note nothing."""

    def acknowledged(self, position: int) -> None:
        """Note nothing."""

    def settle_again(self, thing: Thing, position: int) -> None:
        """Note nothing."""


class NothingKept:
    """Has the methods of an `Outbox`; what is told is in nobody's keeping.

    Attributes:
        destinations: Where answers are told.
    """

    destinations: Sequence[str] = ()

    @contextmanager
    def with_answers(self, answers: Sequence[Written]) -> Iterator[None]:
        """Keep nothing."""
        del answers
        yield

    def left_behind(self, destination: str) -> Iterator[Written]:
        """Know of no other run."""
        del destination
        return iter(())

    def tell_again(self, destination: str) -> Iterator[Written]:
        """Know of no other run."""
        del destination
        return iter(())

    def arrived(self, destination: str, answers: Iterable[str]) -> None:
        """Note nothing."""

    def told(self, destination: str) -> None:
        """Note nothing."""


class WithoutLedger:
    """Has the methods of a `Ledger`, remembers nothing, and grants everything."""

    remembers = False
    run_id = 0

    def __init__(self) -> None:
        """Number the scopes."""
        self.earlier = NothingOfEarlierRuns()
        self.records = NoRecords()
        self.unkeyed = _NothingUnacknowledged()
        self.outbox = NothingKept()
        self._scopes: dict[tuple[str, str], int] = {}

    def scope(self, stream: str, endpoint: str) -> int:
        """Number a stream's things at an endpoint."""
        return self._scopes.setdefault((stream, endpoint), len(self._scopes))

    def read(self, things: Iterable[Thing]) -> dict[Thing, Entry]:
        """Know nothing."""
        del things
        return {}

    def is_recorded(self, endpoints: Iterable[str], resource_id: str) -> bool:
        """Know nothing."""
        del endpoints, resource_id
        return False

    def newest_number(self, endpoints: Iterable[str]) -> int | None:
        """Know nothing."""
        del endpoints
        return None

    def is_alive(self, run_id: int) -> bool:
        """Know of no other run."""
        del run_id
        return False

    def describe_run(self, run_id: int) -> str:
        """Know of no other run."""
        return f"run {run_id}"

    def remarks(self, things: Iterable[Thing]) -> list[str]:
        """Have nothing to say of sends that other runs have begun."""
        del things
        return []

    def claim(self, intents: Sequence[Intent]) -> dict[Thing, Entry]:
        """Grant everything."""
        del intents
        return {}

    def is_mine(self, entry: Entry) -> bool:
        """Know of no other run."""
        del entry
        return True

    def leaves(
        self,
        things: Iterable[Thing],
        *,
        left_at: float,
        newest_number: int | None,
        evidence: str | None,
        fields: Mapping[str, str] | None = None,
    ) -> None:
        """Note nothing."""

    def came_back(
        self, things: Iterable[Thing], *, fields: Mapping[str, str] | None = None
    ) -> None:
        """Note nothing."""

    def call_done(
        self,
        things: Iterable[Thing],
        *,
        calls: Sequence[str],
        resource_id: str | None,
        fields: Mapping[str, str] | None = None,
    ) -> None:
        """Note nothing."""

    def delivered(
        self,
        intents: Iterable[Intent],
        *,
        resource_id: str | None,
        calls: Sequence[str] = (),
        positions: Sequence[int] | None = None,
        fields: Mapping[str, str] | None = None,
        own_ids: Mapping[Thing, str | None] | None = None,
    ) -> None:
        """Note nothing."""

    def hold(
        self, things: Iterable[Thing], reason: str, *, positions: Sequence[int] | None = None
    ) -> None:
        """Note nothing."""

    def release(
        self,
        things: Iterable[Thing],
        *,
        may_be_done: bool = False,
        positions: Sequence[int] | None = None,
    ) -> None:
        """Note nothing."""

    def together(self) -> AbstractContextManager[object]:
        """Note nothing."""
        return nullcontext()

    def sync(self) -> None:
        """Have nothing to make durable."""

    def close(self, *, at_the_end: bool) -> None:
        """Have nothing to close."""
