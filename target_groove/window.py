"""Which records of a window are to be sent: what is new or changed, and nobody else sends."""

from __future__ import annotations

import logging
from collections import defaultdict
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from target_groove.ledger.entry import UNKEYED, Entry, Intent, Thing

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence

    from target_groove.ledger.ledger import Ledger
    from target_groove.ledger.without import WithoutLedger

SECONDS_BETWEEN_LOOKS: Final = 0.25
"""At what another run does with a record that both have."""
_LOOKS_A_WORD: Final = 240
"""After so many looks a line in the log says again what is waited for: every minute."""
_LOGGER: Final = logging.getLogger("target-groove")


class Decision(StrEnum):
    """What becomes of a record."""

    SEND = "send"
    UNCHANGED = "unchanged"
    HELD = "held"
    WAIT = "wait"
    """Another run has it in hand."""


class Candidate(NamedTuple):
    """A record that waits for a decision.

    Attributes:
        intent: What would be sent.
        merges_into: The request that it is merged into, with other versions of it; None if it is
            not.
    """

    intent: Intent
    merges_into: Hashable = None


class Decided(NamedTuple):
    """A decision, with the entry that it is made from; None if nothing is known of the thing."""

    decision: Decision
    intent: Intent
    entry: Entry | None

    @property
    def is_loose(self) -> bool:
        """Whether it may have left in a run that died, and nothing was noted of it."""
        return self.entry is not None and self.entry.left_at is not None


# Python 3.11 takes ten times as long to find a member in its enumeration.
_SEND: Final = Decision.SEND
_UNCHANGED: Final = Decision.UNCHANGED
_WAIT: Final = Decision.WAIT


class Window:
    """Decides about the records of a window, and claims those that are to be sent."""

    def __init__(
        self,
        ledger: Ledger | WithoutLedger,
        *,
        recover: Callable[[], None],
        pause: Callable[[float], None],
        states_are_late: bool = False,
    ) -> None:
        """Take the parts.

        Args:
            ledger: The ledger.
            recover: Finds out what became of the sends of dead runs.
            pause: Lets seconds pass, unless a signal comes.
            states_are_late: Whether a loader behind this program decides which of the STATEs that
                were printed count, so that the input may go on behind any of them.
        """
        self._states_are_late = states_are_late
        self._ledger = ledger
        self._recover = recover
        self._pause = pause
        self._delivered_once: dict[int, defaultdict[str, list[Entry]]] = {}
        self._unkeyed = 0
        self._looks = 0

    def unkeyed(self, scope: int, content_hash: str) -> Thing:
        """Name a record that has no key: anew, unless a dead run has sent one just like it.

        What a run delivers after its last STATE comes again with the next run. Without a key only
        the content tells; each such entry is taken for one record of this run.
        """
        if scope not in self._delivered_once:
            self._delivered_once[scope] = self._met_again(scope, content_hash)
        earlier = self._delivered_once[scope].get(content_hash)
        if earlier:
            return earlier.pop(0).thing
        self._unkeyed += 1
        return Thing(scope, f"{UNKEYED}{self._ledger.run_id}.{self._unkeyed}")

    def _met_again(self, scope: int, first_hash: str) -> defaultdict[str, list[Entry]]:
        """List what earlier runs left of a scope, by content."""
        entries = self._ledger.earlier.unacknowledged(scope)
        halves = [each for each in entries if each.is_half_acknowledged]
        count = len(halves)
        if halves and halves[0].content_hash == first_hash:
            count = 0
        elif self._states_are_late:
            hashes = [each.content_hash for each in halves]
            count = hashes.index(first_hash) if first_hash in hashes else count
        if count:
            # A STATE behind these was printed, and counts: the input goes on behind them.
            gone = {each.thing for each in halves[:count]}
            self._ledger.unkeyed.forget(gone)
            entries = [each for each in entries if each.thing not in gone]
        by_hash: defaultdict[str, list[Entry]] = defaultdict(list)
        for each in entries:
            by_hash[each.send_hash or each.content_hash or ""].append(each)
        return by_hash

    def decide(self, candidates: Sequence[Candidate]) -> list[Decided]:
        """Decide about as many records as can be decided now, from the first on.

        Args:
            candidates: The records of a window, in input order.

        Returns:
            The decisions; those that say `SEND` are claimed. They end before a thing that occurs a
            second time, and before one that another run has in hand: there may be none.
        """
        intents = _without_repeats(candidates)
        known = self._ledger.read(each.thing for each in intents)
        decided = _up_to_the_first_wait([self._judged(each, known) for each in intents])
        to_send = [each.intent for each in decided if each.decision is _SEND]
        if not to_send:
            return decided
        known = self._ledger.claim(to_send)
        again = [
            self._judged(each.intent, known) if each.decision is _SEND else each for each in decided
        ]
        kept = _up_to_the_first_wait(again)
        # Whoever waits for another has nothing in hand: so two runs never wait for each other.
        in_hand = {each.intent.thing for each in kept}
        self._ledger.release(
            each.intent.thing
            for each in again[len(kept) :]
            if each.decision is _SEND and each.intent.thing not in in_hand
        )
        return kept

    def wait_for(self, thing: Thing) -> None:
        """Let another run go on with a thing that both have, or learn that it died.

        Raises:
            DeliveryError: It died, and Groove cannot be asked what it did.
            Interrupted: A signal came.
        """
        entry = self._ledger.read([thing]).get(thing)
        other = entry.run_id if entry else None
        if other is None or (entry and self._ledger.is_mine(entry)):
            return
        if not self._ledger.is_alive(other):
            self._recover()
            return
        if self._looks % _LOOKS_A_WORD == 0:
            _LOGGER.info(
                "Waiting for %s, which is sending a record that this run has too.",
                self._ledger.describe_run(other),
            )
        self._looks += 1
        self._pause(SECONDS_BETWEEN_LOOKS)

    def _judged(self, intent: Intent, known: Mapping[Thing, Entry]) -> Decided:
        entry = known.get(intent.thing)
        decision = _SEND
        if entry is None:
            pass
        elif entry.held_because is not None:
            decision = Decision.HELD
        elif entry.send_hash is not None and entry.run_id is not None:
            decision = _SEND if self._ledger.is_mine(entry) else _WAIT
        elif entry.content_hash == intent.content_hash and entry.send_hash is None:
            decision = _UNCHANGED
        return Decided(decision, intent, entry)


def _without_repeats(candidates: Sequence[Candidate]) -> list[Intent]:
    """Take the first records, up to one that depends on what becomes of another of them.

    Two versions of a thing that are merged into one request are no obstacle.
    """
    seen: dict[Thing, Hashable] = {}
    taken = []
    for each in candidates:
        thing, into = each.intent.thing, each.merges_into
        if thing in seen and (into is None or seen[thing] != into):
            break
        seen[thing] = into
        taken.append(each.intent)
    return taken


def _up_to_the_first_wait(decided: list[Decided]) -> list[Decided]:
    for number, each in enumerate(decided):
        if each.decision is _WAIT:
            return decided[:number]
    return decided
