"""From a record to an item of the window: its payload, and what the ledger knows it as."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from target_groove.batching import Item
from target_groove.ledger.entry import Intent, Thing
from target_groove.ledger.identity import record_key
from target_groove.ordering import object_of
from target_groove.settling import PART_OF_A_LIST, was_rejected_alone

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping

    from target_groove.delivery.request import Source
    from target_groove.outputs.notices import Notices
    from target_groove.payload import Payload
    from target_groove.streams import Stream
    from target_groove.window import Window


class Unusable(ValueError):
    """Nothing can be sent for a record; the text says why, without a full stop.

    Attributes:
        about: The thing and the Groove object that it is about, as far as that can be told.
    """

    def __init__(self, reason: str, about: Iterable[Hashable] = ()) -> None:
        """Keep the reason, and what the record is about."""
        super().__init__(reason)
        self.about = tuple(about)


class Preparing:
    """Prepares records.

    Attributes:
        follows_the_record: Whether the record alone decides what is made of it.
    """

    follows_the_record: ClassVar[bool] = True

    def __init__(self, *, window: Window, notices: Notices) -> None:
        """Take the parts."""
        self._window = window
        self._notices = notices

    def prepare(
        self, stream: Stream, source: Source, record: Mapping[str, Any], key: Mapping[str, Any]
    ) -> Item:
        """Make the item of a record.

        Args:
            stream: Its stream.
            source: The record as it came.
            record: The record after stream maps.
            key: What identifies it, by attribute; empty if nothing does.

        Raises:
            Unusable: It is to be rejected.
        """
        if stream.sends_lists and was_rejected_alone(source):
            raise Unusable(PART_OF_A_LIST)
        if None in key.values() and all(each is None for each in key.values()):
            msg = f"it lacks its key ({', '.join(key)})"
            raise Unusable(msg)
        payload = self.payload(stream, record)
        # What a key is for is known; nobody has to be told every night that it is not sent.
        if unknown := [each for each in payload.unknown if each not in key]:
            self._notices.unknown_fields(stream.name, stream.endpoint, unknown)
        if payload.problems:
            about = self._about(stream, payload.params, key)
            raise Unusable("; ".join(payload.problems), about)
        if stream.sends_lists:
            return Item(source, record, payload.params, payload.fields)
        stream.saw(record)
        content_hash = stream.content_hash(payload.params, payload.fields)
        intent = self.intent(stream, record_key(key.values()) if key else None, content_hash)
        if key and self.follows_the_record:
            intent = intent._replace(record_hash=stream.record_hash(content_hash, record))
        return Item(source, record, payload.params, payload.fields, intent)

    @staticmethod
    def _about(
        stream: Stream, params: Mapping[str, str], key: Mapping[str, Any]
    ) -> Iterable[Hashable]:
        if key:
            yield Thing(stream.scope, record_key(key.values()))
        template = stream.route.template
        if all(each.name in params for each in template.path_params):
            yield object_of(template, params)

    def payload(self, stream: Stream, record: Mapping[str, Any]) -> Payload:
        """Make the payload of a record after stream maps.

        Raises:
            Unusable: None can be made.
        """
        try:
            return stream.builder.build(record)
        except Exception as error:
            msg = f"no payload can be made of it ({type(error).__name__}: {error})"
            raise Unusable(msg) from error

    def intent(self, stream: Stream, key: str | None, content_hash: str) -> Intent:
        """Say what the ledger knows something as.

        Args:
            stream: Its stream.
            key: Its record key; None if it has none.
            content_hash: Digest of what will be sent.
        """
        if key and not stream.route.append_only:
            return Intent(Thing(stream.scope, key), content_hash)
        if not key and not stream.route.append_only:
            self._notices.no_key(stream.name)
        return Intent(self._window.unkeyed(stream.scope, content_hash), content_hash)
