"""What is said at the end of a run, before its last line: per stream and endpoint, and reasons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from target_groove.outputs.durations import duration
from target_groove.outputs.tally import LOOK_UPS, Calls

if TYPE_CHECKING:
    import logging
    from collections.abc import Sequence

    from target_groove.outputs.reasons import Reason
    from target_groove.outputs.summary import Summary
    from target_groove.outputs.tally import Tally

MOST_SHOWN: Final = 10
"""Kinds of reasons that are told; all of them are in the report and the dead-letter file."""
_WIDE: Final = 100
"""Columns of a terminal that has room for how long answers took."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What became of one stream at one endpoint; look-ups have neither.

    Attributes:
        stream: The stream.
        endpoint: The endpoint; empty if none was reached.
        delivered: Records delivered.
        unchanged: Records that Groove has as they are.
        merged: Records that a later one made void.
        rejected: Records rejected, without those in doubt.
        in_doubt: Records of which nobody knows whether they were delivered.
        skipped: Records without a route.
        calls: The requests.
    """

    stream: str
    endpoint: str
    delivered: int = 0
    unchanged: int = 0
    merged: int = 0
    rejected: int = 0
    in_doubt: int = 0
    skipped: int = 0
    calls: Calls

    @property
    def counts(self) -> dict[str, int]:
        """The records, by what became of them."""
        return {
            "delivered": self.delivered,
            "unchanged": self.unchanged,
            "merged": self.merged,
            "rejected": self.rejected,
            "in_doubt": self.in_doubt,
            "skipped": self.skipped,
        }


def rows(summary: Summary, tally: Tally) -> list[Row]:
    """Say what became of each stream at each endpoint."""
    nothing = Calls()
    found = [
        Row(
            stream=key[0],
            endpoint=key[1],
            delivered=summary.delivered[key],
            unchanged=summary.unchanged[key],
            merged=summary.merged[key],
            rejected=summary.rejected[key] - summary.in_doubt[key],
            in_doubt=summary.in_doubt[key],
            calls=tally.calls.get(key, nothing),
        )
        for key in dict.fromkeys([*summary.routes, *tally.calls])
        if key != LOOK_UPS
    ]
    found += [
        Row(stream=stream, endpoint="", skipped=count, calls=nothing)
        for stream, count in summary.skipped.items()
    ]
    if LOOK_UPS in tally.calls:
        found.append(Row(stream="", endpoint="", calls=tally.calls[LOOK_UPS]))
    return found


def log_rows(logger: logging.Logger, summary: Summary, tally: Tally) -> None:
    """Write a line for each stream and endpoint, and one for each kind of reason."""
    for each in rows(summary, tally):
        counts = ", ".join(
            f"{count} {name.replace('_', ' ')}" for name, count in each.counts.items() if count
        )
        said = [part for part in (counts, _requests_of(each.calls)) if part]
        logger.info(
            "%s: %s.",
            _name_of(each),
            "; ".join(said) or "nothing",
            extra={"stream": each.stream, "endpoint": each.endpoint, **each.counts}
            | {"requests": each.calls.count, "median_seconds": each.calls.seconds.quantile(0.5)},
        )
    reasons = tally.reasons.by_count
    for reason in reasons[:MOST_SHOWN]:
        logger.info(
            "Rejected %s: %s (the first: %s).",
            "once" if reason.count == 1 else f"{reason.count} times",
            reason.words,
            reason.first,
            extra={"stream": reason.stream, "endpoint": reason.endpoint, "count": reason.count},
        )
    if others := _others(reasons, tally):
        logger.info("Rejected for other reasons: %d.", others)


def print_tables(summary: Summary, tally: Tally) -> None:
    """Show the same to a person at a terminal, on standard error."""
    from rich import box  # noqa: PLC0415 - only who has a terminal loads it
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console(stderr=True, markup=False, highlight=False)
    outcomes = Table(
        box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True, header_style="bold"
    )
    lines = rows(summary, tally)
    shown = [
        name
        for name in ("delivered", "unchanged", "merged", "rejected", "in_doubt", "skipped")
        if name in {"delivered", "rejected"} or any(each.counts[name] for each in lines)
    ]
    quantiles = {"median": 0.5, "95 %": 0.95} if console.width >= _WIDE else {}
    outcomes.add_column("stream and endpoint", overflow="fold")
    for name in [*(each.replace("_", " ") for each in shown), "requests", *quantiles]:
        # Where it is narrow, names take another line, and no figure is cut.
        outcomes.add_column(name, justify="right", min_width=len(name), no_wrap=True)
    for each in lines:
        seconds = each.calls.seconds
        times = [
            duration(seconds.quantile(share)) if seconds.count else ""
            for share in quantiles.values()
        ]
        outcomes.add_row(
            Text.assemble(
                each.stream or "look-ups", "\n" * bool(each.endpoint), (each.endpoint, "dim")
            ),
            *(f"{each.counts[name]:,}" if each.counts[name] else "·" for name in shown),
            f"{each.calls.count:,}",
            *times,
        )
    if lines:
        console.print(outcomes)
    _print_reasons(console, tally)


def _print_reasons(console: Any, tally: Tally) -> None:
    from rich import box  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    reasons = tally.reasons.by_count
    if not reasons:
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    table.add_column("rejected", justify="right")
    table.add_column("because")
    table.add_column("the first")
    for reason in reasons[:MOST_SHOWN]:
        table.add_row(f"{reason.count:,}", reason.words, reason.first)
    if others := _others(reasons, tally):
        table.add_row(f"{others:,}", "other reasons", "")
    console.print(table)


def _others(reasons: Sequence[Reason], tally: Tally) -> int:
    return tally.reasons.others + sum(each.count for each in reasons[MOST_SHOWN:])


def _name_of(row: Row) -> str:
    if not row.stream:
        return "Look-ups"
    return f"{row.stream} → {row.endpoint}" if row.endpoint else row.stream


def _requests_of(calls: Calls) -> str:
    if not calls.count:
        return ""
    if calls.count == 1:
        return f"1 request, within {duration(calls.seconds.quantile(0.5))}"
    median, most = (duration(calls.seconds.quantile(share)) for share in (0.5, 0.95))
    return f"{calls.count} requests, half of them within {median}, 95 % within {most}"
