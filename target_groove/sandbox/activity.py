"""What the calls of the last minutes were, and how they were answered."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from target_groove.sandbox.charts import bars
from target_groove.sandbox.showing import clock_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from target_groove.sandbox.log import Entry, Log

SHOWN_SECONDS = 900.0
MOST_CALLS = 20_000
ANSWERS = {
    "taken": "taken",
    "refused": "refused (4xx)",
    "limited": "too many (429)",
    "failed": "failed (5xx)",
    "silent": "no answer",
}
_MOST_STEPS = 90
_WIDTHS = (0.25, 0.5, 1.0, 2.0, 5.0, 10.0)
_PER_DECADE = 10
_SHORTEST = 0.0001
_ID = re.compile(r"(?<=/)(?:[^/]*\d[^/]*|[^/]*@[^/]*)(?=/|$)")
_VERSION = re.compile(r"^/v\d+")
_LIMITED = 429
_REFUSED = 400
_FAILED = 500


def activity(log: Log) -> dict[str, Any]:
    """Describe the newest calls: those of the quarter of an hour before the last one."""
    newest = next(log.newest(1), None)
    since = newest.at - SHOWN_SECONDS if newest else 0.0
    found = takewhile(lambda entry: entry.at >= since, log.newest(MOST_CALLS))
    calls = [each for each in found if each.duration_ms is not None][::-1]
    if not calls:
        return {"calls": 0}
    seconds = sorted((each.duration_ms or 0.0) / 1000 for each in calls)
    words = Counter(map(answer_of, calls))
    return {
        "calls": len(calls),
        "span": _duration(max(calls[-1].at - calls[0].at, 0.001)),
        "words": [(word, ANSWERS[word], words[word]) for word in ANSWERS if words[word]],
        "most_in_flight": max(each.in_flight for each in calls),
        "median": _duration(_quantile(seconds, 0.5)),
        "p95": _duration(_quantile(seconds, 0.95)),
        "times": _times(calls),
        "latency": _latency(seconds),
        "kinds": _kinds(calls),
    }


def answer_of(entry: Entry) -> str:
    """Say how a call was answered, in a word of `ANSWERS`."""
    status = entry.status
    if not status:
        return "silent"
    if status == _LIMITED:
        return "limited"
    if status < _REFUSED:
        return "taken"
    return "refused" if status < _FAILED else "failed"


def shape_of(path: str) -> str:
    """Write a path without what identifies a thing: `/tickets/{…}/state`."""
    version = _VERSION.match(path)
    begin = version[0] if version else ""
    return begin + _ID.sub("{…}", path[len(begin) :])


def _times(calls: Sequence[Entry]) -> dict[str, Any]:
    first, last = calls[0].at, calls[-1].at
    width = next((each for each in _WIDTHS if (last - first) / each < _MOST_STEPS), _WIDTHS[-1])
    begin = math.floor(first / width) * width
    columns: list[Counter[str]] = [Counter() for _ in range(int((last - begin) / width) + 1)]
    for each in calls:
        columns[max(int((each.at - begin) / width), 0)][answer_of(each)] += 1
    titles = [
        "\n".join(
            [
                f"{clock_time(begin + at * width)[:-4]}, {_duration(width)}",
                *(f"{ANSWERS[word]}: {column[word]:,}" for word in ANSWERS if column[word]),
            ]
        )
        for at, column in enumerate(columns)
    ]
    labels = [(at, clock_time(begin + at * width)[:-4]) for at in range(len(columns))]
    # A second has its label once.
    once = [each for at, each in enumerate(labels) if not at or each[1] != labels[at - 1][1]]
    chart = bars(columns, kinds=list(ANSWERS), titles=titles, labels=once, width=640, height=220)
    return {**chart, "unit": f"requests in {_duration(width)}"}


def _latency(seconds: Sequence[float]) -> dict[str, Any]:
    classes = Counter(_class_of(each) for each in seconds)
    first, last = min(classes) - 1, max(classes) + 1
    # Ten of them at least: one bar as wide as the picture tells nobody anything.
    while last - first < _PER_DECADE:
        first, last = first - 1, last + 1
    numbers = range(first, last + 1)
    titles = [
        f"{_duration(_begin_of(each))} to {_duration(_begin_of(each + 1))}\n"
        f"{classes[each]:,} of {len(seconds):,} requests"
        for each in numbers
    ]
    labels = [
        (digit_class - first, _duration(value))
        for power in range(-4, 3)
        for value in (10.0**power, 2 * 10.0**power, 5 * 10.0**power)
        if first <= (digit_class := math.log10(value / _SHORTEST) * _PER_DECADE) <= last
    ]
    columns = [{"all": classes[each]} for each in numbers]
    chart = bars(columns, kinds=["all"], titles=titles, labels=labels, width=420, height=220)
    return {**chart, "unit": "requests, by the time until their answer, on a logarithmic scale"}


def _kinds(calls: Sequence[Entry]) -> list[dict[str, Any]]:
    by_kind: defaultdict[tuple[str, str], list[Entry]] = defaultdict(list)
    for each in calls:
        by_kind[each.method, shape_of(each.path)].append(each)
    most = max(map(len, by_kind.values()))
    return [
        {
            "method": method,
            "path": path,
            "count": len(found),
            "bars": _share(Counter(map(answer_of, found)), most),
            "statuses": sorted(
                Counter(each.status or 0 for each in found).items(),
                key=lambda it: it[0] or math.inf,
            ),
            "median": _duration(
                _quantile(sorted((each.duration_ms or 0.0) / 1000 for each in found), 0.5)
            ),
        }
        for (method, path), found in sorted(by_kind.items(), key=lambda item: -len(item[1]))
    ]


def _share(words: Counter[str], most: int) -> list[dict[str, Any]]:
    placed, x = [], 0.0
    for word, said in ANSWERS.items():
        if words[word]:
            width = max(100 * words[word] / most, 0.6)
            title = f"{said}: {words[word]:,}"
            placed.append(
                {"kind": word, "x": round(x, 2), "width": round(width, 2), "title": title}
            )
            x += width
    return placed


def _class_of(seconds: float) -> int:
    return max(math.floor(math.log10(max(seconds, _SHORTEST) / _SHORTEST) * _PER_DECADE), 0)


def _begin_of(which: int) -> float:
    return float(_SHORTEST * 10 ** (which / _PER_DECADE))


def _quantile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def _duration(seconds: float) -> str:
    if seconds >= 60:  # noqa: PLR2004 - a minute
        return f"{round(seconds / 60)} min"
    if seconds >= 1:
        return f"{seconds:.3g} s"
    return f"{seconds * 1000:.3g} ms"
