"""The seven shapes: how one body is made from many records, and when a batch closes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from target_groove.attributes import path_reader
from target_groove.delivery.encoding import to_json
from target_groove.routes import BatchRule, Grouping

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from collections.abc import Set as AbstractSet

    from target_groove.delivery.request import Source
    from target_groove.ledger.entry import Intent, Thing


_ABSENT: Final = object()


class Item(NamedTuple):
    """A record on its way into a batch.

    Attributes:
        source: Where it comes from.
        record: The record after stream maps.
        params: Values of the path parameters.
        fields: Its payload.
        intent: What the ledger knows it as; None where it is part of a list that is a thing itself.
        known_id: Groove's id of it, where the ledger knows one and a batch needs it.
    """

    source: Source
    record: Mapping[str, Any]
    params: Mapping[str, str]
    fields: dict[str, Any]
    intent: Intent | None = None
    known_id: str | None = None


@dataclass(slots=True)
class Batch:
    """Records that share a request.

    Attributes:
        group: The values of `group_by`, by name; empty for shapes without groups.
        items: The records, in input order.
        earlier: Records of the same list that were delivered before another stream came between.
    """

    group: Mapping[str, Any]
    items: list[Item] = field(default_factory=list)
    earlier: tuple[Item, ...] = ()
    byte_count: int = 0
    keys: set[str] = field(default_factory=set)


class BatchProblem(ValueError):
    """A record cannot be put into a batch; the text begins with the setting."""


class Batcher:
    """Collects the records of one route and closes batches in the order they were opened."""

    def __init__(self, rule: BatchRule) -> None:
        """Start with no open batch."""
        self._rule = rule
        self._open: dict[tuple[Any, ...], Batch] = {}
        self._delivered: dict[tuple[Any, ...], tuple[Item, ...]] = {}
        self._group_by = [(name, path_reader(name)) for name in rule.group_by]
        self._key_field = path_reader(rule.key_field)
        self._collect = path_reader(rule.collect, absent=_ABSENT)

    @property
    def is_empty(self) -> bool:
        """Whether no record waits."""
        return not self._open

    @property
    def waits_for_the_stream(self) -> bool:
        """Whether its batches close at the end of the stream only."""
        return self._rule.whole_stream

    def add(self, item: Item) -> list[Batch]:
        """Put a record into its batch.

        Returns:
            The batches that this record closes, oldest first.

        Raises:
            BatchProblem: The record lacks the key of its shape or what is collected (null is
                nothing to collect, and a list that replaces another may be emptied by it; a name
                that is misspelt must not), or is too large for any batch.
        """
        group = self._group_of(item)
        address = self.address(item)
        if address is None:
            missing = next(name for name, value in group.items() if value is None)
            msg = f"batch.group_by: the record has no {missing}"
            raise BatchProblem(msg)
        keyed_by = self._key_of(item)
        if self._rule.collect and self._collect(item.record) is _ABSENT:
            msg = f"batch.collect: the record has no {self._rule.collect}"
            raise BatchProblem(msg)
        bytes_around, byte_count = self._byte_counts(item, group, keyed_by)
        closed = []
        batch = self._open.get(address)
        if batch and self._must_close_before(batch, keyed_by, byte_count):
            closed.append(self._open.pop(address))
            batch = None
        if batch is None:
            earlier = self._delivered.get(address, ())
            if earlier and not self._rule.resendable:
                msg = (
                    "batch: the list was sent when another stream began, and Groove cannot take "
                    "the rest of it; let the stream come in one piece"
                )
                raise BatchProblem(msg)
            batch = self._open[address] = Batch(group, earlier=earlier, byte_count=bytes_around)
        batch.items.append(item)
        batch.byte_count += byte_count
        batch.keys |= {keyed_by}
        if len(batch.items) >= self._rule.size and not self._rule.whole_stream:
            closed.append(self._open.pop(address))
        return closed

    def holds_any(self, things: AbstractSet[Thing]) -> bool:
        """Say whether a record of one of these things waits."""
        return any(
            item.intent is not None and item.intent.thing in things
            for batch in self._open.values()
            for item in batch.items
        )

    def address(self, item: Item) -> tuple[Any, ...] | None:
        """Tell which batch a record belongs to; None if it lacks an attribute of `group_by`."""
        values = self._group_of(item).values()
        if any(each is None for each in values):
            return None
        return (*sorted(item.params.items()), *(to_json(each) for each in values))

    def close(self, *, end_of_stream: bool = False) -> list[Batch]:
        """Close what is open, oldest first.

        Args:
            end_of_stream: Another stream begins, or the input is at its end; only then batches
                that replace a list close. Should the stream come back, the whole list is sent
                again, never its second part alone.
        """
        if self._rule.whole_stream:
            if not end_of_stream:
                return []
            for address, batch in self._open.items():
                self._delivered[address] = (*batch.earlier, *batch.items)
        closed = list(self._open.values())
        self._open.clear()
        return closed

    def _group_of(self, item: Item) -> dict[str, Any]:
        return {name: item.params.get(name, read(item.record)) for name, read in self._group_by}

    def _key_of(self, item: Item) -> str:
        if self._rule.grouping is not Grouping.KEYED:
            return ""
        value = self._key_field(item.record)
        if value is None or isinstance(value, bool | dict | list) or value == "":
            msg = f"batch.key_field: the record has no usable {self._rule.key_field}"
            raise BatchProblem(msg)
        return str(value)

    def _byte_counts(self, item: Item, group: Mapping[str, Any], keyed_by: str) -> tuple[int, int]:
        """Count the bytes of a body without records, and those that this record adds."""
        limit = self._rule.max_bytes
        if limit is None:
            return 0, 0
        empty_body = to_json({**group, self._rule.key: []} if self._rule.key else [])
        bytes_around = len(empty_body) - len(",")  # behind the last record is none
        content = self._collect(item.record) if self._rule.collect else item.fields
        byte_count = len(to_json(content)) + len(",")
        if self._rule.grouping is Grouping.KEYED:
            byte_count += len(to_json(keyed_by)) + len(":")
        if bytes_around + byte_count > limit:
            msg = (
                f"batch.max_bytes: the record makes {bytes_around + byte_count} bytes, "
                f"{limit} are allowed"
            )
            raise BatchProblem(msg)
        return bytes_around, byte_count

    def _must_close_before(self, batch: Batch, keyed_by: str, byte_count: int) -> bool:
        if self._rule.whole_stream:
            return False
        limit = self._rule.max_bytes
        too_large = limit is not None and batch.byte_count + byte_count > limit
        return too_large or (self._rule.grouping is Grouping.KEYED and keyed_by in batch.keys)


def shape(rule: BatchRule, batch: Batch) -> Any:
    """Make the body of a batch; docs/batches.md has the table of shapes."""
    return _SHAPES[rule.grouping](rule, batch)


def _array(_: BatchRule, batch: Batch) -> list[Any]:
    return [item.fields for item in (*batch.earlier, *batch.items)]


def _wrapped(rule: BatchRule, batch: Batch) -> dict[str, Any]:
    return {rule.key: _array(rule, batch)}


def _keyed(rule: BatchRule, batch: Batch) -> dict[str, Any]:
    read = path_reader(rule.key_field)
    return {str(read(item.record)): item.fields for item in batch.items}


def _merged(_: BatchRule, batch: Batch) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for item in batch.items:
        merged |= item.fields
    return merged


def _grouped(rule: BatchRule, batch: Batch) -> dict[str, Any]:
    path_names = batch.items[0].params
    head = {name: value for name, value in batch.group.items() if name not in path_names}
    if not rule.collect:
        return {**head, rule.key: _array(rule, batch)}
    read = path_reader(rule.collect)
    collected: list[Any] = []
    for item in (*batch.earlier, *batch.items):
        value = read(item.record)
        collected += value if isinstance(value, list) else [value]
    return {**head, rule.key: [value for value in collected if value is not None]}


_SHAPES: Mapping[Grouping, Callable[[BatchRule, Batch], Any]] = {
    Grouping.ARRAY: _array,
    Grouping.NDJSON: _array,
    Grouping.WRAPPED: _wrapped,
    Grouping.GROUPED: _grouped,
    Grouping.KEYED: _keyed,
    Grouping.MERGED: _merged,
}
