"""The run in the SDK's metrics, which Meltano and others read from the log."""

from __future__ import annotations

import enum
from collections import defaultdict
from typing import TYPE_CHECKING, Any, cast

from singer_sdk.metrics import Metric, Point, Tag, get_metrics_logger, log

if TYPE_CHECKING:
    from target_groove.outputs.summary import Summary
    from target_groove.outputs.tally import Tally


class OwnMetric(enum.StrEnum):
    """What the SDK has no name for."""

    OUTCOME_COUNT = "record_outcome_count"
    LIMIT_WAIT = "limit_wait_duration"


class Metrics:
    """Writes what is new since it was asked the last time.

    Counters tell what has come since their last line, as the SDK's do. Timers tell of the run so
    far: `limit_wait_duration` all seconds in which a request waited for a limit,
    `http_request_duration` the mean, with the longest and the quantiles among its tags. So there is
    one line a minute, however many requests there are.
    """

    def __init__(self, summary: Summary, tally: Tally) -> None:
        """Take what is counted."""
        self._summary = summary
        self._tally = tally
        self._logger = get_metrics_logger()
        self._said: defaultdict[Any, Any] = defaultdict(int)

    def write(self) -> None:
        """Write what is new."""
        self._outcomes()
        self._requests()
        waited = self._tally.waited
        if waited > self._said[OwnMetric.LIMIT_WAIT]:
            self._said[OwnMetric.LIMIT_WAIT] = waited
            self._point("timer", OwnMetric.LIMIT_WAIT, round(waited, 3), {})

    def _outcomes(self) -> None:
        summary = self._summary
        for outcome, counts in (
            ("delivered", summary.delivered),
            ("unchanged", summary.unchanged),
            ("merged", summary.merged),
            ("rejected", summary.rejected),
            ("in_doubt", summary.in_doubt),
        ):
            for (stream, endpoint), count in counts.items():
                tags = {**_where(stream, endpoint), "outcome": outcome}
                self._count(OwnMetric.OUTCOME_COUNT, count, tags)
        for stream, count in summary.skipped.items():
            tags = {**_where(stream), "outcome": "skipped"}
            self._count(OwnMetric.OUTCOME_COUNT, count, tags)

    def _requests(self) -> None:
        for (stream, endpoint), calls in list(self._tally.calls.items()):
            where = _where(stream, endpoint)
            for status, count in calls.statuses.copy().items():
                tags = {**where, Tag.HTTP_STATUS_CODE.value: status or None}
                self._count(Metric.HTTP_REQUEST_COUNT, count, tags)
            seconds = calls.seconds
            count = seconds.count
            if count == self._said[stream, endpoint]:
                continue
            self._said[stream, endpoint] = count
            spread = {
                "count": count,
                "median": round(seconds.quantile(0.5), 4),
                "p95": round(seconds.quantile(0.95), 4),
                "longest": round(seconds.longest, 4),
            }
            mean = round(seconds.total / count, 4)
            self._point("timer", Metric.HTTP_REQUEST_DURATION, mean, {**where, **spread})

    def _count(self, metric: Any, count: int, tags: dict[str, Any]) -> None:
        key = metric, tuple(tags.items())
        if new := count - self._said[key]:
            self._said[key] = count
            self._point("counter", metric, new, tags)

    def _point(self, kind: str, metric: Any, value: float, tags: dict[str, Any]) -> None:
        log(self._logger, Point(kind, cast("Metric", metric), value, tags))


def _where(stream: str, endpoint: str = "") -> dict[str, Any]:
    names = {Tag.STREAM: stream, Tag.ENDPOINT: endpoint}
    return {name.value: each for name, each in names.items() if each}
