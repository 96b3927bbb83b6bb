"""Whether the calls of one run came in the order of its rows, and no more at once than may."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from tests.faults.rows import Row
from tests.faults.streams import STREAMS

Entry = Mapping[str, Any]
NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
_WORD: Final = re.compile(r"\b[a-z]+-\d{4}(?:v\d+)*\b")
_ATTRIBUTE: Final = re.compile(r"^/v1/tickets/(\d+)/(state|priority)$")
_GIVEN_UP_MS: Final = 900.0
"""After this the shortest time-out of a run may have ended, and the client is gone."""


def check_order(
    rows: Sequence[Row], log: Sequence[Entry], titles: Mapping[str, str] = NOTHING
) -> Iterator[str]:
    """Say what is out of order.

    Args:
        rows: What the run read.
        log: The calls that arrived from it, and from nobody else.
        titles: What tickets are about, by number, where their rows do not know the number.

    Yields:
        A sentence for each.
    """
    calls = [(entry, _words(entry, titles)) for entry in log if entry["method"] != "GET"]
    by_word: defaultdict[str, list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        for word in words_of(row):
            by_word[word].append(number)
    yield from _objects(rows, calls, by_word)
    yield from _streams(rows, calls, by_word)


def _objects(
    rows: Sequence[Row],
    calls: Sequence[tuple[Entry, Sequence[str]]],
    by_word: Mapping[str, Sequence[int]],
) -> Iterator[str]:
    """Of each Groove object: calls in input order, one at a time."""
    reached: defaultdict[str, int] = defaultdict(int)
    last: dict[str, tuple[Entry, Sequence[str]]] = {}
    for entry, words in calls:
        for word in words:
            numbers = by_word.get(word, ())
            about = rows[numbers[0]].about if numbers else ""
            if not about:
                continue
            at = bisect_left(numbers, reached[about])
            if at == len(numbers):
                yield f"{about}: {word} after {last[about][1]}"
            else:
                reached[about] = numbers[at]
            before, said = last.get(about, (entry, words))
            if before is not entry and overlap(before, entry):
                yield f"{about}: {word} while {said} was under way"
            last[about] = entry, words


def _streams(
    rows: Sequence[Row],
    calls: Sequence[tuple[Entry, Sequence[str]]],
    by_word: Mapping[str, Sequence[int]],
) -> Iterator[str]:
    """A stream begins when the one before it is settled."""
    flows = _flows(rows)
    first = newest = 0
    last = ""
    before: list[Entry] = []
    now: list[Entry] = []
    for entry, words in calls:
        for word in words:
            if not (numbers := by_word.get(word, ())):
                continue
            # Of what is unchanged there are no calls: then one stretch simply goes on in another.
            flow = _flow_of(rows[numbers[0]])
            if is_next := flow != last:
                before, now = [*before, *now], []
            stretches = sorted({flows[number] for number in numbers})
            first = newest if is_next else first
            at = bisect_left(stretches, first)
            if at == len(stretches):
                yield f"{word} after a stream behind it had begun"
                continue
            newest, last = max(newest, stretches[at]), flow
            now.append(entry)
            if any(overlap(each, entry) for each in before):
                yield f"{word} while the stream before it was under way"


def _flows(rows: Sequence[Row]) -> list[int]:
    """Number the stretches of rows that may be under way together."""
    numbers: list[int] = []
    last: str | None = None
    for row in rows:
        flow = _flow_of(row)
        numbers.append((numbers[-1] if numbers else 0) + (last is not None and flow != last))
        last = flow
    return numbers


def _flow_of(row: Row) -> str:
    return STREAMS[row.stream].named_by or row.stream


def words_of(row: Row) -> set[str]:
    """By what the calls of a row are known."""
    marks = {mark for mark in row.marks if _WORD.fullmatch(mark)}
    values = {value for value in row.sets.values() if _WORD.fullmatch(value)}
    states = {f"{slot} {value}" for slot, value in row.sets.items() if value not in values}
    return marks | values | states | {*_WORD.findall(row.about)}


def _words(entry: Entry, titles: Mapping[str, str]) -> list[str]:
    """By what a call is known, in the order of its body."""
    if found := _ATTRIBUTE.match(entry["path"]):
        number, name = found.groups()
        about = titles.get(number) or f"ticket {number}"
        return [f"{about} {name} {(entry['body'] or {}).get(name)}"]
    return list(dict.fromkeys(_WORD.findall(entry["raw"] or "")))


def overlap(earlier: Entry, later: Entry) -> bool:
    """Whether a call came while another was under way, and somebody waited for that one."""
    if earlier["arrived_by_end"] is None:
        return True
    return earlier["arrived_by_end"] >= later["n"] and not _is_given_up(earlier)


def most_at_once(log: Sequence[Entry]) -> int:
    """Count how many calls were under way together at most."""
    most = 0
    open_calls: list[Entry] = []
    for entry in log:
        open_calls = [each for each in open_calls if overlap(each, entry)]
        open_calls.append(entry)
        most = max(most, len(open_calls))
    return most


def after_refusal(log: Sequence[Entry]) -> int:
    """Count the calls that came after the token was first refused."""
    ends = [each["arrived_by_end"] for each in log if each["status"] in {401, 403}]
    return sum(each["n"] > min(ends) for each in log) if ends else 0


def _is_given_up(entry: Entry) -> bool:
    return entry["status"] is None or entry["duration_ms"] > _GIVEN_UP_MS
