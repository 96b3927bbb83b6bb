"""What a routed stream needs between its records, and how the ledger knows them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from target_groove.attachments import AttachmentProblem, read_upload
from target_groove.batching import Batch, Batcher, Item, shape
from target_groove.delivery.encoding import to_json
from target_groove.delivery.request import Content
from target_groove.endpoints import TEMPLATES
from target_groove.ledger.identity import (
    digest_behind,
    record_digest_behind,
    record_key,
    row_digest_behind,
)
from target_groove.payload import PayloadBuilder
from target_groove.routes import Grouping

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from target_groove.routes import Route
    from target_groove.settings import Settings


class Shaped(NamedTuple):
    """The body of a batch.

    Attributes:
        payload: The body; None for files.
        unknown: Names of fields that were dropped.
        problem: Why Groove would refuse it; empty if it would not.
    """

    payload: Any
    unknown: tuple[str, ...]
    problem: str


class Stream:
    """A stream on its way to an endpoint.

    Attributes:
        name: Its name, after stream maps.
        route: Its route.
        builder: Makes payloads.
        batcher: Collects records; None for one request per record.
        scope: Its number in the ledger.
        key_names: The attributes that identify its records; empty if nothing does.
        update_route: Where a changed record goes whose id is known; None if it is sent again.
        endpoint: The id of its template.
        sends_lists: Whether a list that replaces Groove's is one thing, and not each of its
            records.
        recognises: Whether the ledger remembers its records, and not only what was sent of them.
    """

    def __init__(self, name: str, route: Route, *, scope: int, settings: Settings) -> None:
        """Prepare what is the same for every record."""
        self.name = name
        self.route = route
        self.scope = scope
        self.key_names: tuple[str, ...] = ()
        self.builder = PayloadBuilder(route)
        self.batcher = Batcher(route.batch) if route.batch else None
        update = route.template.update
        self.update_route = replace(route, template=TEMPLATES[update.endpoint]) if update else None
        self._settings = settings
        template = route.template
        self._digest = digest_behind(template.method, template.path, route.headers)
        self.endpoint = template.id
        self.sends_lists = route.batch is not None and route.batch.whole_stream
        self._sends_files = template.content is Content.BINARY
        is_told_by_key = not (route.append_only or self.sends_lists)
        # What is in a file is not in the record.
        self.recognises = bool(route.fingerprint) and is_told_by_key and not self._sends_files
        self._record_digest = record_digest_behind(route.fingerprint)
        self._row_digest = row_digest_behind(route.fingerprint)
        self._names_seen: set[str] = set()

    @property
    def is_keyed(self) -> bool:
        """Whether its records have a key."""
        return bool(self.key_names)

    @property
    def records_wait(self) -> bool:
        """Whether records wait for a batch that the end of the window closes."""
        if self.batcher is None or self.batcher.waits_for_the_stream:
            return False
        return not self.batcher.is_empty

    def merges_into(self, item: Item) -> Hashable:
        """Tell the request that a record is merged into; None if it is not merged with others.

        Windows end where versions of a record would fall into two requests: these depend on each
        other.
        """
        rule = self.route.batch
        if self.batcher is None or rule is None or rule.grouping is not Grouping.MERGED:
            return None
        if rule.max_bytes or rule.size < self._settings.batch_size_rows:
            return None  # It may become two.
        address = self.batcher.address(item)
        return None if address is None else (self.name, *address)

    def content_hash(self, params: Mapping[str, str], payload: Any) -> str:
        """Digest what a record asks to be sent; equal digests cost no request."""
        if self._sends_files:
            with suppress(AttachmentProblem):  # planning says so, with the field
                payload = read_upload(payload, self._settings.attachments_dir)
        return self._digest(params, payload)

    def record_hash(self, content_hash: str, record: Mapping[str, Any]) -> str:
        """Digest a record with the content that it gave; empty if it cannot be known again."""
        # With the metadata that the SDK adds, no record is twice the same.
        if not self.recognises or "_sdc_received_at" in record:
            return ""
        return self._record_digest(content_hash, record)

    def row_hash(self, content_hash: str, row_digest: bytes) -> str:
        """Digest a row of a table with the content that it gave; empty if it cannot be known again.

        Args:
            content_hash: The digest of the content.
            row_digest: Digest of all that the row says; what makes it also names the columns.
        """
        return self._row_digest(content_hash, row_digest) if self.recognises else ""

    def saw(self, record: Mapping[str, Any]) -> None:
        """Note that a payload was made of a record, and what it lacks was said."""
        self._names_seen.update(record)

    def has_seen(self, record: Mapping[str, Any]) -> bool:
        """Say whether payloads of records with these attributes were made."""
        return record.keys() <= self._names_seen

    def shaped(self, batch: Batch) -> Shaped:
        """Make and check the body of a batch."""
        rule, unknown, problems = self.route.batch, list[str](), list[str]()
        template = self.route.template
        if rule is None or template.content is Content.BINARY or template.subject:
            return Shaped(None, (), "")
        payload = shape(rule, batch)
        if rule.whole_stream and rule.max_bytes and len(to_json(payload)) > rule.max_bytes:
            # Half a list would take the other half's members away.
            return Shaped(
                payload, (), f"batch.max_bytes: the list is longer than {rule.max_bytes} bytes"
            )
        if isinstance(payload, dict):
            params = batch.items[0].params
            payload = self.builder.check(payload, params, problems, unknown)
        return Shaped(payload, tuple(unknown), "; ".join(problems))

    def list_key(self, batch: Batch) -> str:
        """Write the key of a list that is one thing."""
        return record_key([dict(batch.items[0].params), *batch.group.values()])
