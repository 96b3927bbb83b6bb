"""The way of each record through a run: payload, window, batch, delivery."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, Any, Final

from target_groove.arriving import Arrived, Arriving, Refused
from target_groove.batching import Batch, BatchProblem, Item
from target_groove.merging import Waiting, in_their_order, merge_updates, merge_versions
from target_groove.streams import Stream
from target_groove.window import Candidate, Decided, Decision

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from target_groove.delivery.request import Source
    from target_groove.dispatch import Dispatch
    from target_groove.ledger.ledger import Ledger
    from target_groove.ledger.without import WithoutLedger
    from target_groove.not_sent import NotSent
    from target_groove.outputs.notices import Notices
    from target_groove.preparing import Preparing
    from target_groove.routes import Route
    from target_groove.sending import Sending
    from target_groove.settings import Settings
    from target_groove.settling import Settling
    from target_groove.window import Window

_SEND: Final = Decision.SEND
_SHORTEST_WAIT: Final = 1.0
"""Seconds that a batch may wait for more records, whatever `checkpoint_seconds` says."""


class Pipeline:
    """Delivers records in the order in which they come, a window at a time."""

    def __init__(
        self,
        settings: Settings,
        *,
        ledger: Ledger | WithoutLedger,
        window: Window,
        preparing: Preparing,
        dispatch: Dispatch,
        sending: Sending,
        not_sent: NotSent,
        settling: Settling,
        notices: Notices,
        on_progress: Callable[[], None],
        clock: Callable[[], float],
    ) -> None:
        """Take the parts.

        Args:
            settings: The settings.
            ledger: Numbers the scopes of streams, and remembers records.
            window: Decides which records are sent.
            preparing: Makes payloads.
            dispatch: Makes requests of them.
            sending: Has requests under way.
            not_sent: Settles the other records.
            settling: Rejects records.
            notices: Says things once.
            on_progress: Called in a window, which may take minutes.
            clock: Gives seconds that only grow.
        """
        self._settings = settings
        self._ledger = ledger
        self._window = window
        self._preparing = preparing
        self._dispatch = dispatch
        self._sending = sending
        self._not_sent = not_sent
        self._settling = settling
        self._notices = notices
        self._on_progress = on_progress
        self._streams: dict[str, Stream] = {}
        self._arriving = Arriving(ledger=ledger, preparing=preparing)
        self._arrived: list[Arrived] = []
        self._clock = clock
        self._to_be_sent = 0
        self._batches_wait_since: float | None = None

    def add(
        self,
        name: str,
        route: Route,
        source: Source,
        record: Mapping[str, Any],
        key: Mapping[str, Any],
    ) -> None:
        """Take a record into the window, and deliver the window when it is full.

        Args:
            name: The stream, after stream maps.
            route: The stream's route.
            source: The record as it came.
            record: The record after stream maps.
            key: What identifies the record, by attribute; empty if nothing does.

        Raises:
            DeliveryError: A record was rejected and the run is to stop, or nothing can be delivered
                any more; that may be told of an earlier record.
            Interrupted: The end was asked for; what is in the window is not settled.
        """
        stream = self._stream(name, route)
        if stream.key_names != (names := tuple(key)):
            self.end_window()  # A SCHEMA brought another key.
            stream.key_names = names
        self._arrived.append(Arrived(stream, source, record, key))
        if len(self._arrived) >= self._settings.batch_size_rows:
            self.deliver_waiting()
            if self._to_be_sent >= self._settings.batch_size_rows or self._batches_are_due:
                self.end_window()

    @property
    def window_waits(self) -> bool:
        """Whether records wait that only want their window to end."""
        return bool(self._arrived)

    @property
    def records_wait(self) -> bool:
        """Whether records wait for a batch that the end of the window would close."""
        return any(each.records_wait for each in self._streams.values())

    @property
    def _batches_are_due(self) -> bool:
        """Whether records wait for their batch longer than a STATE should wait for them."""
        since = self._batches_wait_since
        longest = max(self._settings.checkpoint_seconds, _SHORTEST_WAIT)
        return since is not None and self._clock() - since >= longest

    def deliver_waiting(self) -> None:
        """Deliver the window as far as it is; batches go on to wait."""
        arrived, self._arrived = self._arrived, []
        ready: list[Waiting] = []
        for each in self._arriving.ready(arrived):
            if isinstance(each, Refused):
                self._deliver_ready(ready)
                ready = []
                self._reject_new(each)
            else:
                ready.append(each)
        self._deliver_ready(ready)

    def _deliver_ready(self, ready: Sequence[Waiting]) -> None:
        waiting = merge_versions(ready)
        while waiting:
            waiting = waiting[self._deliver_some(waiting) :]

    def end_window(self) -> None:
        """Deliver the window and the batches that wait, except those that replace a list."""
        self.deliver_waiting()
        self._close_batches()
        self._to_be_sent = 0

    def deliver_before_rejection(self, *, stops: bool) -> None:
        """Deliver what came before a rejected record; if it `stops` the run, batches too."""
        (self.settle_all if stops else self.deliver_waiting)()

    def settle_all(self) -> None:
        """End the window, and wait until everything that was begun is settled."""
        self.end_window()
        self._sending.drain()

    def finish(self) -> None:
        """Deliver what still waits: the input is at its end."""
        self.deliver_waiting()
        self._close_batches(end_of_stream=True)
        self._sending.drain()

    # Into the window

    def _stream(self, name: str, route: Route) -> Stream:
        stream = self._streams.get(name)
        if stream is None:
            scope = self._ledger.scope(name, route.template.id)
            stream = Stream(name, route, scope=scope, settings=self._settings)
            self._streams[name] = stream
            self._notices.inferred(route.template)
        return stream

    def _reject_new(self, refused: Refused) -> None:
        route, error = refused.stream.route, refused.error
        self.deliver_before_rejection(stops=not route.dead_letters)
        self._sending.wait_for(*error.about)  # It may be rejected too, and comes first then.
        self._settling.reject(route, (refused.source,), str(error))

    # Out of the window

    def _deliver_some(self, waiting: Sequence[Waiting]) -> int:
        """Deliver the first records of the window.

        Returns:
            How many are done with; 0 after waiting for another run.
        """
        stream, item = waiting[0][:2]
        if item.intent is None:
            self._close_batches(but=stream, end_of_stream=True)
            self._into_batch(stream, item)
            return 1
        things_alone = list(takewhile(lambda each: each.item.intent is not None, waiting))
        candidates = [
            Candidate(item.intent, stream.merges_into(item))
            for stream, item, _, decided in things_alone
            if item.intent and not decided
        ]
        things = {each.intent.thing for each in candidates}
        if any(each.batcher and each.batcher.holds_any(things) for each in self._streams.values()):
            # Another version of a thing waits there, and what follows depends on it.
            self._close_batches()
        judged = in_their_order(things_alone, self._decide(candidates) if candidates else [])
        begun_with: Stream | None = None
        for (stream, item, voided, _), its in merge_updates(judged):
            if stream is not begun_with:
                self._close_batches(but=stream, end_of_stream=True)
                begun_with = stream
            self._deliver(stream, item, voided, its)
            if its.decision is _SEND:
                self._on_progress()
        self._arriving.remember(judged)
        self._on_progress()
        if len(judged) < len(things_alone):
            # What follows depends on what becomes of these.
            self._close_batches()
        return len(judged)

    def _deliver(
        self, stream: Stream, item: Item, voided: tuple[Item, ...], decided: Decided
    ) -> None:
        if self._not_sent.settle(stream, [item], decided, voided=voided):
            return
        self._to_be_sent += 1
        intents, entry = [decided.intent], decided.entry
        if stream.batcher:
            known_id = entry.resource_id if entry else None
            self._into_batch(stream, item._replace(known_id=known_id) if known_id else item)
            return
        self._dispatch.deliver(stream, [item], item.fields, intents, entry=entry, voided=voided)

    def _decide(self, candidates: Sequence[Candidate]) -> list[Decided]:
        is_on_its_way = self._sending.has
        settled = list(takewhile(lambda each: not is_on_its_way(each.intent.thing), candidates))
        if not settled:
            self._sending.wait_for(candidates[0].intent.thing)
            return []
        decided = self._window.decide(settled)
        if not decided:
            # Another run has it, and may be waiting for what this one has.
            self._close_batches()
            self._sending.drain()
            self._window.wait_for(candidates[0].intent.thing)
        return decided

    def _into_batch(self, stream: Stream, item: Item) -> None:
        try:
            closed = stream.batcher.add(item) if stream.batcher else []
        except BatchProblem as error:
            self._dispatch.refuse(stream, [item], (), str(error))
            return
        if self._batches_wait_since is None:
            self._batches_wait_since = self._clock()
        for batch in closed:
            self._deliver_batch(stream, batch)

    def _close_batches(self, *, but: Stream | None = None, end_of_stream: bool = False) -> None:
        """Deliver the batches that wait, so that no record of another stream overtakes them."""
        if but is None:
            self._batches_wait_since = None
        for stream in self._streams.values():
            if stream.batcher and stream is not but and not stream.batcher.is_empty:
                for batch in stream.batcher.close(end_of_stream=end_of_stream):
                    self._deliver_batch(stream, batch)
                    self._on_progress()

    def _deliver_batch(self, stream: Stream, batch: Batch) -> None:
        items = batch.items
        intents = [each.intent for each in items if each.intent is not None]
        payload, unknown, problem = stream.shaped(batch)
        self._notices.unknown_fields(stream.name, stream.endpoint, unknown)
        if problem:
            self._dispatch.refuse(stream, items, intents, problem)
            return
        if stream.sends_lists:
            self._deliver_list(stream, batch, payload)
        else:
            self._dispatch.deliver(stream, items, payload, intents)

    def _deliver_list(self, stream: Stream, batch: Batch, payload: Any) -> None:
        """Deliver a list that replaces Groove's, unless it is the same as before."""
        content_hash = stream.content_hash(batch.items[0].params, payload)
        key = stream.list_key(batch) if stream.is_keyed else None
        candidate = Candidate(self._preparing.intent(stream, key, content_hash))
        while not (decided := self._decide([candidate])):
            pass
        if not self._not_sent.settle(stream, batch.items, decided[0]):
            entry = decided[0].entry
            self._dispatch.deliver(stream, batch.items, payload, [candidate.intent], entry=entry)
