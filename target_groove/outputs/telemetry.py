"""Traces and metrics of a run for OpenTelemetry; loaded only if they are asked for."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.metrics import Observation
from opentelemetry.propagate import extract
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode, set_span_in_context

from target_groove import __version__
from target_groove.delivery.masking import masked_url
from target_groove.delivery.observer import Attempted, Observer, Rejected

if TYPE_CHECKING:
    import logging
    from collections.abc import Iterable

    from opentelemetry.metrics import CallbackOptions

    from target_groove.outputs.summary import Summary
    from target_groove.outputs.tally import Tally

_NAME: Final = "target-groove"
_NANOSECONDS: Final = 1_000_000_000
_LONGEST_FLUSH: Final = 5.0
"""Seconds that a run waits at its end for a collector that does not answer."""
_NONE: Final = "none"


class Telemetry(Observer):
    """Sends a span for the run and one for each attempt below it, and metrics beside them.

    Names follow OpenTelemetry's conventions for HTTP clients:
    https://opentelemetry.io/docs/specs/semconv/http/
    """

    def __init__(self, summary: Summary, tally: Tally, *, logger: logging.Logger) -> None:
        """Begin the span of the run, below the one that `TRACEPARENT` names if there is one.

        Args:
            summary: Counts records.
            tally: Counts waits.
            logger: Learns what is asked for and cannot be had.
        """
        _check_protocol(logger)
        resource = Resource.create(
            {SERVICE_VERSION: __version__}
            | ({} if os.environ.get("OTEL_SERVICE_NAME") else {SERVICE_NAME: _NAME})
        )
        self._summary = summary
        self._tally = tally
        self._traces = TracerProvider(resource=resource, shutdown_on_exit=False)
        if os.environ.get("OTEL_TRACES_EXPORTER", "") != _NONE:
            self._traces.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        readers = []
        if os.environ.get("OTEL_METRICS_EXPORTER", "") != _NONE:
            readers.append(PeriodicExportingMetricReader(OTLPMetricExporter()))
        self._meters = MeterProvider(readers, resource=resource, shutdown_on_exit=False)
        self._tracer = self._traces.get_tracer(_NAME, __version__)
        parent = extract({"traceparent": os.environ.get("TRACEPARENT", "")})
        self._run = self._tracer.start_span("run", context=parent)
        self._below = set_span_in_context(self._run)
        meter = self._meters.get_meter(_NAME, __version__)
        self._durations = meter.create_histogram(
            "http.client.request.duration", "s", "How long requests took."
        )
        meter.create_observable_counter(
            "target_groove.records", [self._records], "{record}", "What became of records."
        )
        meter.create_observable_counter(
            "target_groove.limit.wait", [self._waits], "s", "Waits until a limit let a request go."
        )

    def attempted(self, attempted: Attempted) -> None:
        """Send a span and a measurement."""
        request, status = attempted.request, attempted.status
        url = masked_url(request.url)
        attributes: dict[str, Any] = {
            "http.request.method": request.method,
            "server.address": urlsplit(url).hostname or "",
        }
        if status is not None:
            attributes["http.response.status_code"] = status
        if status is None or status >= 400:  # noqa: PLR2004 - as the conventions say
            attributes["error.type"] = str(status or "no_answer")
        own = {"target_groove.stream": request.stream, "target_groove.endpoint": request.endpoint}
        self._durations.record(attempted.seconds, {**attributes, **own})
        ended_at = time.time_ns()
        span = self._tracer.start_span(
            f"{request.method} {request.endpoint}".strip(),
            context=self._below,
            kind=SpanKind.CLIENT,
            start_time=ended_at - int(attempted.seconds * _NANOSECONDS),
            attributes={
                **attributes,
                **own,
                "url.full": url,
                "http.request.resend_count": attempted.number - 1,
                "target_groove.records": len(request.sources),
            },
        )
        if attempted.reason:
            span.set_status(Status(StatusCode.ERROR, attempted.reason))
        span.end(ended_at)

    def rejected(self, rejected: Rejected) -> None:
        """Note it as an event of the run."""
        self._run.add_event(
            "rejected",
            {
                "target_groove.stream": rejected.source.stream,
                "target_groove.endpoint": rejected.endpoint,
                "target_groove.place": rejected.source.place,
                "target_groove.reason": rejected.reason,
                "target_groove.in_doubt": rejected.in_doubt,
            },
        )

    def ended(self) -> None:
        """End the span of the run, and send what is left."""
        self._run.set_attribute("target_groove.summary", self._summary.sentence)
        self._run.end()
        flushing = [
            threading.Thread(target=each.shutdown, daemon=True)
            for each in (self._traces, self._meters)
        ]
        for each in flushing:
            each.start()
        no_later_than = time.monotonic() + _LONGEST_FLUSH
        for each in flushing:
            each.join(max(no_later_than - time.monotonic(), 0.0))

    def _records(self, _: CallbackOptions) -> Iterable[Observation]:
        summary = self._summary
        for outcome, counts in (
            ("delivered", summary.delivered),
            ("unchanged", summary.unchanged),
            ("merged", summary.merged),
            ("rejected", summary.rejected),
            ("in_doubt", summary.in_doubt),
        ):
            for (stream, endpoint), count in counts.copy().items():
                names = {"target_groove.stream": stream, "target_groove.endpoint": endpoint}
                yield Observation(count, {**names, "target_groove.outcome": outcome})

    def _waits(self, _: CallbackOptions) -> Iterable[Observation]:
        yield Observation(self._tally.waited)


def _check_protocol(logger: logging.Logger) -> None:
    for name in ("TRACES", "METRICS"):
        asked = os.environ.get(f"OTEL_{name}_EXPORTER", "")
        if asked not in {"", "otlp", _NONE}:
            logger.warning(
                "OTEL_%s_EXPORTER is %s; target-groove sends by otlp, or not at all (none).",
                name,
                asked,
            )
    if os.environ.get("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf") != "http/protobuf":
        logger.warning(
            "OTEL_EXPORTER_OTLP_PROTOCOL is %s; target-groove speaks http/protobuf.",
            os.environ["OTEL_EXPORTER_OTLP_PROTOCOL"],
        )
