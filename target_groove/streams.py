"""What a routed stream needs between its records, and how the ledger knows them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from target_groove.attachments import AttachmentProblem, read_upload
from target_groove.batching import Batch, Batcher
from target_groove.delivery.request import Content
from target_groove.endpoints import TEMPLATES
from target_groove.ledger.identity import digest, record_key
from target_groove.payload import PayloadBuilder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_groove.routes import Route


class Stream:
    """A stream on its way to an endpoint.

    Attributes:
        name: Its name, after stream maps.
        route: Its route.
        builder: Makes payloads.
        batcher: Collects records; None for one request per record.
        scope: Its number in the ledger.
        is_keyed: Whether its records have a key.
        update_route: Where a changed record goes whose id is known; None if it is sent again.
    """

    def __init__(self, name: str, route: Route, *, scope: int, attachments_dir: str | None) -> None:
        """Prepare what is the same for every record."""
        self.name = name
        self.route = route
        self.scope = scope
        self.is_keyed = False
        self.builder = PayloadBuilder(route)
        self.batcher = Batcher(route.batch) if route.batch else None
        update = route.template.update
        self.update_route = replace(route, template=TEMPLATES[update.endpoint]) if update else None
        self._attachments_dir = attachments_dir

    @property
    def endpoint(self) -> str:
        """The id of its template."""
        return self.route.template.id

    @property
    def sends_lists(self) -> bool:
        """Whether a list that replaces Groove's is one thing, and not each of its records."""
        return self.route.batch is not None and self.route.batch.whole_stream

    def content_hash(self, params: Mapping[str, str], payload: Any) -> str:
        """Digest what a record asks to be sent; equal digests cost no request."""
        template = self.route.template
        if template.content is Content.BINARY:
            with suppress(AttachmentProblem):  # planning says so, with the field
                payload = read_upload(payload, self._attachments_dir)
        return digest(template.method, template.path, self.route.headers, params, payload)

    def list_key(self, batch: Batch) -> str:
        """Write the key of a list that is one thing."""
        return record_key([dict(batch.items[0].params), *batch.group.values()])
