"""The way of each record through a run: payload, batch, delivery, and what is said of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from target_groove.batching import Batch, Batcher, BatchProblem, Item, shape
from target_groove.delivery.encoding import to_json
from target_groove.delivery.masking import masked
from target_groove.delivery.outcome import Outcome, Verdict
from target_groove.delivery.request import Content, Delivery, Source
from target_groove.errors import DeliveryError
from target_groove.payload import PayloadBuilder
from target_groove.planning import Planner, PlanProblem

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
        self._checkpoints = checkpoints
        self._rejections = rejections
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
        self._close_batches(but=stream)
        self._take(stream, source, record)
        self._in_window += 1
        if self._in_window >= self._settings.batch_size_rows:
            self.end_window()

    @property
    def records_wait(self) -> bool:
        """Whether records wait for a batch that the end of the window would close."""
        return any(
            stream.batcher and not stream.batcher.is_empty and not stream.batcher.waits_for_the_end
            for stream in self._streams.values()
        )

    def end_window(self) -> None:
        """Deliver the batches that wait, except those that replace a list."""
        self._close_batches()
        self._in_window = 0

    def finish(self) -> None:
        """Deliver what still waits: the input is at its end."""
        self._close_batches()
        for stream in self._streams.values():
            if stream.batcher:
                for batch in stream.batcher.close(end_of_input=True):
                    self._deliver_batch(stream, batch)

    def _stream(self, name: str, route: Route) -> _Stream:
        stream = self._streams.get(name)
        if stream is None:
            batcher = Batcher(route.batch) if route.batch else None
            stream = _Stream(name, route, PayloadBuilder(route), batcher)
            self._streams[name] = stream
            self._notices.inferred(route.template)
        return stream

    def _close_batches(self, *, but: _Stream | None = None) -> None:
        """Deliver the batches that wait, so that no record of another stream overtakes them."""
        for stream in self._streams.values():
            if stream.batcher and stream is not but and not stream.batcher.is_empty:
                for batch in stream.batcher.close():
                    self._deliver_batch(stream, batch)

    def _take(self, stream: _Stream, source: Source, record: Mapping[str, Any]) -> None:
        payload = stream.builder.build(record)
        if payload.unknown:
            self._notices.unknown_fields(stream.name, stream.endpoint, payload.unknown)
        if payload.problems:
            self._reject(stream, (source,), "; ".join(payload.problems))
            return
        item = Item(source, record, payload.params, payload.fields)
        if stream.batcher is None:
            self._deliver_items(stream, [item], payload.fields)
            return
        try:
            closed = stream.batcher.add(item)
        except BatchProblem as error:
            self._reject(stream, (source,), str(error))
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
            self._reject(stream, _sources(batch.items), reason)
            return
        if isinstance(payload, dict):
            problems: list[str] = []
            unknown: list[str] = []
            payload = stream.builder.check(payload, batch.items[0].params, problems, unknown)
            self._notices.unknown_fields(stream.name, stream.endpoint, unknown)
            if problems:
                self._reject(stream, _sources(batch.items), "; ".join(problems))
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
                self._reject(stream, sources, str(error))
            return
        if len(delivery.requests) > 1:
            self._notices.inferred_follow_up(stream.route.template)
        try:
            outcome = self._engine.deliver(delivery)
        finally:
            self._summary.requests = self._engine.requests_sent
        self._settle(stream, delivery, outcome)

    def _settle(self, stream: _Stream, delivery: Delivery, outcome: Outcome) -> None:
        match outcome.verdict:
            case Verdict.UNAUTHORIZED:
                msg = (
                    f"Groove refuses the token, nothing more is sent ({outcome.reason}); "
                    "check api_token."
                )
                raise DeliveryError(msg)
            case Verdict.UNAVAILABLE:
                msg = (
                    f"{_capitalised(delivery.sources[0])}: given up after "
                    f"{outcome.attempts} attempt(s), {outcome.reason}; "
                    "run again when Groove can be reached."
                )
                raise DeliveryError(msg)
            case Verdict.IN_DOUBT:
                reason = (
                    f"it is not known whether it was delivered ({outcome.reason}); "
                    "look in Groove before sending it again"
                )
                self._reject(stream, delivery.sources, reason, delivery)
            case Verdict.REJECTED if not outcome.item_reasons:
                self._reject(stream, delivery.sources, outcome.reason, delivery)
            case _:
                self._settle_items(stream, delivery, outcome)

    def _settle_items(self, stream: _Stream, delivery: Delivery, outcome: Outcome) -> None:
        reasons = outcome.item_reasons or (None,) * len(delivery.sources)
        for source, reason in zip(delivery.sources, reasons, strict=True):
            if reason is None:
                self._summary.delivered[source.stream, stream.endpoint] += 1
                self._checkpoints.settle(source.position)
        for source, reason in zip(delivery.sources, reasons, strict=True):
            if reason is not None:
                self._reject(stream, (source,), reason, delivery)

    def _reject(
        self,
        stream: _Stream,
        sources: tuple[Source, ...],
        reason: str,
        delivery: Delivery | None = None,
    ) -> None:
        for source in sources:
            self._rejections.take(
                source,
                reason,
                set_aside=stream.route.dead_letters,
                endpoint=stream.endpoint,
                request=masked(delivery.requests[0]) if delivery else None,
            )


def _sources(items: list[Item]) -> tuple[Source, ...]:
    return tuple(item.source for item in items)


def _capitalised(source: Source) -> str:
    text = str(source)
    return text[0].upper() + text[1:]
