"""The way of each record through a run: payload, batch, delivery, and what is said of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from target_groove.batching import Batch, Batcher, BatchProblem, Item, shape
from target_groove.delivery.encoding import to_json
from target_groove.delivery.outcome import Outcome, Verdict
from target_groove.delivery.request import Content, Source
from target_groove.payload import PayloadBuilder
from target_groove.planning import Planner, PlanProblem
from target_groove.settling import (
    IN_DOUBT_AGAIN,
    PART_OF_A_LIST,
    Settling,
    is_in_doubt,
    was_rejected_alone,
    what_is_left,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_groove.checkpoints import Checkpoints
    from target_groove.delivery.engine import Engine
    from target_groove.outputs.notices import Notices
    from target_groove.outputs.rejections import Rejections
    from target_groove.outputs.summary import Summary
    from target_groove.routes import Route
    from target_groove.settings import Settings


@dataclass(slots=True)
class _Stream:
    """What a routed stream needs between its records."""

    name: str
    route: Route
    builder: PayloadBuilder
    batcher: Batcher | None

    @property
    def endpoint(self) -> str:
        return self.route.template.id


class Pipeline:
    """Delivers records in the order in which they come."""

    def __init__(
        self,
        settings: Settings,
        *,
        engine: Engine,
        checkpoints: Checkpoints,
        rejections: Rejections,
        notices: Notices,
        summary: Summary,
    ) -> None:
        """Take the parts; nothing is sent yet."""
        self._settings = settings
        self._engine = engine
        self._settling = Settling(checkpoints=checkpoints, rejections=rejections, summary=summary)
        self._notices = notices
        self._summary = summary
        self._planner = Planner(settings)
        self._streams: dict[str, _Stream] = {}
        self._in_window = 0

    def add(self, name: str, route: Route, source: Source, record: Mapping[str, Any]) -> None:
        """Deliver a record, or let it wait for its batch.

        Args:
            name: The stream, after stream maps.
            route: The stream's route.
            source: The record as it came.
            record: The record after stream maps.

        Raises:
            DeliveryError: The record was rejected and the run is to stop, or nothing can be
                delivered any more.
            Interrupted: The end was asked for; the record is not settled.
        """
        stream = self._stream(name, route)
        self._close_batches(but=stream, end_of_stream=True)
        self._take(stream, source, record)
        self._in_window += 1
        if self._in_window >= self._settings.batch_size_rows:
            self.end_window()

    @property
    def records_wait(self) -> bool:
        """Whether records wait for a batch that the end of the window would close."""
        return any(
            stream.batcher
            and not stream.batcher.is_empty
            and not stream.batcher.waits_for_the_stream
            for stream in self._streams.values()
        )

    def end_window(self) -> None:
        """Deliver the batches that wait, except those that replace a list."""
        self._close_batches()
        self._in_window = 0

    def finish(self) -> None:
        """Deliver what still waits: the input is at its end."""
        self._close_batches(end_of_stream=True)

    def _stream(self, name: str, route: Route) -> _Stream:
        stream = self._streams.get(name)
        if stream is None:
            batcher = Batcher(route.batch) if route.batch else None
            stream = _Stream(name, route, PayloadBuilder(route), batcher)
            self._streams[name] = stream
            self._notices.inferred(route.template)
        return stream

    def _close_batches(self, *, but: _Stream | None = None, end_of_stream: bool = False) -> None:
        """Deliver the batches that wait, so that no record of another stream overtakes them."""
        for stream in self._streams.values():
            if stream.batcher and stream is not but and not stream.batcher.is_empty:
                for batch in stream.batcher.close(end_of_stream=end_of_stream):
                    self._deliver_batch(stream, batch)

    def _take(self, stream: _Stream, source: Source, record: Mapping[str, Any]) -> None:
        if is_in_doubt(source):
            self._settling.reject(
                stream.route,
                (source,),
                IN_DOUBT_AGAIN,
                outcome=Outcome(verdict=Verdict.IN_DOUBT),
            )
            return
        rule = stream.route.batch
        if rule and rule.whole_stream and was_rejected_alone(source):
            self._settling.reject(stream.route, (source,), PART_OF_A_LIST)
            return
        try:
            payload = stream.builder.build(record)
        except Exception as error:  # noqa: BLE001 - one record must not end the run for all others
            reason = f"no payload can be made of it ({type(error).__name__}: {error})"
            self._settling.reject(stream.route, (source,), reason)
            return
        if payload.unknown:
            self._notices.unknown_fields(stream.name, stream.endpoint, payload.unknown)
        if payload.problems:
            self._settling.reject(stream.route, (source,), "; ".join(payload.problems))
            return
        item = Item(source, record, payload.params, payload.fields)
        if stream.batcher is None:
            self._deliver_items(stream, [item], payload.fields)
            return
        try:
            closed = stream.batcher.add(item)
        except BatchProblem as error:
            self._settling.reject(stream.route, (source,), str(error))
            return
        for batch in closed:
            self._deliver_batch(stream, batch)

    def _deliver_batch(self, stream: _Stream, batch: Batch) -> None:
        rule = stream.route.batch
        if rule is None or stream.route.template.content is Content.BINARY:
            self._deliver_items(stream, batch.items, None)
            return
        payload = shape(rule, batch)
        if rule.whole_stream and rule.max_bytes and len(to_json(payload)) > rule.max_bytes:
            # Half a list would take the other half's members away.
            reason = f"batch.max_bytes: the list is longer than {rule.max_bytes} bytes"
            self._settling.reject(stream.route, _sources(batch.items), reason)
            return
        if isinstance(payload, dict):
            problems: list[str] = []
            unknown: list[str] = []
            payload = stream.builder.check(payload, batch.items[0].params, problems, unknown)
            self._notices.unknown_fields(stream.name, stream.endpoint, unknown)
            if problems:
                self._settling.reject(stream.route, _sources(batch.items), "; ".join(problems))
                return
        self._deliver_items(stream, batch.items, payload)

    def _deliver_items(self, stream: _Stream, items: list[Item], payload: Any) -> None:
        sources = _sources(items)
        params = items[0].params
        try:
            if stream.route.template.content is Content.BINARY:
                files = [item.fields for item in items]
                delivery = self._planner.plan_uploads(stream.route, params, files, sources)
            else:
                delivery = self._planner.plan(stream.route, params, payload, sources)
        except PlanProblem as error:
            if stream.route.template.content is Content.BINARY and len(items) > 1:
                # One file is unusable: each goes alone, so that only its record is rejected.
                for item in items:
                    self._deliver_items(stream, [item], None)
            else:
                self._settling.reject(stream.route, sources, str(error))
            return
        if len(delivery.requests) > 1:
            self._notices.inferred_follow_up(stream.route.template)
        left, new_id = what_is_left(delivery)
        if left is None:
            self._settling.delivered(stream.route, sources[0])
            return
        try:
            outcome = self._engine.deliver(left, new_id=new_id)
        finally:
            self._summary.requests = self._engine.requests_sent
        self._settling.settle(stream.route, left, outcome)


def _sources(items: list[Item]) -> tuple[Source, ...]:
    return tuple(item.source for item in items)
