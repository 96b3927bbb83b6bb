"""The payload of a sample, as somebody edited it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_groove.delivery.request import LookUp
from target_groove.ledger.entry import Intent
from target_groove.payload import Payload
from target_groove.preparing import Preparing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from target_groove.batching import Item
    from target_groove.delivery.request import Source
    from target_groove.endpoints.template import Template
    from target_groove.streams import Stream

    Edit = Callable[[Mapping[str, Any]], Mapping[str, Any]]


class EditedPreparing(Preparing):
    """Has each payload edited between its making and its sending."""

    follows_the_record = False

    def __init__(self, *, edit: Edit, **named: Any) -> None:
        """Take the parts of `Preparing`, and what edits the fields of a payload."""
        super().__init__(**named)
        self._edit = edit
        self._before: Payload | None = None

    def payload(self, stream: Stream, record: Mapping[str, Any]) -> Payload:
        """Make a payload, have it edited, and check it again."""
        before = super().payload(stream, record)
        look_ups = {str(each): each for each in before.fields.values() if isinstance(each, LookUp)}
        shown = {
            name: str(each) if isinstance(each, LookUp) else each
            for name, each in before.fields.items()
        }
        edited = {
            name: look_ups.get(each, each) if isinstance(each, str) else each
            for name, each in self._edit(shown).items()
        }
        problems, unknown = list[str](), list[str]()
        if not stream.route.batch or stream.route.template.subject:
            edited = stream.builder.check(edited, before.params, problems, unknown)
        # Without its path parameters it cannot be sent, however its payload was mended.
        problems += [
            each
            for param in stream.route.template.path_params
            for each in before.problems
            if each.startswith(f"{param.name}:")
        ]
        self._before = before
        return Payload(before.params, edited, tuple(unknown), tuple(problems))

    def prepare(
        self, stream: Stream, source: Source, record: Mapping[str, Any], key: Mapping[str, Any]
    ) -> Item:
        """Make the item of a record; see `Preparing.prepare`.

        What only creates must not be created again by the next run: there the ledger remembers the
        record as it is. All else is remembered as it was sent, so that the next run sets it right.
        """
        item = super().prepare(stream, source, record, key)
        thing, before = item.intent and item.intent.thing, self._before
        if before and thing and (not thing.is_keyed or _only_creates(stream.route.template)):
            as_it_is = stream.content_hash(before.params, before.fields)
            item = item._replace(intent=Intent(thing, as_it_is))
        return item


def _only_creates(template: Template) -> bool:
    return not (template.repeatable or template.update or template.changes)
