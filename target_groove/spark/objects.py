"""Which Groove object a row is about, so that rows of one object meet in one place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from target_groove.ledger.identity import record_key
from target_groove.ordering import object_of
from target_groove.payload import PayloadBuilder
from target_groove.profile.emails import comparable
from target_groove.spark.routes_apart import is_apart, shares_requests

if TYPE_CHECKING:
    from target_groove.spark.job import Job
    from target_groove.spark.rows import Row

_ALL: Final = "all"


class Objects:
    """Names the objects of rows."""

    def __init__(self, job: Job) -> None:
        """Take the route of a write."""
        self._route = job.configured().routes.routes[0]
        self._builder = PayloadBuilder(self._route)
        self._key = job.key
        # What stream maps or flattening make of a row is not known yet.
        self._is_one = shares_requests(self._route) or (job.maps_records and not job.is_apart)

    def of(self, row: Row) -> str:
        """Name the object of a row; a row of which no payload can be made is about itself."""
        if self._is_one:
            return _ALL
        own = record_key(row.record.get(each) for each in self._key)
        if is_apart(self._route):
            return own
        template = self._route.template
        try:
            payload = self._builder.build(row.record)
            if template.is_local:
                return comparable(payload.fields["email"])
            found = object_of(template, payload.params)
        except Exception:  # noqa: BLE001 - whoever delivers it says what is wrong with it
            return own
        return own if found is None else repr(found)
