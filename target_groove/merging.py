"""Updates that a later one in the same window makes void: one request does for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from target_groove.ordering import flow_of, object_of
from target_groove.settling import is_dead_letter
from target_groove.window import Decision

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence

    from target_groove.batching import Item
    from target_groove.streams import Stream
    from target_groove.window import Decided


Record = TypeVar("Record")
_SEND: Final = Decision.SEND


class Waiting(NamedTuple):
    """A record in the window.

    Attributes:
        stream: Its stream.
        item: The record.
        voided: Earlier records that it makes void.
        decided: What was decided about it already; None if that is still to be done.
    """

    stream: Stream
    item: Item
    voided: tuple[Item, ...] = ()
    decided: Decided | None = None


Judged = tuple[Waiting, "Decided"]
"""A record of the window, and what was decided about it."""


def in_their_order(waiting: Iterable[Waiting], decided: Iterable[Decided]) -> list[Judged]:
    """Put what was decided now together with what was decided before.

    Args:
        waiting: The records of a window.
        decided: Decisions about those of which there was none, as far as there are.

    Returns:
        All records before the first that is not decided.
    """
    now, judged = iter(decided), list[Judged]()
    for each in waiting:
        if (its := each.decided or next(now, None)) is None:
            break
        judged.append((each, its))
    return judged


def merge_versions(waiting: Sequence[Waiting]) -> list[Waiting]:
    """Leave out the versions of a record that a later version makes void."""
    if not any(map(_sets_states, {each.stream for each in waiting})):
        return list(waiting)

    def same_record(each: Waiting) -> Hashable:
        intent = each.item.intent
        if intent is None or not intent.thing.is_keyed or not _may_merge(each):
            return None
        # A version that names another object leaves the one before it as it is.
        return (intent.thing, *sorted(each.item.params.items()))

    return _merged(waiting, same_record, lambda each: each, lambda _, merged: merged)


def merge_updates(judged: Sequence[Judged]) -> list[Judged]:
    """Leave out updates that another record's later update of the same Groove object makes void."""
    streams = {waiting.stream for waiting, decided in judged if decided.decision is _SEND}
    if not any(map(_sets_states, streams)):
        return list(judged)

    def same_object(each: Judged) -> Hashable:
        waiting, decided = each
        if decided.decision is not _SEND or not decided.intent.thing.is_keyed:
            return None
        stream, item = waiting.stream, waiting.item
        of = object_of(stream.route.template, item.params)
        if of is None or not stream.route.template.repeatable or not _may_merge(waiting):
            return None
        return (stream.name, of)

    return _merged(
        judged,
        same_object,
        lambda each: each[0],
        lambda each, merged: (merged, each[1]),
    )


def _merged(
    records: Sequence[Record],
    address: Callable[[Record], Hashable],
    waiting_of: Callable[[Record], Waiting],
    with_waiting: Callable[[Record, Waiting], Record],
) -> list[Record]:
    """Leave out records that a later one at the same address makes void, and keep them with it."""
    kept: dict[int, Record] = {}
    newest: dict[Hashable, int] = {}
    flow: Hashable = None
    for number, each in enumerate(records):
        if (its_flow := flow_of(waiting_of(each).stream)) != flow:
            # What stands between may depend on the earlier one: a ticket, on its group.
            newest.clear()
            flow = its_flow
        where = address(each)
        record = each
        if where is not None:
            before = newest.get(where)
            if before is not None:
                earlier, later = waiting_of(kept[before]), waiting_of(each)
                if _covers(later.item.fields, earlier.item.fields):
                    voided = (*earlier.voided, earlier.item, *later.voided)
                    record = with_waiting(each, later._replace(voided=voided))
                    del kept[before]
            newest[where] = number
        kept[number] = record
    return list(kept.values())


def _may_merge(waiting: Waiting) -> bool:
    """Whether what a record sends is a state that a later one replaces, and it is no replay."""
    return _sets_states(waiting.stream) and not is_dead_letter(waiting.item.source)


def _sets_states(stream: Stream) -> bool:
    template = stream.route.template
    if stream.batcher or stream.route.append_only:
        return False
    sets_a_state = template.repeatable and template.method == "PUT"
    return sets_a_state or template.update is not None or bool(template.changes)


def _covers(later: Any, earlier: Any) -> bool:
    """Whether a payload sets everything that another sets."""
    if not isinstance(earlier, dict):
        return True
    if not isinstance(later, dict) or not earlier.keys() <= later.keys():
        return False
    return all(_covers(later[name], value) for name, value in earlier.items())
