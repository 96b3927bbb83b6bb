"""Traces and metrics, sent to a collector on this machine."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from target_groove.outputs import telemetry_wish
from tests.conftest import TOKEN
from tests.processes import Loader, rows

if TYPE_CHECKING:
    from target_groove.sandbox import Sandbox


class Collector(ThreadingHTTPServer):
    """Takes what is exported.

    Attributes:
        bodies: The bodies, by path.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.bodies: dict[str, list[bytes]] = {"/v1/traces": [], "/v1/metrics": []}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def spans(self) -> list[Any]:
        """The spans."""
        return [
            span
            for body in self.bodies["/v1/traces"]
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    @property
    def metrics(self) -> dict[str, Any]:
        """The metrics as they were last, by name."""
        return {
            metric.name: metric
            for body in self.bodies["/v1/metrics"]
            for resource in ExportMetricsServiceRequest.FromString(body).resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
        }

    @property
    def services(self) -> set[str]:
        """Who sent traces, by name."""
        return {
            attributes_of(resource.resource)["service.name"]
            for body in self.bodies["/v1/traces"]
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans
        }


class _Handler(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding"):
            raise AssertionError(self.headers["Content-Encoding"])
        self.server.bodies[self.path].append(body)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


def attributes_of(thing: Any) -> dict[str, Any]:
    """The attributes of a span, a point or a resource."""
    return {
        each.key: getattr(each.value, each.value.WhichOneof("value")) for each in thing.attributes
    }


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def asked(collector: Collector, **more: str) -> dict[str, str]:
    kept = {name: "" for name in os.environ if name.startswith("OTEL_")}
    return {**kept, "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, **more}


def test_a_run_is_a_trace_of_its_attempts(
    loader: Loader, collector: Collector, sandbox: Sandbox
) -> None:
    sandbox.faults(
        [
            {"action": "status", "status": 503, "at": [1], "headers": {"Retry-After": "0"}},
            {"action": "status", "status": 422, "at": [3]},
        ]
    )
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    done = loader(rows(1, 2, 3), environment=asked(collector, TRACEPARENT=parent))
    assert done.exit_code == 0, done.stderr
    (run,) = (each for each in collector.spans if each.name == "run")
    assert run.trace_id.hex() == "0af7651916cd43dd8448eb211c80319c"
    assert run.parent_span_id.hex() == "b7ad6b7169203331"
    attempts = [each for each in collector.spans if each.name == "POST custom"]
    assert {each.parent_span_id for each in attempts} == {run.span_id}
    found = [attributes_of(each) for each in attempts]
    assert [each["http.response.status_code"] for each in found] == [503, 200, 422, 200]
    assert [each["http.request.resend_count"] for each in found] == [0, 1, 0, 0]
    assert found[0]["target_groove.stream"] == "s"
    assert found[0]["url.full"] == f"{sandbox.api_url}/echo/x"
    assert all(each.end_time_unix_nano > each.start_time_unix_nano for each in attempts)
    assert [each.status.code for each in attempts] == [2, 0, 2, 0]
    (event,) = run.events
    assert attributes_of(event)["target_groove.place"] == "line 4"
    assert attributes_of(run)["target_groove.summary"] == "2 delivered, 1 rejected, 4 requests"
    assert collector.services == {"target-groove"}


def test_metrics_tell_of_records_and_requests(loader: Loader, collector: Collector) -> None:
    loader(rows(1, 2, 3), environment=asked(collector, OTEL_SERVICE_NAME="nightly"))
    metrics = collector.metrics
    (duration,) = metrics["http.client.request.duration"].histogram.data_points
    assert duration.count == 3
    (records,) = metrics["target_groove.records"].sum.data_points
    assert records.as_int == 3
    assert attributes_of(records)["target_groove.outcome"] == "delivered"
    (waits,) = metrics["target_groove.limit.wait"].sum.data_points
    assert waits.as_double == 0
    assert collector.services == {"nightly"}


def test_the_token_is_in_none_of_it(loader: Loader, collector: Collector) -> None:
    loader(rows(1), environment=asked(collector))
    sent = b"".join(each for bodies in collector.bodies.values() for each in bodies)
    assert sent
    assert TOKEN.encode() not in sent


def test_each_of_the_two_can_be_switched_off(loader: Loader, collector: Collector) -> None:
    off = asked(collector, OTEL_TRACES_EXPORTER="none", OTEL_METRICS_EXPORTER="none")
    assert loader(rows(1), environment=off).exit_code == 0
    assert collector.bodies == {"/v1/traces": [], "/v1/metrics": []}


def test_nothing_is_sent_unasked(loader: Loader, collector: Collector) -> None:
    off = asked(collector, OTEL_SDK_DISABLED="true")
    assert loader(rows(1), environment=off).exit_code == 0
    assert collector.bodies == {"/v1/traces": [], "/v1/metrics": []}


def test_what_cannot_be_had_is_said(loader: Loader, collector: Collector) -> None:
    odd = asked(collector, OTEL_TRACES_EXPORTER="console", OTEL_EXPORTER_OTLP_PROTOCOL="grpc")
    done = loader(rows(1), environment=odd)
    assert "OTEL_TRACES_EXPORTER is console; target-groove sends by otlp" in done.stderr
    assert "OTEL_EXPORTER_OTLP_PROTOCOL is grpc; target-groove speaks http" in done.stderr
    assert done.states == [{"seen": 1}]


@pytest.mark.parametrize(
    "odd",
    [
        {"OTEL_BSP_MAX_QUEUE_SIZE": "0"},
        {"OTEL_ATTRIBUTE_COUNT_LIMIT": "many"},
        {"OTEL_PROPAGATORS": "nonsense"},
    ],
    ids=["batches", "limits", "propagators"],
)
def test_variables_that_cannot_be_meant_do_not_stop_a_run(
    loader: Loader, collector: Collector, odd: dict[str, str]
) -> None:
    done = loader(rows(1), environment=asked(collector, **odd))
    assert done.exit_code == 0
    assert done.states == [{"seen": 1}]
    assert "OpenTelemetry cannot be used, the run goes on without it (" in done.stderr
    assert "target_groove.errors" not in done.stderr


def test_a_collector_that_is_not_there_does_not_stop_a_run(
    loader: Loader, collector: Collector
) -> None:
    gone = asked(collector, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9")
    done = loader(rows(1), environment=gone)
    assert done.exit_code == 0
    assert done.states == [{"seen": 1}]


@pytest.mark.parametrize("error", [None, ModuleNotFoundError("opentelemetry")])
def test_what_is_not_installed_is_named(
    error: Exception | None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def nothing(_: str) -> None:
        if error:
            raise error

    monkeypatch.setattr(telemetry_wish, "find_spec", nothing)
    asks = {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:9"}
    assert not telemetry_wish.wants_telemetry(asks, logging.getLogger("t"))
    assert 'pip install "target-groove[otel]"' in caplog.text
