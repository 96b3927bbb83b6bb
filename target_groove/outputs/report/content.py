"""What a report says, as values that a page can show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from target_groove import __version__
from target_groove.outputs.ending import rows
from target_groove.outputs.histogram import Histogram, begin_of

if TYPE_CHECKING:
    from target_groove.outputs.ending import Row
    from target_groove.outputs.report.kept import Kept
    from target_groove.outputs.standing import Standing
    from target_groove.outputs.summary import Summary
    from target_groove.outputs.tally import Tally
    from target_groove.settings import Settings

_QUANTILES: Final = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


def content(
    settings: Settings,
    *,
    run_id: str,
    summary: Summary,
    tally: Tally,
    kept: Kept,
    standing: Standing,
    ended_at: float,
    error: str | None,
) -> dict[str, Any]:
    """Gather what the page shows.

    Args:
        settings: The settings.
        run_id: The name of the run, which answers that are told elsewhere have too.
        summary: The records.
        tally: The requests.
        kept: The rejected records.
        standing: How far the run came.
        ended_at: When it ended, seconds since 1970.
        error: What ended it, None if it went through.

    Returns:
        Values for JSON; times are seconds.
    """
    seconds = tally.all_seconds()
    return {
        "version": __version__,
        "runId": run_id,
        "account": urlsplit(settings.api_url).netloc,
        "namespace": settings.ledger_namespace,
        "error": error,
        "sentence": summary.sentence,
        "endedAt": ended_at,
        "beganAt": ended_at - standing.seconds,
        "seconds": standing.seconds,
        "waited": tally.waited,
        "limit": settings.requests_per_minute,
        "read": standing.read,
        "requests": seconds.count,
        "answers": tally.answers(),
        "rows": [_row(each) for each in rows(summary, tally)],
        "timeline": {"width": tally.timeline.width, "steps": tally.timeline.steps},
        "latency": {**_spread(seconds), "classes": _classes(seconds)},
        "reasons": [
            {
                "stream": each.stream,
                "endpoint": each.endpoint,
                "kind": each.kind,
                "words": each.words,
                "first": each.first,
                "count": each.count,
                "inDoubt": each.in_doubt,
            }
            for each in tally.reasons.by_count
        ],
        "otherReasons": tally.reasons.others,
        "rejected": kept.records,
        "notKept": kept.not_kept,
        "setAside": summary.set_aside,
        "deadLetters": settings.dead_letter_path,
        "answersFile": settings.responses_path,
    }


def _row(row: Row) -> dict[str, Any]:
    statuses = {str(status): count for status, count in sorted(row.calls.statuses.items())}
    return {
        "stream": row.stream,
        "endpoint": row.endpoint,
        "counts": row.counts,
        "requests": row.calls.count,
        "statuses": statuses,
        **_spread(row.calls.seconds),
    }


def _spread(seconds: Histogram) -> dict[str, float]:
    quantiles = {name: seconds.quantile(share) for name, share in _QUANTILES.items()}
    return {**quantiles, "longest": seconds.longest}


def _classes(seconds: Histogram) -> list[dict[str, float]]:
    """Give the classes from the first to the last that something fell into."""
    used = [number for number, count in enumerate(seconds.counts) if count]
    if not used:
        return []
    return [
        {"from": begin_of(number), "to": begin_of(number + 1), "count": seconds.counts[number]}
        for number in range(used[0], used[-1] + 1)
    ]
